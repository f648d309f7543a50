"""The numbers and the inequalities that proofs of lemmas use, recomputed."""

import math
import re

import numpy as np
import pytest
from scipy.special import lambertw
from scipy.stats import chi2, norm

from nnspec.conformance.bounds import rounding
from nnspec.conformance.bounds.truth import true_answer
from nnspec.conformance.pages.descent.inputs.quadratics import BASIS, MINIMUM, SPECTRA, START
from nnspec.conformance.run.cases import cases
from nnspec.conformance.terms.operations import clause_of, operations_of
from nnspec.spec.lemmas import lemmas

LEMMAS = lemmas()
LEVEL = 1e-9


def says(lemma: str, *sentences: str) -> None:
    """Expect a lemma to hold the words that a test proves."""
    text = re.sub(r"\s+", " ", LEMMAS[lemma].text)
    for sentence in sentences:
        assert sentence in text, sentence


# --- rounding ---


def test_the_agreed_errors_are_those_of_the_running_errors() -> None:
    says("careful-functions", "are within $2u$ of themselves", "their like within $4u$")
    says("careful-functions", "an activation within 8 ulp", "$u(1 + 2^{-11})$, and $5.05u$")
    wide, narrow = rounding._WIDE, rounding._NARROW
    assert (wide.quotient, wide.elementary, wide.activation, wide.logarithm) == (2, 4, 16, (18, 9))
    assert narrow.quotient == narrow.elementary == 1 + 2.0**-11
    assert narrow.activation == 5.05
    assert 4 * 2.0**-24 <= 2.0**-11 * 2.0**-11


def test_sums_add_up_to_gamma_and_have_one_rounding_to_spare() -> None:
    for u in (2.0**-8, 2.0**-24):
        for m in range(1, 100):
            gamma, more = m * u / (1 - m * u), (m + 1) * u / (1 - (m + 1) * u)
            assert gamma + u + u * gamma <= more


@pytest.mark.parametrize(("draws", "limit"), [(8192, 0.3234), (4096, 0.3068)])
def test_hoeffdings_limits(draws: int, limit: float) -> None:
    says("the-mean-error-in-16-bits", "that is $0.32\\,u|y|$")
    says("the-mean-error-of-one-sum", "= 0.307u$")
    found = {
        8192: math.sqrt(2 * 20 * math.log(2e9) / 8192),
        4096: 3 * math.sqrt(2 * math.log(2e9) / 4096),
    }
    assert found[draws] == pytest.approx(limit, abs=1e-4)


# --- activations ---


def test_tanh_by_expm1_is_within_eight_ulp() -> None:
    says("the-logistic-function-and-tanh", "The tests evaluate the largest sum on a grid")
    # In units of u: numbers of [½, 1) have an ulp of u, the larger ones to 2 have 2u.
    x = np.exp(np.linspace(math.log(1e-6), math.log(40.0), 200_001))
    m = np.expm1(-2 * x)
    y = -m / (2 + m)

    def ulp(v: np.ndarray) -> np.ndarray:
        return np.asarray(2.0 ** (np.frexp(abs(v))[1]))

    moved = 2 / (2 + m) ** 2 * 2 * ulp(m) + y / (2 + m) * ulp(2 + m) / 2 + ulp(y)
    assert np.max(moved / ulp(y)) <= 8
    assert np.max(moved / ulp(y)) > 5


def test_log_one_plus_passes_a_share_on_without_growth() -> None:
    e = np.exp(np.linspace(-40, 5, 10_001))
    assert np.all(e / ((1 + e) * np.log1p(e)) <= 1 + 1e-15)


# --- losses ---


def test_a_row_of_twenty_thousand_classes_has_distances_of_seven_at_most() -> None:
    says("errors-of-the-gradient-of-the-cross-entropy", "below 7 for 20,000 classes")

    def largest(n: int) -> float:
        return float(lambertw((n - 1) / math.e).real)

    assert largest(20_000) < 7 < largest(21_000)
    # The row that reaches it: one logit above all others by 1 + w.
    for n in (10, 20_000):
        d = 1 + largest(n)
        others = (n - 1) * math.exp(-d)
        assert others / (1 + others) * d == pytest.approx(largest(n))
        for near in (d - 0.01, d + 0.01):
            less = (n - 1) * math.exp(-near)
            assert less / (1 + less) * near < largest(n)


def test_exponentials_are_below_logits_from_half_on() -> None:
    says("the-binary-cross-entropy", "For $|z| \\ge 0.57$")
    assert math.exp(-0.57) <= 0.57


def test_a_logarithm_of_float32_is_within_its_bound_in_sixteen_bits() -> None:
    says("one-logarithm", "is less than $0.1 \\cdot 2^{-11}$")
    assert 8 * 2.0**-24 < 0.1 * 2.0**-11


def test_one_minus_a_rounded_epsilon_moves_by_one_factor() -> None:
    for epsilon in np.linspace(0, 0.25, 101):
        assert epsilon + (1 - epsilon) / 2 <= 1 - epsilon + 1e-15


# --- descent ---


def test_the_quadratics_keep_the_stated_lengths() -> None:
    says("errors-of-a-descent", "\\rVert = 2.30 \\le 3$", "\\rVert = 2.87$", "\\rVert = 4.47$")
    says("errors-of-a-descent", "18.8 against 29.9")
    least, error = np.linalg.norm(MINIMUM), np.linalg.norm(START)
    first = np.linalg.norm(MINIMUM + BASIS @ START)
    assert [round(float(each), 2) for each in (least, error, first)] == [2.3, 2.87, 4.47]
    r = max(max(1.0, abs(1 - 8 * rate)) for _, rate, _ in SPECTRA.values())
    assert r == 1.25
    assert (2 + 3 * r) * error + least == pytest.approx(18.8, abs=0.05)
    assert 4 * (first + 3) == pytest.approx(29.9, abs=0.05)
    assert max(max(spectrum) for spectrum, _, _ in SPECTRA.values()) == 8


@pytest.mark.parametrize("name", SPECTRA)
def test_the_errors_of_momentum_are_below_their_bound(name: str) -> None:
    spectrum, rate, mu = SPECTRA[name]
    matrices = [np.array([[mu, c], [-rate * mu, 1 - rate * c]]) for c in spectrum]
    states = [np.array([0.0, e]) for e in START]
    first = np.linalg.norm(MINIMUM + BASIS @ START)
    r, roundings = max(1.0, abs(1 - 8 * rate)), []
    for steps in range(1, 17):
        slope = np.linalg.norm([c * s[1] for c, s in zip(spectrum, states, strict=True)])
        push = mu * np.linalg.norm([s[0] for s in states])
        states = [m @ s for m, s in zip(matrices, states, strict=True)]
        speed, distance = np.linalg.norm(states, axis=0)
        place = np.linalg.norm(MINIMUM) + distance
        # The roundings of a velocity, and of the parameters, as lengths in units of u.
        roundings.append((push + slope + speed, rate * speed + place))
        carried = sum(
            of_velocity * gain(matrices, steps - step, (1.0, -rate))
            + of_place * gain(matrices, steps - step, (0.0, 1.0))
            for step, (of_velocity, of_place) in enumerate(roundings, 1)
        )
        assert carried <= 16 * steps * r**steps * (first + 3)


def gain(matrices: list[np.ndarray], steps: int, error: tuple[float, float]) -> float:
    """How far an error moves the parameters so many steps later, along the worst eigenvector."""
    return max(abs(float((np.linalg.matrix_power(each, steps) @ error)[1])) for each in matrices)


@pytest.mark.parametrize(
    ("clause", "largest", "said"),
    [("descent/finiteness", 0.00023, "0.00023"), ("adaptive/finiteness", 0.0154, "0.0154")],
)
def test_the_valleys_are_descended_as_far_as_the_lemma_says(
    clause: str, largest: float, said: str
) -> None:
    says("valleys", said)
    remaining = []
    for operation in operations_of(clause_of(clause)):
        for case in cases(clause_of(clause), operation, "float64"):
            start = case.arguments[2 if operation == "newton" else 1]
            end = true_answer(case)[-1]
            remaining += [np.max(abs(b / a)) for a, b in zip(start, end, strict=True)]
    assert 0.95 * largest < max(remaining) <= largest


# --- statistics ---


def test_a_root_moves_by_the_stated_share() -> None:
    for k in range(1, 40):
        assert math.comb(2 * k, k) * 4.0**-k <= 0.5
    for t in np.linspace(0, 0.999, 1001):
        assert (1 - t) ** -0.5 - 1 <= t / (2 * (1 - t)) + 1e-15


def test_eigenvectors_are_within_the_stated_bounds() -> None:
    says("perturbed-eigenvectors", "= 0.528g$")
    assert 1 - math.sqrt(2) / 3 > 0.528
    for delta in np.linspace(0.001, 0.5, 500):
        assert math.sqrt(2) * delta / (1 - delta) <= 3 * delta
    for epsilon in np.linspace(0.001, 0.25, 500):
        assert 2 * epsilon / (0.75 - epsilon) <= 4 * epsilon + 1e-12


# --- laws ---


def test_the_limits_of_chi_square_are_beyond_its_tails() -> None:
    for f in (1, 23, 225, 64_000):
        for t in (1.0, 5.0, math.log(1 / LEVEL)):
            assert chi2.sf(f + 2 * math.sqrt(f * t) + 2 * t, f) <= math.exp(-t)
            assert chi2.cdf(f - 2 * math.sqrt(f * t), f) <= math.exp(-t)
    for x in np.linspace(-3, 0.999, 2001):
        assert -0.5 * math.log(1 - x) - x / 2 <= x * x / (4 * (1 - x)) + 1e-15 or x < 0
    for x in np.linspace(-30, 0, 2001):
        assert -0.5 * math.log(1 - x) - x / 2 <= x * x / 4 + 1e-15


def test_the_exponential_series_is_below_bernsteins() -> None:
    for k in range(2, 40):
        assert 1 / math.factorial(k) <= 1 / (2 * 3 ** (k - 2))


def test_kolmogorovs_limit_stands_beside_those_of_points() -> None:
    says("the-limit-of-kolmogorov", "it is 0.0129", "= 0.0142$", "0.0044 at $z = \\pm 2$")
    n, t = 64_000, math.log(58 / LEVEL)

    def bernstein(share: float) -> float:
        return math.sqrt(2 * share * (1 - share) * t / n) + 2 * t / (3 * n)

    assert math.sqrt(math.log(2 / LEVEL) / (2 * n)) == pytest.approx(0.0129, abs=5e-5)
    assert bernstein(0.5) == pytest.approx(0.0142, abs=5e-5)
    assert bernstein(norm.cdf(-2)) == pytest.approx(0.0044, abs=5e-5)


def test_a_normal_law_cut_at_two_has_the_stated_variance() -> None:
    says("the-range-of-weights", "0.77374 for $k = 2$", "whose root is 0.879625661")
    variance = 1 - 4 * norm.pdf(2) / (2 * norm.cdf(2) - 1)
    assert variance == pytest.approx(0.77374, abs=1e-5)
    assert math.sqrt(variance) == pytest.approx(0.87962566103423978, abs=1e-15)


def test_products_along_a_path_have_the_stated_eigenvalues() -> None:
    for n, k in ((9, 1), (12, 5), (10, 7)):
        form = np.zeros((n, n))
        for i in range(n - k):
            form[i, i + k] = form[i + k, i] = 0.5
        found = np.linalg.eigvalsh(form)
        assert abs(np.sum(found)) < 1e-12
        assert np.sum(found**2) == pytest.approx((n - k) / 2)
        assert np.max(abs(found)) <= 1


def test_ascents_have_the_stated_variance_and_real_zeros() -> None:
    row = [1]
    for n in range(2, 9):
        row = [
            (j + 1) * (row[j] if j < len(row) else 0) + (n - j) * (row[j - 1] if j else 0)
            for j in range(n)
        ]
        total = sum(row)
        assert total == math.factorial(n)
        mean = sum(j * each for j, each in enumerate(row)) / total
        variance = sum((j - mean) ** 2 * each for j, each in enumerate(row)) / total
        assert variance == pytest.approx((n + 1) / 12)
        # A sum of independent bits, one for each zero: 1/(1 + |zero|) is its probability.
        bits = 1 / (1 - np.roots(row[::-1]))
        assert np.max(abs(bits.imag), initial=0.0) < 1e-6
        assert np.sum(bits.real * (1 - bits.real)) == pytest.approx(variance, rel=1e-5)


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.125, 1.0, -1.0, 3.0])
def test_the_moments_of_a_growth_are_below_those_of_a_gamma_law(slope: float) -> None:
    a2 = slope * slope
    c = 6 * max(1.0, a2) / (1 + a2) - 1
    moment = limit = 1.0
    for k in range(1, 30):
        limit *= 1 + (k - 1) * c
        odd = math.prod(range(1, 2 * k, 2))
        moment = odd * 2.0 ** (k - 1) * (1 + a2**k) / (1 + a2) ** k
        assert moment <= limit * (1 + 1e-12)
    for x in np.linspace(0, 0.99, 100):
        assert -math.log(1 - c * (x / c)) / c - x / c <= c * (x / c) ** 2 / (2 * (1 - x)) + 1e-12


def test_tanh_layers_shrink_a_signal_as_the_lemma_says() -> None:
    says("layers-of-tanh", "$f = q - 2q^2 + \\ldots$")
    z, weight = np.polynomial.hermite_e.hermegauss(80)
    weight = weight / np.sum(weight)
    for q in (1e-3, 1e-4):
        f = float(np.sum(weight * np.tanh(math.sqrt(q) * z) ** 2))
        assert abs(f - (q - 2 * q * q)) < 10 * q**3
