"""The error that layers carry admits every way to compute them, and is no wider than a mistake."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnspec import reference
from nnspec.conformance.bounds import networks
from nnspec.conformance.bounds.rounding import Arithmetic, Rounded, exact
from nnspec.conformance.bounds.truth import truth
from nnspec.conformance.judge.allowances import bound
from nnspec.conformance.pages.layouts import scattered
from nnspec.conformance.pages.networks.inputs import built, differentiable
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, cast
from nnspec.conformance.terms.nested import flat, leaves, wide

NARROW = {
    name: Arithmetic(FORMATS[name], FORMATS["float32"])
    for name in ("float32", "float16", "bfloat16")
}
NAMES = differentiable("mlp_vjp")


def carrying(values, error) -> Rounded:
    values = np.asarray(values, dtype=np.float64)
    return Rounded(
        values, np.broadcast_to(error, values.shape).astype(np.float64), NARROW["float32"]
    )


def network(seed: int, dtype: str, chain: tuple[str, ...]):
    """Return the arguments of a network, in the dtype but held in float64."""
    case = built(
        "mlp_vjp",
        "",
        dtype,
        (4, 5, 3, 4)[: len(chain) + 1],
        samples=3,
        activations=chain,
        offset=seed,
    )
    return wide(list(case.arguments))


@given(
    seed=st.integers(0, 10_000),
    dtype=st.sampled_from(sorted(NARROW)),
    chain=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_layers_rounded_one_by_one_and_layers_kept_wide_are_both_admitted(
    seed: int, dtype: str, chain: list[str]
) -> None:
    def narrow(values):
        return cast(values, dtype).astype(np.float64)

    arguments = network(seed, dtype, tuple(chain))
    found = networks.mlp_vjp(*exact(arguments, NARROW[dtype]), chain)
    kept = reference.mlp_vjp(*arguments, activations=tuple(chain))
    rounded = rounding_each(arguments, chain, narrow)
    for answer in (kept, rounded):
        for carried, values in zip(every(found), leaves(list(answer)), strict=True):
            assert np.all(abs(narrow(values) - carried.value) <= carried.error)


def every(found) -> list[Rounded]:
    of_x, of_weights, of_biases = found
    return [of_x, *of_weights, *of_biases]


def rounding_each(arguments, chain, narrow: Callable):
    """Round the sums, outputs and gradients of every layer.

    The derivatives of sigmoid and tanh are computed from the stored outputs.
    """
    x, weights, biases, back = arguments
    outputs, sums = [x], []
    parameters = {
        "leaky_relu": {"negative_slope": 0.125},
        "softmax": {"axis": -1},
        "log_softmax": {"axis": -1},
    }
    for weight, bias, name in zip(weights, biases, chain, strict=True):
        sums.append(narrow(narrow(outputs[-1] @ weight) + bias))
        outputs.append(narrow(getattr(reference, name)(sums[-1], **parameters.get(name, {}))))
    of_weights, of_biases = [], []
    for i in reversed(range(len(chain))):
        stored, name = outputs[i + 1], chain[i]
        bells = {
            "sigmoid": stored * narrow(1 - stored),
            "tanh": narrow(1 - narrow(stored * stored)),
        }
        derivative = getattr(reference, f"{name}_vjp")
        back = narrow(
            back * narrow(bells[name])
            if name in bells
            else derivative(sums[i], back, **parameters.get(name, {}))
        )
        of_weights.append(outputs[i].T @ back)
        of_biases.append(back.sum(axis=0))
        back = narrow(back @ weights[i].T)
    return back, of_weights[::-1], of_biases[::-1]


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@given(seed=st.integers(0, 10_000), size=st.sampled_from([1e-6, 1e-3, 0.1, 1.0]))
@settings(max_examples=40, deadline=None)
def test_logits_moved_within_their_error_move_softmax_within_its_own(
    name: str, seed: int, size: float
) -> None:
    logits = network(seed, "float64", ("identity",))[0] * 2
    error = size * (1 + abs(np.roll(logits, 1)))
    moved = logits + error * np.where(np.roll(logits, 2) > 0, 1, -1)
    carried = networks.ACTIVATIONS[name].forward(carrying(logits, error))
    assert np.all(abs(getattr(reference, name)(moved, axis=-1) - carried.value) <= carried.error)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "leaky_relu"])
@pytest.mark.parametrize("error", [1e-6, 0.01, 1.5])
def test_sums_moved_within_their_error_move_an_activation_and_its_derivative_within_theirs(
    name: str, error: float
) -> None:
    sums, parameters = (
        np.linspace(-6, 6, 121)[None],
        {"negative_slope": 0.125} if name == "leaky_relu" else {},
    )
    ones = exact(np.ones(sums.shape), NARROW["float32"])
    carried = carrying(sums, error)
    output = networks.ACTIVATIONS[name].forward(carried)
    derivative = networks.ACTIVATIONS[name].back(carried, output, ones)
    inside = error * (1 - 1e-9)
    for moved in (sums - inside, sums + inside, sums + inside / 3):
        assert np.all(
            abs(getattr(reference, name)(moved, **parameters) - output.value) <= output.error
        )
        slope = getattr(reference, f"{name}_vjp")(moved, np.ones(sums.shape), **parameters)
        assert np.all(abs(slope - derivative.value) <= derivative.error)


def test_a_knee_out_of_reach_costs_nothing_and_one_within_reach_both_slopes() -> None:
    far, near = carrying([[-1.0, 2.0]], 1e-3), carrying([[-1e-4, 1e-4]], 1e-3)
    one = exact(np.ones((1, 2)), NARROW["float32"])
    assert networks.ACTIVATIONS["relu"].forward(far).error.tolist()[0][0] == 0
    assert np.all(networks.ACTIVATIONS["relu"].back(far, far, one).error < 1e-6)
    assert np.all(networks.ACTIVATIONS["relu"].back(near, near, one).error >= 1)
    assert np.all(networks.ACTIVATIONS["leaky_relu"].back(near, near, one).error >= 0.875)


def test_a_step_is_certain_unless_its_sum_may_be_on_either_side() -> None:
    assert networks.ACTIVATIONS["step"].forward(
        carrying([[-1.0, 0.5, 1e-4]], 1e-3)
    ).error.tolist() == [[0, 0, 1]]
    assert networks.ACTIVATIONS["step"].forward(carrying([[0.0]], 0.0)).error.tolist() == [[0]]


def test_a_step_passes_no_gradient_back() -> None:
    arguments = exact(network(1, "float32", ("identity", "identity")), NARROW["float32"])
    with pytest.raises(ValueError, match="a step passes no gradient back"):
        networks.mlp_vjp(*arguments, ("step", "identity"))


def test_weights_of_zero_leave_no_room_for_a_gradient() -> None:
    x, weights, biases, cotangent = network(1, "float32", ("tanh", "sigmoid"))
    arguments = exact(
        [x, [np.zeros_like(weight) for weight in weights], biases, cotangent], NARROW["float32"]
    )
    of_x, of_weights, of_biases = networks.mlp_vjp(*arguments, ("tanh", "sigmoid"))
    for each in (of_x, of_weights[0], of_biases[0]):
        assert not each.error.any()
    assert of_weights[1].error.all()


def test_the_values_are_those_of_the_reference() -> None:
    for name in NAMES:
        arguments = network(3, "float64", (name, name))
        exactly = exact(arguments, Arithmetic(FORMATS["float64"], FORMATS["float64"]))
        found = np.concatenate(
            [each.value.ravel() for each in every(networks.mlp_vjp(*exactly, (name, name)))]
        )
        carried = np.concatenate(
            [each.error.ravel() for each in every(networks.mlp_vjp(*exactly, (name, name)))]
        )
        assert np.all(
            abs(
                found
                - flat(list(leaves(list(reference.mlp_vjp(*arguments, activations=(name, name))))))
            )
            <= carried
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sum_may_begin_with_its_bias(dtype: str) -> None:
    """The bias is far larger than the products, and each addition rounds it."""
    x = cast(scattered("x", (64, 33), 0.5, 1.0), dtype)
    weight = cast(scattered("weight", (33, 16), 0.5, 1.0), dtype)
    bias = cast(scattered("bias", (16,), 512.0, 1024.0), dtype)
    answer = np.broadcast_to(bias, (64, 16)).copy()
    for place in range(33):
        answer += np.multiply.outer(x[:, place], weight[place])
    case = Case("first", "linear", (x, weight, bias))
    value, low, own = truth(case)
    error = np.abs((wide(answer) - value) - low)
    allowed = bound("linear/accuracy", case, dtype, dtype) + own
    assert np.all(error <= allowed)
    arithmetic = Arithmetic(FORMATS[dtype], FORMATS[dtype])
    factors = exact(wide(x), arithmetic), exact(wide(weight), arithmetic)
    # A bound that knows the bias as the last term alone would reject it.
    assert np.any(error > (factors[0] @ factors[1] + exact(wide(bias), arithmetic)).error)


def error_of_logarithm(values: list[list[float]], errors: list[list[float]]) -> np.ndarray:
    return networks._error_of_logarithm(carrying(values, errors))


def test_the_error_of_a_logarithm_of_softmax_is_that_of_its_row() -> None:
    values, errors = [[0.0, 1.0, -3.0], [5.0, 5.0, 5.0]], [[1e-7, 2e-7, 0.0], [1e-6, 0.0, 1e-6]]
    rows = [error_of_logarithm([v], [e])[0] for v, e in zip(values, errors, strict=True)]
    assert np.array_equal(error_of_logarithm(values, errors), rows)
    # A vector is one row, and the axis is the last one of any array.
    vector = networks._error_of_logarithm(carrying(values[0], np.array(errors[0])))
    assert np.array_equal(vector, rows[0])
    assert np.array_equal(error_of_logarithm([values], [errors])[0], rows)


def test_the_error_of_a_logarithm_of_softmax_depends_on_differences_alone() -> None:
    values, errors = np.array([[0.0, 1.0, -3.0]]), [[1e-7, 2e-7, 0.0]]
    moved = [error_of_logarithm(values + shift, errors) for shift in (0.0, 64.0, -64.0)]
    assert np.allclose(moved, moved[0], rtol=1e-12, atol=0)
    # Each unit of distance from the largest logit costs two roundings.
    farther = error_of_logarithm(values - [[0.0, 0.0, 97.0]], errors) - moved[0]
    u = FORMATS["float32"].u
    assert 1.99 * 97 * u <= farther[0, 2] <= 2.1 * 97 * u
    assert np.all(farther[0, :2] <= u)


def test_the_error_of_a_logarithm_of_softmax_holds_every_move_of_its_logits() -> None:
    values, errors = np.array([[0.0, 0.5, -1.0]]), np.array([[1e-3, 2e-3, 5e-4]])
    held = error_of_logarithm(values, errors)
    for signs in np.array(np.meshgrid(*[[-1, 1]] * 3)).T.reshape(-1, 3):
        off = reference.log_softmax(values + signs * errors, axis=1)
        assert np.all(np.abs(off - reference.log_softmax(values, axis=1)) <= held)
    # Of the allowance beyond the moves, 1e-5 is more than the roundings of float32 need.
    most = errors + np.log1p(np.sum(reference.softmax(values, axis=1) * np.expm1(errors)))
    assert np.all(held <= most + 1e-5)
