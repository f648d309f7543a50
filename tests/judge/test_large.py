"""Answers of many numbers: judged in pieces, they end as one comparison of all numbers ends."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.adapters import loopback
from nnspec.conformance.bounds.truth import true_answer, truth
from nnspec.conformance.judge import allowances, large
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.elsewhere import spans
from nnspec.conformance.judge.judge import Attempt, attempt
from nnspec.conformance.pages.layouts import scattered
from nnspec.conformance.run.plan import checks
from nnspec.conformance.sources.description import usual_accumulator
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast, dtype_of
from nnspec.conformance.terms.nested import flat, like, mapped
from nnspec.conformance.terms.operations import OPERATIONS, bound_of, clause_of
from nnspec.spec import clauses
from tests.benchmarks.calls import call

SIZE = 5_000
DTYPES = ("float64", "float32", "bfloat16")

# The operations that answer with arrays and whose every answer has a bound of its own.
ANSWERED = [
    name
    for name, each in OPERATIONS.items()
    if f"{name}/accuracy" in clauses()
    and bound_of(clause_of(f"{name}/accuracy"), name) is not None
    and not (each.callbacks or each.random or each.wide or each.sizes)
]
STEPPED = ("gradient_descent", "adam", "nesterov")

# Some answers, in parts of what the clause allows: the last ones are surely wrong.
SHARES = (0.5, 0.99, 1 - 1e-6, 1.0, 1 + 1e-6, 1.01, 1.5, 1e3)


def many(operation: str, dtype: str) -> Case:
    arguments, parameters = call(operation, SIZE)
    rounded = tuple(
        mapped(lambda array: array if array.dtype.kind == "i" else cast(array, dtype), each)
        for each in arguments
    )
    return Case("many", operation, rounded, parameters)


def alike(case: Case) -> Case:
    """Return the same case, which is judged by one comparison of all its numbers."""
    other = replace(case)
    vars(other)["size"] = 0
    return other


def ended(case: Case, dtype: str, answer: Any) -> Attempt:
    """Return how the accuracy of an operation ends with an answer."""
    clause = f"{case.operation}/accuracy"
    adapter = type("Adapter", (), {case.operation: staticmethod(lambda *_, **__: answer)})
    planned = Planned(clauses()[clause], checks()[clause], case.operation, dtype, case)
    return attempt(planned, InProcess(adapter))


def spoiled(case: Case, dtype: str, shares: tuple[float, ...]) -> Any:
    """Return the truth, rounded, and at some places as far from it as these shares of a bound."""
    value, low, _ = truth(alike(case))
    bound = allowances.bound(
        f"{case.operation}/accuracy", alike(case), dtype, usual_accumulator(dtype)
    )
    off = np.zeros(value.size)
    places = np.arange(len(shares)) * (value.size // len(shares))
    off[places] = shares
    wrong = (value.reshape(-1) + off * bound.reshape(-1)) + low.reshape(-1)
    nested = like(wrong.reshape(value.shape), true_answer(case))
    return mapped(lambda array: cast(array, dtype), nested)


def test_most_operations_are_asked_here() -> None:
    assert len(ANSWERED) > 35


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("operation", ANSWERED)
def test_pieces_end_as_the_whole_does(operation: str, dtype: str) -> None:
    case = many(operation, dtype)
    assert case.many
    for number in range(len(SHARES)):
        answer = spoiled(case, dtype, SHARES[: number + 1])
        pieces, whole = (ended(each, dtype, answer) for each in (case, alike(case)))
        assert (pieces.outcome, pieces.message) == (whole.outcome, whole.message)
        assert pieces.compared == whole.compared
        # An answer in pieces is shown by its worst number alone.
        assert pieces.details.keys() == whole.details.keys() - {"vector"}
        for name in ("index", "input", "quantity", "answer"):
            assert pieces.details.get(name) == whole.details.get(name)
        # In float64 the truth has 64 bits here and 100 there, where the formula has them.
        tolerance = 2.0**-6 if dtype == "float64" else 1e-12
        for name in ("worst_ratio", "worst_ulp"):
            one, two = getattr(pieces, name), getattr(whole, name)
            assert one == pytest.approx(two, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("operation", ["sigmoid", "softmax", "batch_norm_train"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_made_again_is_what_one_comparison_keeps(operation: str, dtype: str) -> None:
    case = many(operation, dtype)
    answer = spoiled(case, dtype, SHARES)
    (late,), (kept,) = (ended(each, dtype, answer).judged for each in (case, alike(case)))
    np.testing.assert_array_equal(late.answer, kept.answer)
    np.testing.assert_allclose(late.allowed, kept.allowed, rtol=1e-2 if dtype == "float64" else 0)
    np.testing.assert_allclose(late.truth, kept.truth, rtol=1e-15)
    assert np.array_equal(late.right, kept.right)
    measured = ended(case, dtype, answer)
    found = spans(measured.comparisons)
    assert measured.worst_ulp in found["worst_ulp"]
    assert measured.worst_ratio in found["worst_ratio"]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_no_number_is_found(bad: float) -> None:
    case = many("tanh", "float32")
    answer = cast(true_answer(case), "float32")
    answer[4_321] = bad
    pieces, whole = (ended(each, "float32", answer) for each in (case, alike(case)))
    assert pieces.details["index"] == whole.details["index"] == [4_321]
    assert pieces.worst_ratio == whole.worst_ratio == np.inf


def test_arguments_and_answers_may_lie_in_memory_in_any_order() -> None:
    x = np.asfortranarray(many("relu", "float32").arguments[0].reshape(50, -1))
    case = Case("strided", "relu", (x[:, ::-1],), {})
    answer = np.asfortranarray(cast(true_answer(case), "float32"))
    assert ended(case, "float32", answer).outcome == "conforms"
    answer[7, 3] += np.float32(1)
    assert ended(case, "float32", answer).details["index"] == [7, 3]


def steps_of(operation: str, dtype: str, *, width: int) -> Case:
    _, parameters = call(operation, 1)
    numbers = np.cos(np.arange(3 * width)).reshape(3, width)
    gradients = scripted([[cast(each, dtype).astype(float)] for each in numbers[1:]], dtype)
    return Case("many", operation, (gradients, [cast(numbers[0], dtype)], 2), parameters)


@pytest.mark.parametrize("operation", STEPPED)
@pytest.mark.parametrize("dtype", DTYPES)
def test_steps_of_many_parameters_are_judged_like_those_of_few(operation: str, dtype: str) -> None:
    case = steps_of(operation, dtype, width=20_000)
    clause = f"{operation}/accuracy"
    source = InProcess(loopback)

    def judged(each: Case) -> Attempt:
        planned = Planned(clauses()[clause], checks()[clause], operation, dtype, each)
        return attempt(planned, source)

    pieces, whole = judged(case), judged(alike(case))
    assert (pieces.outcome, pieces.compared) == (whole.outcome, whole.compared)
    assert (pieces.worst_ulp, pieces.worst_ratio) == (whole.worst_ulp, whole.worst_ratio)
    late, kept = pieces.judged[0], whole.judged[0]
    for one, two in ((late.truth, kept.truth), (late.allowed, kept.allowed)):
        assert np.array_equal(one.reshape(-1), two.reshape(-1))
    assert flat(late.answer).dtype == np.float64
    assert pieces.judged[0].answer.size == 40_000
    assert dtype_of(dtype) == case.arguments[1][0].dtype


def test_little_is_kept_of_many_numbers() -> None:
    case = many("sigmoid", "float32")
    answer = cast(true_answer(case), "float32")
    (late,) = ended(case, "float32", answer).judged
    held = [each for each in vars(late).values() if isinstance(each, np.ndarray)]
    assert not held


def test_where_pairs_cannot_decide_the_truth_of_64_bits_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(large, "_undecided", lambda *_: True)
    y = 1 + scattered("y", (2**16 + 1,), 0.0, 1.0)
    arguments = y, -y * scattered("target", y.shape, 0.5, 1.0), np.asarray(0.75)
    case = Case("many", "sum_squared_error_vjp", arguments)
    (value, low, own), answer = truth(case), true_answer(case)
    spacing = np.spacing(value)
    assert np.all(own < spacing / 8)
    clause = clauses()["losses/sizes"]
    found = large.judge(large.Question(case, clause, "float64", "float64", "", answer))
    off = np.max(np.abs((answer - value) - low) / spacing)
    assert off > 0.5
    assert (found.wrong, found.ulp) == (0, pytest.approx(off, rel=1e-9))


def test_the_numbers_nearest_to_their_bounds_are_kept() -> None:
    count = 3 * large.MOST
    shares = np.random.default_rng(5).permutation(count) / count
    halves = [
        large.Near(np.arange(count)[part], shares[part]) for part in (slice(7), slice(7, None))
    ]
    kept = large.nearest(halves)
    assert np.array_equal(kept, np.sort(np.argsort(shares)[-large.MOST :]))
    assert np.array_equal(large.nearest(halves[:1]), np.arange(7))
    assert large.nearest([]).size == 0


def test_answers_that_are_their_truths_have_no_share_of_any_bound() -> None:
    case = many("relu", "float32")
    found = ended(case, "float32", cast(true_answer(case), "float32"))
    assert found.worst_ratio == 0.0
    assert found.worst_ulp == 0.0
