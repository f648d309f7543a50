"""Judges many libraries, several at a time: a process judges one after the other.

    judged(orders, count)    the report of each order, or why there is none, as they come

A library runs in a process of its own, and costs nothing but itself: one that does not load, hangs,
or ends its judge leaves all others as they are.
"""

import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from nnspec.conformance.run import plan, report
from nnspec.conformance.run.job import Order
from nnspec.conformance.run.plan import UnknownSelectionError
from nnspec.conformance.run.processes import JudgingProcess, heard
from nnspec.conformance.run.run import PATIENCE, run, undisturbed
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.patience import Patient
from nnspec.conformance.sources.process import Adapter, started

# As a job does, a judge searches for modules in the folders of this process.
_JUDGE = (
    "import sys; sys.path[:] = sys.argv[2:]; del sys.argv[2:]; "
    "from nnspec.conformance.run.libraries import main; main()"
)

# Of a library, so many operations may hang in every call before it is asked no more.
_HANGING = 2


class Unjudged(NamedTuple):
    """Why a library has no report. It is `ours` if the suite or the machine is at fault."""

    problem: str
    ours: bool = False


Outcome = dict[str, Any] | Unjudged


def judged(orders: Sequence[Order], count: int) -> Iterator[tuple[int, Outcome]]:
    """Yield the place of each order with its report, as values of JSON, or with what prevented it.

    `count` processes judge. They end with the iteration, however that ends.
    """
    waiting = list(enumerate(orders))
    judges: list[_Judge] = []
    try:
        judges += [_Judge() for _ in range(min(count, len(waiting)))]
        for judge in judges:
            judge.begin(*waiting.pop(0))
        while busy := [judge for judge in judges if judge.place is not None]:
            heard: list[Any] = wait([judge.connection for judge in busy])
            for judge in [judge for judge in busy if judge.connection in heard]:
                place, outcome = judge.place, judge.outcome()
                if judge.over:
                    judges.remove(judge)
                    if waiting:
                        judge = _Judge()  # noqa: PLW2901  in the place of the dead one
                        judges.append(judge)
                if waiting:
                    judge.begin(*waiting.pop(0))
                assert place is not None  # noqa: S101  it was busy
                yield place, outcome
    finally:
        for judge in judges:
            judge.connection.close()
        for judge in judges:
            judge.ended()


class _Judge(JudgingProcess):
    """A process that judges one library at a time; `place` is that of its order, None if idle."""

    def __init__(self) -> None:
        self.place: int | None = None
        self.over = False
        super().__init__(_JUDGE)

    def begin(self, place: int, order: Order) -> None:
        """Send the process an order."""
        self.place = place
        self.send(order)

    def outcome(self) -> Outcome:
        """Return what came of the order; a process that has died is over."""
        self.place = None
        try:
            came: Outcome = self.connection.recv()
        except (EOFError, OSError):
            self.over = True
            return Unjudged(f"the process that judged it ended by {self.ended()}", ours=True)
        return came


def main() -> None:
    """Judge each order that arrives; the command's argument is the connection's descriptor."""
    connection = Connection(int(sys.argv[1]))
    received, ending = heard(connection)
    with _until_interrupted(ending), undisturbed():
        while True:
            connection.send(_outcome(received.get()))


@contextmanager
def _until_interrupted(ending: threading.Event) -> Iterator[None]:
    """Let the block end when the other process is gone: nobody hears of an error then."""
    try:
        with suppress(KeyboardInterrupt, ConnectionError):
            yield
    finally:
        ending.set()


def _outcome(order: Order) -> Outcome:
    """Judge the library of an order in a process of its own."""
    try:
        with started(order.adapter) as source:
            planned = plan.plan(source.description, **order.selection)
            patient = Patient(source, _patience(order.adapter))
            found = run(planned, patient, selection=order.selection, command=order.command)
            return report.document(found)
    except (AdapterError, UnknownSelectionError) as error:
        return Unjudged(str(error))
    except Exception as error:  # noqa: BLE001  the other process tells it, in its words
        told = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
        return Unjudged(f"that is an error of the suite: {told}", ours=True)


def _patience(adapter: Adapter) -> float:
    """Return the seconds for which the calls of a library may exceed their limits together."""
    return _HANGING * (adapter.warm_up + (PATIENCE - 1) * adapter.limit)
