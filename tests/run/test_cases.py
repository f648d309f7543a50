"""The named inputs keep their names' promises in every format; an unknown name is an error."""

import numpy as np
import pytest

from nnspec import reference, spec
from nnspec.conformance.pages import vectors
from nnspec.conformance.pages.activations import inputs as activations
from nnspec.conformance.run import cases as inputs
from nnspec.conformance.terms.formats import FORMATS, NAMES
from nnspec.conformance.terms.operations import parameters_of

SOFTMAX = [operation for operation in reference.__all__ if "axis" in parameters_of(operation)]


def test_an_unknown_set_is_an_error_with_page_and_line() -> None:
    labels = "*Inputs.* `nowhere`\n\n*Why.* Because.\n\n*Source.* Ours.\n\n*Fails.* It is not.\n"
    text = f"### relu/new · MUST\n\nIt is.\n\n{labels}"
    (clause,) = spec.read("activations", text)
    with pytest.raises(
        spec.SpecificationError,
        match=r"activations\.md:1: relu/new names the inputs 'nowhere'; there are .*everyday",
    ):
        inputs.cases(clause, "relu", "float64")


@pytest.mark.parametrize("name", NAMES)
def test_shifted_rows_are_the_same_rows_plus_a_constant_to_the_last_bit(name: str) -> None:
    for case in activations.rows.shifts("softmax", name):
        shifted, plain = case.arguments[0].astype(np.float64), case.same_as[0].astype(np.float64)
        assert np.unique(shifted - plain).size == 1
        assert np.ptp(plain) > 0
        assert abs(shifted[0, 0] - plain[0, 0]) >= 64


@pytest.mark.parametrize("name", NAMES)
def test_dyadic_numbers_are_the_same_in_every_format(name: str) -> None:
    (case,) = activations.shapes.twice("relu", name)
    (wide,) = activations.shapes.twice("relu", "float64")
    assert np.array_equal(case.arguments[0].astype(np.float64), wide.arguments[0])


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_every_value_is_every_normal_number_and_zero_where_zero_is_no_clause_of_its_own(
    name: str,
) -> None:
    fmt = FORMATS[name]
    normal = 2 * (-2 * fmt.minimum_exponent + 2) * 2 ** (fmt.precision - 1)
    for operation, zeros in (("relu", 2), ("relu_vjp", 0)):
        (case,) = activations.elements.every_value(operation, name)
        assert case.arguments[0].size == normal + zeros
        assert np.count_nonzero(case.arguments[0] == 0) == zeros


def test_layouts_are_what_they_are_called() -> None:
    cases = {case.name: case.arguments[0] for case in activations.shapes.layouts("relu", "float32")}
    assert cases["fortran"].flags.f_contiguous
    assert not cases["strided"].flags.contiguous
    assert (
        cases["strided"].__array_interface__["data"][0]
        > cases["strided"].base.__array_interface__["data"][0]
    )
    assert min(cases["reversed"].strides) < 0
    assert 0 in cases["broadcast"].strides
    assert not cases["read-only"].flags.writeable
    assert "mixed" in {case.name for case in activations.shapes.layouts("relu_vjp", "float32")}


def test_cotangents_have_mixed_signs_and_the_shape_of_x() -> None:
    (case,) = activations.shapes.twice("relu_vjp", "float64")
    assert case.arguments[0].shape == case.arguments[1].shape
    assert {-1.0, 1.0} <= set(np.sign(case.arguments[1]).ravel())


@pytest.mark.parametrize("operation", SOFTMAX)
@pytest.mark.parametrize("name", NAMES)
def test_stored_vectors_are_plentiful_in_every_format(operation: str, name: str) -> None:
    assert sum(case.arguments[0].size for case in vectors.vectors(operation, name)) >= 60
