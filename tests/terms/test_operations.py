"""An operation's record says what its signature and docstring say, and a gap there is an error."""

import re
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import ArrayLike

from nnspec import reference
from nnspec.conformance.bounds import language
from nnspec.conformance.terms.operations import OPERATIONS, _described, axes_of

# Words of the language of bounds that run over the operation's axes; `n` counts what they run over.
REDUCTIONS = re.compile(r"\bn\b|\b(?:sum|mean|log_softmax|softmax)\(")


def with_shapes(stated: str) -> ModuleType:
    """Return a reference of one operation, `loss(logits, labels)`, whose docstring has Shapes."""

    def loss(logits: ArrayLike, labels: ArrayLike) -> None: ...

    loss.__module__ = f"{reference.__name__}.losses"
    loss.__doc__ = f"A loss.\n\nShapes\n    {stated}\nRaises\n    Nothing, axis 7.\n"
    module = ModuleType(reference.__name__)
    vars(module)["loss"] = loss
    return module


def test_a_record_says_what_signature_and_shapes_say() -> None:
    adam, labelled = OPERATIONS["adam"], OPERATIONS["sparse_softmax_cross_entropy"]
    assert (adam.page, adam.arguments) == ("adaptive", ("gradient", "params", "steps"))
    assert adam.parameters == ("learning_rate", "beta1", "beta2", "epsilon")
    assert (adam.callbacks, adam.lists) == (("gradient",), ("gradient", "params"))
    assert (adam.sizes, labelled.indices) == (("steps",), ("labels",))
    assert (adam.steps, adam.trains, adam.random, adam.elementwise) == (True, True, False, False)
    assert OPERATIONS["newton"].lists == ("gradient", "params")
    assert OPERATIONS["minibatch_descent"].indices == ("batches",)
    assert OPERATIONS["zeros"].sizes == ("shape",)


OF_INDICES = {"draws", "minibatches"}


def test_answers_are_indices_or_have_a_dtype() -> None:
    assert {name for name, each in OPERATIONS.items() if each.answers_indices} == OF_INDICES
    assert {name for name, each in OPERATIONS.items() if not each.has_dtype} == OF_INDICES


def test_newton_and_what_decomposes_is_asked_in_wide_formats_alone() -> None:
    for name in ("newton", "pca", "whiten"):
        assert OPERATIONS[name].asked_in("float32")
        assert not OPERATIONS[name].asked_in("float16")
    assert OPERATIONS["center"].asked_in("bfloat16")


def test_an_operation_whose_sums_run_along_rows_says_so() -> None:
    assert {name for name, each in OPERATIONS.items() if each.rows} == {
        "one_hot_cross_entropy",
        "one_hot_cross_entropy_clipped",
        "softmax_cross_entropy",
        "softmax_cross_entropy_vjp",
        "sparse_softmax_cross_entropy",
        "sparse_softmax_cross_entropy_vjp",
    }


def test_axes_are_chosen_by_parameters_else_the_operation_s_own() -> None:
    matrix, image = np.zeros((2, 3)), np.zeros((2, 3, 4, 5))
    assert axes_of("softmax", (matrix,), {"axis": np.int64(1)}) == (1,)
    assert axes_of("center", (image, image), {"axes": (0, 2, 3)}) == (0, 2, 3)
    assert axes_of("batch_norm_train", (matrix,), {}) == (0,)
    assert axes_of("batch_norm_train", (image,), {}) == (0, 2, 3)
    assert axes_of("sum_squared_error", (matrix, matrix), {}) is None


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_bound_that_sums_over_dimensions_with_names_has_axes(operation: str) -> None:
    bound, record = language.of_reference(operation), OPERATIONS[operation]
    stated = " ".join((getattr(reference, operation).__doc__ or "").partition("Shapes")[2].split())
    summing = any(
        REDUCTIONS.search(expression)
        for expression in (bound.expression, *(value for _, value in bound.definitions))
    )
    if summing and not bound.running and stated.startswith(f"{record.arguments[0]}: ("):
        assert record.axes is not None or {"axis", "axes"} & set(record.parameters), (
            f"the Shapes of reference.{operation} must say 'Sums run along axis …'"
        )


@pytest.mark.parametrize(
    ("stated", "axes"),
    [
        ("logits: (m, k). Sums run along axis -1.", (-1,)),
        ("logits: (m, k); answer\n    (m,). Sums run along axes 0, 2\n    and 3.", (0, 2, 3)),
        ("logits: (m, k).", None),
    ],
)
def test_shapes_name_axes(
    monkeypatch: pytest.MonkeyPatch, stated: str, axes: tuple[int, ...] | None
) -> None:
    monkeypatch.setattr("nnspec.conformance.terms.operations.reference", with_shapes(stated))
    assert _described("loss").axes == axes


@pytest.mark.parametrize("stated", ["Sums run along k.", "The sums run along axis 0."])
def test_axes_in_other_words_are_an_error(monkeypatch: pytest.MonkeyPatch, stated: str) -> None:
    monkeypatch.setattr("nnspec.conformance.terms.operations.reference", with_shapes(stated))
    with pytest.raises(ValueError, match=r"must say 'Sums run along axis 0\.'"):
        _described("loss")


@pytest.mark.parametrize(
    ("stated", "elementwise"),
    [
        ("logits: any shape; labels and answer like logits.", True),
        ("logits: any shape; labels like logits; answer like logits, never itself.", True),
        ("logits: any shape; labels: (); answer like logits.", False),
        ("logits: (m, k); labels and answer like logits.", False),
        ("logits: any shape; labels like logits; answer: ().", False),
    ],
)
def test_elementwise_is_what_has_one_shape_for_all(
    monkeypatch: pytest.MonkeyPatch, *, stated: str, elementwise: bool
) -> None:
    monkeypatch.setattr("nnspec.conformance.terms.operations.reference", with_shapes(stated))
    assert _described("loss").elementwise == elementwise
