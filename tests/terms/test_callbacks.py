"""What an operation may call: it is told where it was asked wrongly, every asking is kept, and
what it answered is not to be changed."""

from types import SimpleNamespace

import numpy as np
import pytest

from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.callbacks import Asking, Callback, Live, scripted
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.operations import taken_by
from nnspec.conformance.terms.outcomes import Malformed

POINT = [cast([1.0, 2.0], "float32"), cast(3.0, "float32")]
TWICE = Callback(
    "twice the point", lambda number, point: [2 * each + number for each in point], ((2,), ())
)


def test_answers_are_in_the_dtype_and_the_log_in_float64() -> None:
    log = []
    asked = Live(TWICE, "gradient", "float32", log)
    assert [answer.dtype.name for answer in asked(POINT)] == ["float32", "float32"]
    assert asked(tuple(POINT))[1] == 7.0
    assert [asking.name for asking in log] == ["gradient", "gradient"]
    assert log[0].arguments[0][0].tolist() == [1.0, 2.0]
    assert log[1].answer[0].dtype == np.float64


@pytest.mark.parametrize(
    ("point", "says"),
    [
        (POINT[0], "gradient was asked at a ndarray; a list of arrays was needed"),
        (
            POINT[:1],
            (
                r"gradient was asked at the arrays float32 \(2,\); "
                r"float32 of the shapes \(2,\), \(\) was needed"
            ),
        ),
        (
            [POINT[0].astype(np.float64), POINT[1]],
            r"asked at the arrays float64 \(2,\), float32 \(\)",
        ),
        ([], "asked at the arrays none"),
        (3.0, "asked at a float"),
    ],
)
def test_a_callback_that_is_asked_wrongly_says_so(point, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        Live(TWICE, "gradient", "float32", [])(point)


@pytest.mark.parametrize("arguments", [(), (POINT, POINT)])
def test_a_callback_that_is_asked_with_too_little_or_too_much_says_so(arguments: tuple) -> None:
    with pytest.raises(Malformed, match="gradient was asked what it has no answer to: TypeError"):
        Live(TWICE, "gradient", "float32", [])(*arguments)


def test_a_script_answers_call_by_call_and_the_last_from_then_on() -> None:
    asked = Live(scripted([[[1.0]], [[0.1]]], "float16"), "gradient", "float16", [])
    point = [cast([9.0], "float16")]
    assert [float(asked(point)[0][0]) for _ in range(3)] == [
        1.0,
        float(np.float16(0.1)),
        float(np.float16(0.1)),
    ]


def test_a_script_of_matrices_is_asked_at_one_vector() -> None:
    asked = Live(scripted([np.eye(2)], "float64"), "hessian", "float64", [])
    assert asked([np.zeros(2)]).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def call(function):
    implementation = Implementation(InProcess(SimpleNamespace(relu=function)), "float32")
    answer = implementation.call("relu", [TWICE], {})
    return implementation, answer


def test_what_a_callback_answered_is_an_input_too() -> None:
    def spoils(gradient):
        answer = gradient(POINT)
        answer[0] += 1
        return answer

    with pytest.raises(Malformed, match="relu modified what x had answered"):
        call(spoils)


def test_the_last_call_is_in_the_log() -> None:
    implementation, answer = call(lambda gradient: gradient(POINT))
    assert [asking.answer[1] for asking in implementation.asked] == [6.0]
    assert answer[1] == 6.0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "gradient was asked with 0 arguments; 2 were needed"),
        ((POINT,), "gradient was asked with 1 arguments; 2 were needed"),
        ((POINT, 1, 2), "gradient was asked with 3 arguments; 2 were needed"),
        ((POINT, "1"), "gradient was asked with a str for a whole number"),
        ((POINT, None), "gradient was asked with a NoneType for a whole number"),
        ((POINT, 0.5), "gradient was asked with a float for a whole number"),
        ((POINT, float("nan")), "gradient was asked with a float for a whole number"),
        ((POINT, np.arange(2)), "gradient was asked with a ndarray for a whole number"),
    ],
)
def test_a_callback_takes_the_arguments_that_its_operation_gives_it(
    arguments: tuple, says: str
) -> None:
    with pytest.raises(Malformed, match=says):
        Live(TWICE, "gradient", "float32", [], 2)(*arguments)


@pytest.mark.parametrize("index", [1, 1.0, np.int64(1), np.asarray(1), np.float32(1), True])
def test_an_index_is_any_whole_number(index: object) -> None:
    log: list[Asking] = []
    answered = Callback("one", lambda _, point, __: point, TWICE.shapes)
    Live(answered, "gradient", "float32", log, 2)(POINT, index)
    assert len(log) == 1


def test_the_arguments_of_a_callback_are_those_of_the_reference() -> None:
    assert taken_by("gradient_descent", "gradient") == 1
    assert taken_by("minibatch_descent", "gradient") == 2
    assert taken_by("newton", "hessian") == 1
    assert taken_by("gradient_descent", "params") is None
