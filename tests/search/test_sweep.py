"""Sweeps over all numbers of a format judge as certify does."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.judge import allowances
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages.layouts import kinds
from nnspec.conformance.run.plan import checks
from nnspec.conformance.search import sweep as sweeping
from nnspec.conformance.search.findings import inputs, merged, nothing
from nnspec.conformance.search.task import carry_out
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.mistakes import Mistake, mistakes_of, rounded, standing_in
from nnspec.conformance.terms.operations import clause_of
from nnspec.conformance.terms.outcomes import BREAKS, CONFORMS
from tests.search.sweeps import EVERY, NARROW, every, half, of, source_of, swept

pytestmark = pytest.mark.usefixtures("plain_folder")


def test_the_operations_that_are_swept_are_those_that_answer_element_by_element() -> None:
    x = np.array([-2.5, 0.25, 3.0])
    for operation in sweeping.operations():
        answer = getattr(reference, operation)
        alone = [
            answer(
                *of(operation, "float32").arguments(x[[place]]),
                **of(operation, "float32").parameters,
            )
            for place in range(3)
        ]
        together = answer(
            *of(operation, "float32").arguments(x), **of(operation, "float32").parameters
        )
        assert np.array_equal(together, np.concatenate(alone))
    assert set(sweeping.operations()) >= {"sigmoid", "tanh_vjp", "leaky_relu", "step", "identity"}
    assert not {"softmax", "log_softmax_vjp", "linear", "batch_norm_eval"} & set(
        sweeping.operations()
    )


@pytest.mark.parametrize("dtype", NARROW)
def test_the_kinds_of_numbers_are_those_of_the_format(dtype: str) -> None:
    with np.errstate(invalid="ignore"):
        values = np.abs(every(dtype).astype(np.float64))
    named = np.select(
        [np.isnan(values), np.isinf(values), values == 0, values < FORMATS[dtype].tiny],
        ["nan", "infinite", "zero", "subnormal"],
        "normal",
    )
    borders = kinds(FORMATS[dtype])
    ends = [first for first, _ in borders[1:]] + [EVERY]
    assert np.array_equal(
        named,
        np.concatenate(
            [[kind] * (end - first) for (first, kind), end in zip(borders, ends, strict=True)]
        ),
    )


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("operation", sweeping.operations())
def test_what_is_surely_right_is_right_by_the_full_bound_of_every_clause(
    operation: str, dtype: str
) -> None:
    sweep, values = of(operation, dtype), every(dtype)
    borders = kinds(sweep.format)
    ends = [first for first, _ in borders[1:]] + [EVERY]
    compared = 0
    for (first, kind), end in zip(borders, ends, strict=True):
        if kind == "zero":
            continue
        x = values[first:end]
        with np.errstate(all="ignore"):
            truth = getattr(reference, operation)(*sweep.arguments(x), **sweep.parameters)
            nearest = cast(truth, dtype).astype(np.float64)
        for clause in sweeping.judges(operation, kind):
            assert not np.any(sweeping.outside(clause, sweep, x, nearest, truth)), clause.id
            with np.errstate(invalid="ignore"):
                allowed = allowances.allowance(
                    clause,
                    Case("", operation, sweep.arguments(x), sweep.parameters),
                    truth,
                    dtype,
                    "float32",
                )
            surely = sweeping.surely(clause, operation, sweep.dtype) * sweep.format.ulp(truth)
            assert np.all((surely <= allowed) | ~np.isfinite(truth)), clause.id
            compared += x.size
    assert compared > EVERY / 2


def elementwise() -> list[Mistake]:
    return [
        each
        for operation in sweeping.operations()
        for each in mistakes_of(operation)
        if f"{operation}/accuracy" in each.clauses
    ]


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("mistake", elementwise(), ids=lambda each: f"{each.operation}-{each.name}")
def test_a_mistake_is_judged_case_by_case_as_certify_does(mistake: Mistake, dtype: str) -> None:
    clause = clause_of(f"{mistake.operation}/accuracy")
    normal = np.concatenate([every(dtype)[first:end] for first, end in normals(dtype)])
    sweep = of(mistake.operation, dtype)
    case = Case("every-value", mistake.operation, sweep.arguments(normal), sweep.parameters)
    certified = attempt(
        Planned(clause, checks()[clause.id], mistake.operation, dtype, case),
        InProcess(mistake.adapter()),
    )
    source, found = InProcess(mistake.adapter()), nothing()
    for first, end in normals(dtype):
        # One call, as certify makes one: some mistakes depend on what is asked together.
        found = merged(found, carry_out(sweep, source, first, end - first))
    judged = found["clauses"].get(clause.id)
    if certified.outcome == BREAKS and "truth" in certified.details:
        assert judged["wrong"] == int(certified.message.split()[0])
    elif certified.outcome == CONFORMS:
        assert judged["wrong"] == 0
        assert judged["judged"] == certified.compared == normal.size
    else:
        assert found["unanswered"]["inputs"]


def normals(dtype: str) -> list[tuple[int, int]]:
    borders = kinds(FORMATS[dtype])
    return [
        (first, end) for (first, kind), (end, _) in itertools.pairwise(borders) if kind == "normal"
    ]


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("operation", sweeping.operations())
def test_the_correctly_rounded_reference_breaks_no_clause(operation: str, dtype: str) -> None:
    found = swept(InProcess(standing_in(operation, rounded(operation), "right")), operation, dtype)
    assert {name: each["wrong"] for name, each in found["clauses"].items() if each["wrong"]} == {}
    assert found["worst"] == {"histogram": None, "bottom": None}
    assert {name for name, each in found["specials"].items() if each["count"]} <= {
        "zero of the other sign"
    }
    assert inputs(found) == EVERY
    assert sum(found["histogram"]) == found["clauses"][f"{operation}/accuracy"]["judged"]


def test_a_wrong_range_is_found_to_the_last_input() -> None:
    low, high = (int(np.array(value, np.float16).view(np.uint16)) for value in (1.0, 1.25))
    found = swept(
        source_of(
            "tanh", lambda x: np.where((x >= 1) & (x < 1.25), half(x) * np.float16(1.02), half(x))
        ),
        "tanh",
        "float16",
    )
    assert found["clauses"]["tanh/accuracy"]["ranges"] == [[low, high - 1]]
    assert found["clauses"]["tanh/accuracy"]["wrong"] == high - low
    assert found["worst"]["histogram"]["pattern"] in range(low, high)
    assert low <= found["clauses"]["tanh/accuracy"]["worst"]["pattern"] < high


def test_specials_are_counted_by_what_they_are_taken_for() -> None:
    def strange(x: np.ndarray) -> np.ndarray:
        answer = half(x)
        answer[x == 2] = np.nan
        answer[x == -2] = np.inf
        answer[np.isnan(x)] = 0
        return np.where(x == 0, -answer, answer)

    found = swept(source_of("tanh", strange), "tanh", "float16")
    counts = {name: each["count"] for name, each in found["specials"].items()}
    nans = sum(np.isnan(every("float16")))
    assert counts == {
        "nan for a number": 1,
        "number for nan": nans,
        "infinity for a finite number": 1,
        "finite number for an infinity": 0,
        "zero of the other sign": 2,
        "zero for a number": 0,
    }
    assert found["clauses"]["tanh/accuracy"]["wrong"] == 2
    assert found["clauses"]["tanh/accuracy"]["worst"]["ulp"] == "inf"
    assert found["histogram"][-1] == 2
    assert found["clauses"]["tanh/nan"]["wrong"] == nans
    assert found["clauses"]["tanh/oddness"]["wrong"] == 2


def test_at_zero_every_subgradient_is_right_and_no_other_number() -> None:
    for at_zero, wrong in ((0.0, 0), (0.5, 0), (1.0, 0), (1.5, 2), (-0.5, 2)):

        def answer(x: np.ndarray, cotangent: np.ndarray, at_zero: float = at_zero) -> np.ndarray:
            return np.where(
                x == 0, x.dtype.type(at_zero), np.where(x > 0, cotangent, 0 * cotangent)
            )

        found = swept(
            InProcess(SimpleNamespace(dtypes=("float16",), relu_vjp=answer)), "relu_vjp", "float16"
        )
        assert found["clauses"]["relu_vjp/at-zero"]["wrong"] == wrong
        assert found["clauses"]["relu_vjp/accuracy"]["wrong"] == 0


def test_an_exception_costs_the_range_that_raises_it() -> None:
    def refuses(x: np.ndarray) -> np.ndarray:
        if np.any(x == 0.75):
            raise ValueError("not this one")
        return half(x)

    found = swept(source_of("tanh", refuses), "tanh", "float16")
    at = int(np.array(0.75, np.float16).view(np.uint16))
    ((first, last, outcome, message),) = found["unanswered"]["ranges"]
    assert first <= at <= last
    assert last - first + 1 == found["unanswered"]["inputs"] == 1024
    assert (outcome, message) == ("crashes", "tanh raised ValueError: not this one")
    assert inputs(found) == EVERY
