"""Every edge case that a docstring of the reference states is so: the phrase stands there, and the
call beside it gives the answer."""

import inspect
import math
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

from nnspec import reference as r

INF, NAN, HUGE = np.inf, np.nan, float(np.finfo(np.float64).max)

# What a function of `Edge cases` says of another function holds for it by that one's name.
_DEFERS = re.compile(r"^As (?:for |in )?`?\w+`?")


def _is(answer: Any, expected: Any) -> bool:
    """Compare shapes, numbers with their signs of zero, and NaN."""
    found, wanted = np.asarray(answer), np.asarray(expected, dtype=np.float64)
    same = found.shape == wanted.shape and np.array_equal(found, wanted, equal_nan=True)
    zero = wanted == 0
    return same and np.array_equal(np.signbit(found[zero]), np.signbit(wanted[zero]))


def _path(function: Callable[..., Any], slopes: list[Any], theta: Any, **parameters: Any) -> Any:
    answers = iter(slopes)
    given = lambda *_: [np.asarray(next(answers))]  # noqa: E731
    return [each[0] for each in function(given, [np.asarray(theta)], len(slopes), **parameters)]


def _alike(first: Any, second: Any) -> bool:
    return all(np.allclose(a, b, rtol=1e-15, atol=0) for a, b in zip(first, second, strict=True))


SLOPES, START = [[0.5, -2.0], [1.25, 3.0], [-0.75, 0.125]], [1.0, -4.0]
ADAM = {"learning_rate": 0.1, "beta1": 0.75, "beta2": 0.5}
X = np.array([[1.0, -2.0], [0.5, 4.0], [3.0, 0.25]])
ONES, BATCH = np.ones(2), {"momentum": 0.25, "epsilon": 0.5}


def activations() -> Iterator[tuple[str, str, bool]]:
    yield "leaky_relu", "NaN gives NaN", _is(r.leaky_relu([NAN], negative_slope=0.1), [NAN])
    for slope, limit in ((0.1, -INF), (-0.1, INF), (0.0, NAN)):
        answer = r.leaky_relu([-INF], negative_slope=slope)
        yield "leaky_relu", "-inf gives -inf for a positive negative_slope", _is(answer, [limit])
    answer = r.leaky_relu_vjp([NAN], [1.0], negative_slope=0.1)
    yield "leaky_relu_vjp", "NaN in x gives NaN", _is(answer, [NAN])
    yield "relu", "-0.0 gives 0.0", _is(r.relu([-0.0, NAN, INF]), [0.0, NAN, INF])
    yield "relu_vjp", "NaN in x gives NaN", _is(r.relu_vjp([NAN], [1.0]), [NAN])
    answer = r.relu_vjp([-1.0, 0.0], [INF, INF])
    yield "relu_vjp", "An infinite cotangent gives 0", _is(answer, [0.0, 0.0])
    yield "sigmoid", "-inf gives 0, inf gives 1", _is(r.sigmoid([-INF, INF, NAN]), [0, 1, NAN])
    low = r.sigmoid([-708.39, -708.41, -745.1, -745.2])
    yield "sigmoid", "the answer is subnormal", list(low >= 2.0**-1022) == [True, *[False] * 3]
    yield "sigmoid", "0 for x < -745.2", _is(low[2:], [2.0**-1074, 0.0])
    yield "step", "step(0) = step(-0.0) = 0", _is(r.step([0.0, -0.0, NAN]), [0.0, 0.0, NAN])
    yield "tanh", "±inf gives ±1", _is(r.tanh([INF, -INF, -0.0, NAN]), [1, -1, -0.0, NAN])
    for name in ("sigmoid_vjp", "tanh_vjp"):
        answer = getattr(r, name)([INF, -INF, NAN], [HUGE, HUGE, 1.0])
        yield name, "±inf gives 0 for a finite cotangent", _is(answer, [0.0, 0.0, NAN])
    rows = [[-INF, 0.0], [-INF, -INF], [INF, 0.0], [NAN, 0.0]]
    none = [[NAN, NAN]] * 3
    yield "softmax", "a row of -inf alone", _is(r.softmax(rows, axis=1), [[0.0, 1.0], *none])
    answer = r.log_softmax(rows, axis=1)
    yield "log_softmax", "a row of -inf alone", _is(answer, [[-INF, 0.0], *none])
    for name in ("softmax", "log_softmax"):
        answer = getattr(r, name)(np.ones((2, 0)), axis=1)
        yield name, "an empty axis stays empty", answer.shape == (2, 0)
        answer = getattr(r, f"{name}_vjp")(rows, np.ones((4, 2)), axis=1)
        yield f"{name}_vjp", "that row is NaN", _is(answer[1:], none)
        answer = getattr(r, f"{name}_vjp")([[0.0, 0.0]], [[HUGE / 4, HUGE / 4]], axis=1)
        yield f"{name}_vjp", "2·Σ|cotangent| must be in range", bool(np.isfinite(answer).all())


def information() -> Iterator[tuple[str, str, bool]]:
    for name in ("cross_entropy", "kl_divergence"):
        function = getattr(r, name)
        yield name, "+inf where p > 0 = q", _is(function([0.5, 0.5], [1.0, 0.0], axis=0), INF)
        answer = function(np.ones((2, 0)), np.ones((2, 0)), axis=1)
        yield name, "an axis of length 0 gives 0", _is(answer, [0.0, 0.0])
        answers = [function([NAN], [1.0], axis=0), function([0.0], [NAN], axis=0)]
        yield name, "NaN gives NaN", _is(answers, [NAN, NAN])
    yield from clipping()
    p = [0.1, 0.2, 0.7, 0.0]
    yield "kl_divergence", "0, exactly, for p = q", _is(r.kl_divergence(p, p, axis=0), 0.0)
    yield "entropy", "An axis of length 0 gives 0", _is(r.entropy(np.ones((0,)), axis=0), 0.0)
    answer = [r.entropy([NAN], axis=0), r.entropy([INF], axis=0)]
    yield "entropy", "NaN gives NaN, inf gives -inf", _is(answer, [NAN, -INF])
    yield "entropy", "an element above 1", bool(r.entropy([2.0], axis=0) < 0)


def clipping() -> Iterator[tuple[str, str, bool]]:
    for name in ("cross_entropy_clipped", "cross_entropy_renormalized"):
        ask = partial(getattr(r, name), epsilon=0.0)
        answers = [ask([0.5, 0.5], [1.0, 0.0], axis=0), ask([0.0], [2.0], axis=0)]
        yield name, "+inf where p > 0 = q", _is(answers, [INF, 0.0])
        answer = getattr(r, name)([0.0, 1.0], [0.0, 1.0], axis=0, epsilon=0.5)
        yield name, "A p of 0 adds nothing", _is(answer, math.log(2))
        yield name, "A p of 0 adds nothing", _is(ask([0.0, 1.0], [0.0, 1.0], axis=0), 0.0)
        for axis, answer in ((1, [0.0, 0.0]), (0, [])):
            empty = ask(np.ones((2, 0)), np.ones((2, 0)), axis=axis)
            yield name, "n axis of length 0 gives 0", _is(empty, answer)
        answers = [ask([NAN], [1.0], axis=0), ask([0.0], [NAN], axis=0)]
        yield name, "NaN", _is(answers, [NAN, NAN])
    clipped = r.cross_entropy_clipped([1.0], [2.0], axis=0, epsilon=0.0)
    yield "cross_entropy_clipped", "If ε is 0, q is clipped to [0, 1]", _is(clipped, 0.0)
    answers = [
        r.cross_entropy_renormalized([0.5, 0.5], q, axis=0, epsilon=0.25)
        for q in ([0.0, 0.0], [INF, 1.0], [INF, INF])
    ]
    phrase = "A q that sums to 0 or is infinite gives NaN"
    yield "cross_entropy_renormalized", phrase, _is(answers, [NAN, NAN, NAN])
    answer = r.one_hot_cross_entropy_clipped([[0.0], [2.0], [0.5]], [0, 0, 0], epsilon=0.0)
    phrase = "q is clipped to [0, 1]: +inf where q_j = 0"
    yield "one_hot_cross_entropy_clipped", phrase, _is(answer, [INF, 0.0, math.log(2)])


def losses() -> Iterator[tuple[str, str, bool]]:
    yield "one_hot_cross_entropy", "+inf where", _is(r.one_hot_cross_entropy([[0.0]], [0]), [INF])
    answer = r.sigmoid_cross_entropy([INF, -INF, INF, -INF, NAN], [1.0, 0.0, 0.5, 1.0, 0.5])
    yield "sigmoid_cross_entropy", "inf gives 0 for target 1", _is(answer, [0, 0, INF, INF, NAN])
    answer = r.sigmoid_cross_entropy_vjp([-INF, INF, NAN], [0.25, 0.25, 1.0], [2.0, 2.0, 1.0])
    phrase = "-inf gives -cotangent·targets"
    yield "sigmoid_cross_entropy_vjp", phrase, _is(answer, [-0.5, 1.5, NAN])
    name = "softmax_cross_entropy"
    answer = r.softmax_cross_entropy([[0.0, -INF], [HUGE, -HUGE]], [[1.0, 0.0], [0.0, 0.25]])
    yield name, "A target of 0 adds nothing", _is(answer, [0.0, HUGE / 2])
    yield name, "Finite logits and targets give a finite loss", bool(np.isfinite(answer[1]))
    name = "sum_squared_error"
    answers = [r.sum_squared_error(y, [0.0] * len(y)) for y in ([], [NAN], [1.5e154])]
    yield name, "The error of an empty array is 0", _is(answers[:2], [0.0, NAN])
    yield name, "It is inf only if E is beyond the range", bool(np.isfinite(answers[2]))
    answer = r.sum_squared_error_vjp([HUGE], [-HUGE], 0.5)
    yield "sum_squared_error_vjp", "the answer is infinite", _is(answer, [INF])


def networks() -> Iterator[tuple[str, str, bool]]:
    w, b = np.array([[1.0, 2.0], [3.0, INF]]), np.array([0.5, -0.5])
    yield "linear", "m = 0 gives an empty answer", r.linear(np.ones((0, 2)), w, b).shape == (0, 2)
    answer = r.linear(np.ones((3, 0)), np.ones((0, 2)), b)
    yield "linear", "n = 0 gives the bias", _is(answer, [b] * 3)
    yield "linear", "0·inf is NaN", _is(r.linear([[1.0, 0.0]], w, b), [[1.5, NAN]])
    nothing = np.ones((0, 2))
    _, of_w, of_b = r.linear_vjp(nothing, w, b, nothing)
    phrase = "the gradients with respect to weight and bias are 0"
    yield "linear_vjp", phrase, _is(of_w, np.zeros((2, 2))) and _is(of_b, np.zeros(2))
    answer = r.mlp(nothing, [w], [b], activations=["tanh"])
    yield "mlp", "m = 0 gives an empty answer", answer.shape == (0, 2)
    _, of_w, of_b = r.mlp_vjp(nothing, [w], [b], nothing, activations=["tanh"])
    phrase = "all gradients of weights and biases are 0"
    yield "mlp_vjp", phrase, _is(of_w[0], np.zeros((2, 2))) and _is(of_b[0], np.zeros(2))
    for name, slope in (("relu", 0.0), ("leaky_relu", 0.125)):
        _, _, of_b = r.mlp_vjp([[0.0]], [[[1.0]]], [[0.0]], [[1.0]], activations=[name])
        yield "mlp_vjp", "At 0 the derivatives of rectifiers", _is(of_b[0], [slope])


def descent() -> Iterator[tuple[str, str, bool]]:
    rates = {"learning_rate": 0.125}
    plain = _path(r.gradient_descent, SLOPES, START, **rates)
    name = "gradient_descent"
    yield name, "0 steps yield nothing", _path(r.gradient_descent, [], START, **rates) == []
    still = _path(r.gradient_descent, [[0.0, 0.0]], START, **rates)[0]
    yield name, "a zero gradient leaves θ unchanged", _is(still, START)
    through = _path(r.gradient_descent, [[NAN, INF]], START, **rates)[0]
    yield name, "NaN and infinities go through", _is(through, [NAN, -INF])
    forms = ("", "_average", "_scaled", "_unbiased")
    lookahead = ("_reformulated", "_reformulated_scaled", "_sutskever")
    names = [f"momentum{each}" for each in forms] + [f"nesterov{each}" for each in lookahead]
    for name in (*names, "nesterov"):
        function = getattr(r, name)
        none = _path(function, [], START, momentum=0.5, **rates)
        yield name, "0 steps yield nothing", none == []
        found = _path(function, SLOPES, START, momentum=0.0, **rates)
        if name != "nesterov":
            yield name, "μ = 0 is gradient descent", _alike(found, plain)
    coasting = _path(r.momentum_scaled, [[1.0], [1.0]], [0.0], momentum=0.5, learning_rate=(1.0, 0))
    phrase = "a learning rate of 0 does not stop the velocity"
    yield "momentum_scaled", phrase, _is(coasting[1], [-1.5])
    first = _path(r.momentum_unbiased, SLOPES, START, momentum=0.9375, **rates)[0]
    yield "momentum_unbiased", "The first step is gradient descent's", _alike([first], plain[:1])
    for name in ("nesterov", "nesterov_sutskever"):
        points: list[Any] = []
        given = lambda theta, points=points: points.append(theta[0].copy()) or [np.ones(2)]  # noqa: E731
        list(getattr(r, name)(given, [np.array(START)], 2, momentum=0.0, **rates))
        yield name, "The first gradient is taken at θ", _is(points[0], START)
        ahead = _is(points[1], np.array(START) - 0.125)
        phrase = "still looks ahead" if name == "nesterov" else "μ = 0 is gradient descent"
        yield name, phrase, ahead == (name != "nesterov")
    saddle = r.newton(
        lambda t: [np.array([2.0, -4.0]) * t[0]], lambda _: np.diag([2.0, -4.0]), [ONES], 1,
        learning_rate=1.0,
    )  # fmt: skip
    yield "newton", "goes to the quadratic's saddle", _is(next(saddle)[0], [0.0, 0.0])
    none_ = list(r.newton(lambda t: t, lambda t: t, [ONES], 0, learning_rate=1.0))
    yield "newton", "0 steps yield nothing", none_ == []


def adaptive() -> Iterator[tuple[str, str, bool]]:
    rate = {"learning_rate": 0.125}
    zero = [[0.0, 0.0]]
    still = _path(r.adagrad, zero, START, epsilon=0.5, **rate)[0]
    yield "adagrad", "a zero gradient leaves θ unchanged", _is(still, START)
    nan = _path(r.adagrad, zero, START, epsilon=0.0, **rate)[0]
    yield "adagrad", "θ is NaN while all gradients were 0", _is(nan, [NAN, NAN])
    far = _path(r.adagrad, [[1e155]], [1.0], epsilon=0.0, **rate)[0]
    yield "adagrad", "g² overflows beyond 1e154", _is(far, [1.0])
    pairs = (
        ("adagrad_epsilon_inside", r.adagrad, {}),
        ("rmsprop_epsilon_inside", r.rmsprop, {"decay": 0.75}),
    )
    for name, other, more in pairs:
        both = [
            _path(each, SLOPES, START, epsilon=0.0, **more, **rate)
            for each in (getattr(r, name), other)
        ]
        yield name, f"With ε = 0 it is {other.__name__}", _alike(*both)
    first = _path(r.rmsprop, [[3.0]], [0.0], decay=0.75, epsilon=0.0, **rate)[0]
    yield "rmsprop", "the first step has the length a/√(1 - ρ)", _is(first, [-0.25])
    signs = _path(r.rmsprop, [[3.0], [-5.0]], [0.0], decay=0.0, epsilon=0.0, **rate)
    yield "rmsprop", "With ρ = 0 each step follows", _is(np.concatenate(signs), [-0.125, 0.0])
    first = _path(r.adam, [[3.0, -1.0]], START, epsilon=1.0, **ADAM)[0]
    expected = np.array(START) - 0.1 * np.array([3.0, -1.0]) / np.array([4.0, 2.0])
    yield "adam", "The first step has the length a |g|/(|g| + ε)", _alike([first], [expected])
    still = _path(r.adam, zero, START, epsilon=0.5, **ADAM)[0]
    nan = _path(r.adam, zero, START, epsilon=0.0, **ADAM)[0]
    yield "adam", "θ stays unchanged for ε > 0", _is(still, START) and _is(nan, [NAN, NAN])
    path = _path(r.adam, [[1.0], [0.0]], [0.0], epsilon=0.5, **ADAM)
    yield "adam", "A zero gradient after another one still moves θ", bool(path[1] < path[0])
    exact = _path(r.adam, SLOPES, START, epsilon=0.0, **ADAM)
    hat = _path(r.adam_epsilon_hat, SLOPES, START, epsilon=0.0, **ADAM)
    yield "adam_epsilon_hat", "With ε = 0 it is adam", _alike(hat, exact)
    settings = {"learning_rate": 0.1, "epsilon": 0.25}
    same = (
        _path(r.adam_uncorrected, SLOPES, START, beta1=0.0, beta2=0.5, **settings),
        _path(r.rmsprop, SLOPES, START, decay=0.5, **settings),
    )
    yield "adam_uncorrected", "With β₁ = 0 it is rmsprop", _alike(*same)
    raw = _path(r.adam_uncorrected, SLOPES, [0.0, 0.0], epsilon=0.0, **ADAM)[0]
    full = _path(r.adam, SLOPES, [0.0, 0.0], epsilon=0.0, **ADAM)[0]
    phrase = "the first step is adam's times (1 - β₁)/√(1 - β₂)"
    yield "adam_uncorrected", phrase, _alike([raw], [full * 0.25 / 0.5**0.5])


def others() -> Iterator[tuple[str, str, bool]]:
    name = "clip_by_global_norm"
    kept = r.clip_by_global_norm([[3.0, 4.0]], max_norm=5.0)[0]
    none = r.clip_by_global_norm([[0.0, -0.0]], max_norm=0.0)[0]
    phrase = "to the last bit; a norm of 0 does at max_norm 0 too"
    yield name, phrase, _is(kept, [3.0, 4.0]) and _is(none, [0.0, -0.0])
    infinite = r.clip_by_global_norm([[INF, 1.0], [2.0]], max_norm=1.0)
    phrase = "NaN for itself and 0 for every finite element"
    yield name, phrase, _is(infinite[0], [NAN, 0.0]) and _is(infinite[1], [0.0])
    nan = r.clip_by_global_norm([[NAN], [2.0]], max_norm=1.0)
    yield name, "NaN gives NaN for all", _is(nan[1], [NAN])
    clipped = r.clip_by_value([[INF, -INF, NAN]], limit=2.0)[0]
    yield "clip_by_value", "±inf gives ±limit; NaN stays NaN", _is(clipped, [2.0, -2.0, NAN])
    yield "clip_by_value", "limit 0 gives zeros", not r.clip_by_value([[1.0]], limit=0.0)[0].any()
    yield "clip_by_value", "an empty list stays empty", r.clip_by_value([], limit=1.0) == []
    steps = r.minibatch_descent(lambda *_: [[1.0]], [[1.0]], [], learning_rate=1.0)
    yield "minibatch_descent", "No batches give no steps", list(steps) == []
    given = r.minibatch_descent(lambda *_: [[NAN, INF]], [START], [[0]], learning_rate=1.0)
    phrase = "NaN and infinities go through"
    yield "minibatch_descent", phrase, _is(next(given)[0], [NAN, -INF])
    yield "minibatches", "No samples give no batches", r.minibatches(0, 3, seed=1) == []
    yield "minibatches", "one batch", [len(b) for b in r.minibatches(3, 9, seed=1)] == [3]
    shapes = [r.zeros(shape, dtype="float64").shape for shape in ((2, 0), ())]
    yield "draws", "No batches are an empty list", r.draws(3, 2, 0, seed=1) == []
    larger = [len(batch) for batch in r.draws(2, 9, 3, seed=1)]
    yield "draws", "A batch may be larger than the set", larger == [9, 9, 9]
    yield "zeros", "A shape that contains 0", shapes == [(2, 0), ()]
    yield (
        "normal",
        "std = 0 gives zeros",
        not r.normal((9,), std=0.0, seed=1, dtype="float64").any(),
    )
    drawn = r.kaiming_normal(2, 3, negative_slope=1e200, seed=1, dtype="float64")
    yield "kaiming_normal", "whose square leaves the range gives zeros", not drawn.any()
    for name in ("center", "standardize"):
        function = getattr(r, name)
        answer = function([[0.1, NAN], [0.1, 1.0]], [[0.1, 1.0], [NAN, 2.0]], axes=(0,))
        yield name, "NaN in train turns its feature into NaN", _is(answer, [[0, NAN], [NAN, NAN]])
    same = r.center([[0.1]] * 3, [[0.1]], axes=(0,))
    yield "center", "The mean of a constant feature is that constant", _is(same, [[0.0]])
    same = r.standardize([[0.1]] * 3, [[2.1]], axes=(0,))
    yield "standardize", "is centered and left unscaled", _is(same, [[2.1 - 0.1]])
    wide = [[1.0, 2.0, 3.0], [3.0, 1.0, 2.0]]
    with pytest.raises(ValueError, match="the rank of the centered train, 1"):
        r.pca(wide, wide, components=2)
    yield "pca", "as many components as their rank", r.pca(wide, wide, components=1).shape == (2, 1)


def normalization() -> Iterator[tuple[str, str, bool]]:
    name = "batch_norm_eval"
    both, alone = (r.batch_norm_eval(x, ONES, ONES, ONES, ONES, epsilon=0.5) for x in (X, X[:1]))
    yield name, "A sample has the same answer in every batch", _is(both[:1], alone)
    stay = r.batch_norm_eval([[NAN, 1.0], [INF, 1.0]], ONES, ONES, ONES, ONES, epsilon=0.0)
    yield name, "NaN and infinities stay where they are", _is(stay, [[NAN, 1.0], [INF, 1.0]])
    below = r.batch_norm_eval([[1.0, 1.0]], ONES, ONES, ONES, [-1.0, 1.0], epsilon=0.5)
    yield name, "NaN if variance + epsilon is below 0", _is(below, [[NAN, 1.0]])
    name, shift = "batch_norm_train", np.array([0.25, -3.0])
    y, _, variance = r.batch_norm_train(X[:1], ONES, shift, ONES, ONES, **BATCH)
    phrase = "One value a channel gives shift and the variance 0"
    yield name, phrase, _is(y, [shift]) and _is(variance, 0.75 * ONES)
    y, *_ = r.batch_norm_train(np.full((3, 2), 0.1), ONES, shift, ONES, ONES, **BATCH)
    yield name, "A constant channel gives shift", _is(y, [shift] * 3)
    spoilt = X.copy()
    spoilt[1, 0] = INF
    y, mean, _ = r.batch_norm_train(spoilt, ONES, shift, ONES, ONES, **BATCH)
    own = bool(np.isnan(y[:, 0]).all() and np.isfinite(y[:, 1]).all() and np.isfinite(mean[1]))
    yield name, "turn their own channel into NaN", own
    with pytest.raises(ValueError, match="two or more values a channel"):
        r.batch_norm_train_unbiased(X[:1], ONES, shift, ONES, ONES, **BATCH)
    yield "batch_norm_train_unbiased", "One value a channel is an error", True
    name = "batch_norm_train_vjp"
    of_x, of_scale, _ = r.batch_norm_train_vjp(X[:1], ONES, X[:1], epsilon=0.5)
    yield name, "One value a channel gives", not (of_x.any() or of_scale.any())
    of_x, of_scale, _ = r.batch_norm_train_vjp(spoilt, ONES, X, epsilon=0.5)
    own = bool(np.isnan(of_x[:, 0]).all() and np.isfinite(of_x[:, 1]).all())
    yield name, "turn their own channel", own and _is(np.isnan(of_scale), [1.0, 0.0])


PAGES = (
    activations, information, losses, networks, descent, adaptive, others, normalization,
)  # fmt: skip


def _stated(operation: str) -> str:
    text = inspect.getdoc(getattr(r, operation)) or ""
    section = re.search(r"^Edge cases\n((?: +.*\n?)+)", text, re.MULTILINE)
    return " ".join(section[1].split()) if section else ""


@pytest.mark.parametrize("page", PAGES)
def test_an_edge_case_is_as_stated(page: Callable[[], Iterator[tuple[str, str, bool]]]) -> None:
    for operation, phrase, holds in page():
        assert phrase in _stated(operation), (operation, phrase)
        assert holds, (operation, phrase)


def test_every_function_that_states_edge_cases_is_asked() -> None:
    asked = {operation for page in PAGES for operation, *_ in page()}
    stated = {each for each in r.__all__ if _stated(each) and not _DEFERS.match(_stated(each))}
    assert stated <= asked
