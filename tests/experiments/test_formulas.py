"""Small cases that clauses tell, recomputed from the reference and from closed forms."""

import inspect
import math

import numpy as np
import pytest
from scipy.stats import norm

from nnspec import reference
from tests.experiments.digits import TRAINED, Array, Network, images, network, raw
from tests.experiments.told import tells, told

pytestmark = pytest.mark.no_cover


def last(steps) -> Array:
    return list(steps)[-1][0]


# --- descent ---

HESSIAN = np.array([[3.25, 3.9], [3.9, 7.75]])
START = np.array([-3.2, 0.6])


def bowl(params: list[Array]) -> list[Array]:
    """Return the gradient of the quadratic that the figure of the page shows."""
    return [HESSIAN @ params[0]]


def turns_and_rises(steps) -> tuple[Array, int]:
    """Return the angles between the first 20 steps in degrees, and how many of all steps climb."""
    points = np.array([START, *(step[0] for step in steps)])
    moves = np.diff(points, axis=0)
    moves_long = np.linalg.norm(moves, axis=1)
    cosines = np.sum(moves[:-1] * moves[1:], axis=1) / (moves_long[:-1] * moves_long[1:])
    values = np.einsum("ij,jk,ik->i", points, HESSIAN, points)
    return np.degrees(np.arccos(cosines[:20])), int(np.sum(np.diff(values) > 0))


def test_momentum_smooths_a_path_and_the_objective_rises_on_it() -> None:
    sharp, falls = turns_and_rises(
        reference.gradient_descent(bowl, [START], 60, learning_rate=0.18)
    )
    soft, rises = turns_and_rises(
        reference.momentum(bowl, [START], 60, learning_rate=0.03, momentum=0.8)
    )
    right, steps = told("momentum/smoothness", "by more than #° in each of its first # steps.")
    assert (right, steps) == (90, len(sharp))
    assert sharp.min() > 90 > soft.max()
    (half,) = told("momentum/smoothness", "half of its turns are below #°.")
    assert math.ceil(np.median(soft)) == half
    assert told("momentum/smoothness", "Of # steps, momentum takes # that raise") == [60, rises]
    assert falls == 0


def test_the_steps_of_nesterov_grow_with_the_root_of_the_condition() -> None:
    curvatures = np.geomspace(0.01, 1.0, 20)

    def needed(steps) -> int:
        level = 1e-6 * curvatures.sum()
        return next(
            t for t, step in enumerate(steps, 1) if np.sum(curvatures * step[0] ** 2) < level
        )

    def gradient(params: list[Array]) -> list[Array]:
        return [curvatures * params[0]]

    start = [np.ones(20)]
    plain = reference.gradient_descent(gradient, start, 400, learning_rate=1.0)
    ahead = reference.nesterov_sutskever(gradient, start, 400, learning_rate=1.0, momentum=9 / 11)
    sentence = "at the rate 1 needs # steps until the objective is a millionth"
    assert told("nesterov/convex-rate", sentence) == [needed(plain)]
    assert told("nesterov/convex-rate", "with the momentum 9/11 needs #.") == [needed(ahead)]
    # At this momentum the slowest error falls in the best way: 9/11 = (√κ - 1)/(√κ + 1).
    root = math.sqrt(curvatures[-1] / curvatures[0])
    assert (root - 1) / (root + 1) == pytest.approx(9 / 11)


def hessian(of: Network) -> tuple[Array, Array]:
    """Return the Hessian of the loss on the digits by central differences, and the gradient."""
    train, _ = images()
    flat = np.concatenate([each.ravel() for each in of.params])

    def gradient(point: Array) -> Array:
        answered = moved(of, point).gradient(train)
        return np.concatenate([each.ravel() for each in answered])

    step = 1e-4 * np.eye(flat.size)
    rows = [(gradient(flat + row) - gradient(flat - row)) / 2e-4 for row in step]
    return (np.array(rows) + np.array(rows).T) / 2, gradient(flat)


def moved(of: Network, point: Array) -> Network:
    sizes = np.cumsum([each.size for each in of.params])[:-1]
    parts = zip(np.split(point, sizes), of.params, strict=True)
    return of.put([part.reshape(each.shape) for part, each in parts])


@pytest.mark.proof
def test_a_network_is_no_quadratic_and_newton_climbs_on_it() -> None:
    train, _ = images()
    start = network("tanh", (5,))
    taken = reference.gradient_descent(
        lambda params: start.put(params).gradient(train), start.params, 200, learning_rate=0.1
    )
    found: list[float] = [sum(each.size for each in start.params)]
    matrix, gradient = hessian(start)
    for each in (matrix, hessian(start.put(list(taken)[-1]))[0]):
        values = np.linalg.eigvalsh(each)
        found += [int(np.sum(values < -1e-6)), float(values[-1])]
    first = told("descent/quadratics", "a network of # parameters, with 5 hyperbolic tangents")
    second = told("descent/quadratics", "of its Hessian, # are negative, and the largest is #.")
    third = told("descent/quadratics", "at the rate 0.1, # are negative, and the largest is #.")
    assert first + second + third == pytest.approx(found, rel=0.005)
    flat = np.concatenate([each.ravel() for each in start.params])
    step = np.linalg.lstsq(matrix, gradient, rcond=1e-8)[0]
    after = moved(start, flat - step).loss(train)
    sentence = "a full step raises the loss from # to #."
    tells("newton/drawbacks", sentence, [start.loss(train), after], within=0.005)


def test_newton_costs_what_the_clause_says() -> None:
    (count,) = told("newton/drawbacks", "and 10 outputs has # parameters")
    assert count == 64 * 128 + 128 + 128 * 10 + 10
    (millions,) = told("newton/drawbacks", "a Hessian of # million elements")
    assert round(count**2 / 1e6) == millions


def test_full_steps_converge_from_near_and_diverge_from_farther_away() -> None:
    def path(start: float, steps: int) -> list[float]:
        taken = reference.newton(
            lambda params: [np.tanh(params[0])],
            lambda params: 1 / np.cosh(params[0][:, None]) ** 2,
            [np.array([start])],
            steps,
            learning_rate=1.0,
        )
        return [float(step[0][0]) for step in taken]

    near, digits = told("newton/drawbacks", "full steps from # reach the minimum 0 to # digits in")
    assert abs(path(near, 7)[-1]) < 10**-digits < abs(path(near, 6)[-1])
    start, *points = told("newton/drawbacks", "From # they go #, #, #, #, #, and away.")
    assert points == [round(each, 3) for each in path(start, 5)]
    assert abs(path(start, 7)[-1]) > 1e6


def test_a_cliff_throws_an_iterate_away_and_a_clipped_gradient_does_not() -> None:
    def gradient(params: list[Array]) -> list[Array]:
        w = params[0]
        return [(w**16 - 1) * 16 * w**15]

    def clipped(params: list[Array]) -> list[Array]:
        return reference.clip_by_global_norm(gradient(params), max_norm=1.0)

    name, start = "clip_by_global_norm/cliff", np.array(1.2)
    (size,) = told(name, "At w = 1.2 the gradient is #.")
    assert round(float(gradient([start])[0])) == size
    with np.errstate(over="ignore"):
        taken = reference.gradient_descent(gradient, [start], 3, learning_rate=0.01)
        free = [each[0] for each in taken]
    assert told(name, "leads to #, the second to #·10⁴⁹") == [
        round(float(free[0]), 1),
        round(float(free[1]) / 1e49, 1),
    ]
    assert np.isinf(free[2])
    held = [
        each[0] for each in reference.gradient_descent(clipped, [start], 60, learning_rate=0.01)
    ]
    (needed,) = told(name, "within 0.01 of the minimum after # steps.")
    assert next(t for t, w in enumerate(held, 1) if abs(w - 1) < 0.01) == needed
    assert abs(held[-1] - 1) < 1e-4


# --- adaptive ---


def test_an_adaptive_step_turns_from_the_gradient() -> None:
    gradient = np.array([100.0, 1.0])
    step = last(
        reference.adagrad(lambda _: [gradient], [np.zeros(2)], 1, learning_rate=1.0, epsilon=1e-10)
    )
    cosine = -step @ gradient / (np.linalg.norm(step) * np.linalg.norm(gradient))
    (angle,) = told("adaptive/step-length", "it points #° away from the negative gradient")
    assert round(math.degrees(math.acos(cosine))) == angle
    (gained,) = told("adaptive/step-length", "has gained a factor of # over the steep one")
    assert (step[1] / step[0]) / (gradient[1] / gradient[0]) == pytest.approx(gained)


# --- information ---


def test_cross_entropy_and_divergence_are_no_distances() -> None:
    p, q, r = np.array([[0.5, 0.5], [0.25, 0.75], [0.1, 0.9]])
    name = "cross_entropy/no-distance"
    own = reference.cross_entropy(p, p, axis=0)
    assert told(name, "$H(p, p)$ is #.") == [round(float(own), 3)]
    far = reference.kl_divergence(p, r, axis=0)
    legs = reference.kl_divergence(p, q, axis=0) + reference.kl_divergence(q, r, axis=0)
    (direct,) = told(name, r"$KL(p\,\|\,r)$ is #, and")
    (by_way,) = told(name, r"KL(q\,\|\,r)$ is # only")
    assert [direct, by_way] == [round(float(far), 3), round(float(legs), 3)]


# --- initializers ---


def irwin_hall(n: int) -> float:
    """Return how far the sum of n uniform numbers is from its normal law, at most."""
    x = np.linspace(0, n, 20001)
    terms = ((-1) ** k * math.comb(n, k) * np.maximum(x - k, 0) ** n for k in range(n + 1))
    distribution = sum(terms) / math.factorial(n)
    return float(np.abs(distribution - norm.cdf((x - n / 2) / math.sqrt(n / 12))).max())


def test_responses_of_uniform_weights_become_normal() -> None:
    sentence = "by at most # with 1 input, # with 2, # with 4 and # with 16."
    found = [irwin_hall(n) for n in (1, 2, 4, 16)]
    tells("initializers/central-limit", sentence, found, within=0.03)
    weights = reference.kaiming_uniform(4, 50_000, negative_slope=0.0, seed=0, dtype="float64")
    response = np.sort(np.array([1.0, -1.0, 1.0, 1.0]) @ weights) / math.sqrt(2)
    share = np.arange(1, 50_001) / 50_000
    # Five standard deviations of an empirical distribution function.
    assert np.abs(share - norm.cdf(response)).max() < found[2] + 2.5 / math.sqrt(50_000)


# --- normalization ---


def test_half_of_a_rectified_channel_is_one_number_after_normalization_too() -> None:
    mean = 1 / math.sqrt(2 * math.pi)
    (stays,) = told("normalization/no-normal-law", "one number after, #.")
    assert round(-mean / math.sqrt(0.5 - mean**2), 3) == stays


def test_batch_variances_lack_the_variance_of_the_batch_means() -> None:
    pixel = raw()[0].x[:, 20]
    biased, corrected = [], []
    for size in (2, 4, 8, 32):
        full = TRAINED // size * size
        order = np.concatenate(reference.minibatches(TRAINED, size, seed=0))[:full]
        mean = np.mean(np.var(pixel[order].reshape(-1, size), axis=1)) / np.var(pixel)
        biased.append(round(float(mean), 2))
        corrected.append(round(float(mean * size / (size - 1)), 2))
    name = "batch_norm_eval/totals"
    assert told(name, "batch variances is #, #, # and # of the total variance.") == biased
    assert told(name, "Times $n/(n - 1)$ it is #, #, # and #.") == corrected


# --- preprocessing and dynamics ---


def test_a_small_change_moves_points_that_are_far_from_zero() -> None:
    def flipped(center: float) -> float:
        """Return the share of the square between the lines x + y = 2c and 1.01 x + y = 2c."""
        across = (2 * np.arange(100_000) + 1) / 100_000 - 1
        before, after = np.clip([-across, -1.01 * across - 0.01 * center], -1, 1)
        return 100 * float(np.mean(np.abs(before - after)) / 2)

    sentence = (
        "# % of the points get the other label where the square lies around 0, and # % where it "
        "lies around (100, 100)."
    )
    tells("standardize/small-changes", sentence, [flipped(0.0), flipped(100.0)], within=0.03)


def test_inputs_of_one_sign_make_descent_slow() -> None:
    goal = np.array([1.0, -1.0])

    def needed(shift: float) -> int:
        x = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]) + shift
        moments = x.T @ x / 4
        small, large = np.linalg.eigvalsh(moments)
        assert large / small == pytest.approx(1 + 2 * shift**2)
        steps = reference.gradient_descent(
            lambda params: [moments @ (params[0] - goal)],
            [np.zeros(2)],
            100,
            learning_rate=2 / (small + large),
        )
        limit = 0.01 * np.linalg.norm(goal)
        return next(t for t, w in enumerate(steps, 1) if np.linalg.norm(w[0] - goal) < limit)

    sentence = "takes # step for s = 0, # for s = 1, # for s = 2 and # for s = 3."
    assert told("mlp_vjp/zig-zag-cost", sentence) == [needed(shift) for shift in (0, 1, 2, 3)]


def condition(moments: Array) -> float:
    values = np.linalg.eigvalsh(moments)
    return float(values[-1] / values[0])


def test_sigmoids_have_ill_conditioned_outputs_until_they_are_centered() -> None:
    weights = reference.xavier_fan_in_normal(64, 32, seed=0, dtype="float64")
    sums = reference.linear(images()[0].x, weights, np.zeros(32))
    plain, other = reference.sigmoid(sums), reference.tanh(sums)
    found = [condition(plain.T @ plain), condition(np.cov(plain.T)), condition(other.T @ other)]
    sentence = "condition #. Without their mean it is #, and # behind 32 hyperbolic tangents."
    tells("mlp_vjp/zig-zag-cost", sentence, found, within=0.04)


# --- libraries ---


def test_the_customary_values_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")

    def default(callable_, name: str) -> float | tuple[float, float]:
        return inspect.signature(callable_).parameters[name].default

    assert default(torch.optim.Adam, "betas") == (0.9, 0.999)
    assert default(torch.optim.Adam, "eps") == 1e-8
    assert default(torch.optim.RMSprop, "alpha") == 0.99
    assert default(torch.optim.Adagrad, "eps") == 1e-10
    assert default(torch.optim.SGD, "momentum") == 0
    assert default(torch.nn.functional.leaky_relu, "negative_slope") == 0.01
    assert default(torch.nn.BatchNorm1d, "momentum") == 0.1
    assert default(torch.nn.BatchNorm1d, "eps") == 1e-5
