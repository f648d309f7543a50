"""The losses at their edges, their errors, and their gradients by complex steps."""

import numpy as np
import pytest

from nnspec import reference

LOGITS = np.array([[2.0, -1.0, 0.5, 0.0], [-3.5, 1.25, 1.0, -0.75]])
TARGETS = np.array([[0.5, 0.25, 0.25, 0.0], [0.0, 2.0, 0.0, 0.5]])


def log_sum(z):
    shift = z.real.max(axis=1, keepdims=True)
    return shift[:, 0] + np.log(np.exp(z - shift).sum(axis=1))


FORWARD = {
    "sum_squared_error": lambda z: 0.5 * np.sum((z - TARGETS) ** 2),
    "softmax_cross_entropy": lambda z: TARGETS.sum(axis=1) * log_sum(z) - (TARGETS * z).sum(axis=1),
    "sparse_softmax_cross_entropy": lambda z: log_sum(z) - z[[0, 1], [2, 0]],
    "sigmoid_cross_entropy": lambda z: np.log(1 + np.exp(z)) - TARGETS * z,
}


@pytest.mark.parametrize("operation", FORWARD)
def test_a_gradient_is_the_derivative_by_complex_step_of_an_independent_formula(
    operation: str,
) -> None:
    second = np.array([2, 0]) if operation.startswith("sparse") else TARGETS
    shape = np.shape(FORWARD[operation](LOGITS))
    cotangent = np.resize([1.5, -0.5, 2.0], shape)
    gradient = np.zeros_like(LOGITS)
    for place in np.ndindex(LOGITS.shape):
        stepped = LOGITS.astype(complex)
        stepped[place] += 1e-100j
        gradient[place] = np.sum(cotangent * FORWARD[operation](stepped).imag / 1e-100)
    assert np.allclose(
        getattr(reference, f"{operation}_vjp")(LOGITS, second, cotangent),
        gradient,
        rtol=1e-13,
        atol=1e-14,
    )


def test_what_is_no_matrix_of_logits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"logits must be a matrix .* got shape \(3,\)"):
        reference.softmax_cross_entropy([1.0, 2.0, 3.0], [0.0, 0.0, 1.0])
    with pytest.raises(
        ValueError, match=r"targets must have the shape of logits, \(2, 4\); got \(4,\)"
    ):
        reference.softmax_cross_entropy(LOGITS, TARGETS[0])


@pytest.mark.parametrize("labels", [[0, 4], [-1, 0], [0]])
def test_labels_that_point_nowhere_are_refused(labels: list[int]) -> None:
    with pytest.raises(ValueError, match=r"labels must be 2 integers in \[0, 4\)"):
        reference.sparse_softmax_cross_entropy(LOGITS, labels)


def test_labels_that_are_no_integers_and_negative_probabilities_are_refused() -> None:
    with pytest.raises(TypeError, match="labels must hold integers; got dtype float64"):
        reference.sparse_softmax_cross_entropy(LOGITS, [0.0, 1.0])
    with pytest.raises(ValueError, match=r"q must not be negative; got -0\.5"):
        reference.one_hot_cross_entropy([[1.5, -0.5]], [0])


def test_a_probability_of_zero_costs_infinity_and_one_costs_nothing() -> None:
    assert reference.one_hot_cross_entropy([[0.0, 1.0], [0.0, 1.0]], [0, 1]).tolist() == [
        np.inf,
        0.0,
    ]


def test_a_clipped_probability_costs_its_end_and_never_infinity() -> None:
    q = [[0.0, 1.0], [0.0, 1.0], [0.25, 0.75]]
    found = reference.one_hot_cross_entropy_clipped(q, [0, 1, 0], epsilon=2.0**-60)
    assert found.tolist() == [60 * np.log(2), 2.0**-60, 2 * np.log(2)]
    assert reference.one_hot_cross_entropy_clipped([[0.0, 3.0]], [0], epsilon=0) == np.inf
    assert reference.one_hot_cross_entropy_clipped([[0.0, 3.0]], [1], epsilon=0) == 0
    with pytest.raises(ValueError, match=r"epsilon must be in \[0, 1/2\]; got 0\.75"):
        reference.one_hot_cross_entropy_clipped(q, [0, 0, 0], epsilon=0.75)
    with pytest.raises(ValueError, match=r"q must not be negative; got -0\.5"):
        reference.one_hot_cross_entropy_clipped([[1.5, -0.5]], [0], epsilon=0.1)


def test_nan_stays_in_its_row_and_infinite_sums_are_infinite() -> None:
    logits = LOGITS.copy()
    logits[0, 0] = np.nan
    assert np.isnan(reference.softmax_cross_entropy(logits, TARGETS)).tolist() == [True, False]
    assert reference.sum_squared_error([1e200], [-1e200]) == np.inf


def test_an_infinite_logit_costs_nothing_where_it_is_right_and_infinity_elsewhere() -> None:
    logits, targets = (
        [np.inf, -np.inf, np.inf, -np.inf, np.inf, -np.inf],
        [1.0, 0.0, 0.0, 1.0, 0.25, 0.25],
    )
    assert reference.sigmoid_cross_entropy(logits, targets).tolist() == [
        0,
        0,
        np.inf,
        np.inf,
        np.inf,
        np.inf,
    ]
    assert reference.sigmoid_cross_entropy_vjp(logits, targets, [4.0] * 6).tolist() == [
        0,
        0,
        4,
        -4,
        3,
        -1,
    ]


def test_no_samples_have_no_losses() -> None:
    assert reference.softmax_cross_entropy(LOGITS[:0], TARGETS[:0]).shape == (0,)
    assert reference.sparse_softmax_cross_entropy_vjp(
        LOGITS[:0], np.zeros(0, dtype=np.int64), np.zeros(0)
    ).shape == (0, 4)
    assert reference.sum_squared_error(LOGITS[:0], TARGETS[:0]) == 0


def test_a_loss_in_the_range_is_finite_whatever_its_terms_and_partial_sums() -> None:
    assert reference.sum_squared_error([1e154, 1e154], [0, 0]) == pytest.approx(1e308, rel=1e-15)
    assert reference.sum_squared_error(1.7e154, 0) == pytest.approx(1.445e308, rel=1e-15)
    loss = reference.softmax_cross_entropy([[0, 0, 0, 1e308]], [[1, 1, -1, 0]])
    assert loss.tolist() == [1e308]
    wide = [[1.7e308, -1.7e308], [1.7e308, -1.7e308]]
    losses = reference.softmax_cross_entropy(wide, [[0, 0.25], [0, 1]])
    assert losses.tolist() == [0.85e308, np.inf]


def test_a_sample_far_ahead_costs_what_the_exact_difference_says() -> None:
    logits, answer = np.array([[0.1, -500.3]]), 4.775746384951194e-218
    assert reference.sparse_softmax_cross_entropy(logits, [0])[0] == pytest.approx(
        answer, rel=1e-15
    )
    gradient = reference.sparse_softmax_cross_entropy_vjp(logits, [0], [1.0])
    assert gradient[0, 1] == pytest.approx(answer, rel=1e-15)


def test_the_gradient_of_a_learned_sample_keeps_its_digits() -> None:
    tail = 4.248354255291589e-18
    assert reference.sparse_softmax_cross_entropy_vjp([[0.0, -40.0]], [0], [1.0]).tolist() == [
        [pytest.approx(-tail, rel=1e-15), pytest.approx(tail, rel=1e-15)]
    ]
    assert reference.softmax_cross_entropy_vjp([[0.0, -40.0]], [[0.5, 0.0]], [2.0]).tolist() == [
        [pytest.approx(-tail, rel=1e-15), pytest.approx(tail, rel=1e-15)]
    ]
    assert reference.sigmoid_cross_entropy_vjp([40.0, -40.0], [1.0, 0.0], [1.0, 1.0]).tolist() == [
        pytest.approx(-tail, rel=1e-15),
        pytest.approx(tail, rel=1e-15),
    ]


def test_the_gradient_of_one_class_is_zero_and_that_of_nan_is_nan() -> None:
    one = np.array([[3.0], [np.nan]])
    assert reference.softmax_cross_entropy_vjp(one, [[2.0], [2.0]], [1.0, 1.0]).tolist() == [
        [0.0],
        [pytest.approx(np.nan, nan_ok=True)],
    ]
    assert reference.sparse_softmax_cross_entropy_vjp(one, [0, 0], [1.0, 1.0]).tolist() == [
        [0.0],
        [pytest.approx(np.nan, nan_ok=True)],
    ]


SETTINGS = ["raise", "warn", "ignore"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_answer_depends_on_how_numpy_treats_floating_point_errors(setting: str) -> None:
    extreme = np.array([[1.7e308, -1.7e308, 5e-324, 0.1], [0.1, -745.3, -800.0, -np.inf]])
    small = np.full((2, 4), 1e-310)
    with np.errstate(all=setting):
        assert reference.sum_squared_error(extreme, small) == np.inf
        reference.sum_squared_error_vjp(extreme, -extreme, 1e300)
        reference.one_hot_cross_entropy(small, [0, 1])
        reference.softmax_cross_entropy(extreme, small)
        reference.softmax_cross_entropy_vjp(extreme, small, [1e-300, 1e300])
        reference.sparse_softmax_cross_entropy(extreme, [0, 1])
        reference.sparse_softmax_cross_entropy_vjp(extreme, [0, 1], [1e-300, 1e300])
        reference.sigmoid_cross_entropy(extreme, small)
        reference.sigmoid_cross_entropy_vjp(extreme, small, small)
