"""Whatever a journal holds, a sweep goes on from it or refuses it in words."""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from nnspec.conformance.reports import sweep as report
from nnspec.conformance.search.campaign import run
from nnspec.conformance.search.findings import Findings, nothing
from nnspec.conformance.search.journal import JournalError
from nnspec.conformance.search.result import status
from nnspec.conformance.search.sweep import Sweep
from nnspec.conformance.sources.description import Description
from tests.fuzzing.strategies import budget, lines_edited
from tests.fuzzing.tally import tallied
from tests.search.sweeps import half, of, source_of, swept

SWEEP = of("tanh", "float16")
NAME = "sweep-tanh-float16.jsonl"


class Crew:
    """Workers that find nothing, at once."""

    description = Description("fake", "", ("tanh",), ("float16",))

    def results(
        self, sweep: Sweep, planned: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[Description, Findings]]:
        for first, count in planned:
            yield self.description, {**nothing(), "covered": [[first, first + count - 1]]}


def carried_out(folder: Path, data: bytes) -> str:
    """Continue a sweep from a journal as the command does, and say how that ended."""
    (folder / NAME).write_bytes(data)
    try:
        result = run(Crew(), SWEEP, folder)
    except JournalError as error:
        # Two journals that do not go together are named by their folder.
        return "refused" if str(folder) in str(error) else f"refused without its file: {error}"
    report.show(result, Console(file=io.StringIO()))
    assert status(result) in (0, 1, 2)
    return "continued"


def journal(folder: Path) -> list[object]:
    """Return the lines of a journal with every kind of finding in it."""
    carried_out(folder, b"")
    header, *rest = map(json.loads, (folder / NAME).read_bytes().splitlines())
    wrong = source_of("tanh", lambda x: half(x) * (1 + (x > 1) / 64).astype(x.dtype))
    found = swept(wrong, "tanh", "float16")
    found |= {"covered": rest[0]["findings"]["covered"]}
    found["unanswered"] = {"inputs": 2, "number": 1, "ranges": [[5, 6, "crashes", "died"]]}
    return [header, {"findings": found}, *rest[1:3]]


def edited(lines: list[object]) -> st.SearchStrategy[bytes]:
    """Return a journal of which one line is changed; some are cut, doubled or in another order."""
    # The first line is compared as a whole; the findings are what is read.
    return lines_edited(lines, lambda _: [0, 1, 1, 1, 1, 2])


def test_a_sweep_goes_on_from_any_journal_or_refuses_it(tmp_path: Path) -> None:
    lines = journal(tmp_path)
    with tallied("sweep journals") as tally:

        @budget(300)
        @given(edited(lines))
        def swept_on(data: bytes) -> None:
            tally.of(lambda: carried_out(tmp_path, data))

        swept_on()
    assert tally.ended["refused"] > 20
    assert tally.ended.keys() == {"continued", "refused"}
