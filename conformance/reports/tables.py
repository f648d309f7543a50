"""Tables of rows, for the terminal and in Markdown; both escape their text."""

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> Table:
    """Return a table for the terminal: `words` columns of words, then columns of numbers."""
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for number, heading in enumerate(headings):
        made.add_column(
            Text(heading),
            justify="left" if number < words else "right",
            no_wrap=number >= words,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*map(Text, row))
    return made


def markdown(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1
) -> list[str]:
    """Return the lines of the same table in Markdown."""
    rule = ["---"] * words + ["---:"] * (len(headings) - words)
    return [_line(headings), f"| {' | '.join(rule)} |", *map(_line, rows)]


def escaped(text: str) -> str:
    """Escape text for Markdown, on one line."""
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;")):
        text = text.replace(letter, entity)
    return "".join(
        f"\\{letter}" if letter in "\\`*_[]$" else letter for letter in " ".join(text.split())
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"
