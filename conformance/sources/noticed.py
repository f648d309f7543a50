"""What a source noticed of an adapter beside its answers: refusals, needs, changed state."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nnspec.conformance.terms.outcomes import shortened

# So many different lines are kept, each of so many characters, and so many bytes are looked at.
_LINES, _LINE, _BYTES = 50, 200, 2**16


@dataclass(frozen=True)
class Noticed:
    """Lines, each once, in the order in which they came.

    `refused` names what the adapter tried to use of the suite, and `needs` what it declares. `left`
    says which operation left the state of its process otherwise than it was, and `replaced` which
    one replaced a function that judges it. `process` says that judge and adapter shared one.
    """

    refused: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    process: tuple[str, ...] = ()

    @property
    def objections(self) -> list[str]:
        """The reasons for no verdict: refusals, and functions that were replaced."""
        return [
            *(f"the adapter tried the {each}, which the suite refused" for each in self.refused),
            *(f"{each}, which judges it" for each in self.replaced),
        ]

    def plain(self) -> dict[str, list[str]]:
        """Return what there is, as values that JSON has."""
        return {name: list(lines) for name, lines in vars(self).items() if lines}


def noticed(source: Any) -> Noticed:
    """Return what a source noticed; many notice nothing."""
    found: Noticed = getattr(source, "noticed", Noticed())
    return found


def heading(found: Noticed) -> dict[str, Any]:
    """Return the part of a report's header that tells of it, an empty one if there is nothing.

    Its lines are in the order of the alphabet: several processes notice them in no order.
    """
    told = {name: sorted(lines) for name, lines in found.plain().items()}
    return {"noticed": told} if told else {}


def together(parts: Iterable[Noticed]) -> Noticed:
    """Return what several sources noticed."""
    lists: dict[str, list[str]] = {}
    for part in parts:
        for name, lines in part.plain().items():
            lists.setdefault(name, []).extend(lines)
    return of_lines(lists)


def of_lines(lists: Mapping[str, Iterable[str]]) -> Noticed:
    """Return the different lines of each kind, shortened, as many as are kept."""
    kept = {
        name: tuple(dict.fromkeys(shortened(line, _LINE) for line in lines))[:_LINES]
        for name, lines in lists.items()
    }
    return Noticed(**kept)


def read(descriptor: int) -> Noticed:
    """Return what a file tells: lines that begin with the name of their kind.

    Windows cannot read it in this way, and nothing is told there.
    """
    lists: dict[str, list[str]] = {}
    if not hasattr(os, "pread"):
        return Noticed()
    text = os.pread(descriptor, _BYTES, 0).decode(errors="replace")
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind in vars(Noticed()) and rest.strip():
            lists.setdefault(kind, []).append(rest.strip())
    return of_lines(lists)
