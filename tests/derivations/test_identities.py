"""The identities of lemmas, at random numbers: exactly in fractions, or to 40 of 50 digits."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product

import mpmath as mp
import numpy as np
import pytest

SEEDS = range(5)
each_seed = pytest.mark.parametrize("seed", SEEDS)


@pytest.fixture(autouse=True)
def fifty_digits() -> Iterator[None]:
    with mp.workdps(50):
        yield


def numbers(seed: int, count: int, least: int = -3, largest: int = 3) -> list[mp.mpf]:
    chosen = np.random.default_rng(seed).integers(least * 1000, largest * 1000, count)
    return [mp.mpf(int(each)) / 997 for each in chosen]


def shares(seed: int, count: int) -> list[mp.mpf]:
    positive = [abs(each) + mp.mpf(1) / 7 for each in numbers(seed, count)]
    return [each / mp.fsum(positive) for each in positive]


def fractions(seed: int, count: int) -> list[Fraction]:
    chosen = np.random.default_rng(seed)
    pairs = zip(chosen.integers(-20, 21, count), chosen.integers(1, 10, count), strict=True)
    return [Fraction(int(above), int(below)) for above, below in pairs]


def same(one: mp.mpf, other: mp.mpf) -> None:
    assert abs(one - other) <= mp.mpf(10) ** -40 * (1 + abs(other))


def dot(a: list[mp.mpf], b: list[mp.mpf]) -> mp.mpf:
    return mp.fsum(x * y for x, y in zip(a, b, strict=True))


def softmax(x: list[mp.mpf]) -> list[mp.mpf]:
    e = [mp.e**each for each in x]
    return [each / mp.fsum(e) for each in e]


def sigmoid(x: mp.mpf) -> mp.mpf:
    return 1 / (1 + mp.e**-x)


# --- activations ---


@each_seed
def test_the_two_sigmoids(seed: int) -> None:
    for x in numbers(seed, 10):
        s, t, e = sigmoid(x), mp.tanh(x), mp.e ** -abs(x)
        same(sigmoid(-x), 1 - s)
        same(mp.tanh(x), 2 * sigmoid(2 * x) - 1)
        same(mp.diff(sigmoid, x), s * (1 - s))
        same(s * (1 - s), e / (1 + e) ** 2)
        same(1 - t * t, 4 * e * e / (1 + e * e) ** 2)
        assert 0 < s * (1 - s) <= mp.mpf(1) / 4
        assert s * (1 - s) <= e
        assert 1 - t * t <= 4 * e * e


@each_seed
def test_softmax_and_its_logarithm(seed: int) -> None:
    x, c = numbers(seed, 6), numbers(seed + 100, 6)
    s = softmax(x)
    for shifted, kept in zip(softmax([each + c[0] for each in x]), s, strict=True):
        same(shifted, kept)
    same(softmax([mp.mpf(0), x[1]])[1], sigmoid(x[1]))
    total = dot(s, c)
    back = [s[i] * (c[i] - total) for i in range(6)]
    same(mp.fsum(back), mp.mpf(0))
    for j in range(6):

        def moved(z: mp.mpf, j: int = j) -> mp.mpf:
            return dot(softmax([*x[:j], z, *x[j + 1 :]]), c)

        same(mp.diff(moved, x[j]), back[j])
        assert -s[j] * s[(j + 1) % 6] != 0
    # Σ p d = H(p) − L, on which the gradient of the cross-entropy counts.
    d = [max(x) - each for each in x]
    entropy = -mp.fsum(p * mp.log(p) for p in s)
    same(dot(s, d), entropy - mp.log(mp.fsum(mp.e**-each for each in d)))


# --- information and losses ---


@each_seed
def test_the_divergence_has_terms_of_one_sign(seed: int) -> None:
    p, q = shares(seed, 7), [2 * each for each in shares(seed + 50, 7)]

    def phi(r: mp.mpf) -> mp.mpf:
        return r * mp.log(r) - r + 1

    terms = [b * phi(a / b) for a, b in zip(p, q, strict=True)]
    assert min(terms) > 0
    divergence = mp.fsum(a * mp.log(a / b) for a, b in zip(p, q, strict=True))
    same(divergence, mp.fsum(terms) + mp.fsum(p) - mp.fsum(q))
    cross = -mp.fsum(a * mp.log(b) for a, b in zip(p, q, strict=True))
    same(cross, divergence - mp.fsum(a * mp.log(a) for a in p))


@each_seed
def test_the_entropy_of_a_joint_law_is_that_of_a_part_and_the_mean_of_the_others(seed: int) -> None:
    r, parts = shares(seed, 3), [shares(seed + 10 * k, 4) for k in range(1, 4)]

    def entropy(p: list[mp.mpf]) -> mp.mpf:
        return -mp.fsum(each * mp.log(each) for each in p)

    joint = [r[i] * c for i in range(3) for c in parts[i]]
    same(entropy(joint), entropy(r) + dot(r, [entropy(each) for each in parts]))
    assert entropy(joint) <= mp.log(12)


@each_seed
def test_gradients_of_cross_entropies(seed: int) -> None:
    z, t = numbers(seed, 5), numbers(seed + 7, 5)
    p = softmax(z)
    for j in range(5):

        def loss(value: mp.mpf, j: int = j) -> mp.mpf:
            moved = [*z[:j], value, *z[j + 1 :]]
            return mp.fsum(t) * mp.log(mp.fsum(mp.e**each for each in moved)) - dot(t, moved)

        others = mp.fsum(t) - t[j], 1 - p[j]
        same(mp.diff(loss, z[j]), p[j] * mp.fsum(t) - t[j])
        same(p[j] * mp.fsum(t) - t[j], p[j] * others[0] - t[j] * others[1])
    x, y = z[0], t[0]

    def binary(value: mp.mpf, target: mp.mpf) -> mp.mpf:
        return mp.log(1 + mp.e**value) - value * target

    same(binary(x, y), binary(-x, 1 - y))
    same(binary(x, y), -y * mp.log(sigmoid(x)) - (1 - y) * mp.log(sigmoid(-x)))
    same(mp.diff(lambda v: binary(v, y), x), sigmoid(x) * (1 - y) - y * sigmoid(-x))


# --- descent ---


@each_seed
def test_the_descent_lemma_holds_with_equality_for_the_steepest_parabola(seed: int) -> None:
    theta, a = numbers(seed, 1)[0], abs(numbers(seed + 1, 1)[0])
    steep = mp.mpf(3)

    def promised(f: mp.mpf, g: mp.mpf, lipschitz: mp.mpf) -> mp.mpf:
        return f - a * (1 - a * lipschitz / 2) * g * g

    after = steep * (theta - a * steep * theta) ** 2 / 2
    same(after, promised(steep * theta**2 / 2, steep * theta, steep))
    # log(1 + e^x) has the slope σ, whose slope is ¼ at most.
    g = sigmoid(theta)
    reached = mp.log(1 + mp.e ** (theta - a * g))
    assert reached <= promised(mp.log(1 + mp.e**theta), g, mp.mpf(1) / 4)


@each_seed
def test_forms_of_momentum_take_the_same_steps_at_one_rate(seed: int) -> None:
    g, (mu, a) = fractions(seed, 12), (Fraction(3, 4), Fraction(1, 8))
    v = m = w = c = Fraction(0)
    for t, each in enumerate(g, 1):
        v, m, w = mu * v + each, mu * m + (1 - mu) * each, mu * w + a * each
        c = mu * c + (1 - mu)
        assert v == sum(mu ** (t - s) * old for s, old in enumerate(g[:t], 1))
        assert m == (1 - mu) * v
        assert w == a * v
        assert c == 1 - mu**t
    constant = Fraction(0)
    for t in range(1, 9):
        constant = mu * constant + (1 - mu) * g[0]
        assert constant / (1 - mu**t) == g[0]


@each_seed
def test_nesterovs_reformulated_method_walks_where_the_other_is_asked(seed: int) -> None:
    theta, v = fractions(seed, 1)[0], Fraction(0)
    phi, w, mu, a = theta, Fraction(0), Fraction(2, 3), Fraction(1, 5)

    def gradient(x: Fraction) -> Fraction:
        return 3 * x + x * x / 7

    for _ in range(4):
        asked = theta + mu * v
        assert asked == phi
        v = mu * v - a * gradient(asked)
        theta = theta + v
        g = gradient(phi)
        w = mu * w + g
        phi = phi - a * (g + mu * w)


@each_seed
def test_the_matrix_of_momentum_has_the_stated_trace_and_determinant(seed: int) -> None:
    mu, a, curvature, e = fractions(seed, 4)
    trace, determinant = mu + 1 - a * curvature, mu * (1 - a * curvature) + a * mu * curvature
    assert determinant == mu
    v, errors = Fraction(0), [e]
    for _ in range(4):
        v = mu * v + curvature * errors[-1]
        errors.append(errors[-1] - a * v)
    # Cayley and Hamilton: each error follows from the two before it.
    for before, now, after in zip(errors, errors[1:], errors[2:], strict=False):
        assert after == trace * now - mu * before


# --- batches and statistics ---


@each_seed
def test_the_variance_of_a_batch_lacks_that_of_its_mean(seed: int) -> None:
    values = fractions(seed, 4)
    mean = sum(values) / 4
    variance = sum((x - mean) ** 2 for x in values) / 4
    for n in (1, 2, 3):
        batches = list(product(values, repeat=n))
        inside = [sum((x - sum(b) / n) ** 2 for x in b) / n for b in batches]
        between = [(sum(b) / n - mean) ** 2 for b in batches]
        assert sum(inside) / len(batches) == (1 - Fraction(1, n)) * variance
        assert sum(between) / len(batches) == variance / n


@each_seed
def test_batches_without_replacement_are_unbiased_and_have_the_stated_variance(seed: int) -> None:
    values = fractions(seed, 6)
    mean = sum(values) / 6
    variance = sum((x - mean) ** 2 for x in values) / 6
    for size in range(1, 7):
        means = [sum(batch) / size for batch in combinations(values, size)]
        assert sum(means) / len(means) == mean
        spread = sum((each - mean) ** 2 for each in means) / len(means)
        assert spread == variance / size * Fraction(6 - size, 5)


@each_seed
def test_the_gradient_of_a_batch_norm(seed: int) -> None:
    n, epsilon = 5, mp.mpf(1) / 3
    x, c = numbers(seed, n), numbers(seed + 9, n)

    def normalized(x: list[mp.mpf]) -> list[mp.mpf]:
        mu = mp.fsum(x) / n
        v = mp.fsum((each - mu) ** 2 for each in x) / n
        return [(each - mu) / mp.sqrt(v + epsilon) for each in x]

    h, mu = normalized(x), mp.fsum(x) / n
    v = mp.fsum((each - mu) ** 2 for each in x) / n
    s = mp.sqrt(v + epsilon)
    back = [(c[i] - mp.fsum(c) / n - h[i] * dot(c, h) / n) / s for i in range(n)]
    for j in range(n):
        slope = mp.diff(lambda z, j=j: dot(normalized([*x[:j], z, *x[j + 1 :]]), c), x[j])
        same(slope, back[j])
    d = [each - mu for each in x]
    same(mp.fsum(back), mp.mpf(0))
    same(dot(back, d), epsilon / (v + epsilon) * dot(c, d) / s)
    same(dot(h, h) / n, v / (v + epsilon))
    for moved, kept in zip(normalized([each + 4 for each in x]), h, strict=True):
        same(moved, kept)


@each_seed
def test_a_wrong_mean_counts_squared_in_a_variance(seed: int) -> None:
    x, (eta,) = fractions(seed, 6), fractions(seed + 1, 1)
    mu = sum(x) / 6
    v = sum((each - mu) ** 2 for each in x) / 6
    assert sum((each - mu - eta) ** 2 for each in x) / 6 == v + eta**2


# --- laws ---


@pytest.mark.parametrize("slope", [0, 0.125, 1, -1.5])
def test_a_rectifier_halves_the_mean_square_and_leans(slope: float) -> None:
    a, inf = mp.mpf(slope), mp.inf

    def density(z: mp.mpf) -> mp.mpf:
        return mp.e ** (-z * z / 2) / mp.sqrt(2 * mp.pi)

    def f(z: mp.mpf) -> mp.mpf:
        return z if z > 0 else a * z

    square = mp.quad(lambda z: f(z) ** 2 * density(z), [-inf, 0, inf])
    mean = mp.quad(lambda z: f(z) * density(z), [-inf, 0, inf])
    same(square, (1 + a * a) / 2)
    same(mean / mp.sqrt(square), (1 - a) / mp.sqrt(mp.pi * (1 + a * a)))
    if a == 0:
        same(mp.sqrt(square - mean**2) / mp.sqrt(square), mp.sqrt(1 - 1 / mp.pi))


@each_seed
def test_only_the_sum_of_squares_of_an_input_counts(seed: int) -> None:
    # Weights of ±1: their law is symmetric, and all sign patterns are summed exactly.
    x, a = [abs(each) + 1 for each in fractions(seed, 5)], Fraction(1, 3)
    answers = [
        sum(s * each for s, each in zip(signs, x, strict=True))
        for signs in product((1, -1), repeat=5)
    ]
    rectified = [y if y > 0 else a * y for y in answers]
    size = sum(each * each for each in x)
    assert sum(y * y for y in answers) / 32 == size
    assert sum(y * y for y in rectified) / 32 == (1 + a * a) / 2 * size
