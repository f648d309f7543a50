"""Behaviors: edits with equal answers are one, and the simplest one is told."""

import numpy as np
import pytest

from nnspec.conformance.programs.behaviors import behaviors, signature
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.probes import probes
from nnspec.conformance.programs.program import program_of
from tests.programs.formulas import EACH


@pytest.mark.parametrize("operation", EACH)
def test_every_edit_is_of_one_behavior_equal_to_the_formula_or_impossible(operation: str) -> None:
    found = behaviors(operation)
    listed = [*found.equal_to_the_formula, *found.impossible]
    listed += [edit for each in found.different for edit in (each.edit, *each.others)]
    assert sorted(edit.name for edit in listed) == sorted(edit.name for edit in edits_of(operation))
    for each in found.different:
        assert all(each.edit.order < other.order for other in each.others)


def test_behaviors_answer_differently_and_their_edits_the_same() -> None:
    calls, found = probes("softmax_vjp"), behaviors("softmax_vjp")
    answers = {}
    for each in found.different:
        own = signature(each.edit.program, calls)
        for other in each.others:
            for one, two in zip(own, signature(other.program, calls), strict=True):
                assert (one is None) == (two is None)
                assert one is None or np.allclose(one, two, rtol=1e-8, atol=1e-8, equal_nan=True)
        key = tuple(None if one is None else tuple(np.round(one, 6)) for one in own)
        answers.setdefault(repr(key), []).append(each.edit.name)
    assert len(answers) > 200
    formula = signature(program_of("softmax_vjp"), calls)
    for edit in found.equal_to_the_formula:
        for one, two in zip(formula, signature(edit.program, calls), strict=True):
            assert np.allclose(one, two, rtol=1e-8, atol=1e-8)


def test_a_behavior_is_told_by_its_simplest_edit() -> None:
    by_name = {
        edit.name: each
        for each in behaviors("adam").different
        for edit in (each.edit, *each.others)
    }
    assert by_name["adam: m/(1 − β₁ᵗ) → m"].edit.name == "adam: m/(1 − β₁ᵗ) → m"
    # A square is its own magnitude.
    assert "adam: g² → |g²|" in {edit.name for edit in behaviors("adam").equal_to_the_formula}


def test_an_answer_of_zeros_is_told_as_lost_and_not_by_terms_that_cancel() -> None:
    (lost,) = (
        each
        for each in behaviors("batch_norm_train_vjp").different
        if "y₁ → 0" in {edit.change for edit in (each.edit, *each.others)}
    )
    assert lost.edit.change == "y₁ → 0"
    assert "Σ(ȳ·h) → Σ(h)" in {edit.change for edit in lost.others}


@pytest.mark.parametrize("operation", ["gradient_descent", "minibatch_descent"])
def test_gradients_at_the_first_and_at_the_last_parameters_are_two_behaviors(
    operation: str,
) -> None:
    asked = [
        each.edit.change
        for each in behaviors(operation).different
        if each.edit.change.startswith("the gradient asked for")
    ]
    assert len(asked) == 2
