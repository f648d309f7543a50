"""`nnspec.certify`: an adapter is judged in this process or in one of its own."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from nnspec.conformance.interface import isolation
from nnspec.conformance.interface.check import (
    Selections,
    finished,
    listed,
    quiet,
    with_smaller,
)
from nnspec.conformance.interface.seeds import seed as seed_of
from nnspec.conformance.interface.subjects import of_glossary
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run import plan
from nnspec.conformance.run.record import Record
from nnspec.conformance.run.run import run, undisturbed
from nnspec.conformance.sources.description import Description
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.process import Process, worker
from nnspec.conformance.terms.operations import UnknownClauseError


def certify(
    adapter: Any,
    *,
    dtypes: Selections = None,
    only: Selections = None,
    seed: int | str | None = None,
    isolate: bool = False,
    arrays: str | None = None,
    device: str | None = None,
) -> Record:
    """Judge an adapter as `conformance certify` does, and return the record of the run.

    `adapter` is a module, class or object with the operations for attributes, or its path or name.
    It is asked for every operation of the specification. `record.verdict` is "conforms", "breaks"
    or "no verdict"; `record.results` has one result for each planned case. `isolate` asks it in a
    process of its own. `arrays` and `device` are as for `nnspec.check`; without them, functions are
    given NumPy arrays.

    Raises AdapterError for an adapter that cannot be loaded, ValueError if an argument names
    nothing.
    """
    selection = {"dtypes": listed(dtypes), "only": listed(only), "seed": seed_of(seed)}
    again = f" --seed {selection['seed']}" if selection["seed"] else ""
    command = f"conformance certify {isolation.command_name(adapter)}{again}"
    isolation.expect_outside()
    if isolate:
        with _process(adapter, arrays, device) as source, undisturbed():
            planned = _planned(source.description, selection)
            found = run(planned, source, command=command)
            return with_smaller(finished(found, selection), planned, source)
    subject = of_glossary(adapter, arrays=arrays, device=device)
    planned = _planned(subject.description, selection)
    own = InProcess(subject, description=subject.description)
    with quiet(), undisturbed():
        found = run(planned, own, command=command)
        return with_smaller(finished(found, selection), planned, own)


def _process(
    adapter: Any, arrays: str | None, device: str | None
) -> AbstractContextManager[Process]:
    """Start the process of an adapter; one whose functions take NumPy arrays is its own adapter."""
    name = isolation.named(adapter)
    return isolation.started(name, arrays=arrays, device=device) if arrays else worker(name)


def _planned(description: Description, selection: Mapping[str, Any]) -> list[Planned]:
    """Return the plan of a selection. Raises ValueError if that names nothing."""
    try:
        return plan.plan(description, **selection)
    except (plan.UnknownSelectionError, UnknownClauseError) as error:
        raise ValueError(str(error)) from None
