"""No false alarm on a right library that fixes a parameter: every clause is judged with the value
that it fixes."""

import inspect
from types import SimpleNamespace

import pytest

from nnspec import reference
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.run import plan
from nnspec.conformance.sources.description import describe
from nnspec.conformance.sources.in_process import Steady
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.operations import parameters_of
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

# Values that libraries fix, or might.
VALUES = {
    "beta1": 0.9375,
    "beta2": 0.96875,
    "decay": 0.9375,
    "epsilon": 2.0**-20,
    "limit": 1.0,
    "max_norm": 1.0,
    "momentum": 0.9375,
    "negative_slope": 0.25,
    "std": 0.0625,
    "value": 0.5,
}
NUMBERS = {
    operation: [
        name
        for name, parameter in inspect.signature(getattr(reference, operation)).parameters.items()
        if name in parameters_of(operation)
        and parameter.annotation is float
        # A caller chooses the rate of every step.
        and name != "learning_rate"
    ]
    for operation in reference.__all__
}
FIXED = [
    pytest.param(operation, name, id=f"{operation}-{name}")
    for operation, names in NUMBERS.items()
    for name in names
    if name in VALUES
]


def test_every_parameter_that_is_a_number_has_a_value_here() -> None:
    assert set().union(*NUMBERS.values()) <= set(VALUES)


@pytest.mark.parametrize(("operation", "name"), FIXED)
def test_a_right_library_that_fixes_a_parameter_breaks_nothing(operation: str, name: str) -> None:
    others = {each: rounded(each) for each in reference.__all__}
    library = SimpleNamespace(
        name="it",
        dtypes=("float32",),
        fixed={operation: {name: VALUES[name]}},
        # A value is the same at all lengths: a few are asked for.
        compiles_shapes=True,
        **others,
    )
    source = Steady(library)
    ended = [
        (each.id, attempt(each, source))
        for each in plan.plan(describe(library), operation=operation)
    ]
    assert [
        (name, end.outcome, end.message, end.details)
        for name, end in ended
        if end.outcome not in (CONFORMS, ABSENT)
    ] == []
