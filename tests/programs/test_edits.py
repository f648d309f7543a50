"""Edits are unique, the same in every process, and hold the faults that people report."""

import subprocess
import sys

import pytest

from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.program import program_of, programs_of, text_of
from nnspec.conformance.programs.tree import names_in
from tests.programs.formulas import EACH


@pytest.mark.parametrize("operation", EACH)
def test_edits_are_unique_and_none_is_the_formula(operation: str) -> None:
    edits = edits_of(operation)
    names = [edit.name for edit in edits]
    assert len(set(names)) == len(names)
    texts = [text_of(edit.program) for edit in edits]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & set(map(text_of, programs_of(operation)))
    assert [edit.order for edit in edits] == sorted(edit.order for edit in edits)


@pytest.mark.parametrize("operation", EACH)
def test_every_edit_is_told_in_one_line_and_marks_its_change(operation: str) -> None:
    for edit in edits_of(operation):
        assert edit.name.startswith(f"{operation}: ")
        assert edit.sentence.startswith("with ")
        assert edit.sentence.isprintable()
        assert any(segment.marked for segment in edit.shown)


def test_edits_are_the_same_in_every_process() -> None:
    code = (
        "from nnspec.conformance.programs.edits import edits_of\n"
        "print([(each.name, each.sentence) for each in edits_of('adam')])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert len(found.pop()) > 1000


# Faults that public reports tell, each as the edit that makes it.
KNOWN = {
    "adam": [
        "m/(1 − β₁ᵗ) → m",
        "v/(1 − β₂ᵗ) → v",
        "√(v/(1 − β₂ᵗ)) + ε → √(v/(1 − β₂ᵗ) + ε)",
        "√(v/(1 − β₂ᵗ)) + ε → max(√(v/(1 − β₂ᵗ)), ε)",
        "g² → |g|",
        "t → t − 1 throughout",
        "β₁ ↔ β₂",
        "v begins with its first new value, taken whole",
        "g → Σ of all g so far throughout",
        "v updated after θ",
        "β₂·v + (1 − β₂)·g² → (1 − β₂)·g²",
    ],
    "tanh_vjp": ["ȳ·(1 − t²) → ȳ − t²", "t² → t", "ȳ → ȳ²", "tanh(x) → x"],
    "sigmoid_vjp": ["sigmoid(x) → x"],
    "softmax_vjp": ["Σ(s·ȳ) → mean(s·ȳ)", "Σ(s·ȳ) → Σ(s·ȳ over all axes)"],
}


@pytest.mark.parametrize("operation", KNOWN)
def test_known_faults_are_edits(operation: str) -> None:
    names = {edit.change for edit in edits_of(operation)}
    assert [change for change in KNOWN[operation] if change not in names] == []


def edit_of(operation: str, change: str) -> Edit:
    return next(edit for edit in edits_of(operation) if edit.change == change)


def test_an_edit_is_told_with_its_line_and_the_formula_s_own_names() -> None:
    edit = edit_of("adam", "g² → |g|")
    assert edit.name == "adam: g² → |g|"
    assert edit.line == "v"
    assert edit.sentence == "with v ← β₂·v + (1 − β₂)·|g| instead of g²"
    assert [segment.text for segment in edit.shown if segment.marked] == ["|g|", "g²"]


def test_an_edit_changes_one_line_or_says_that_it_changes_several() -> None:
    formula = program_of("adam")
    for edit in edits_of("adam"):
        changed = [line.name for line in edit.program.lines if line not in formula.lines]
        assert changed in ([edit.line], []) or not edit.line
        assert {*names_in(edit.program.lines[0].expression)}


@pytest.mark.parametrize(
    ("operation", "change", "words"),
    [
        ("momentum_unbiased", "t → t − 1", "steps were counted from 0"),
        ("adam", "t → t + 1 throughout", "steps were counted from 2"),
        (
            "one_hot_cross_entropy",
            "one_hot(labels, q) → picked(labels − 1, q)",
            "labels were counted from 1",
        ),
        ("one_hot_cross_entropy", "labels → labels + 1 throughout", "labels were counted from −1"),
    ],
)
def test_a_count_that_is_one_off_says_where_it_seems_to_begin(
    operation: str, change: str, words: str
) -> None:
    assert edit_of(operation, change).sentence.endswith(f", as if {words}")


@pytest.mark.parametrize("operation", ["tanh_vjp", "softmax", "batch_norm_train"])
def test_a_name_that_counts_neither_steps_nor_labels_seems_to_begin_nowhere(operation: str) -> None:
    assert not [edit.name for edit in edits_of(operation) if "counted" in edit.sentence]
