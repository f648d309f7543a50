"""The family of the page `networks`: the sets made of it reject kernels that are a little wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages.networks.inputs import FAMILY
from nnspec.conformance.run.plan import EVERYTHING, plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.mistakes import standing_in
from nnspec.conformance.terms.nested import leaves, mapped

Operation = Callable[..., Any]

OPERATIONS = ("linear", "linear_vjp", "mlp", "mlp_vjp", "perceptron_step")

each_operation = pytest.mark.parametrize("operation", OPERATIONS)


def outcomes(
    operation: str, function: Operation, dtype: str, *clauses: str, cases: str = ""
) -> dict[str, str]:
    """Return the outcome of each case whose name begins as given, for a function in its place."""
    source = InProcess(standing_in(operation, function, "wrong"))
    only = [f"networks/{clause}" for clause in clauses]
    planned = plan(EVERYTHING, operation=operation, dtypes=[dtype], only=only)
    judged = [each for each in planned if each.case.name.rpartition(".")[2].startswith(cases)]
    return {each.case.name.rpartition(".")[2]: attempt(each, source).outcome for each in judged}


def right(operation: str) -> Operation:
    function: Operation = getattr(loopback, operation)
    return function


def to_tf32(array: NDArray[Any]) -> NDArray[Any]:
    significand, exponent = np.frexp(array)
    rounded: NDArray[Any] = np.ldexp(np.rint(significand * 2.0**11), exponent - 11)
    return rounded.astype(array.dtype)


def rounding(name: str) -> Callable[[NDArray[Any]], NDArray[Any]]:
    return to_tf32 if name == "tf32" else lambda array: cast(array, name).astype(array.dtype)


@each_operation
@pytest.mark.parametrize(
    ("dtype", "rounded"),
    [("float32", "bfloat16"), ("float32", "float16"), ("float32", "tf32"), ("float64", "float32")],
)
def test_arguments_that_are_rounded_to_a_narrower_format_are_seen(
    operation: str, dtype: str, rounded: str
) -> None:
    def narrowed(*arguments: Any, **parameters: Any) -> Any:
        cut = [mapped(rounding(rounded), argument) for argument in arguments]
        return right(operation)(*cut, **parameters)

    for clause in ("significands", "fresh"):
        found = outcomes(operation, narrowed, dtype, clause)
        assert set(found.values()) == {"breaks"}, found


@each_operation
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_right_library_conforms(operation: str, dtype: str) -> None:
    clauses = "significands", "late-elements", "fresh"
    assert set(outcomes(operation, right(operation), dtype, *clauses).values()) == {"conforms"}


def shortened(argument: NDArray[Any], length: int) -> NDArray[Any]:
    """Return an array whose elements beyond a length are 0, along each of its axes."""
    copy = argument.copy()
    for axis in range(copy.ndim):
        np.moveaxis(copy, axis, 0)[length:] = 0
    return copy


# A narrow format is asked fewer lengths.
LENGTHS = [
    *(("float32", length) for length in (7, 8, 31, 32, 255, 256, 2047, 2048, 4095, 4096)),
    *(("bfloat16", length) for length in (16, 256, 4096)),
]


@each_operation
@pytest.mark.parametrize(("dtype", "length"), LENGTHS)
def test_a_kernel_that_reads_no_element_beyond_a_length_is_seen(
    operation: str, dtype: str, length: int
) -> None:
    def ended(*arguments: Any, **parameters: Any) -> Any:
        cut = [mapped(lambda each: shortened(each, length), argument) for argument in arguments]
        return right(operation)(*cut, **parameters)

    for name, dimension in FAMILY.dimensions(operation).items():
        if length < dimension.largest and name != "layers":
            case = f"{name}-{length + 1}"
            assert outcomes(operation, ended, dtype, "sizes", cases=case)[case] == "breaks"


@each_operation
def test_a_cache_keyed_by_shapes_and_the_sum_of_first_rows_is_seen(operation: str) -> None:
    kept: dict[Any, Any] = {}

    def cached(*arguments: Any, **parameters: Any) -> Any:
        key = tuple((each.shape, float(np.sum(each[0]))) for each in leaves(list(arguments)))
        if key not in kept:
            kept[key] = right(operation)(*arguments, **parameters)
        return kept[key]

    assert "breaks" in outcomes(operation, cached, "float32", "late-elements").values()


def test_the_seventeenth_output_of_a_layer_is_judged() -> None:
    def lost(*arguments: Any) -> Any:
        answer = right("linear")(*arguments)
        answer[:, 16:] = 0
        return answer

    x, weight, bias = np.ones((1, 1)), np.ones((1, 17)), np.zeros(17)
    assert right("linear")(x, weight, bias)[0, 16] == 1
    assert lost(x, weight, bias)[0, 16] == 0
    found = outcomes("linear", lost, "float64", "sizes", cases="outputs-")
    for name, outcome in found.items():
        assert (outcome == "breaks") == (int(name.rpartition("-")[2]) > 16), name
