"""Judges a report's failures again, by the oracle: `python -m tests.truth.confirm report.json`
exits with 1 on a false alarm."""

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import language, steps
from nnspec.conformance.bounds import truth as truths
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.run import cases
from nnspec.conformance.run.plan import checks
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, Format
from nnspec.conformance.terms.nested import leaves, like
from nnspec.conformance.terms.operations import (
    arguments_of,
    bound_of,
    clause_of,
    operations_of,
    page_of,
)
from nnspec.conformance.terms.outcomes import FAILURES
from tests.search.pasted import yielded
from tests.truth.measure import stated_bound
from tests.truth.oracle import truth

Array = NDArray[np.float64]

CONFIRMED = "confirmed"
FALSE_ALARM = "false alarm"
UNKNOWN = "cannot be confirmed"

# Relative to the truth, a report's truth may be off by this much and by the reference's own bound.
_PRINTED = 1e-12

_NEEDED = {"quantity", "index", "input", "answer", "truth", "bound_ulp"}


def verdicts(report: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """Yield every failure of a report, and what a search found, with one of the three verdicts and
    the reason for it."""
    found = (
        {**each["result"], "lines": each["lines"]}
        for each in report.get("exploration", {}).get("found", ())
    )
    for result in (*report["results"], *found):
        if result["outcome"] in FAILURES:
            yield (result, *verdict(result))


def verdict(result: Mapping[str, Any]) -> tuple[str, str]:
    """Judge one failed result: its answer by the oracle, a property of answers by whether its own
    figures agree."""
    details = result.get("details", {})
    if not details.keys() >= _NEEDED:
        return UNKNOWN, f"it {result['outcome']} without an element that lies outside a bound"
    answer, claimed, bound = (float(details[name]) for name in ("answer", "truth", "bound_ulp"))
    fmt = FORMATS[result["dtype"] or "float64"]
    allowed = bound * (float(fmt.ulp(claimed)) if math.isfinite(claimed) else 1.0)
    if not math.isfinite(bound):
        # Next to 0 an ulp may be too small to measure a bound.
        allowed = float(details.get("bound", math.inf))
    # No bound admits NaN for a number.
    if not math.isfinite(allowed) and not math.isnan(answer):
        return UNKNOWN, "its bound is beyond the range of float64"
    if details["quantity"].partition("[")[0] != result["operation"]:
        return _by_own_figures(details["quantity"], answer, claimed, allowed, fmt)
    if checks()[result["clause"]] is Trial.steps:
        return _by_trajectory(result, answer)
    return _by_oracle(result, answer, claimed, allowed, fmt)


def _by_oracle(
    result: Mapping[str, Any], answer: float, claimed: float, allowed: float, fmt: Format
) -> tuple[str, str]:
    try:
        hi, lo, error = _truth(result)
    except (ValueError, IndexError, TypeError, KeyError, ArithmeticError) as problem:
        return UNKNOWN, f"the oracle cannot answer its input: {problem}"
    if _outside(claimed, hi, lo, error + _PRINTED * abs(hi), FORMATS["float64"]):
        if checks()[result["clause"]] is not Trial.answer:
            return _by_own_figures(
                f"limit set by {result['clause']}", answer, claimed, allowed, fmt
            )
        return FALSE_ALARM, f"the true answer is {hi!r} and not {claimed!r}"
    # A report judges by the reference and adds the reference's own error to the clause's bound.
    # The oracle needs no such allowance.
    if not _outside(answer, hi, lo, max(allowed - error, 0.0), fmt):
        return FALSE_ALARM, f"{answer!r} is within {allowed:.3g} of the true answer {hi!r}"
    return CONFIRMED, f"{answer!r} is not within {allowed:.3g} of the true answer {hi!r}"


def _by_trajectory(result: Mapping[str, Any], answer: float) -> tuple[str, str]:
    """Judge a step by the true trajectory: an answer that the errors of all steps before it do not
    explain is wrong."""
    case = next(case for case in _cases(result) if case.name == result["case"])
    try:
        hi, _ = truth(case.operation, case.arguments, dict(case.parameters))
        stated, dtype = bound_of(clause_of(result["clause"]), case.operation), result["dtype"]
        allowed = steps.carry(
            stated,
            case,
            steps.script(case),
            dtype,
            "float32" if dtype in ("float16", "bfloat16") else dtype,
        )
    except language.BoundError as problem:
        return UNKNOWN, f"the oracle cannot follow it: {problem}"
    position = _position(truths.true_answer(case), result)
    true, error = float(hi.reshape(-1)[position]), float(allowed.error.reshape(-1)[position])
    if _outside(answer, true, 0.0, error, FORMATS[dtype]):
        return CONFIRMED, f"{answer!r} is not within {error:.3g} of the true trajectory {true!r}"
    return (
        UNKNOWN,
        (
            f"{answer!r} is within {error:.3g} of the true trajectory {true!r}: "
            "the step alone may be wrong"
        ),
    )


def _by_own_figures(
    quantity: str, answer: float, claimed: float, allowed: float, fmt: Format
) -> tuple[str, str]:
    if not _outside(answer, claimed, 0.0, allowed, fmt):
        return FALSE_ALARM, f"{quantity}: {answer!r} is within {allowed:.3g} of {claimed!r}"
    return (
        UNKNOWN,
        (
            f"{quantity}: the oracle knows answers alone, "
            f"and {answer!r} is not within {allowed:.3g} of {claimed!r}"
        ),
    )


def _truth(result: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return hi and lo of the element in question, and the error that the reference may have
    there."""
    if page_of(result["operation"]) == "activations":
        return _of_element(
            result["operation"], result["details"]["input"], result["details"]["index"]
        )
    case = next(case for case in _cases(result) if case.name == result["case"])
    hi, lo = truth(
        case.operation,
        case.arguments if case.same_as is None else case.same_as,
        dict(case.parameters),
    )
    error = truths.evaluated(
        language.of_reference(case.operation),
        case,
        like(hi.reshape(-1), truths.true_answer(case)),
        "float64",
        "float64",
    )
    position = _position(truths.true_answer(case), result)
    return tuple(
        float(np.broadcast_to(each, hi.shape).reshape(-1)[position])
        for each in (hi, lo, np.nan_to_num(error))
    )


def _cases(result: Mapping[str, Any]) -> Iterator[Case]:
    if "lines" in result:
        yield from yielded(
            result["lines"], page_of(result["operation"]), result["operation"], result["dtype"]
        )
        return
    clause = clause_of(result["clause"])
    for planned in cases.cases(clause, result["operation"], result["dtype"] or "float64"):
        # A library that fixes a parameter was asked with its own value.
        given = {
            name: result["details"]["input"].get(name, value)
            for name, value in planned.parameters.items()
        }
        case = replace(
            planned,
            parameters={
                name: tuple(value) if isinstance(value, list) else value
                for name, value in given.items()
            },
        )
        yield (
            case
            if len(operations_of(clause)) == 1
            else replace(case, name=f"{case.operation}.{case.name}")
        )


def _position(nested: Any, result: Mapping[str, Any]) -> int:
    """Return where the element in question stands in the flat vector of an answer."""
    path, index = (
        re.findall(r"\[(\d+)\]", result["details"]["quantity"]),
        result["details"]["index"],
    )
    before = 0
    for step in map(int, path):
        before += sum(array.size for array in leaves(nested[:step]))
        nested = nested[step]
    return before + int(np.ravel_multi_index(tuple(index), nested.shape))


def _of_element(
    operation: str, given: Mapping[str, Any], index: list[int]
) -> tuple[float, float, float]:
    names = arguments_of(operation)
    arrays = [np.array(_numbers(given[name]), dtype=np.float64) for name in names]
    parameters = {name: value for name, value in given.items() if name not in names}
    place = tuple(index)
    if "axis" in parameters and arrays[0].ndim == 1:
        place, parameters["axis"] = (index[parameters["axis"]],), 0
    elif arrays[0].ndim == 0:
        place = ()
    hi, lo = truth(operation, arrays, parameters)
    error = np.broadcast_to(stated_bound(operation, arrays, parameters, hi), hi.shape)
    return float(hi[place]), float(lo[place]), float(np.nan_to_num(error[place]))


def _outside(answer: float, hi: float, lo: float, allowed: float, fmt: Format) -> bool:
    """Tell whether an answer is further from hi + lo than allowed; of two zeros, where nothing is
    allowed the sign counts."""
    if math.isnan(answer) or math.isnan(hi):
        return math.isnan(answer) != math.isnan(hi)
    if math.isinf(answer) and math.isfinite(hi):
        reaches = abs(hi) + allowed >= fmt.maximum + float(fmt.ulp(fmt.maximum)) / 2
        return not reaches or math.copysign(1, answer) != math.copysign(1, hi)
    if answer == hi:
        return not abs(lo) <= allowed or (
            answer == allowed == 0 and math.copysign(1, answer) != math.copysign(1, hi)
        )
    return not abs((answer - hi) - lo) <= allowed


def _numbers(value: Any) -> Any:
    """Return a report's number or nested list of numbers, in which infinities and NaN are text."""
    return [_numbers(item) for item in value] if isinstance(value, list) else float(value)


def main(path: str) -> int:
    """Print a line for each failure of a report and a summary; return the exit status."""
    counted: Counter[str] = Counter()
    for result, found, reason in verdicts(json.loads(Path(path).read_text(encoding="utf-8"))):
        counted[found] += 1
        print(
            f"{found:19} {result['clause']}[{result['case']},{result['dtype']}] "
            f"{result['level']}: {reason}"
        )
    print(", ".join(f"{counted[found]} {found}" for found in (CONFIRMED, FALSE_ALARM, UNKNOWN)))
    return 1 if counted[FALSE_ALARM] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
