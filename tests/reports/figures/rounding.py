"""The error in ulp of each textbook formula, beside that of the reference."""

from collections.abc import Callable
from dataclasses import dataclass

import mpmath
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from nnspec import reference
from tests.reports.figures.drawing import STYLES, Numbers, Picture, row, sheet, shown

# A point of a picture is the worst of a few neighbors, of which some are right by luck.
_POINTS, _NEIGHBORS, _BITS = 40, 5, 400
# An error as large as the truth, an infinity and a NaN are drawn there: no digit is left.
_ALL_DIGITS, _LEAST = 2.0**53, 0.1
_Function = Callable[[float], float]


@dataclass(frozen=True)
class Rival:
    """A textbook formula in float64, the reference's function, and the truth, of one argument."""

    name: str
    textbook: str
    formula: _Function
    ours: _Function
    truth: Callable[[mpmath.mpf], mpmath.mpf]
    low: float
    high: float
    logarithmic: bool = False
    x: str = "x"


def _one(function: Callable[..., np.ndarray]) -> _Function:
    return lambda x: float(function(np.array([x]))[0])


def _sigma(x: mpmath.mpf) -> mpmath.mpf:
    return 1 / (1 + mpmath.exp(-x))


# A batch with the deviation 1.
_VALUES = reference.normal((32,), std=1.0, seed=1, dtype="float64")


def _offset(x: float) -> np.ndarray:
    return x + _VALUES


def _kl(x: float) -> tuple[np.ndarray, np.ndarray]:
    """Return two distributions that differ by x."""
    return np.array([0.25, 0.75]), np.array([0.25 + x, 0.75 - x])


def _kl_formula(x: float) -> float:
    p, q = _kl(x)
    return float((p * np.log(p / q)).sum())


def _kl_truth(x: mpmath.mpf) -> mpmath.mpf:
    p, q = _kl(float(x))
    return (
        mpmath.fsum(
            mpmath.mpf(a) * mpmath.log(mpmath.mpf(a) / mpmath.mpf(b))
            for a, b in zip(p, q, strict=True)
        )
        - mpmath.fsum([mpmath.mpf(float(sum(p)))])
        + mpmath.mpf(1)
    )


def _variance_truth(x: mpmath.mpf) -> mpmath.mpf:
    values = [mpmath.mpf(each) for each in _offset(float(x))]
    mean = mpmath.fsum(values) / len(values)
    return mpmath.fsum((each - mean) ** 2 for each in values) / len(values)


def _variance(x: float) -> float:
    one, zero = np.ones(1), np.zeros(1)
    column = _offset(x)[:, np.newaxis]
    return float(
        reference.batch_norm_train(column, one, zero, zero, one, momentum=1.0, epsilon=1e-5)[2][0]
    )


RIVALS = (
    Rival(
        "sigmoid",
        "1 / (1 + e^−x)",
        lambda x: float(1 / (1 + np.exp(-x))),
        _one(reference.sigmoid),
        _sigma,
        -740.0,
        740.0,
    ),
    Rival(
        "sigmoid_vjp",
        "s (1 − s)",
        lambda x: float((s := 1 / (1 + np.exp(-x))) * (1 - s)),
        lambda x: float(reference.sigmoid_vjp(np.array([x]), np.ones(1))[0]),
        lambda x: _sigma(x) * _sigma(-x),
        0.0,
        60.0,
    ),
    Rival(
        "tanh",
        "(e^x − e^−x) / (e^x + e^−x)",
        lambda x: float((np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))),
        _one(reference.tanh),
        mpmath.tanh,
        1e-16,
        1e3,
        logarithmic=True,
    ),
    Rival(
        "tanh_vjp",
        "1 − t²",
        lambda x: float(1 - np.tanh(x) ** 2),
        lambda x: float(reference.tanh_vjp(np.array([x]), np.ones(1))[0]),
        lambda x: mpmath.sech(x) ** 2,
        0.0,
        30.0,
    ),
    Rival(
        "softmax",
        "e^x₁ / Σ e^xᵢ",
        lambda x: float(np.exp(x) / (np.exp(x) + 1)),
        lambda x: float(reference.softmax(np.array([x, 0.0]), axis=0)[0]),
        _sigma,
        -740.0,
        740.0,
        x="first of two logits, the other 0",
    ),
    Rival(
        "log_softmax",
        "log softmax(x)",
        lambda x: float(np.log(np.exp(x) / (np.exp(x) + 1))),
        lambda x: float(reference.log_softmax(np.array([x, 0.0]), axis=0)[0]),
        lambda x: -mpmath.log1p(mpmath.exp(-x)),
        -740.0,
        60.0,
        x="first of two logits, the other 0",
    ),
    Rival(
        "kl_divergence",
        "Σ p log(p/q)",
        _kl_formula,
        lambda x: float(reference.kl_divergence(*_kl(x), axis=0)),
        _kl_truth,
        1e-15,
        1e-1,
        logarithmic=True,
        x="q − p",
    ),
    Rival(
        "variance of batch_norm_train",
        "mean x² − (mean x)²",
        lambda x: float((_offset(x) ** 2).mean() - _offset(x).mean() ** 2),
        _variance,
        _variance_truth,
        1.0,
        1e12,
        logarithmic=True,
        x="offset in deviations",
    ),
)


def _arguments(rival: Rival) -> np.ndarray:
    """Return arguments with full significands, evenly spread over the range of a panel."""
    count = _POINTS * _NEIGHBORS
    share = (np.arange(count) + 1 / np.pi) / count
    if rival.logarithmic:
        low, high = np.log10([rival.low, rival.high])
        return 10.0 ** (low + share * (high - low))
    return rival.low + share * (rival.high - rival.low)


def error(answer: float, truth: mpmath.mpf) -> float:
    """Return the distance of an answer from the truth, in ulp of the truth."""
    away = abs(mpmath.mpf(answer) - truth) if np.isfinite(answer) else abs(truth)
    if away >= abs(truth):
        return _ALL_DIGITS
    return float(away / mpmath.mpf(float(np.spacing(abs(float(truth))))))


def measure() -> Numbers:
    """Compare both answers with the truth at 400 bits."""
    rows, curves = [], {}
    with mpmath.workprec(_BITS), np.errstate(all="ignore"):
        for rival in RIVALS:
            x = _arguments(rival)
            errors = {
                name: np.array(
                    [error(function(float(each)), rival.truth(mpmath.mpf(each))) for each in x]
                )
                for name, function in (("textbook", rival.formula), ("ours", rival.ours))
            }
            rows.append(
                {
                    "operation": rival.name,
                    "textbook": rival.textbook,
                    "worst ulp of the textbook": _worst(errors["textbook"]),
                    "share of arguments without a digit": float(
                        (errors["textbook"] >= _ALL_DIGITS).mean()
                    ),
                    "worst ulp of the reference": _worst(errors["ours"]),
                }
            )
            for name, found in errors.items():
                curves[f"{rival.name} {name}"] = found.reshape(_POINTS, _NEIGHBORS).max(axis=1)
    return {"rows": rows, "curves": curves}


def _worst(errors: np.ndarray) -> float | str:
    return "all digits" if errors.max() >= _ALL_DIGITS else float(errors.max())


def draw(numbers: Numbers) -> Figure:
    """Draw a panel for each operation."""
    drawn = sheet(8.6)
    for axes, rival in zip(drawn.subplots(4, 2, sharey=True).flat, RIVALS, strict=True):
        x = _arguments(rival)[_NEIGHBORS // 2 :: _NEIGHBORS]
        for name, style in zip(("textbook", "ours"), (STYLES[1], STYLES[0]), strict=True):
            found = np.maximum(numbers["curves"][f"{rival.name} {name}"], _LEAST)
            axes.semilogy(x, found, **style, markersize=3, markevery=3, linewidth=1.3, label=name)
        if rival.logarithmic:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.set_title(f"{rival.name}\n{rival.textbook}", fontsize=9)
        axes.set(ylim=(_LEAST / 2, _ALL_DIGITS * 30), yticks=[1, 1e4, 1e8, 1e12, _ALL_DIGITS])
        axes.set_yticklabels(["1", "10⁴", "10⁸", "10¹²", "all"])
        axes.minorticks_off()
        if rival.x != "x":
            axes.set_xlabel(rival.x, fontsize=8.5)
    handles, names = drawn.axes[0].get_legend_handles_labels()
    drawn.legend(
        handles,
        [f"{name}: error in ulp" for name in names],
        loc="outside upper center",
        ncols=2,
        frameon=False,
        markerscale=2,
    )
    return drawn


def _brief(numbers: Numbers) -> str:
    worst = max(each["worst ulp of the reference"] for each in numbers["rows"])
    lost = [each for each in numbers["rows"] if each["worst ulp of the textbook"] == "all digits"]
    count = len(numbers["rows"])
    some = f"all {count}" if len(lost) == count else f"{len(lost)} of {count}"
    return (
        f"The textbook formulas of {some} operations lose all "
        f"digits somewhere; the reference is wrong by {shown(worst)} ulp at most on the same "
        f"arguments."
    )


def _more(numbers: Numbers) -> str:
    kl = row(numbers, operation="kl_divergence")["worst ulp of the reference"]
    return (
        f"The truth has {_BITS} bits, and a point is the worst of "
        f"{_NEIGHBORS} arguments. *All* means that the error is as large as the "
        f"truth, or that the answer is infinite or NaN; errors below {_LEAST} ulp "
        f"are drawn as that. The worst of the reference for the divergence is {shown(kl)} ulp. "
        f"Sources print these formulas, and no errors."
    )


PICTURES = (
    Picture(
        "rounding",
        "Errors of textbook formulas",
        "activations",
        "Eight panels of errors in ulp by argument: the textbook formulas climb to losing all "
        "digits, the reference stays near one ulp",
        measure,
        draw,
        _brief,
        _more,
    ),
)
