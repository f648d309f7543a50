"""The preprocessing against known answers, its errors, and its inputs' properties."""

import math

import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.pages.layouts import SETS
from nnspec.conformance.pages.preprocessing.checks import aligned
from nnspec.conformance.pages.preprocessing.inputs import sets as inputs
from nnspec.conformance.terms.formats import cast
from nnspec.conformance.terms.operations import WIDE

DESIGNED = inputs.designed(16, 5, mean=(1.5, -0.5, 0.25, 2.0, -1.0))
COMPONENTS = inputs.rotation(5)[:, :4]
SPECTRAL = [
    case
    for operation in ("pca", "whiten")
    for dtype in inputs.WIDE_FORMATS
    for name, make in SETS["preprocessing"].items()
    if name not in ("recipes", "constants", "factors", "near-constants", "lengths")
    for case in make(operation, dtype)
]


def test_the_scores_of_a_designed_training_set_are_its_design() -> None:
    scores = reference.pca(DESIGNED, DESIGNED, components=4)
    exact = inputs.walsh(16, 4) * [4.0, 3.0, 2.0, 1.0]
    np.testing.assert_allclose(aligned(scores, exact), exact, atol=1e-14)
    white = reference.whiten(DESIGNED, DESIGNED, components=4)
    np.testing.assert_allclose(
        aligned(white, exact), inputs.walsh(16, 4) * math.sqrt(15 / 16), atol=1e-14
    )


def test_components_have_a_sign_that_rounding_does_not_sway() -> None:
    scores = reference.pca(DESIGNED, np.eye(5) + DESIGNED.mean(axis=0), components=4)
    assert np.all(
        np.take_along_axis(
            scores,
            np.argmax(np.abs(scores) > 0.6 * np.abs(scores).max(axis=0), axis=0)[None],
            axis=0,
        )
        > 0
    )
    for nudge in (1 + 2.0**-40, 1 - 2.0**-40):
        np.testing.assert_allclose(
            reference.pca(DESIGNED * nudge, DESIGNED, components=4),
            reference.pca(DESIGNED, DESIGNED, components=4),
        )


def test_components_are_those_of_the_rotation() -> None:
    np.testing.assert_array_equal(COMPONENTS.T @ COMPONENTS, np.eye(4))
    assert not np.array_equal(inputs.rotation(5), inputs.rotation(5).T)
    probe = reference.pca(DESIGNED, np.eye(5) + DESIGNED.mean(axis=0), components=4)
    np.testing.assert_allclose(np.abs(probe), np.abs(COMPONENTS), atol=1e-14)


@pytest.mark.parametrize("value", [14.62, 0.1, math.log(1e-5), 1e300, 5e-300])
@pytest.mark.parametrize("count", [2, 3, 100, 1000])
def test_a_constant_feature_is_exactly_zero_and_new_values_are_centered_and_left_unscaled(
    value: float, count: int
) -> None:
    train = np.full((count, 1), value)
    assert reference.standardize(train, [[value], [2 * value]], axes=(0,)).tolist() == [
        [0.0],
        [value],
    ]


@pytest.mark.parametrize("exponent", [-1000, -300, 0, 300, 1000])
def test_no_unit_is_too_small_or_too_large(exponent: int) -> None:
    train = np.array([[1.0], [2.0], [4.0]])
    plain = reference.standardize(train, train, axes=(0,))
    np.testing.assert_array_equal(
        reference.standardize(np.ldexp(train, exponent), np.ldexp(train, exponent), axes=(0,)),
        plain,
    )


def test_the_mean_image_and_the_mean_of_a_channel() -> None:
    images = np.arange(24.0).reshape(2, 3, 2, 2)
    np.testing.assert_array_equal(
        reference.center(images, images, axes=(0,))[0], np.full((3, 2, 2), -6.0)
    )
    channel = reference.center(images, images, axes=(0, -1, -2))
    np.testing.assert_array_equal(channel, reference.center(images, images, axes=(0, 2, 3)))
    np.testing.assert_array_equal(channel[:, 1], images[:, 1] - images[:, 1].mean())


def test_data_may_have_other_sizes_where_the_mean_is_taken_and_may_be_empty() -> None:
    assert reference.center(np.ones((2, 3, 4, 5)), np.ones((1, 3, 2, 2)), axes=(0, 2, 3)).shape == (
        1,
        3,
        2,
        2,
    )
    assert reference.standardize(np.eye(3), np.ones((0, 3)), axes=(0,)).shape == (0, 3)
    assert reference.pca(np.eye(3), np.ones((0, 3)), components=1).shape == (0, 1)


def test_nan_stays_with_its_feature_or_its_row() -> None:
    train, data = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[np.nan, 1.0], [1.0, 1.0]])
    assert np.isnan(reference.standardize(train, data, axes=(0,))).tolist() == [
        [True, False],
        [False, False],
    ]
    assert np.isnan(reference.standardize(data, train, axes=(0,))).tolist() == [
        [True, False],
        [True, False],
    ]
    assert np.isnan(reference.pca(train, data, components=1)).tolist() == [[True], [False]]


@pytest.mark.parametrize(
    ("axes", "error", "says"),
    [
        ((1,), ValueError, r"axes must contain 0, and each axis once; got \(1,\)"),
        ((), ValueError, "axes must contain 0"),
        ((0, -2), ValueError, r"each axis once; got \(0, -2\)"),
        ((0, 2), ValueError, "axis must be an axis of x, which has 2 dimensions; got 2"),
        ((0.0,), TypeError, "axis must be an integer; got float"),
    ],
)
def test_axes_that_make_no_statistic_are_refused(axes, error, says: str) -> None:
    for operation in (reference.center, reference.standardize):
        with pytest.raises(error, match=says):
            operation(np.eye(3), np.eye(3), axes=axes)


@pytest.mark.parametrize(
    ("components", "error", "says"),
    [
        (
            0,
            ValueError,
            "components must be between 1 and the rank of the centered train, 2; got 0",
        ),
        (3, ValueError, "the rank of the centered train, 2; got 3"),
        (1.0, TypeError, "components must be an integer; got float"),
        (True, TypeError, "got bool"),
    ],
)
def test_more_components_than_the_rank_are_refused(components, error, says: str) -> None:
    for operation in (reference.pca, reference.whiten):
        with pytest.raises(error, match=says):
            operation(np.eye(3), np.eye(3), components=components)


@pytest.mark.parametrize(
    ("train", "data", "says"),
    [
        (
            np.ones((2, 3)),
            np.ones((2, 4)),
            r"the same lengths but for axes \(0,\); got shapes \(2, 3\) and \(2, 4\)",
        ),
        (np.ones((2, 3)), np.ones(3), r"dimensions; got shapes \(2, 3\) and \(3,\)"),
        (np.ones((0, 3)), np.ones((2, 3)), r"train must not be empty; got shape \(0, 3\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(train, data, says: str) -> None:
    for operation, parameters in (
        (reference.center, {"axes": (0,)}),
        (reference.pca, {"components": 1}),
    ):
        with pytest.raises(ValueError, match=says):
            operation(train, data, **parameters)


def test_a_decomposition_needs_rows_of_finite_numbers_and_two_dimensions() -> None:
    with pytest.raises(ValueError, match="two or more rows of finite numbers; got 1 rows"):
        reference.pca(np.ones((1, 3)), np.ones((1, 3)), components=1)
    with pytest.raises(ValueError, match="finite numbers"):
        reference.whiten([[1.0], [np.nan]], [[1.0]], components=1)
    with pytest.raises(ValueError, match="both have 2 dimensions"):
        reference.pca(np.ones((2, 2, 2)), np.ones((2, 2, 2)), components=1)


def test_complex_numbers_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="data must hold real numbers"):
        reference.center(np.ones((2, 1)), np.ones((2, 1), dtype=complex), axes=(0,))


def test_what_is_decomposed_is_asked_for_in_wide_formats_alone() -> None:
    assert {"pca", "whiten"} <= set(WIDE)


@pytest.mark.parametrize(
    "case", SPECTRAL, ids=lambda case: f"{case.operation}-{case.name}-{case.arguments[0].dtype}"
)
def test_the_eigenvalues_of_every_training_set_are_a_quarter_apart(case) -> None:
    train, count = case.arguments[0].astype(np.float64), case.parameters["components"]
    eigenvalues = np.append(np.linalg.svd(train - train.mean(axis=0), compute_uv=False) ** 2, 0.0)
    assert np.all(eigenvalues[:count] >= 1.25 * eigenvalues[1 : count + 1] * (1 - 1e-6))
    graded = case.name == "graded"
    assert np.all(eigenvalues[:count] >= (16 if graded else 1) * eigenvalues[1 : count + 1])
    assert eigenvalues[count - 1] > 1e-18 * eigenvalues[0]


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_designed_training_sets_are_held_exactly(dtype: str) -> None:
    train = inputs.designed(8, 4)
    assert np.array_equal(cast(train, dtype).astype(np.float64), train)
    assert not train.sum(axis=0).any()
