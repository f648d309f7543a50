"""A function may take the arrays of any library that keeps to the array API standard."""

import nnspec
from tests.interface import tiny

FEW = {"only": "softmax/accuracy", "dtypes": "float32"}


def softmax(x, *, axis):
    e = tiny.exp(x - tiny.max(x, axis=axis, keepdims=True))
    return e / tiny.sum(e, axis=axis, keepdims=True)


def by_the_standard(x, *, axis):
    xp = x.__array_namespace__()
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)


def test_the_code_of_a_function_tells_its_library() -> None:
    verdict = nnspec.check(softmax, "softmax", **FEW)
    assert verdict
    assert verdict.arrays == ("arrays of tests.interface.tiny (its code uses tests.interface.tiny)")


def test_a_keyword_goes_before_what_the_code_tells() -> None:
    assert nnspec.check(by_the_standard, "softmax", **FEW).arrays.startswith("NumPy arrays")
    verdict = nnspec.check(by_the_standard, "softmax", arrays="tests.interface.tiny", **FEW)
    assert verdict
    assert verdict.arrays == "arrays of tests.interface.tiny (as you say)"
    denied = nnspec.check(softmax, "softmax", arrays="numpy", **FEW)
    assert not denied
    assert "TypeError" in str(denied)


def test_the_library_of_an_annotation_is_given() -> None:
    def annotated(x: "np.ndarray", *, axis: int) -> "np.ndarray":  # noqa: F821  a name is enough
        return tiny.asarray(x) and softmax(tiny.asarray(x), axis=axis)

    verdict = nnspec.check(annotated, "softmax", **FEW)
    assert verdict
    assert verdict.arrays == "NumPy arrays (its annotation says so)"
