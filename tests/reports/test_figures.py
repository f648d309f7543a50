"""The pictures of the specification: each is drawn by the code, linked by a page, and stored."""

import re

from nnspec import spec
from tests.reports import figures


def test_every_picture_is_drawn_stored_and_linked() -> None:
    linked = {
        name
        for page in spec.FOLDER.glob("*.md")
        for name in re.findall(r"\(figures/([a-z-]+)\.svg\)", page.read_text(encoding="utf-8"))
    }
    assert linked == set(figures.FIGURES) == {path.stem for path in figures.FOLDER.glob("*.svg")}


def test_a_picture_is_drawn_from_the_reference(tmp_path) -> None:
    figures.write(["activations"], tmp_path)
    assert (tmp_path / "activations.svg").stat().st_size > 10_000
