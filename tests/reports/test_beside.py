"""Lines are folded to a terminal, and an answer stands beside the truth in few digits."""

import ast
import math
from typing import Any

import pytest
from rich.text import Text

from nnspec.conformance.reports import beside, curves
from nnspec.conformance.reports.folding import WIDTH, command, folded, plain
from nnspec.conformance.run.record import Result


def result(answer: list[float], truth: list[float], **more: Any) -> Result:
    vector = {
        "along": "axis 0",
        "length": len(answer),
        "first": 0,
        "at": next(
            at for at, pair in enumerate(zip(answer, truth, strict=True)) if len(set(pair)) > 1
        ),
        "answer": answer,
        "truth": truth,
        "wrong": [one != two for one, two in zip(answer, truth, strict=True)],
        **more,
    }
    return Result(
        "tanh/accuracy", "MUST", "tanh", "case", None, "breaks", details={"vector": vector}
    )


def test_a_line_goes_on_further_in_and_loses_nothing() -> None:
    line = "  " + "word " * 40
    lines = plain(line).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert all(each.startswith("    word") for each in lines[1:])
    assert " ".join(" ".join(lines).split()) == line.strip()


def test_folding_keeps_the_styles() -> None:
    line = Text.assemble("a " * 50, ("marked words here", "bold"))
    found = folded(line)
    (span,) = [each for each in found.spans if each.style == "bold"]
    assert " ".join(found.plain[span.start : span.end].split()) == "marked words here"


def test_a_folded_call_is_the_same_call() -> None:
    named = ", ".join(f"x{each}={each}" for each in range(20))
    call = f"check(function, 'softmax', only='a, b, c', {named})"
    lines = command(call, "    ").splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= WIDTH
    told = "\n".join(line.removeprefix("    ") for line in lines)
    assert ast.dump(ast.parse(told)) == ast.dump(ast.parse(call))


def test_a_folded_command_of_a_shell_is_continued_after_a_backslash() -> None:
    told = command(
        f"conformance certify ./{'x' * 60}.py --only 'softmax/accuracy[one,float64]'", "  "
    )
    first, second = told.splitlines()
    assert first.endswith(" \\")
    assert second == "      --only 'softmax/accuracy[one,float64]'"


@pytest.mark.parametrize(
    ("answer", "truth", "rows"),
    [
        ([0.5, 2.0], [0.5, 1.0], ["answer  0.5  2", "truth   0.5  1"]),
        ([1.0, 1 + 1e-9], [1.0, 1.0], ["answer  1  1.000000001", "truth   1            1"]),
        ([math.nan, 1.0], [0.25, 1.0], ["answer   nan  1", "truth   0.25  1"]),
    ],
)
def test_numbers_have_as_many_digits_as_tell_them_apart(
    answer: list[float], truth: list[float], rows: list[str]
) -> None:
    assert beside.lines(result(answer, truth), 76) == rows


def test_a_mark_is_set_where_a_right_number_looks_wrong() -> None:
    near = 1.0 + 1e-3
    told = result([near, 2.0], [1.0, 3.0], wrong=[False, True])
    assert beside.lines(told, 76)[-1].strip() == "^"
    assert len(beside.lines(told, 76)) == 3


def test_a_long_vector_is_shown_around_the_wrong_number_with_its_curve() -> None:
    truth = [float(each) for each in range(16)]
    answer = [*truth[:12], 0.0, *truth[13:]]
    told = beside.lines(result(answer, truth, length=40, first=8, at=20), 40)
    assert all(len(line) <= 40 for line in told)
    assert told[0].startswith("answer  … ")
    assert told[-2:] == ["answer  ▁▁▂▂▃▃▄▄▅▅▆▆▁▇██", "truth   ▁▁▂▂▃▃▄▄▅▅▆▆▇▇██"]


def test_a_single_number_has_no_rows() -> None:
    assert beside.lines(Result("a/b", "MUST", "tanh", "case", None, "breaks"), 76) == []
    assert beside.step(Result("a/b", "MUST", "tanh", "case", None, "breaks")) == []


def test_a_picture_has_a_bar_for_each_answer_and_survives_the_ends_of_a_format() -> None:
    vector = result([1.7e308, math.nan, -1.7e308], [1.0, 2.0, math.inf]).details["vector"]
    drawn = str(curves.picture(vector))
    assert drawn.count("h16") == 2
    assert "nan" not in drawn
    assert "inf" not in drawn
    assert str(curves.picture(result([0.0, 0.0], [math.nan, 0.0]).details["vector"])) == ""
