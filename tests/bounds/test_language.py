"""The language of bounds computes its words, and is a language of arithmetic and nothing else."""

import dataclasses

import numpy as np
import pytest

from nnspec import reference, spec
from nnspec.conformance.bounds import language, truth
from nnspec.conformance.bounds.language import BoundError, evaluate
from nnspec.conformance.bounds.words import OPERATIONS, WORDS, Word
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NAMES, cast, dtype_of
from nnspec.spec import Formula


def value(
    expression: str,
    dtype: str = "float32",
    axis: int | None = None,
    accumulates_in: str = "",
    **quantities,
) -> np.ndarray:
    return evaluate(
        Formula(expression),
        quantities,
        dtype=dtype,
        accumulates_in=accumulates_in or dtype,
        axes=None if axis is None else (axis,),
    )


def test_numbers_of_the_format_are_those_of_ieee_754() -> None:
    assert value("u") == 2.0**-24
    assert value("u", "bfloat16") == 2.0**-8
    assert value("tiny", "float16") == 2.0**-14
    assert value("eta", "float16") == 2.0**-24
    assert value("eta", "float64") == 5e-324
    assert value("huge", "float16") == 65504
    assert value("huge") == np.finfo(np.float32).max


@pytest.mark.parametrize("name", ["float64", "float32", "float16"])
def test_ulp_is_the_spacing_numpy_knows(name: str) -> None:
    dtype = dtype_of(name)
    info = np.finfo(dtype)
    values = np.array(
        [1.0, 1.5, 2.0, 0.75, 1e-3, 3e-5, info.max / 2, info.tiny, info.tiny / 4, -2.5, 0.0]
    ).astype(dtype)
    assert np.array_equal(FORMATS[name].ulp(values), np.spacing(np.abs(values)).astype(np.float64))


def test_ulp_of_bfloat16_is_the_distance_between_neighbors() -> None:
    values = cast([1.0, 3.0, 1e-30, 250.0], "bfloat16")
    above = np.nextafter(values, cast(np.inf, "bfloat16"))
    assert np.array_equal(
        FORMATS["bfloat16"].ulp(values), above.astype(np.float64) - values.astype(np.float64)
    )


def test_reductions_run_along_the_axis_and_keep_it() -> None:
    x = np.array([[1.0, 2.0], [3.0, 5.0]])
    assert value("sum(x)", axis=1, x=x).tolist() == [[3.0], [8.0]]
    assert value("x - max(x)", axis=0, x=x).tolist() == [[-2.0, -3.0], [0.0, 0.0]]
    assert value("max(x, 2)", x=x).tolist() == [[2.0, 2.0], [3.0, 5.0]]
    assert value("min(x)", x=x).tolist() == [[1.0]]


def test_the_sum_of_the_others_does_not_cancel() -> None:
    v = np.array([[1.0, 1e-20, 1e-30], [2.0, 3.0, 4.0]])
    others = value("others(v)", axis=1, v=v)
    assert others.tolist() == [[1e-20 + 1e-30, 1.0, 1.0], [7.0, 6.0, 5.0]]
    assert value("others(v)", axis=0, v=v).tolist() == v[::-1].tolist()
    assert value("others(v)", v=np.array([[1.0, 2.0], [4.0, 8.0]])).tolist() == [[14, 13], [11, 7]]
    assert value("others(v)", axis=0, v=np.array([5.0])).tolist() == [0.0]


def test_one_formula_of_y_holds_for_each_of_several_arrays() -> None:
    x, weight, bias = np.ones((2, 3)), np.ones((3, 4)), np.zeros(4)
    case = Case("", "linear_vjp", (x, weight, bias, np.full((2, 4), 0.5)))
    nested = truth.true_answer(case)
    found = truth.evaluated(Formula("3*abs(y)"), case, nested, "float64", "float64")
    assert found.tolist() == [3 * each for array in nested for each in array.ravel().tolist()]


def test_gamma_is_that_of_the_accumulator_and_infinite_where_the_sum_may_lose_everything() -> None:
    assert value("gamma(1000)", "float16", accumulates_in="float32") == pytest.approx(
        1000 * 2.0**-24, rel=1e-4
    )
    assert value("gamma(1024)", "float16") == pytest.approx(1.0)
    assert value("gamma(2048)", "float16") == np.inf


def test_flush_allows_zero_for_subnormal_values_only() -> None:
    tiny = FORMATS["float32"].tiny
    assert value("flush(y)", y=np.array([tiny / 2, tiny * 2, 0.0])).tolist() == [tiny, 0.0, tiny]


def test_the_sums_of_columns_are_those_of_the_rows() -> None:
    assert value("column_sums(x)", x=np.array([[1.0, 2.0, 3.0], [4.0, 8.0, 16.0]])).tolist() == [
        *(5.0, 10.0, 19.0)
    ]


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_a_mean_is_that_of_all_numbers_or_of_an_axis(axis: int | None) -> None:
    x = np.array([[1.0, 2.0, 6.0], [3.0, 4.0, 14.0]])
    assert np.array_equal(value("mean(x)", axis=axis, x=x), x.mean(axis=axis, keepdims=True))
    assert value("mean(x)", axis=axis, x=x[:0]).shape == x[:0].sum(axis=axis, keepdims=True).shape


def test_operations_are_part_of_the_language() -> None:
    x = np.array([[0.0, 1.0]])
    assert np.array_equal(value("softmax(x)", axis=-1, x=x), reference.softmax(x, axis=-1))


def row_of(word: Word) -> str:
    forms = ", ".join(f"`{form}`" for form in word.form.split(" or "))
    halves = ("yes" if half else "no" for half in (word.plain, word.running))
    return f"| {forms} | {word.meaning} | {' | '.join(halves)} |"


def test_the_notation_shows_every_word_its_meaning_and_its_halves() -> None:
    notation = (spec.FOLDER / "notation.md").read_text(encoding="utf-8")
    table = notation.partition("| word | meaning | in a bound | in a running error |\n")[2]
    rows = table.partition("\n\n")[0].splitlines()
    assert rows[1:] == [row_of(word) for word in WORDS.values()]


def test_the_notation_names_the_operations_that_running_errors_know() -> None:
    notation = " ".join((spec.FOLDER / "notation.md").read_text(encoding="utf-8").split())
    sentence = notation.partition("running errors know only ")[2].partition(".")[0]
    known = [name for name, word in OPERATIONS.items() if word.running]
    assert sentence == f"{', '.join(f'`{name}`' for name in known[:-1])} and `{known[-1]}`"
    assert all(word.plain for word in OPERATIONS.values())


def test_a_word_without_its_half_is_unknown_in_that_kind_of_formula() -> None:
    missing = Formula("log2(x)", running=True)
    with pytest.raises(BoundError, match="'log2' is not defined"):
        evaluate(missing, {"x": 2.0}, dtype="float32", accumulates_in="float32", axes=None)


def test_definitions_are_evaluated_in_their_order() -> None:
    stated = Formula("b", (("a", "2*x"), ("b", "a + 1")))
    assert evaluate(stated, {"x": 3.0}, dtype="float64", accumulates_in="float64", axes=None) == 7.0


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os')",
        "x.real",
        "[x for x in y]",
        "(lambda: 1)()",
        "x if y else z",
        "'text'.join(x)",
        "u +",
    ],
)
def test_nothing_but_arithmetic_is_admitted(expression: str) -> None:
    with pytest.raises(BoundError):
        value(expression, x=1.0, y=1.0, z=1.0)


def test_an_unknown_name_is_an_error_that_shows_the_formula() -> None:
    with pytest.raises(BoundError, match=r"'v' is not defined in the bound '2\*v'"):
        value("2*v")


def test_a_function_without_a_stated_bound_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    language.of_reference.cache_clear()
    monkeypatch.setattr(reference.relu, "__doc__", None)
    with pytest.raises(BoundError, match="python -OO"):
        language.of_reference("relu")


@pytest.mark.parametrize("name", NAMES)
def test_casting_rounds_to_nearest_even_and_overflows_to_infinity(name: str) -> None:
    u = FORMATS[name].u
    assert cast([1 + u, 1 + 3 * u], name).astype(np.float64).tolist() == [1.0, 1 + 4 * u]
    if name != "float64":
        assert np.isinf(cast(FORMATS[name].maximum * 2, name).astype(np.float64))


def test_a_dtype_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'float8'"):
        dtype_of("float8")


def test_a_case_shares_its_truth_with_one_of_the_same_numbers_in_another_dtype() -> None:
    narrow, single, wide, other = (
        Case("", "softmax", (cast(values, dtype),), {"axis": -1})
        for values, dtype in (
            *(([0.5, 1], name) for name in ("bfloat16", "float32", "float64")),
            ([0.5, 2], "float64"),
        )
    )
    assert narrow.key == wide.key != other.key
    assert truth.truth(narrow)[0] is truth.truth(single)[0]
    assert truth.true_answer(narrow) is truth.true_answer(wide)
    assert dataclasses.replace(wide, parameters={"axis": 0}).key != wide.key
    assert dataclasses.replace(wide, arguments=([wide.arguments[0]],)).key != wide.key


def test_a_case_beyond_the_limit_or_with_other_arguments_has_a_key_of_its_own() -> None:
    def case(size: int) -> Case:
        return Case("", "relu", (np.zeros(size),))

    assert case(1024).key == case(1024).key
    assert case(1025).key != case(1025).key
    assert dataclasses.replace(case(1), same_as=(np.zeros(1),)).key != case(1).key


@pytest.mark.parametrize(
    "expression",
    [
        *("x[0]", "x.size", "'x'", "True", "1j", "[1]", "lambda: 1", "x if y else u", "f'{x}'"),
        *("x // y", "x % y", "x | y", "x << 2", "not x", "+x", "~x", "x and y", "x is y"),
        *("1 < x < 2", "x in y", "", "1 +", "x\x00", "(" * 500 + "1" + ")" * 500, "-" * 9000 + "1"),
    ],
)
def test_what_is_no_arithmetic_is_refused_with_the_expression(expression: str) -> None:
    with pytest.raises(BoundError) as refused:
        language.compiled(expression)
    assert repr(expression) in str(refused.value)
