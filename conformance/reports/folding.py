"""Folds lines to the width of a terminal: 80 columns, and what goes on stands further in.

folded(text)     a styled line, with line breaks
plain(text)      the same of lines without styles
command(text)    a command or a call, which stays one
"""

import textwrap

from rich.text import Text

WIDTH = 80

# Arguments stand below the first one, unless that begins further to the right.
_FAR = 28

# What goes on stands so much further in than the line began.
_FURTHER = 2


def plain(text: str, width: int = WIDTH) -> str:
    """Return lines of text folded at blanks; a word that is longer than a line stays whole."""
    return "\n".join(line.plain for each in text.splitlines() for line in _lines(Text(each), width))


def folded(text: Text, width: int = WIDTH) -> Text:
    """Return a line folded at blanks, with its styles."""
    return Text("\n").join(_lines(text, width))


def command(text: str, indent: str = "") -> str:
    """Return a command folded so that it can still be pasted: after a comma, or before an option.

    A call in Python goes on below its first argument, a command of a shell after a backslash.
    """
    if len(indent) + len(text) <= WIDTH:
        return indent + text
    before, option, case = text.partition(" --only ")
    if option and "(" not in before:
        return f"{indent}{before} \\\n{indent}    {option.lstrip()}{case}"
    return "\n".join(indent + line for each in text.splitlines() for line in _call(each, indent))


def _call(line: str, indent: str) -> list[str]:
    """Return a call in lines, which are broken after commas between its arguments."""
    width = WIDTH - len(indent)
    if len(line) <= width or "(" not in line:
        return [line]
    opened = line.index("(") + 1
    below, lines, left = " " * opened, [], line
    if opened > _FAR:
        below, lines, left = "    ", [line[:opened]], f"    {line[opened:]}"
    while len(left) > width and (places := _breaks(left, len(below))):
        fitting = [each for each in places if each <= width]
        at = fitting[-1] if fitting else places[0]
        lines.append(left[:at].rstrip())
        left = below + left[at:].lstrip()
    return [*lines, left]


def _breaks(line: str, start: int) -> list[int]:
    """Return the places after commas that stand in brackets and in no string."""
    places, depth, quote = [], 0, ""
    for place, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "," and place > start and (depth or start):
            places.append(place + 1)
        depth += (letter in "([{") - (letter in ")]}")
    return places


def _lines(text: Text, width: int) -> list[Text]:
    line = text.plain
    if len(line) <= width:
        return [text]
    indent = " " * (len(line) - len(line.lstrip()) + _FURTHER)
    pieces = textwrap.wrap(
        line,
        width,
        subsequent_indent=indent,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    found, place = [], 0
    for number, piece in enumerate(pieces):
        words = piece[len(indent) :] if number else piece
        place = line.index(words, place)
        part = text[place : place + len(words)]
        found.append(Text.assemble(indent, part) if number else part)
        place += len(words)
    return found
