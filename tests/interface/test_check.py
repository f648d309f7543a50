"""`nnspec.check` judges what its user hands over, and its verdict holds what a person asks next."""

from pathlib import Path

import numpy as np
import pytest

import nnspec
from tests.interface import layers

pytestmark = pytest.mark.portable

FEW = {"only": "softmax/accuracy", "dtypes": "float64"}


def test_a_right_function_conforms() -> None:
    verdict = nnspec.check(layers.softmax, "softmax", dtypes="float32")
    assert verdict
    assert {each.operation for each in verdict.record.results} == {"softmax"}
    assert {each.dtype for each in verdict.record.results} == {"float32"}
    assert verdict.call == ""
    assert verdict.failure is verdict.diagnosis is verdict.input is None
    verdict.expect()


def test_a_wrong_function_is_denied_with_everything_that_a_person_asks_next() -> None:
    verdict = nnspec.check(layers.softmax_without_shift, "softmax", **FEW)
    assert not verdict
    assert verdict.clause == "softmax/accuracy"
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.name == "exponentiates_without_a_shift"
    assert verdict.input == {"x": [[0.0], [3.5], [-100.0], [1000.0]], "axis": -1}
    assert np.isnan(verdict.answer)
    assert verdict.truth == 1.0
    assert 0 < verdict.bound < 1e-14
    line = layers.softmax_without_shift.__code__.co_firstlineno
    assert verdict.place.endswith(f"tests/interface/layers.py:{line}")


def test_the_call_that_is_printed_fails_when_it_is_pasted() -> None:
    verdict = nnspec.check(layers.softmax_without_shift, "softmax", **FEW)
    again, call = verdict.call.splitlines()
    names = {"nnspec": nnspec, "layers": layers, "np": np}
    assert not eval(again, names)  # noqa: S307  the line is our own
    with np.errstate(all="ignore"):
        assert np.isnan(eval(call, names)).any()  # noqa: S307


def test_a_case_of_many_numbers_is_fetched_by_its_name() -> None:
    case = "activations/sizes[softmax.classes-17,float64]"
    first_only = lambda x, axis: layers.softmax(x, axis=0)  # noqa: E731
    verdict = nnspec.check(first_only, "softmax", only=case, dtypes="float64")
    assert not verdict
    lines = verdict.call.splitlines()
    assert lines[1] == f"arguments = nnspec.inputs({case!r})"
    (x,) = nnspec.inputs(case)
    assert x.shape == (5, 17)
    assert lines[2] == "first_only(*arguments, axis=-1)"


@pytest.mark.parametrize(
    ("given", "operation"),
    [
        (layers, "softmax"),
        (layers.Layers, "relu"),
        (layers.Network, "relu"),
        (layers.Network(), "relu"),
        (str(Path(layers.__file__)), "softmax"),
        (f"{layers.__file__}:Layers", "relu"),
        (f"{layers.__file__}:softmax", "softmax"),
        ("tests.interface.layers:Layers", "relu"),
        ("reference", "softmax"),
        (np.tanh, "tanh"),
        (layers.Network().relu, "relu"),
    ],
    ids=[
        *("module", "class", "class-of-methods", "object", "path", "class-in-a-path"),
        *("function-in-a-path", "class-by-name", "bundled", "ufunc", "method"),
    ],
)
def test_what_is_handed_over_may_be(given: object, operation: str) -> None:
    assert nnspec.check(given, operation, only=f"{operation}/accuracy", dtypes="float64")


def test_a_class_of_wrong_functions_is_told_by_a_call_of_its_own() -> None:
    verdict = nnspec.check(layers.Layers, "softmax", **FEW)
    assert not verdict
    assert verdict.function == "layers.Layers().softmax"


def test_a_loss_may_be_a_number_of_python() -> None:
    assert nnspec.check(layers.loss, "sum_squared_error")


def test_a_function_that_raises_is_denied_and_its_exception_can_be_had() -> None:
    verdict = nnspec.check(layers.softmax_that_raises, "softmax", **FEW)
    assert not verdict
    assert "KeyError: 'a key that is missing'" in str(verdict)
    with pytest.raises(KeyError) as caught:
        verdict.expect()
    assert caught.traceback[-1].frame.code.name == "softmax_that_raises"


def test_a_function_that_would_end_the_session_does_not() -> None:
    def leaves(x):
        raise SystemExit(3)

    verdict = nnspec.check(leaves, "relu", only="relu/accuracy")
    assert "relu raised SystemExit: 3" in str(verdict)
    with pytest.raises(nnspec.ClauseFailed):
        verdict.expect()


def test_a_wrong_answer_is_raised_in_the_frame_that_returned_it() -> None:
    verdict = nnspec.check(layers.softmax_without_shift, "softmax", **FEW)
    with pytest.raises(nnspec.ClauseFailed, match="exponentiates_without_a_shift") as caught:
        verdict.expect()
    frame = caught.traceback[-1].frame
    assert frame.code.name == "softmax_without_shift"
    assert np.isinf(frame.f_locals["e"]).any()


def test_a_wrong_step_is_raised_where_it_is_yielded() -> None:
    verdict = nnspec.check(layers.adam_of_step_zero, "adam", only="adam/accuracy", dtypes="float64")
    assert not verdict
    with pytest.raises(nnspec.ClauseFailed) as caught:
        verdict.expect()
    frame = caught.traceback[-1].frame
    assert frame.code.name == "adam_of_step_zero"
    step = int(verdict.failure.details["quantity"].partition("[")[2].partition("]")[0])
    assert frame.f_locals["t"] == step


def test_an_answer_of_another_dtype_is_the_functions_fault() -> None:
    verdict = nnspec.check(layers.relu_of_float32, "relu", dtypes="float64")
    assert not verdict
    assert "relu answered in float32" in str(verdict)


def test_only_a_verdict_is_answered() -> None:
    with pytest.raises(nnspec.NoVerdict, match="no MUST clause was judged"):
        nnspec.check(layers.softmax, "softmax", only="softmax/gradual-underflow")
    refuses = _refusing
    with pytest.raises(nnspec.NoVerdict, match="not for these") as caught:
        nnspec.check(refuses, "relu", only="relu/accuracy")
    assert caught.value.record is not None


def _refusing(x):
    raise NotImplementedError("not for these")


def test_a_wrong_signature_is_answered_with_the_right_one() -> None:
    with pytest.raises(nnspec.NoVerdict) as caught:
        nnspec.check(layers.softmax_of_rows, "softmax")
    assert str(caught.value) == (
        "softmax is called as softmax(x, *, axis); softmax_of_rows takes (x), and not\n"
        "  axis. If it fixes axis, say its value: fixed={'axis': -1}"
    )
    assert nnspec.check(layers.softmax_of_rows, "softmax", fixed={"axis": -1}, **FEW)
    with pytest.raises(nnspec.NoVerdict, match=r"linear is called as linear\(x, weight, bias\)"):
        nnspec.check(layers.softmax_of_rows, "linear")


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"operation": "sofmax"}, ValueError, "the nearest is softmax"),
        ({"only": "softmax/acuracy"}, ValueError, "there is no clause"),
        ({"only": "relu/accuracy"}, ValueError, "names no case of softmax"),
        ({"dtypes": "float8"}, Exception, "float8"),
        ({"seed": -1}, ValueError, "a seed must be a whole number"),
        ({"shapes": [(3, 0)]}, ValueError, "at least 1 classes"),
        ({"shapes": [{"columns": 3}]}, ValueError, "the dimensions of softmax are rows, classes"),
        ({"shapes": ["3x3"]}, TypeError, "a shape is a tuple of lengths"),
        ({"backward": True}, nnspec.NoVerdict, "torch tensors or JAX arrays"),
    ],
    ids=str,
)
def test_an_argument_that_names_nothing_is_refused(
    given: dict[str, object], error: type[Exception], said: str
) -> None:
    asked = {"operation": "softmax", **given}
    with pytest.raises(error, match=said):
        nnspec.check(layers.softmax, **asked)


def test_shapes_are_judged_beside_the_plan() -> None:
    cut = lambda x, *, axis: layers.softmax(x[..., :5000], axis=axis)  # noqa: E731
    shapes = [(3, 6007), {"classes": 5}, (2, 3, 4)]
    verdict = nnspec.check(layers.softmax, "softmax", dtypes="float32", shapes=shapes, seed=5)
    drawn = {each.case for each in verdict.record.results if ".chosen-" in each.case}
    assert drawn == {"softmax.chosen-3x6007", "softmax.chosen-classes-5", "softmax.chosen-2x3x4"}
    assert verdict
    one = "activations/fresh[softmax.chosen-3x6007,float32]"
    verdict = nnspec.check(cut, "softmax", dtypes="float32", shapes=(3, 6007), only=one)
    assert [each.outcome for each in verdict.record.results] == ["breaks"]
    (first,) = nnspec.inputs(one, shapes=[(3, 6007)])
    (other,) = nnspec.inputs(one, shapes=[(3, 6007)], seed=1)
    assert first.shape == other.shape == (3, 6007)
    assert (first != other).any()


def test_a_seed_decides_the_drawn_inputs() -> None:
    seeds = [
        nnspec.check(layers.softmax, "softmax", only="activations/fresh", seed=seed).record.header[
            "seed"
        ]
        for seed in (None, 7, "fresh")
    ]
    assert seeds[:2] == [0, 7]
    assert 0 <= seeds[2] < 2**32


@pytest.mark.proof
def test_in_a_process_of_its_own_the_verdict_is_the_same() -> None:
    for function in (layers.softmax, layers.softmax_without_shift):
        here = nnspec.check(function, "softmax", **FEW)
        there = nnspec.check(function, "softmax", isolate=True, **FEW)
        assert bool(here) == bool(there)
        assert [each.outcome for each in here.record.results] == [
            each.outcome for each in there.record.results
        ]
        assert here.call.splitlines()[1:] == there.call.splitlines()[1:]
    with pytest.raises(nnspec.NoVerdict, match="has to import the function"):
        nnspec.check(lambda x: x, "identity", isolate=True)


@pytest.mark.proof
def test_in_a_process_of_its_own_the_reference_is_refused() -> None:
    verdict = nnspec.check(layers.softmax_of_the_suite, "softmax", isolate=True, **FEW)
    assert not verdict
    assert "belongs to the suite, which refuses it" in " ".join(str(verdict).split())
