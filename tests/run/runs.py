"""Runs that tests make: of an adapter, or of a mistake in the place of one."""

from types import SimpleNamespace

from nnspec.conformance.run import plan
from nnspec.conformance.run import run as running
from nnspec.conformance.run.record import Record
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import mistakes_of


def run(adapter, *only: str, dtypes=("float32",)) -> Record:
    source = InProcess(adapter)
    return running.run(
        plan.plan(source.description, dtypes=dtypes, only=only),
        source,
        command="conformance certify it",
    )


def adapter(**operations) -> SimpleNamespace:
    return SimpleNamespace(**{"name": "it", "version": "1", **operations})


def mistaken(operation: str, name: str) -> SimpleNamespace:
    """Return a mistake as an adapter that offers nothing else: the rest of it is as it should be,
    and takes its time."""
    mistake = next(each for each in mistakes_of(operation) if each.name == name)
    return adapter(dtypes=NAMES, **{operation: getattr(mistake.adapter(), operation)})
