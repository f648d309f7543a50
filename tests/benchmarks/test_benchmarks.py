"""The benchmarks themselves: each is called once on small arrays, answers what the reference
answers, and its figures reach the page."""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.terms.nested import flat, shapes
from tests.benchmarks import (
    accuracy,
    bench_growth,
    bench_profile,
    bench_reference,
    bench_sweep,
    peers,
    tables,
    timing,
)
from tests.benchmarks.alternatives import alternatives
from tests.benchmarks.calls import call

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

SMALL = 100


class Once:
    """Stands in for the fixture of pytest-benchmark: calls once and says that it took a second."""

    def __init__(self) -> None:
        self.group, self.extra_info, self.called, self.seconds = "", {}, 0, 1.0

    def pedantic(
        self, function: Callable[[], Any], setup: Callable[[], Any] = bool, **settings: int
    ) -> None:
        setup()
        function()
        self.called += 1

    @property
    def record(self) -> dict[str, Any]:
        return {
            "extra_info": self.extra_info,
            "stats": {"median": self.seconds + self.extra_info.get("cases", 0) * 1e-3},
        }


def page(*found: Once) -> str:
    machine = {"cpu": {}, "machine": "x", "system": "y", "python_version": "3"}
    return tables.page(
        {
            "machine_info": machine,
            "datetime": "2026-11-21T00:00",
            "benchmarks": [each.record for each in found],
        }
    )


@pytest.mark.parametrize("operation", reference.__all__)
def test_an_alternative_answers_what_the_reference_answers(operation: str) -> None:
    arguments, parameters = call(operation, SMALL)
    answers = {}
    for title, function in {
        "reference": getattr(reference, operation),
        **alternatives(operation),
    }.items():
        found = function(*arguments, **parameters)
        answers[title] = accuracy.listed(list(found) if isinstance(found, Iterator) else found)
    if len(answers) == 1:
        pytest.skip("nobody else computes it here")
    drawn = operation not in accuracy.MEASURED
    for title, answer in answers.items():
        assert shapes(answer) == shapes(answers["reference"]), title
        # Which vectors have which sign is open but for the reference.
        left, right = (
            np.abs(flat(each)) if operation in ("pca", "whiten") else flat(each)
            for each in (answer, answers["reference"])
        )
        assert drawn or np.allclose(left, right, rtol=1e-6, atol=1e-9), title


def test_each_contender_is_timed_and_measured_and_reaches_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        bench_reference,
        "measured",
        lambda operation, title: {"judged": 1, "ulp": 0.25, "share": 0.5, "refused": 0},
    )
    # Whether a contender can be timed is seen in one turn of one call.
    monkeypatch.setattr(timing, "_TURNS", 1)
    monkeypatch.setattr(timing, "_SHORTEST", 0.0)
    found = []
    for operation, title in bench_reference.CONTENDERS:
        for size in bench_reference.SIZES:
            found.append(Once())
            monkeypatch.setattr(
                bench_reference, "call", lambda operation, size: call(operation, SMALL)
            )
            bench_reference.test_time(found[-1], operation, title, size)
    assert all(each.called for each in found)
    written = page(*found)
    assert all(f"`{operation}`" in written for operation in reference.__all__)


def test_an_alternative_that_is_faster_and_as_accurate_is_marked() -> None:
    info = {"ulp": 1.0, "share": 0.5, "refused": 0}
    assert tables.ahead("numpy.maximum", 0.5, info, info)
    assert not tables.ahead("numpy.maximum", 1.1, info, info)
    assert not tables.ahead("numpy.maximum", 0.5, {**info, "ulp": 1.1}, info)
    assert not tables.ahead("numpy.maximum", 0.5, {**info, "refused": 1}, info)
    assert not tables.ahead("torch", 0.5, info, info)


def test_what_is_ahead_of_the_reference_has_its_reason_in_the_docstring() -> None:
    written = (tables.FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:`(\w+)`|&emsp;(\*\*)?)", written, re.MULTILINE)
    operations = list(
        itertools.accumulate((name for name, _ in rows), lambda before, name: name or before)
    )
    ahead = {operation for operation, (_, bold) in zip(operations, rows, strict=True) if bold}
    assert "relu" in ahead
    assert [operation for operation in sorted(ahead) if not tables.reason(operation)] == []


def test_a_reason_is_read_from_the_docstring_and_stands_on_the_page() -> None:
    assert (
        tables.reason("relu")
        == "-0.0 gives 0.0, but numpy.maximum(x, 0) gives either zero, in 0.3 of the time."
    )
    assert tables.reason("tanh") == ""
    found = {}
    for title in ("reference", "numpy.maximum"):
        for size in bench_reference.SIZES:
            found[title, size] = each = Once()
            each.extra_info |= {
                "operation": "relu",
                "title": title,
                "size": size,
                "ulp": 0.0,
                "share": 0.0,
                "refused": 0,
                "judged": 1,
            }
            each.extra_info["ratios"] = [1.0] if title == "reference" else [0.3, 0.3, 1.1]
    assert f"- `relu`: {tables.reason('relu')}" in page(*found.values())


def test_a_sweep_is_timed_beside_what_it_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_sweep, "ADAPTER", "reference")
    monkeypatch.setattr(bench_sweep, "RANGES", 2)
    timed = Once()
    bench_sweep.test_sweep(timed, "sigmoid")
    timed.seconds = 3 * (timed.extra_info["implementation"] + timed.extra_info["reference"])
    assert timed.called
    assert f"`sigmoid`, float32, reference | {2 * bench_sweep.SIZE:,} |" in page(timed)
    assert "| 3.00 |" in page(timed)


def test_accuracy_is_that_of_the_oracle() -> None:
    assert bench_reference.measured("sigmoid", "reference")["ulp"] < 3
    # Seen in far logits without a cotangent of their own.
    assert bench_reference.measured("log_softmax_vjp", "c - s sum(c), scipy")["share"] > 1
    assert bench_reference.measured("sigmoid", "1/(1 + exp(-x))")["share"] > 100
    assert bench_reference.measured("minibatches", "reference") == {}


def test_the_time_of_a_certificate_is_told_by_what_was_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The reference answers in float64 alone.
    planned = [
        each
        for each in bench_growth.suite.plan(bench_growth.source().description)
        if each.operation in ("adam", "sigmoid") and each.dtype == "float64"
    ]
    monkeypatch.setattr(bench_profile.plan, "plan", lambda _: planned)
    monkeypatch.setattr(bench_profile, "ADAPTER", "reference")
    once = Once()
    bench_profile.test_profile(once)
    seconds = once.extra_info["seconds"]
    assert set(seconds) <= {*bench_profile.PARTS, bench_profile.REST}
    assert {"waiting for the adapter's process", "bounds"} <= set(seconds)
    assert seconds.get(bench_profile.REST, 0) < sum(seconds.values()) / 10
    assert "| waiting for the adapter's process |" in page(once)


def test_a_line_is_fitted_to_the_growth_and_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = [
        each
        for each in bench_growth.suite.plan(bench_growth.source().description)
        if each.operation == "identity"
    ]
    monkeypatch.setattr(bench_growth, "plan", lambda: planned)
    found = []
    for axis, shares in bench_growth.PARTS.items():
        for share in shares:
            found.append(Once())
            bench_growth.test_growth(found[-1], axis, share)
    assert max(each.extra_info["cases"] for each in found) == len(planned)
    assert "R² = 1.000" in page(*found)
    assert len(tables.curve([each.record for each in found]).axes) == 2


def test_a_peer_is_counted_by_the_cases_that_it_ran() -> None:
    assert peers._counted(
        [{"outcome": "conforms", "compared": 3}, {"outcome": "absent", "compared": 0}]
    ) == {"cases": 1, "values": 3}
