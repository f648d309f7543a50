"""What tools ask of the suite, and what importing it costs."""

import subprocess
import sys

import pytest

import nnspec

pytestmark = pytest.mark.portable

LAZY = """
import sys
import nnspec
assert set(nnspec.__all__) <= set(dir(nnspec))
heavy = {"numpy", "scipy", "pytest", "hypothesis", "coverage", "rich", "pathlib", "pytest_cov"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
assert not [name for name in sys.modules if name.startswith("nnspec.")]
verdict = nnspec.check(lambda x: x, "identity", only="identity/accuracy")
assert verdict
assert not {"pytest", "hypothesis", "coverage", "pytest_cov"} & set(sys.modules)
"""


def test_importing_the_package_loads_nothing() -> None:
    # Coverage of a child process would load what must not be loaded.
    command = [sys.executable, "-c", LAZY]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=plain())
    assert ended.returncode == 0, ended.stderr


def plain() -> dict[str, str]:
    import os

    return {name: each for name, each in os.environ.items() if not name.startswith("COV")}


def test_every_name_of_the_interface_is_there_and_no_other() -> None:
    assert all(getattr(nnspec, name) is not None for name in nnspec.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'chekc'"):
        nnspec.chekc  # noqa: B018


def test_a_clause_is_explained_in_words() -> None:
    text = nnspec.explain("softmax/shift-invariance")
    assert text.startswith("softmax/shift-invariance  MUST  activations.md:")
    assert "exponentiates_without_a_shift" in text
    assert nnspec.explain("softmax").startswith("softmax  Softmax along one axis.\n\nCalled as\n")
    assert "\nsoftmax/accuracy  MUST" in nnspec.explain("softmax")
    with pytest.raises(ValueError, match="there is no clause"):
        nnspec.explain("sofmax")


def test_the_plan_is_a_list_of_cases() -> None:
    planned = nnspec.plan("softmax/shift-invariance", dtypes="float32")
    assert {each.clause.id for each in planned} == {"softmax/shift-invariance"}
    assert {each.dtype for each in planned} == {"float32"}
    (x,) = nnspec.inputs(planned[0].id)
    assert x.dtype == "float32"
    with pytest.raises(ValueError, match="there is no clause"):
        nnspec.plan("softmax/shift")


def test_the_inputs_of_an_optimizer_can_be_called() -> None:
    gradient, params, steps = nnspec.inputs("adam/accuracy[example,float64]")
    slopes = gradient([each.copy() for each in params])
    assert [each.shape for each in slopes] == [each.shape for each in params]
    assert steps == 3


def test_mistakes_and_vectors_are_those_of_an_operation() -> None:
    assert "exponentiates_without_a_shift" in {each.name for each in nnspec.mistakes("softmax")}
    assert {each["operation"] for each in nnspec.vectors("softmax")} == {"softmax"}
    with pytest.raises(ValueError, match="the nearest is softmax"):
        nnspec.mistakes("sofmax")


@pytest.mark.parametrize(
    "selection", ["softmax/accuracy[float32]", "activations/form[softmax,float32]", "relu[float32]"]
)
def test_a_selection_may_name_an_operation_or_a_dtype(selection: str) -> None:
    planned = nnspec.plan(selection)
    assert {each.dtype for each in planned} == {"float32"}
    assert len({each.operation for each in planned}) == 1
