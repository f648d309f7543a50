"""The pages of documentation that lie beside their rooms, as the site shows them."""

import re
from pathlib import Path

# The folder that holds the specification and the suite, as an installation has it.
_HERE = Path(__file__).resolve().parents[2]

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def documents() -> dict[str, str]:
    """Return the pages by their paths in a checkout.

    A link to code or to a folder becomes its words: the site shows neither.
    """
    return {_path(page): _linked(page) for page in _pages()}


def offered() -> dict[str, Path]:
    """Return the files other than pages that a page links to, by their paths in a checkout."""
    targets = [
        page.parent / target
        for page in _pages()
        for _, target, _ in _LINK.findall(page.read_text(encoding="utf-8"))
    ]
    files = {each.resolve() for each in targets if _is_shown(each) and each.suffix != ".md"}
    return {_path(each): each for each in sorted(files) if _HERE in each.parents}


def _pages() -> list[Path]:
    return sorted(_HERE.rglob("*.md"))


def _path(file: Path) -> str:
    return f"conformance/{file.relative_to(_HERE).as_posix()}"


def _linked(page: Path) -> str:
    """Return the text of a page, in which links lead to files that the site shows."""

    def kept(match: re.Match[str]) -> str:
        elsewhere = match[2].startswith("https://")
        return match[0] if elsewhere or _is_shown(page.parent / match[2]) else match[1]

    return _LINK.sub(kept, page.read_text(encoding="utf-8"))


def _is_shown(file: Path) -> bool:
    shown = {_HERE, _HERE.parent / "spec"}
    return file.is_file() and file.suffix != ".py" and not shown.isdisjoint(file.resolve().parents)
