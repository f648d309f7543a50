"""A run believes what an adapter declares of itself, and says where the answers contradict it."""

import numpy as np
import pytest

from nnspec.conformance.run.record import BREAKING, CONFORMING
from nnspec.conformance.sources.description import AdapterError, describe
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.outcomes import ABSENT, BREAKS, CONFORMS, CRASHES
from tests.run.runs import adapter, mistaken, run


def test_an_expected_failure_is_run_and_denies_nothing() -> None:
    known = mistaken("sigmoid", "is_piecewise_linear")
    known.expected_failures = dict.fromkeys(
        ("sigmoid/accuracy", "sigmoid/precision", "sigmoid/gradual-underflow"), "hard by design"
    )
    known.expected_failures |= dict.fromkeys(
        (
            f"activations/{each}"
            for each in (
                "form",
                "lengths",
                "significands",
                "sizes",
                "late-elements",
                "fresh",
                "layouts",
                "purity",
                "repeated-calls",
            )
        ),
        "same",
    )
    known.expected_failures["activations/empty"] = "same"
    record = run(known)
    assert record.verdict == CONFORMING, [result for result in record.results if result.failed]
    assert record.summary()["expected_failures"] > 0


def test_an_unexpected_pass_is_an_error() -> None:
    record = run(
        adapter(
            relu=rounded("relu"),
            dtypes=("float32",),
            expected_failures={"relu/accuracy": "we thought so"},
        )
    )
    assert record.unexpected_passes == ("relu/accuracy",)
    assert record.verdict == BREAKING


def test_a_part_of_the_cases_may_conform_where_a_failure_is_expected() -> None:
    known = adapter(
        relu=rounded("relu"),
        dtypes=("float32", "float16"),
        expected_failures={"relu/accuracy": "in float16"},
    )
    assert run(known, dtypes=("float32",)).verdict == CONFORMING
    assert run(known, "relu/accuracy[example,float16]", dtypes=()).verdict == CONFORMING
    assert run(known, dtypes=()).unexpected_passes == ("relu/accuracy",)


def test_an_expected_failure_may_be_of_one_operation_alone() -> None:
    def squeeze(x):
        return x.reshape(-1)

    known = {
        "activations/form[relu]": "flat",
        "relu/accuracy": "flat",
        "activations/form[tanh]": "flat",
    }
    record = run(
        adapter(relu=squeeze, tanh=rounded("tanh"), dtypes=("float32",), expected_failures=known),
        "activations/form",
    )
    assert {result.operation for result in record.results if result.expected} == {"relu"}
    assert record.unexpected_passes == ("activations/form[tanh]",)
    other = run(
        adapter(relu=squeeze, tanh=squeeze, expected_failures={"activations/form[relu]": "flat"}),
        "activations/form",
    )
    assert {result.operation for result in other.results if result.failed} == {"tanh"}


def test_a_parameter_that_a_library_fixes_is_used() -> None:
    def leaky(x, *, negative_slope):
        assert negative_slope == 0.25
        return rounded("leaky_relu")(x, negative_slope=0.25)

    record = run(
        adapter(leaky_relu=leaky, fixed={"leaky_relu": {"negative_slope": 0.25}}),
        "leaky_relu/accuracy",
    )
    assert CRASHES not in {result.outcome for result in record.results}


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        (
            {"dtypes": ("float32", "float8")},
            "dtypes must be names out of float64, float32, float16, bfloat16; got 'float8'",
        ),
        ({"accumulates_in": "double"}, "accumulates_in must be names out of"),
        ({"fixed": []}, "fixed must be a dict; got list"),
        ({"expected_failures": "all"}, "expected_failures must be a dict; got str"),
        ({"compiles_shapes": "yes"}, "compiles_shapes must be True or False; got 'yes'"),
    ],
)
def test_an_adapter_that_describes_itself_wrongly_is_refused(attributes: dict, says: str) -> None:
    with pytest.raises(AdapterError, match=says):
        describe(adapter(**attributes))


def test_sums_are_expected_in_float32_for_16_bits_unless_declared_otherwise() -> None:
    assert describe(adapter()).accumulator("float16") == "float32"
    assert describe(adapter()).accumulator("float64") == "float64"
    assert (
        describe(adapter(dtypes=("float16",), accumulates_in="float16")).accumulator("float16")
        == "float16"
    )


@pytest.mark.parametrize(
    ("operation", "fixed"),
    [
        ("adam", {"beta1": 1.0}),
        ("adam", {"epsilon": -1.0}),
        ("adam", {"beta2": True}),
        ("clip_by_norm", {"max_norm": -1.0}),
        ("batch_norm_train", {"momentum": 2.0}),
        ("pca", {"components": 99}),
        ("leaky_relu", {"negative_slope": "a word"}),
        ("leaky_relu", {"negative_slope": None}),
    ],
)
def test_a_library_that_fixes_what_the_operation_does_not_take_is_asked_for_nothing(
    operation: str, fixed: dict[str, object]
) -> None:
    answer = {operation: rounded(operation)}
    record = run(adapter(dtypes=("float32",), fixed={operation: fixed}, **answer), operation)
    assert {result.outcome for result in record.results} == {ABSENT}
    said = "the operation does not take what the library fixes: "
    messages = {result.message for result in record.results}
    assert any(each.startswith(said) for each in messages)


@pytest.mark.parametrize(
    "said",
    [
        {"dtypes": None},
        {"dtypes": 5},
        {"dtypes": "float32"},
        {"accumulates_in": 5},
        {"accumulates_in": ["float32"]},
        {"fixed": {"leaky_relu": 5}},
    ],
)
def test_a_declaration_that_is_no_list_or_table_is_refused_by_name(said: dict[str, object]) -> None:
    with pytest.raises(
        AdapterError, match=f"the adapter's {next(iter(said))}( of leaky_relu)? must "
    ):
        describe(adapter(relu=rounded("relu"), **said))


@pytest.mark.parametrize("dtypes", [("float32", "float32"), ("float32", "float64", "float32")])
def test_a_dtype_that_stands_twice_is_refused(dtypes: tuple[str, ...]) -> None:
    with pytest.raises(AdapterError, match="names that each stand once; got 'float32' more than"):
        describe(adapter(dtypes=dtypes))


def masked(x: np.ndarray, *, hidden: bool) -> np.ndarray:
    return np.ma.masked_array(np.maximum(x, 0), mask=np.full(x.shape, hidden))


def test_a_mask_over_numbers_is_no_answer() -> None:
    only = "relu/accuracy[everyday,float32]"
    (result,) = run(adapter(relu=lambda x: masked(x, hidden=True)), only).results
    assert result.outcome == BREAKS
    assert "relu answered with a mask over 255 of 255 numbers" in result.message
    (result,) = run(adapter(relu=lambda x: masked(x, hidden=False)), only).results
    assert result.outcome == CONFORMS


def test_a_callback_that_is_asked_at_masked_arrays_breaks() -> None:
    def descends(gradient, params, steps, *, learning_rate):
        return [gradient([np.ma.masked_array(each, mask=True) for each in params])] * steps

    (first, *_) = run(adapter(gradient_descent=descends), "gradient_descent/accuracy").results
    assert first.outcome == BREAKS
    assert "a callback was asked at a masked array" in first.message


def test_a_callback_that_is_asked_without_arguments_breaks() -> None:
    def descends(gradient, params, steps, *, learning_rate):
        gradient()
        return [params] * steps

    record = run(adapter(gradient_descent=descends), "gradient_descent")
    assert record.verdict == BREAKING
    assert not record.objections
    said = "gradient was asked with 0 arguments; 1 was needed"
    assert any(said in result.message for result in record.results)
