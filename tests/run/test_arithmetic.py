"""A declared format of factors widens bounds, is named by the verdict, and is tested."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from nnspec.conformance.bounds.language import evaluate
from nnspec.conformance.reports import badge, intoto, markdown, terminal
from nnspec.conformance.reports.tables import escaped
from nnspec.conformance.run import arithmetic
from nnspec.conformance.run import report as reports
from nnspec.conformance.run.plan import plan
from nnspec.conformance.run.record import Record
from nnspec.conformance.run.run import run
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.factors import FACTORS
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.outcomes import BREAKS, CONFORMS, INCONCLUSIVE
from nnspec.spec import Formula
from tests.judge.units import BITS, kept, parts

# `networks/overflow` asks for sums beyond the range, and NumPy says so.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")


def with_factors(name: str) -> SimpleNamespace:
    """Return a layer of float32 whose matrix unit rounds factors, or splits them into parts."""

    def linear(x, weight, bias):
        left, right = (parts(each.astype(np.float64), name, away=False) for each in (x, weight))
        count = len(left)
        total = sum(
            left[i].astype(np.float32) @ right[j].astype(np.float32)
            for i in range(count)
            for j in range(count - i)
        )
        return np.asarray(total + bias, dtype=np.float32)

    return SimpleNamespace(name="unit", version="1", dtypes=("float32",), linear=linear)


def judged(adapter: SimpleNamespace, *only: str, **declared: object) -> Record:
    for name, value in declared.items():
        setattr(adapter, name, value)
    source = InProcess(adapter)
    return run(plan(source.description, only=only or ("linear",)), source)


@pytest.mark.parametrize("name", ["tf32", "bfloat16", "bfloat16x2"])
def test_undeclared_factors_break_a_must_and_declared_ones_conform(name: str) -> None:
    undeclared = judged(with_factors(name))
    broken = {each.clause for each in undeclared.results if each.outcome == BREAKS}
    assert "networks/arithmetic" in broken
    assert undeclared.verdict == "breaks"
    declared = judged(with_factors(name), multiplies_in={"float32": name})
    ended = {each.outcome for each in declared.results if each.level == "MUST"}
    assert ended <= {CONFORMS, INCONCLUSIVE}
    assert declared.verdict == "conforms"
    assert declared.header["arithmetic"]["float32"]["linear"]["factors"] == name


@pytest.mark.parametrize(
    ("kept_bits", "declared"),
    [("bfloat16", "tf32"), ("tf32", "bfloat16x2"), ("bfloat16x2", "float32")],
)
def test_a_declaration_of_more_bits_than_factors_have_does_not_hold(
    kept_bits: str, declared: str
) -> None:
    record = judged(
        with_factors(kept_bits), "networks/arithmetic", multiplies_in={"float32": declared}
    )
    (result,) = (each for each in record.results if each.operation == "linear")
    assert result.outcome == BREAKS


def test_sums_with_fewer_bits_than_declared_do_not_hold() -> None:
    record = judged(
        with_factors("float32"), "networks/arithmetic", accumulates_in={"float32": "float64"}
    )
    (result,) = (each for each in record.results if each.operation == "linear")
    assert (result.outcome, result.measured["sums"]) == (BREAKS, "float32")


def test_a_declaration_that_no_product_needs_is_reported() -> None:
    record = judged(
        with_factors("float32"),
        multiplies_in={"float32": "tf32"},
        accumulates_in={"float32": "float16"},
    )
    said = list(arithmetic.needless(record.header))
    assert [each.partition(";")[0] for each in said] == [
        "multiplies_in declares tf32 for float32",
        "accumulates_in declares float16 for float32",
    ]
    assert escaped(said[0]) in markdown.text(record)
    needed = judged(with_factors("tf32"), multiplies_in={"float32": "tf32"})
    assert list(arithmetic.needless(needed.header)) == []
    three = judged(with_factors("bfloat16x3"), multiplies_in={"float32": "bfloat16x3"})
    assert list(arithmetic.needless(three.header)) == []


def test_every_verdict_names_the_declared_factors() -> None:
    record = judged(
        with_factors("tf32"), "networks/arithmetic", "linear/rows", multiplies_in="tf32"
    )
    said = "conforms with TF32 factors in float32"
    assert f"unit 1 {said} to edition" in terminal.verdict(record).plain
    assert said in markdown.text(record)
    assert "with TF32 factors in float32" in json.loads(badge.text(record))["message"]
    statement = json.loads(intoto.text(record))["predicate"]
    assert statement["result"] == "WARNED"
    noted = [each.get("annotations", {}) for each in statement["configuration"]]
    assert said in [each.get("verdict") for each in noted]
    again = reports.record(json.loads(reports.text(record)))
    assert again.qualification == record.qualification != ""


def test_a_verdict_about_other_operations_names_no_factors() -> None:
    adapter = SimpleNamespace(name="unit", dtypes=("float32",), relu=lambda x: np.maximum(x, 0))
    assert judged(adapter, "relu", multiplies_in="tf32").qualification == ""


def test_a_format_that_holds_the_dtype_widens_nothing() -> None:
    for dtype, name in (("bfloat16", "tf32"), ("float32", "float64"), ("float16", "float32")):
        adapter = SimpleNamespace(dtypes=(dtype,), multiplies_in={dtype: name}, linear=print)
        assert InProcess(adapter).description.multiplier(dtype) == ""


@pytest.mark.parametrize("name", ["tf32", "bfloat16", "bfloat16x2", "bfloat16x3"])
def test_a_product_of_rounded_factors_is_within_the_bound_and_may_use_half_of_it(name: str) -> None:
    rng = np.random.default_rng(5)
    worst = 0.0
    for _ in range(200):
        # Numbers just above a power of two, where a rounding is largest.
        left, right = (
            cast(1 + rng.uniform(0, 2.0**-6, size), "float32").astype(np.float64)
            for size in ((1, 4), (4, 1))
        )
        first, second = (parts(each, name, away=False) for each in (left, right))
        count = len(first)
        found = sum(first[i] @ second[j] for i in range(count) for j in range(count - i))
        settings = {"dtype": "float32", "accumulates_in": "float64", "axes": None}
        bound = evaluate(
            Formula("x @ weight", running=True),
            {"x": left, "weight": right},
            multiplies_in=name,
            **settings,
        )
        worst = max(worst, float(np.max(np.abs(found - left @ right) / bound)))
    assert worst <= 1
    if name in BITS:
        assert worst > 0.5


def test_parts_are_off_by_no_more_than_the_format_says() -> None:
    rng = np.random.default_rng(7)
    numbers = cast(rng.uniform(1, 2, 5000), "float32").astype(np.float64)
    left, right = numbers[:2500], numbers[2500:]
    for name in ("bfloat16x2", "bfloat16x3"):
        first, second = (parts(each, name, away=False) for each in (left, right))
        count = len(first)
        found = sum(first[i] * second[j] for i in range(count) for j in range(count - i))
        u = FACTORS[name].u
        assert np.max(np.abs(found / (left * right) - 1)) <= 2 * u + u * u
    assert np.max(np.abs(kept(numbers, 11, away=True) / numbers - 1)) <= FACTORS["tf32"].u
