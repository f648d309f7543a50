"""Pictures hold what was answered: errors where they are largest, steps as they were yielded,
weights as they were drawn."""

import dataclasses
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.adapters import loopback
from nnspec.conformance.judge.errors import Judged
from nnspec.conformance.judge.judge import Attempt
from nnspec.conformance.reports import svg as drawing
from nnspec.conformance.run import plan, run
from nnspec.conformance.run.pictures import pictures
from nnspec.conformance.sources.description import describe
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.operations import OPERATIONS, axes_of


def drawn(dtype: str = "float32", **operations) -> list[dict[str, Any]]:
    source = InProcess(SimpleNamespace(name="it", version="1", dtypes=(dtype,), **operations))
    planned = [each for each in plan.plan(source.description) if each.operation in operations]
    return [dict(each) for each in run.run(planned, source).pictures]


def test_an_error_stands_at_the_input_where_it_was_made() -> None:
    def sigmoid(x):
        answered = rounded("sigmoid")(x)
        return np.where((x > 1) & (x < 2), answered * np.float32(1.001), answered).astype(
            np.float32
        )

    (picture,) = drawn(sigmoid=sigmoid)
    assert picture["kind"] == "error"
    assert picture["clause"] == "sigmoid/accuracy"
    edges = picture["edges"]
    assert len(edges) == len(picture["error"]) + 1 == len(picture["bound"]) + 1
    assert edges == sorted(edges)
    assert edges[0] < -1e37
    assert edges[-1] > 1e37
    assert picture["wrong"]
    for place in picture["wrong"]:
        assert edges[place + 1] >= 1
        assert edges[place] <= 2
        assert 1000 < picture["error"][place] < 20000
        assert picture["bound"][place] == 8
    right = set(range(len(picture["error"]))) - set(picture["wrong"])
    assert all(picture["error"][place] <= picture["bound"][place] for place in right)


def test_a_wrong_answer_is_never_hidden_by_a_larger_error_that_was_allowed() -> None:
    planned = next(
        each
        for each in plan.plan(describe(loopback), dtypes=("float64",))
        if each.clause.id == "sigmoid/accuracy"
    )
    x = 1 + np.arange(240) / 256
    ulp = 2.0**-52
    # Two inputs share a bin: at the first an error of 30.25 ulp is allowed, at the second one of
    # 2.25 is not.
    odd = np.arange(240) % 2 == 1
    answer, low, allowed = (
        1 + ulp * np.where(odd, 2, 30),
        np.full(240, -ulp / 4),
        ulp * np.where(odd, 1, 50),
    )
    case = dataclasses.replace(planned.case, arguments=(x,))
    judged = Judged(case, FORMATS["float64"], answer, np.ones(240), low, allowed)
    (picture,) = pictures([(planned, Attempt("breaks", judged=(judged,)))])
    assert set(picture["error"]) == {2.25}
    assert set(picture["bound"]) == {1.0}
    assert picture["wrong"] == list(range(120))


def test_an_answer_that_is_no_number_is_infinitely_far_off() -> None:
    (picture,) = drawn(tanh=lambda x: np.where(x > 100, np.float32(np.nan), rounded("tanh")(x)))
    assert np.inf in picture["error"]
    svg = drawing.picture(picture)
    assert "wrong" in svg
    assert "inf" not in svg
    assert "nan" not in svg


def test_what_is_exact_needs_no_picture() -> None:
    assert drawn(relu=rounded("relu")) == []


def test_elementwise_operations_are_those_whose_formula_has_no_axis() -> None:
    found = {name for name, each in OPERATIONS.items() if each.elementwise}
    assert {"sigmoid", "tanh_vjp", "leaky_relu", "sigmoid_cross_entropy"} <= found
    assert not {"softmax", "log_softmax_vjp", "linear", "entropy"} & found
    assert all(axes_of(each, (), {}) is None for each in found)


def test_a_trajectory_is_what_was_yielded_beside_the_truth() -> None:
    (right,) = drawn(adam=rounded("adam"))
    (wrong,) = drawn(adam=rounded("adam_uncorrected"))
    for picture in (right, wrong):
        assert picture["kind"] == "trajectory"
        assert picture["steps"] == list(range(101))
        assert all(
            len(series["answer"]) == len(series["truth"]) == 101 for series in picture["series"]
        )
    for series in right["series"]:
        np.testing.assert_allclose(series["answer"], series["truth"], rtol=2e-3, atol=1e-4)
    assert all(abs(series["answer"][20] - series["truth"][20]) > 0.1 for series in wrong["series"])
    assert all(series["answer"][0] == series["truth"][0] for series in wrong["series"])


def test_a_histogram_counts_the_weights_beside_their_law() -> None:
    (right,) = (
        each
        for each in drawn(kaiming_uniform=rounded("kaiming_uniform"))
        if each["kind"] == "histogram"
    )
    (wrong,) = (
        each
        for each in drawn(kaiming_uniform=rounded("kaiming_normal"))
        if each["kind"] == "histogram"
    )
    for picture in (right, wrong):
        assert sum(picture["due"]) == pytest.approx(1, abs=1e-3)
        assert sum(picture["share"]) + picture["beyond"] / picture["count"] == pytest.approx(
            1, abs=1e-3
        )
        assert len(picture["edges"]) == len(picture["share"]) + 1
    assert right["edges"][-1] == 1.75
    np.testing.assert_allclose(right["share"], right["due"], atol=0.003)
    assert wrong["edges"][-1] > 3
    assert max(np.abs(np.subtract(wrong["share"], wrong["due"]))) > 0.01


def test_weights_that_are_no_numbers_are_counted_as_beyond() -> None:
    def normal(shape, *, std, seed, dtype):
        return np.full(shape, np.nan, dtype)

    (picture,) = drawn(normal=normal)
    assert picture["beyond"] == picture["count"]
    assert "lie beyond" in drawing.caption(picture)
    assert "<path" in drawing.picture(picture)


def test_a_crash_leaves_no_picture() -> None:
    def tanh(x):
        raise ValueError("no")

    assert drawn(tanh=tanh) == []


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_every_kind_is_drawn_inside_its_frame(dtype: str) -> None:
    names = (
        "tanh",
        "tanh_vjp",
        "leaky_relu",
        "momentum",
        "newton",
        "normal",
        "xavier_truncated_normal",
    )
    found = drawn(dtype, **{name: rounded(name) for name in names})
    assert {each["kind"] for each in found} >= {"error", "histogram"}
    for picture in found:
        svg = str(drawing.picture(picture))
        assert "nan" not in svg
        assert "inf" not in svg.replace("infinit", "")
        for command, place in re.findall(r"([MLHV])(-?[\d.]+)", svg):
            assert 0 <= float(place) <= 420, (command, place)
        assert svg.count("<title>") == svg.count("<desc>") == 1
