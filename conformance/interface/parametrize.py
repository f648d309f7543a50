"""`nnspec.parametrize`: the clauses as parameters of a test in one's own file."""

from collections.abc import Callable
from typing import Any

from nnspec.conformance.interface.check import Selections, listed, planned_of
from nnspec.conformance.interface.clauses import sitting
from nnspec.conformance.interface.isolation import command_name
from nnspec.conformance.interface.seeds import seed as seed_of
from nnspec.conformance.interface.subjects import of_glossary


def parametrize(
    adapter: Any,
    *,
    only: Selections = None,
    dtypes: Selections = None,
    seed: int | str | None = None,
    arrays: str | None = None,
    device: str | None = None,
) -> Callable[..., Any]:
    """Return a decorator that runs a test once for each clause, operation and dtype.

    The test takes the argument `clause` and calls `clause.check()`. `adapter` is a module, class or
    object with the operations for attributes, or its path or name. The ids are selections, such as
    `softmax/accuracy[float32]`, which `-k` and `--only` take too. Operations that the adapter does
    not offer have no tests. `arrays` and `device` are as for `nnspec.check`. Without them,
    functions are given NumPy arrays.

    Raises AdapterError if the adapter offers no operation, ValueError if a selection names nothing.
    """
    import pytest  # noqa: PLC0415  a test's file has it loaded

    subject = of_glossary(adapter, arrays=arrays, device=device)
    selection = {"dtypes": listed(dtypes), "only": listed(only), "seed": seed_of(seed)}
    planned = planned_of(subject, selection)
    again = f" --seed {selection['seed']}" if selection["seed"] else ""
    made = sitting(subject, planned, f"conformance certify {command_name(adapter)}{again}")
    return pytest.mark.parametrize("clause", made.clauses, ids=[each.name for each in made.clauses])
