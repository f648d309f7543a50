"""Writes README.md and growth.svg from pytest-benchmark's record: every figure of the page was
measured in the run it names."""

import inspect
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from nnspec import reference
from tests.benchmarks.bench_reference import REFERENCE, SIZES
from tests.reports.figures import ACCENT, INK, PALE

FOLDER = Path(__file__).parent
_DISTRIBUTIONS = ("nnspec", "numpy", "scipy", "torch", "scikit-learn", "onnx", "pytest-benchmark")

# How a docstring speaks of the time of what it does not compute: "in 0.4 of the time", "would
# take 0.7 of its time", "fifty times as fast".
_OF_TIME = re.compile(r"\bof (?:the|its) time\b|\btimes as fast\b")

# An operation, what computes it, and the size it was timed at.
_Key = tuple[str, str, int]

# Ratios differ by as much from run to run.
_NOISE = 0.9

_OPENING = """# Benchmarks

`python -m tests.benchmarks` writes this page; nobody edits it. These commands repeat all
measurements below in one run:

```
pip install -e ".[test,benchmark]"
python -m tests.benchmarks
```

`OMP_NUM_THREADS=1 pytest tests/benchmarks/bench_reference.py -k softmax` measures only some of
them. (Take `--benchmark-timer` and the other options from `tests/benchmarks/__main__.py`.) The
benchmarks assert nothing, and a plain `pytest` does not collect them.

Seconds are processor seconds of one thread, child processes included. They do not count the work of
other programs on the machine. Times are medians of five rounds. Times of suites, and of parts of a
plan, are medians of three rounds.
"""

_REFERENCE = """
## The reference against everything else

Each row is an operation of the reference, or an alternative that computes it.

- *Time* of the reference is in nanoseconds per element. *Time* of an alternative is the ratio to
  the reference's time, so that below 1 it is faster. It is the median of nine rounds in which the
  two take turns.
- *Ulp* is the worst error. *Of the bound* is the largest share of the bound that the docstring
  states. Ball arithmetic measures both in float64, on the inputs on which `tests/truth` proves the
  bound. Arrays of 10⁶ elements are timed and not judged. If a sum can cancel, ulp say nothing, and
  only the share counts.
- *Refused* counts the calls that raised an exception instead of returning an answer.
- Random draws have a law and no true answer.
- **Bold** marks a function of SciPy or an idiom of NumPy that is faster and at least as accurate by
  both measures. Faster means: less than 0.9 of the time at 10⁶, in eight of the nine rounds. Below
  the table, the docstring of the operation says why the reference does not use it.
"""

_SWEEPS = """
## A sweep against what it cannot do without

`conformance sweep` asks an implementation for its answers and the reference for the truth, and then
judges. The table shows nanoseconds a number for the implementation alone, for the reference alone,
and for the sweep. All three use the same ranges, evenly spread over all numbers of the format, and
calls of the same sizes. The ratio compares the sweep with the sum of the other two.
"""

_SUITES = """
## The suite against its peers

A *case* is one result in the report of a suite. A *value* is one number that the suite compared
with an expected one. Cases that a suite skips, or that an adapter does not offer, do not count. The
times cover a whole process from start to end, imports included.
"""

_COUNTED = """
- `conformance certify`: a value is an element that the suite compared with its bound. Cases that
  are *absent* do not count.
- ONNX: a value is an element of the expected outputs. The cases are the node tests of activations,
  losses, normalization, products, clipping, norms and optimizers. ONNX's reference evaluator runs
  them.
- `check_estimator`: a value is an element that a check passes to an `assert_allclose`,
  `assert_array…` or `assert_almost…`. Most checks compare no values.
- `gradcheck`: a value is an entry of the Jacobian. There is one for each coordinate, because the
  loss is a number.
"""

_PROFILE = """
## Where the time goes

This is one certificate of torch in all dtypes, from the plan to the record. One process runs the
suite and one runs the adapter. A profiler recorded the activity of the suite's process every five
milliseconds.
"""

_GROWTH = """
## How the cost grows

The adapter `loopback` offers every operation in four dtypes. One process carries out parts of its
plan: a share of the clauses, of the dtypes, or of the cases, evenly spread over the pages. The
lines are fitted to all parts.

![Seconds against cases and against values](growth.svg)
"""


def page(record: Mapping[str, Any]) -> str:
    """Return the page for a record."""
    benchmarks = record["benchmarks"]
    parts = [_OPENING, *_machine(record)]
    timings = [each for each in benchmarks if "operation" in each["extra_info"]]
    if timings:
        parts += [_REFERENCE, *_of_reference(timings)]
    if sweeps := [each for each in benchmarks if "sweep" in each["extra_info"]]:
        parts += [_SWEEPS, *_of_sweeps(sweeps)]
    if suites := [each for each in benchmarks if "suite" in each["extra_info"]]:
        parts += [_SUITES, *_of_suites(suites), _COUNTED]
    if profiles := [each for each in benchmarks if "profiled" in each["extra_info"]]:
        parts += [_PROFILE, *_of_profile(profiles[0]["extra_info"]["seconds"])]
    if growth := [each for each in benchmarks if "axis" in each["extra_info"]]:
        parts += [_GROWTH, *_of_growth(growth)]
    return "\n".join(parts) + "\n"


def _machine(record: Mapping[str, Any]) -> Iterator[str]:
    machine = record["machine_info"]
    versions = ", ".join(
        f"{name} {metadata.version(name)}" for name in _DISTRIBUTIONS if _installed(name)
    )
    cpu, python = machine["cpu"], f"Python {machine['python_version']}"
    processor = f"{cpu.get('brand_raw', machine['machine'])}, {cpu.get('count', '?')} cores"
    yield f"{record['datetime'][:10]}: {processor}, {machine['system']}, {python}; {versions}."


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---' if number == 0 else '---:' for number, _ in enumerate(heads))}|"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _of_reference(timings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    found = {
        (
            each["extra_info"]["operation"],
            each["extra_info"]["title"],
            each["extra_info"]["size"],
        ): each
        for each in timings
    }
    heads = ("", *(f"time at {size:,}" for size in SIZES), "ulp", "of the bound", "refused")
    yield from _table(heads, _rows_of_reference(found))
    for operation in dict.fromkeys(
        operation for operation, title, _ in found if _is_ahead(found, operation, title)
    ):
        yield f"- `{operation}`: {reason(operation) or 'its docstring gives no reason.'}"


def reason(operation: str) -> str:
    """Return what the docstring of an operation says of the time that others take, "" where that
    is nothing."""
    lines = (inspect.getdoc(getattr(reference, operation)) or "").splitlines()
    # What is indented stands under a heading.
    sentences = re.split(
        r"(?<=[.;:])\s+", " ".join(line.strip() for line in lines if line.startswith(" "))
    )
    return " ".join(each for each in sentences if _OF_TIME.search(each))


def _rows_of_reference(found: Mapping[_Key, Mapping[str, Any]]) -> Iterator[Sequence[str]]:
    for operation, title in dict.fromkeys((operation, title) for operation, title, _ in found):
        each = [found[operation, title, size] for size in SIZES]
        if title == REFERENCE:
            times = [
                f"{one['stats']['median'] / size * 1e9:.3g} ns"
                for one, size in zip(each, SIZES, strict=True)
            ]
        else:
            times = [f"{statistics.median(one['extra_info']['ratios']):.2g}" for one in each]
        name = f"`{operation}`" if title == REFERENCE else f"&emsp;{_escaped(title)}"
        if _is_ahead(found, operation, title):
            name = f"&emsp;**{_escaped(title)}**"
        yield name, *times, *_accuracy(found[operation, title, SIZES[-1]]["extra_info"])


def _is_ahead(found: Mapping[_Key, Mapping[str, Any]], operation: str, title: str) -> bool:
    one, base = (found[operation, name, SIZES[-1]]["extra_info"] for name in (title, REFERENCE))
    # All but the slowest round: where there is no difference, chance makes eight of nine rounds
    # the faster ones in one case of fifty.
    return ahead(title, max(one["ratios"][:-1], default=1.0), one, base)


def ahead(title: str, ratio: float, info: Mapping[str, Any], base: Mapping[str, Any]) -> bool:
    """Tell whether one of SciPy's functions or NumPy's idioms is faster, no less accurate, and
    answers everything."""
    ours = title not in (REFERENCE, "torch", "scikit-learn")
    accurate = (
        info.get("ulp", 0) <= base.get("ulp", 0)
        and info.get("share", 0) <= base.get("share", 0)
        and not info.get("refused", 0)
    )
    return ours and accurate and ratio < _NOISE


def _accuracy(info: Mapping[str, Any]) -> tuple[str, str, str]:
    if "ulp" not in info:
        return "–", "–", "–"
    if not info["judged"]:
        return "–", "–", "all"
    return f"{info['ulp']:.3g}", f"{info['share']:.2g}", str(info["refused"])


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def _of_sweeps(sweeps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    rows = []
    for each in sweeps:
        info, swept = each["extra_info"], each["stats"]["median"]
        apart = [info["implementation"], info["reference"]]
        times = [f"{seconds / info['inputs'] * 1e9:.2f}" for seconds in (*apart, swept)]
        rows.append(
            (
                f"`{info['sweep']}`, {info['dtype']}, {info['adapter']}",
                f"{info['inputs']:,}",
                *times,
                f"{swept / sum(apart):.2f}",
            )
        )
    yield from _table(("", "numbers", "implementation", "reference", "sweep", "ratio"), rows)


def _of_suites(suites: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    heads = ("", "cases", "values", "processor seconds", "wall seconds", "cases/s", "values/s")
    rows = []
    for each in suites:
        info, seconds = each["extra_info"], each["stats"]["median"]
        counts = [f"{info[name]:,}" for name in ("cases", "values")]
        rates = [f"{info[name] / seconds:,.0f}" for name in ("cases", "values")]
        rows.append((info["suite"], *counts, f"{seconds:.1f}", f"{info['wall']:.1f}", *rates))
    yield from _table(heads, rows)
    for each in suites:
        info = each["extra_info"]
        if "started" in info:
            cases, values = (f"{info[name] / info['started']:,.0f}" for name in ("cases", "values"))
            yield (
                f"`{info['suite']}` takes {info['started']:.1f} s after start-up: "
                f"{cases} cases and {values} values a second.\n"
            )


def _of_profile(seconds: Mapping[str, float]) -> Iterator[str]:
    total = sum(seconds.values())
    listed = sorted(seconds.items(), key=lambda part: -part[1])
    yield from _table(
        ("", "seconds", "share"),
        [(part, f"{taken:.1f}", f"{taken / total:.1%}") for part, taken in listed],
    )


def _of_growth(growth: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    cases, values = (
        np.array([each["extra_info"][name] for each in growth], dtype=float)
        for name in ("cases", "values")
    )
    seconds = np.array([each["stats"]["median"] for each in growth])
    heads = ("part", "cases", "values", "seconds", "ms a case")
    yield from _table(
        heads,
        [
            (
                f"{each['extra_info']['share']:.3g} of the {each['extra_info']['axis']}",
                f"{each['extra_info']['cases']:,}",
                f"{each['extra_info']['values']:,}",
                f"{taken:.2f}",
                f"{taken / each['extra_info']['cases'] * 1e3:.2f}",
            )
            for each, taken in zip(growth, seconds, strict=True)
        ],
    )
    for what, amount in (("cases", cases), ("values", values)):
        (start, slope), explained = fitted(seconds, amount)
        yield (
            f"By {what}: {start:.2f} s + {slope * 1e6:.3g} µs a {what[:-1]}, "
            f"R² = {explained:.3f}.\n"
        )
    (start, by_case, by_value), explained = fitted(seconds, cases, values)
    yield (
        f"By both: {start:.2f} s + {by_case * 1e6:.3g} µs a case + "
        f"{by_value * 1e6:.3g} µs a value, R² = {explained:.3f}.\n"
    )


def fitted(y: np.ndarray, *amounts: np.ndarray) -> tuple[list[float], float]:
    """Return start and slopes of the linear function of amounts that is nearest to y by least
    squares, and its R²."""
    columns = np.stack([np.ones(y.size), *amounts], axis=1)
    found = np.linalg.lstsq(columns, y)[0]
    rest = y - columns @ found
    return found.tolist(), float(1 - np.sum(rest * rest) / np.sum((y - statistics.fmean(y)) ** 2))


def curve(growth: Sequence[Mapping[str, Any]]) -> Figure:
    """Return the picture of the seconds against cases and against values, each with its line."""
    drawn = Figure(figsize=(9, 3.2), layout="constrained")
    for axes, what in zip(drawn.subplots(1, 2, sharey=True), ("cases", "values"), strict=True):
        amount = np.array([each["extra_info"][what] for each in growth], dtype=float)
        seconds = np.array([each["stats"]["median"] for each in growth])
        (start, slope), explained = fitted(seconds, amount)
        ends = np.array([0.0, amount.max()])
        axes.plot(
            ends, slope * ends + start, color=PALE, linewidth=1.0, label=f"R² = {explained:.3f}"
        )
        for axis, color, marker in (
            ("clauses", INK, "o"),
            ("dtypes", ACCENT, "s"),
            ("inputs", "black", "^"),
        ):
            own = [
                number for number, each in enumerate(growth) if each["extra_info"]["axis"] == axis
            ]
            axes.plot(
                amount[own],
                seconds[own],
                color=color,
                marker=marker,
                linestyle="",
                markersize=5,
                label=f"more {axis}",
            )
        axes.set_xlabel(f"{what} judged")
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(EngFormatter())
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
    drawn.axes[0].set_ylabel("seconds")
    return drawn


def write(record: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Write the page and its picture."""
    (folder / "README.md").write_text(page(record), encoding="utf-8")
    if growth := [each for each in record["benchmarks"] if "axis" in each["extra_info"]]:
        curve(growth).savefig(folder / "growth.svg", metadata={"Date": None})
