"""The pictures of the specification: each is computed from the reference, drawn from its stored
numbers, and shown by a page with its words."""

import json
import math
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from nnspec import reference, spec
from tests.reports.figures import drawing, gallery, histograms
from tests.reports.figures.gallery import FOLDER, PICTURES

_SLOW = {name for name, each in PICTURES.items() if each.slow}
# These are computed law by law.
_BY_LAW = {f"histograms-{activation}" for activation in ("tanh", "relu")}
_NAMES = [
    pytest.param(name, marks=[pytest.mark.proof] if name in _SLOW else [])
    for name in PICTURES
    if name not in _BY_LAW
]
# Every number is stored with four digits. A sum of cancelling terms is as near as its terms.
_NEAR, _CANCELLED = 1e-3, 1e-9


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Products of small matrices wait for their threads where other programs run."""
    with threadpool_limits(1):
        yield


def _disagreements(found: Any, kept: Any, scale: float = 0.0, at: str = "") -> list[str]:
    """Return where numbers differ from stored ones."""
    if isinstance(kept, dict):
        assert list(found) == list(kept), at
        parts = [(found[key], kept[key], f"{at}/{key}") for key in kept]
    elif isinstance(kept, list):
        assert len(found) == len(kept), at
        parts = [
            (a, b, f"{at}/{number}") for number, (a, b) in enumerate(zip(found, kept, strict=True))
        ]
        scale = max([abs(each) for each in kept if isinstance(each, float)], default=scale)
    elif isinstance(kept, float) and not isinstance(found, str):
        near = math.isclose(found, kept, rel_tol=_NEAR, abs_tol=_CANCELLED * scale)
        return [] if near else [f"{at}: {found}, stored is {kept}"]
    else:
        return [] if found == kept else [f"{at}: {found}, stored is {kept}"]
    return [each for a, b, place in parts for each in _disagreements(a, b, scale, place)]


@pytest.mark.parametrize("name", _NAMES)
def test_the_numbers_of_a_picture_are_those_of_the_reference(name: str) -> None:
    found = drawing.stored(PICTURES[name].measure())
    if name == "rounding":
        assert _orders(found) == _orders(gallery.numbers(name))
    else:
        assert _disagreements(found, gallery.numbers(name)) == []


def _orders(numbers: drawing.Numbers) -> dict[str, list[int]]:
    """Return errors in ulp to a power of 10⁴: the machine's exponential decides smaller digits."""
    return {
        name: [round(math.log10(max(each, 1.0)) / 4) for each in curve[::5]]
        for name, curve in numbers["curves"].items()
    }


@pytest.mark.proof
@pytest.mark.parametrize("law", histograms.LAWS)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_outputs_of_six_layers_are_those_of_the_histograms(activation: str, law: str) -> None:
    rows, curves = histograms.rows(activation, law)
    kept = gallery.numbers(f"histograms-{activation}")
    assert (
        _disagreements(
            drawing.stored({"rows": rows, "curves": curves}),
            {
                "rows": [each for each in kept["rows"] if each["weights"] == law],
                "curves": {name: each for name, each in kept["curves"].items() if name in curves},
            },
        )
        == []
    )


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_four_thousand_units_are_near_infinitely_many(activation: str) -> None:
    for each in gallery.numbers(f"histograms-{activation}")["rows"]:
        assert each["std"] == pytest.approx(each["std, infinite width"], rel=0.03)


def test_a_number_that_differs_is_found() -> None:
    kept = gallery.numbers("zig-zag")
    changed = json.loads(json.dumps(kept))
    changed["curves"]["tanh"][3][1] *= 1.01
    assert len(_disagreements(changed, kept)) == 1


def _path_numbers(path: Path) -> np.ndarray:
    drawn = re.findall(r' (?:d|x|y|transform)="([^"]*)"', path.read_text(encoding="utf-8"))
    return np.array([float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", " ".join(drawn))])


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_from_its_stored_numbers(name: str, tmp_path: Path) -> None:
    stored = FOLDER / f"{name}.svg"
    if f"Matplotlib v{mpl.__version__}," not in stored.read_text(encoding="utf-8"):
        pytest.skip("another version of Matplotlib lays pictures out elsewhere")
    gallery.draw(name, tmp_path, FOLDER)
    kept, found = _path_numbers(stored), _path_numbers(tmp_path / f"{name}.svg")
    assert kept.shape == found.shape
    assert np.abs(kept - found).max() < 0.01  # of a point


def test_every_picture_is_stored_and_shown_with_its_words() -> None:
    for suffix in ("svg", "json"):
        assert {path.stem for path in FOLDER.glob(f"*.{suffix}")} == set(PICTURES)
    for each in PICTURES.values():
        page = (spec.FOLDER / f"{each.page}.md").read_text(encoding="utf-8")
        assert gallery.paragraphs(each) in page
    shown = [
        name
        for page in (spec.FOLDER / f"{name}.md" for name in spec.pages())
        for name in re.findall(r"\(figures/([a-z-]+)\.svg\)", page.read_text(encoding="utf-8"))
    ]
    assert sorted(shown) == sorted(PICTURES)


def test_the_page_of_figures_is_written_from_the_stored_numbers() -> None:
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page()


def test_pictures_are_small_and_hold_no_raster() -> None:
    files = [*FOLDER.glob("*.svg"), *FOLDER.glob("*.json")]
    assert sum(path.stat().st_size for path in files) < 1_500_000
    for path in FOLDER.glob("*.svg"):
        assert "<image" not in path.read_text(encoding="utf-8"), path


def test_a_telephone_shows_letters_of_eight_pixels() -> None:
    for path in FOLDER.glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        width = float(re.search(r'viewBox="0 0 ([\d.]+)', text)[1])
        # Exponents of powers of ten are 0.7 of the size of a label.
        sizes = {float(each) for each in re.findall(r"font(?:-size)?: (?:\w+ )?([\d.]+)px", text)}
        letters = {each for each in sizes if each != pytest.approx(0.7 * drawing.SMALL, abs=0.01)}
        assert min(letters) * 388 / width >= 8, path


@pytest.mark.parametrize("color", [drawing.INK, drawing.ACCENT, drawing.GREEN, drawing.PALE])
def test_a_color_stands_out_from_the_white_ground(color: str) -> None:
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert 1.05 / (luminance + 0.05) >= 4.5


def test_no_two_lines_differ_in_color_alone() -> None:
    drawn = [(str(each["linestyle"]), each["marker"]) for each in drawing.STYLES]
    assert len({line for line, _ in drawn}) == len({marker for _, marker in drawn}) == len(drawn)


def test_the_perceptron_of_the_picture_takes_the_step_of_the_reference() -> None:
    value = partial(drawing.row, gallery.numbers("perceptron"))

    def of(name: str) -> np.ndarray:
        return np.array(value(**{"the source's name": name})["values"])

    error = of("S_postA,O") - of("T")
    assert of("FE") == pytest.approx(error, abs=1e-4)
    signal = error * reference.sigmoid_vjp(of("S_preA,O"), np.ones(1))
    assert of("S_ERROR") == pytest.approx(signal, abs=1e-4)
    assert of("gradient_HtoO") == pytest.approx(signal * of("S_postA,H"), abs=1e-4)
    assert of("weight_HtoO after") == pytest.approx(
        of("weight_HtoO") - of("gradient_HtoO"), abs=1e-3
    )
