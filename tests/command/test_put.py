"""A site takes the place of an earlier one whole."""

from pathlib import Path

import pytest

from nnspec.conformance.command.site.build import _put


@pytest.mark.parametrize("movable", [True, False])
def test_the_place_of_a_site_holds_the_new_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, movable: bool
) -> None:
    def refused(*_: object) -> None:
        raise OSError

    built, where = tmp_path / "built", tmp_path / "site"
    for folder, name in ((built, "new"), (where, "old")):
        (folder / "pages").mkdir(parents=True)
        (folder / "pages" / name).write_text(name, encoding="utf-8")
        (folder / name).write_text(name, encoding="utf-8")
    if not movable:  # where another file system begins
        monkeypatch.setattr(Path, "rename", refused)
    _put(built, where)
    assert {path.name for path in where.rglob("*")} == {"pages", "new"}
    assert {path.name for path in tmp_path.iterdir()} == {"built", "site"}
