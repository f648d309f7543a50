"""Every name of every program is of one kind."""

import pytest

from nnspec.conformance.bounds.words import OPERATIONS as WORDS_OF_OPERATIONS
from nnspec.conformance.bounds.words import WORDS
from nnspec.conformance.programs.kinds import PART, STATE, alike, kind_of, kinds
from nnspec.conformance.programs.program import program_of, programs_of
from nnspec.conformance.programs.tree import names_in
from nnspec.conformance.terms.operations import arguments_of, parameters_of
from tests.programs.formulas import FORMS

# Names of arguments and parameters that say how, and not with which numbers, an operation computes.
SETTINGS = {"axis", "axes", "activations", "seed", "dtype", "shape"}


@pytest.mark.parametrize(("operation", "form"), FORMS)
def test_every_name_of_every_program_is_of_one_kind(operation: str, form: int) -> None:
    program = programs_of(operation)[form]
    for line in program.lines:
        for name in names_in(line.expression):
            assert kind_of(name, program)
            assert (name in program.defined) == (kind_of(name, program) in (STATE, PART)) or (
                name == "theta"
            )


@pytest.mark.parametrize(("operation", "form"), FORMS)
def test_every_number_that_an_operation_takes_has_its_place_in_its_formula(
    operation: str, form: int
) -> None:
    program = programs_of(operation)[form]
    if not program.takes_steps:
        used = {name for line in program.lines for name in names_in(line.expression)}
        taken = {*arguments_of(operation), *parameters_of(operation)} - SETTINGS
        assert taken <= used | {"g", *LEFT_OUT.get(operation, set())}


# Their answers do not depend on these.
LEFT_OUT = {
    "kaiming_normal": {"fan_out"},
    "kaiming_truncated_normal": {"fan_out"},
    "kaiming_uniform": {"fan_out"},
    "xavier_fan_in_normal": {"fan_out"},
    "clip_by_value": {"gradients"},
    "clip_by_norm": {"gradients"},
    "identity_vjp": {"x"},
    "linear_vjp": {"bias"},
    # Their formulas are those of one layer.
    "mlp": {"x", "weights", "biases"},
    "mlp_vjp": {"x", "weights", "biases", "cotangent"},
}


def test_the_table_names_no_word_of_the_language() -> None:
    # These are parameters of other operations. In a formula, names come before words.
    assert kinds().keys() & {*WORDS, *WORDS_OF_OPERATIONS} == {"mean", "momentum"}


def test_names_of_one_kind_are_alike_and_so_are_arrays() -> None:
    adam = program_of("adam")
    assert alike("beta1", "beta2", adam)
    assert alike("m", "g", adam)
    assert alike("theta", "v", adam)
    assert not alike("beta1", "epsilon", adam)
    assert not alike("rate", "m", adam)
