"""Text of adapters is printed on one line, without anything that a terminal or a server obeys."""

import pytest

from nnspec.conformance.reports.printing import MARGIN, block, lines, printable

# Beside letters, each of which stands as it is.
ORDINARY = "softmax(x) of std::vector, 3 ✓ é 日本 a:b http://x/ # ## #1 [x] {x}"


def test_ordinary_text_stands_as_it_is() -> None:
    assert printable(ORDINARY) == ORDINARY


@pytest.mark.parametrize("code", [*range(32), *range(0x7F, 0xA0), 0xAD, 0x200B, 0x202E, 0x2028])
def test_every_control_character_is_visible(code: int) -> None:
    for function in (printable, block):
        shown = function(f"a{chr(code)}b")
        assert all(letter.isprintable() or letter == "\n" for letter in shown)
    assert "\n" not in printable(f"a{chr(code)}b")


def test_surrogates_can_be_encoded() -> None:
    assert printable("\ud800").encode() == "�".encode()


@pytest.mark.parametrize(
    "command",
    [
        "::error::x",
        "  ::error file=a.py,line=1::x",
        "::add-mask::x",
        "::stop-commands::x",
        "a\n::warning title=a:b::x",
        "##[error]x",
        "a ##[add-mask]x",
        "##vso[task.setvariable variable=a]x",
        "##VSO[task.complete]x",
        "##teamcity[buildStop]",
    ],
)
def test_no_command_of_a_server_is_left(command: str) -> None:
    for shown in (printable(command), *lines(command)):
        assert "##[" not in shown
        assert "##vso[" not in shown.lower()
        assert "##teamcity[" not in shown
        assert not shown.strip().startswith("::")
        assert shown.replace(" ", "") in command.replace(" ", "").replace("\n", "\\n")


def test_what_is_printed_may_be_printed_again() -> None:
    for text in (ORDINARY, "::error::x\n\x1b[2J", "##[error]x"):
        assert printable(printable(text)) == printable(text)


def test_lines_keep_their_breaks_and_nothing_else() -> None:
    assert lines("a\tb\n\x1b[2J\r\nc") == ["a       b", "\\x1b[2J", "c"]
    assert block("a\nb") == "a\nb"
    assert MARGIN.strip()


def test_long_text_is_shortened_in_its_middle() -> None:
    shown = printable("a" * 5000 + "b" * 5000, limit=100)
    assert shown.startswith("a" * 75)
    assert shown.endswith("b" * 25)
    assert "9,900 characters are left out here" in shown
