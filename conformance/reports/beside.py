"""An answer beside the truth: two aligned rows, a curve of long ones, what a step began with.

lines(result, width)    the rows, none where the answer is a single number
step(result)            the parameters before a wrong step, and the gradient that it was given
"""

import math
from collections.abc import Iterator, Sequence

from nnspec.conformance.reports.numbers import brief
from nnspec.conformance.run.record import Result

# Numbers are shown with so many digits at least, and with one more than tells them apart.
_LEAST, _MOST = 4, 17

# From so many numbers on, a curve says more.
_CURVE = 9

_BLOCKS = "▁▂▃▄▅▆▇█"

_LABELS = ("answer  ", "truth   ", "        ")


def lines(result: Result, width: int) -> list[str]:
    """Return the vector of a wrong number, the true one below, and marks where they differ."""
    vector = result.details.get("vector")
    if not isinstance(vector, dict) or len(vector["answer"]) < 2:  # noqa: PLR2004  a vector
        return []
    answer, truth, wrong = vector["answer"], vector["truth"], vector["wrong"]
    cells = _cells(answer, truth, wrong)
    at = vector["at"] - vector["first"]
    first, end = _window([len(one) for one, _ in cells], at, width - len(_LABELS[0]) - 4)
    before = "… " if first or vector["first"] else ""
    after = " …" if end < len(cells) or vector["first"] + len(cells) < vector["length"] else ""
    rows = [
        f"{label}{before}{'  '.join(each[place] for each in cells[first:end])}{after}"
        for place, label in enumerate(_LABELS[:2])
    ]
    marks = "  ".join(
        ("^" if wrong[place] else " ").rjust(len(cells[place][0])) for place in range(first, end)
    )
    rows[1] += "  (one a step)" if vector["along"] == "steps" and len(rows[1]) + 14 <= width else ""
    # Where the right numbers look right, the others need no mark.
    plain = all(one == two or wrong[place] for place, (one, two) in enumerate(cells))
    if not (plain or all(wrong[first:end])):
        rows.append(f"{_LABELS[2]}{' ' * len(before)}{marks}".rstrip())
    return [*rows, *_curves(answer, truth)]


def step(result: Result) -> list[str]:
    """Return what a wrong step began with: the parameters, and the gradient that it was given."""
    told = result.details.get("step")
    if not isinstance(told, dict):
        return []
    named = {"parameters": "parameters before", "gradient": "gradient given"}
    said = ", ".join(f"{words} {brief(told[name])}" for name, words in named.items())
    return [f"step {told['number']}: {said}"]


def _cells(
    answer: Sequence[float], truth: Sequence[float], wrong: Sequence[bool]
) -> list[tuple[str, str]]:
    """Return pairs of numbers of one width, in as few digits as tell the wrong ones apart."""
    pairs = list(zip(answer, truth, strict=True))
    differing = [pair for pair, is_wrong in zip(pairs, wrong, strict=True) if is_wrong]
    digits = next(
        (
            each
            for each in range(_LEAST, _MOST)
            if all(_written(one, each) != _written(two, each) for one, two in differing)
        ),
        _MOST,
    )
    written = [tuple(_written(each, digits) for each in pair) for pair in pairs]
    return [
        (one.rjust(max(len(one), len(two))), two.rjust(max(len(one), len(two))))
        for one, two in written
    ]


def _written(number: float, digits: int) -> str:
    return repr(number) if digits >= _MOST else f"{number:.{digits}g}"


def _window(widths: Sequence[int], at: int, room: int) -> tuple[int, int]:
    """Return the largest part of cells around one of them that has room in a line."""
    first, end = at, at + 1
    while True:
        grown = [(first - 1, end), (first, end + 1)]
        fitting = [
            (one, two)
            for one, two in grown
            if one >= 0
            and two <= len(widths)
            and sum(widths[one:two]) + 2 * (two - one - 1) <= room
        ]
        if not fitting:
            return first, end
        # The wrong number stays in the middle, as far as there are others on both sides.
        first, end = min(fitting, key=lambda part: abs((part[0] + part[1] - 1) / 2 - at))


def _curves(answer: Sequence[float], truth: Sequence[float]) -> Iterator[str]:
    """Yield the curves of two long vectors, drawn to one scale."""
    finite = [each for each in [*answer, *truth] if math.isfinite(each)]
    if len(answer) < _CURVE or not finite or min(finite) == max(finite):
        return
    low, high = min(finite), max(finite)
    drawn = ["".join(_block(each, low, high) for each in row) for row in (answer, truth)]
    # Two curves that look alike say nothing.
    if drawn[0] != drawn[1]:
        yield from (f"{label}{curve}" for label, curve in zip(_LABELS, drawn, strict=False))


def _block(number: float, low: float, high: float) -> str:
    if not math.isfinite(number):
        return "?" if math.isnan(number) else "█" if number > 0 else "▁"
    # The range of a format's numbers may overflow.
    share = number / 2 / (high / 2 - low / 2) - low / 2 / (high / 2 - low / 2)
    return _BLOCKS[min(int(share * len(_BLOCKS)), len(_BLOCKS) - 1)]
