"""The pictures of what commands print show what they print now, and whoever looks at one asks
nothing of the network."""

import html
import re

import pytest

from tests.reports import screens

# A picture names the time that its run took.
_SECONDS = re.compile(r"in[\d.]+s")

# A draft of the specification is named with digits that every change of a clause changes.
_DIGITS = re.compile(r"(?<=\(draft\))[\da-f]{8}")


def words(text: str) -> str:
    return _DIGITS.sub("", _SECONDS.sub("", re.sub(r"\s", "", text)))


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("name", screens.COMMANDS)
def test_a_picture_shows_what_the_command_prints(name: str) -> None:
    svg = (screens.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    shown = "".join(html.unescape(text) for text in re.findall(r"<text [^>]*>([^<]*)</text>", svg))
    assert words(shown) == words(screens.taken(screens.COMMANDS[name]).export_text())


def test_every_picture_is_taken_and_loads_nothing() -> None:
    pictures = list(screens.FOLDER.glob("*.svg"))
    assert {path.stem for path in pictures} == set(screens.COMMANDS)
    for path in pictures:
        assert not re.search(
            r"url\((?!#)|href=|@import|@font-face", path.read_text(encoding="utf-8")
        )
