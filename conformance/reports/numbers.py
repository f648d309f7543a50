"""The numbers of a wrong answer in words: its input, the answer, the truth, and how far off it is.

An error is told in ulp as long as that says something. A larger one is told by the truth.
"""

import math
from collections.abc import Mapping
from typing import Any

from nnspec.conformance.run.record import Result

# Beyond so many ulp, an error or a bound is told by the truth.
_ULPS = 4096.0

# The error of an answer that is not even of the size of the truth is told as a factor.
_FACTOR = 10.0

# A smaller share of the truth is told in digits that are right.
_SHARE = 1e-3

# A number that is plainly wrong is shown in so many digits.
_FEW = 6

# An array of more elements is not shown whole, and its shape is told.
_WHOLE = 12

# Longer rows are shortened in the middle.
_ITEMS = 8


def shown(value: object) -> str:
    """Return a value for a reader: floats with all digits, long lists shortened in the middle."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (list, tuple)):
        items = [shown(item) for item in value]
        if len(items) > _ITEMS:
            left_out = f"… {len(items) - _ITEMS + 1} more …"
            items = [*items[: _ITEMS - 2], left_out, items[-1]]
        return f"[{', '.join(items)}]"
    return str(value)


def numbers(result: Result) -> str:
    """Return the input of a wrong answer, the answer, the truth and the error."""
    return f"{given(result)}  {compared(result)}"


def given(result: Result) -> str:
    """Return the input of a wrong answer."""
    return ", ".join(f"{name} = {shown(value)}" for name, value in result.details["input"].items())


def compared(result: Result) -> str:
    """Return the answer, the truth, and how far the answer is off."""
    details = result.details
    truth = "limit" if "limit" in details else "truth"
    pair = float(details["answer"]), float(details["truth"])
    one, two = (brief(each) if plainly_apart(*pair) else shown(each) for each in pair)
    words = f"{named(result)} {one}  {truth} {two}"
    return f"{words}  {error(details, result.operation)}".rstrip()


def brief(value: Any) -> str:
    """Return a number, or numbers in lists, in few digits: enough to see a large error."""
    return shown(_rounded(value))


def _rounded(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    return float(f"{value:.{_FEW}g}") if isinstance(value, float) else value


def plainly_apart(answer: float, truth: float) -> bool:
    """Say whether few digits show that two numbers differ."""
    return bool(abs(answer - truth) > _SHARE * abs(truth) > 0)


def named(result: Result) -> str:
    """Return the name of what is compared, with the place of the element: `adam[0][1] answer`."""
    details = result.details
    shape, index = details.get("shape", ()), details.get("index", ())
    place = f"[{', '.join(map(str, index))}]" if math.prod(shape) > 1 else ""
    whole = math.prod(shape) <= _WHOLE
    of = "" if whole else f" of shape ({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
    quantity = str(details["quantity"])
    own = "" if quantity == result.operation else f"{quantity} "
    return f"{own}answer{place}{of}"


def error(details: Mapping[str, Any], operation: str) -> str:
    """Return how far a wrong answer is off, and its bound.

    A quantity that is computed from the answer has no ulp of its own.
    """
    answer, truth, off = (float(details[name]) for name in ("answer", "truth", "error"))
    if answer == truth:
        return "wrong in its sign"
    if not math.isfinite(off):
        return _beyond(answer, truth)
    own = str(details["quantity"]).startswith(operation)
    ulp, allowed = (float(details[f"{name}_ulp"]) for name in ("error", "bound"))
    limit = float(details["bound"])
    bound = f", bound {limit:.4g}" if math.isfinite(limit) else ""
    if own and ulp <= _ULPS:
        return f"off by {ulp:.4g} ulp{f', bound {allowed:.4g}' if allowed <= _ULPS else bound}"
    told = _by_the_truth(answer, truth, off, limit) if own else ""
    return told or f"off by {off:.4g}{bound}"


def _beyond(answer: float, truth: float) -> str:
    """Return the words for an error that is not finite."""
    if math.isnan(answer) or math.isnan(truth):
        return "not a number" if math.isnan(answer) else "a number, where the truth is none"
    if math.isinf(answer) and math.isinf(truth):
        return "wrong in its sign"
    return "infinite" if math.isinf(answer) else "finite, where the truth is infinite"


def _by_the_truth(answer: float, truth: float, off: float, limit: float) -> str:
    """Return an error as a factor, a share or a number of right digits of the truth.

    The bound has the same unit. Return "" if the truth is too small to be one.
    """
    share, allowed = (each / abs(truth) if truth else math.inf for each in (off, limit))
    if not math.isfinite(share) or not math.isfinite(answer / truth):
        return ""
    if share >= _FACTOR:
        return f"{answer / truth:.3g} times the truth"
    if share >= _SHARE:
        bound = f", bound {100 * allowed:.2g} %" if math.isfinite(allowed) else ""
        return f"off by {100 * share:.3g} %{bound}"
    digits = _digits(share)
    needed = f" of {_digits(allowed)}" if 0 < allowed < share else ""
    return f"right in {digits}{needed} digits"


def _digits(share: float) -> int:
    """Return how many digits are right where this share of a number is wrong."""
    return max(0, math.floor(-math.log10(share)))
