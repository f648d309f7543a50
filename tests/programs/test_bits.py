"""Programs at 300 bits answer as they do in float64, and see what no float64 holds."""

from typing import Any

import numpy as np
import pytest
from flint import ctx

from nnspec.conformance.programs import evaluation
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.evaluation import LISTED
from nnspec.conformance.programs.probes import asked_of
from nnspec.conformance.programs.program import Program, program_of, programs_of
from nnspec.conformance.programs.tree import Node, added, parsed
from nnspec.conformance.terms.nested import Array, flat
from nnspec.conformance.terms.operations import OPERATIONS, arguments_of, page_of
from tests.programs.bits.batches import Batch
from tests.programs.bits.domains import batch
from tests.programs.bits.equivalence import BITS, difference, unequal
from tests.programs.bits.implementation import implementation, rejecting
from tests.programs.formulas import FORMS

# Calls of each batch, and the batches of an operation: one of each shape, and more.
CALLS, BATCHES = 6, 4

# Their programs run through layers, or state a law.
NETWORKS = ("mlp", "mlp_vjp")
ORDINARY = [
    (name, form)
    for name, form in FORMS
    if page_of(name) not in ("initializers", "sampling", "descent", "adaptive", "clipping")
    and name not in NETWORKS
]
WALKS = [
    (name, form)
    for name, form in FORMS
    if page_of(name) in ("descent", "adaptive") or name == "minibatch_descent"
]
CLIPPING = [(name, form) for name, form in FORMS if page_of(name) == "clipping"]


def numbers(array: Any, call: int) -> Array:
    """The numbers of one call in float64."""
    single = array[..., call if array.shape[-1] > 1 else 0]
    return np.vectorize(float, otypes=[np.float64])(single)


def answers(asked: Batch, program: Program, call: int) -> list[Array]:
    with ctx.workprec(BITS):
        return [numbers(asked.values.arrays[each], call) for each in asked.answers(program)]


def settings(asked: Batch, call: int) -> dict[str, Any]:
    names = OPERATIONS[asked.operation].parameters
    found = {name: numbers(asked.names[name], call) for name in names if name in asked.names}
    return {name: value.item() for name, value in found.items()}


# Eigenvalues are known of two features only, and the probes have more.
PROBED = [(name, form) for name, form in ORDINARY if name not in ("pca", "whiten")]


@pytest.mark.parametrize(("operation", "form"), PROBED)
def test_an_ordinary_formula_answers_at_300_bits_as_in_float64(operation: str, form: int) -> None:
    program = programs_of(operation)[form]
    for arguments, parameters in asked_of(operation):
        wide = evaluation.implementation(program)(*arguments, **parameters)
        found = implementation(program)(*arguments, **parameters)
        assert flat([found]) == pytest.approx(flat([wide]), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("operation", "form"), ORDINARY)
def test_a_batch_of_calls_answers_as_its_calls_do(operation: str, form: int) -> None:
    program = programs_of(operation)[form]
    for place in range(BATCHES):
        with ctx.workprec(BITS):
            asked = batch(operation, place, CALLS)
        for call in range(CALLS):
            wide = flat(
                [evaluation.implementation(program)(*single(asked, call), **fixed(asked, call))]
            )
            found = flat(answers(asked, program, call))
            assert found.size in (wide.size, 1)
            finite = np.isfinite(wide)
            near = pytest.approx(wide[finite], rel=1e-7, abs=1e-7)
            assert np.broadcast_to(found, wide.shape)[finite] == near


def single(asked: Batch, call: int) -> list[Any]:
    """The arguments of one call."""
    arrays = {name: numbers(asked.names[name], call) for name in arguments_of(asked.operation)}
    return [array.astype(np.int64) if name == "labels" else array for name, array in arrays.items()]


def fixed(asked: Batch, call: int) -> dict[str, Any]:
    """The parameters of one call, with those that choose axes and counts."""
    found = settings(asked, call)
    if asked.axes is not None:
        found |= {"axis": asked.axes[0], "axes": asked.axes}
    if "components" in found:
        found["components"] = int(found["components"])
    return {name: found[name] for name in OPERATIONS[asked.operation].parameters}


@pytest.mark.parametrize(("operation", "form"), WALKS)
def test_steps_at_300_bits_are_those_in_float64(operation: str, form: int) -> None:
    program = programs_of(operation)[form]
    for place in range(BATCHES):
        with ctx.workprec(BITS):
            asked = batch(operation, place, CALLS)
        for call in range(CALLS):
            given = asked_as_one(asked, call)
            steps = list(evaluation.implementation(program)(*given, **walking(asked, call)))
            found = answers(asked, program, call)
            assert len(found) == len(steps) == 1 + place % 3
            for one, (other,) in zip(found, steps, strict=True):
                assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


def walking(asked: Batch, call: int) -> dict[str, Any]:
    rates = [numbers(each, call).item() for each in asked.steps.rates]
    rate = rates[0] if asked.steps.samples else tuple(rates)
    return {**settings(asked, call), "learning_rate": rate}


def asked_as_one(asked: Batch, call: int) -> list[Any]:
    """The arguments of one call: its callbacks, its parameters, and its steps or batches."""
    steps = asked.steps
    slopes, shifts = (numbers(each, call) for each in (steps.slopes, steps.shifts))
    params = [numbers(steps.params, call)]
    if steps.samples:
        by_sample = lambda point, k: [slopes[k] * point[0] + shifts[k]]  # noqa: E731
        return [by_sample, params, [np.array(each) for each in steps.samples]]
    gradient = lambda point: [slopes * point[0] + shifts]  # noqa: E731
    if steps.hessian is None:
        return [gradient, params, len(steps.rates)]
    matrix = numbers(steps.hessian, call)
    hessian = lambda point: matrix + np.diag(np.square(point[0]))  # noqa: E731
    return [gradient, hessian, params, len(steps.rates)]


@pytest.mark.parametrize(("operation", "form"), CLIPPING)
def test_clipped_lists_at_300_bits_are_those_in_float64(operation: str, form: int) -> None:
    program = programs_of(operation)[form]
    for place in range(BATCHES):
        with ctx.workprec(BITS):
            asked = batch(operation, place, CALLS)
        for call in range(CALLS):
            gradients = [numbers(each, call) for each in asked.each]
            wide = evaluation.implementation(program)(gradients, **settings(asked, call))
            assert flat([numbers(asked.names[LISTED], call)]).size == flat(wide).size
            found = answers(asked, program, call)
            assert flat(found) == pytest.approx(flat(wide), rel=1e-12, abs=1e-12)


def by_name(operation: str, *names: str) -> list[Any]:
    return [edit for edit in edits_of(operation) if edit.change in names]


def test_edits_that_differ_are_told_from_those_that_do_not() -> None:
    edits = by_name("adam", "g² → |g²|", "g² → |g|", "β₁ ↔ β₂")
    assert {edit.change for edit, _ in unequal("adam", edits, 10)} == {"g² → |g|", "β₁ ↔ β₂"}


@pytest.mark.parametrize("operation", ["softmax", "batch_norm_train_vjp", "adam", "clip_by_norm"])
@pytest.mark.parametrize("more", ["1e-27", "-1e-27"])
def test_a_difference_in_the_thirtieth_digit_is_seen(operation: str, more: str) -> None:
    formula = program_of(operation)
    place = len(formula.lines) - 1
    (tiny,) = parsed(more)
    changed = formula.changed(place, added(formula.lines[place].expression, tiny))
    with ctx.workprec(BITS):
        asked = batch(operation, 0, 3)
        assert difference(asked, asked.answers(formula), changed).startswith("answer")


def test_an_edit_that_has_no_answer_is_no_equal() -> None:
    formula = program_of("tanh")
    changed = formula.changed(0, Node("name", text="nobody"))
    with ctx.workprec(BITS):
        asked = batch("tanh", 0, 3)
        assert "nobody" in difference(asked, asked.answers(formula), changed)


def test_at_300_bits_the_suite_rejects_what_the_form_itself_hides() -> None:
    (edit,) = by_name("sigmoid_cross_entropy", "log(s) → log(max(s, 1e-3))")
    assert rejecting(edit).startswith("sigmoid_cross_entropy/accuracy")
    (edit,) = by_name("sigmoid_cross_entropy", "log(s) → log(|s|)")
    assert rejecting(edit) == ""
