"""The pictures of what commands print show what they print now, and whoever looks at one asks
nothing of the network."""

import html
import re

import pytest

from tests.reports import screens

# A picture shows counts, a time and the digits of a draft: those of the day on which it was taken.
_COUNTS = re.compile(r"(?<=\(draft\))[\da-f]{8}|[\d.,]+")


def words(text: str) -> str:
    return _COUNTS.sub("", re.sub(r"\s", "", text))


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
