"""Batches of any size: their forms, their channels, and the smallest batch that finds a fault."""

import numpy as np

from nnspec import reference
from nnspec.conformance.pages import families
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import NAMES


def ladder(dtype: str) -> dict[str, Case]:
    found = families.sets("normalization", 1)["ladder"]("batch_norm_train", dtype)
    return {case.name: case for case in found}


def test_one_pixel_makes_no_image_and_the_channels_are_the_second_axis_of_others() -> None:
    found = ladder("float32")
    assert found["channels-17"].arguments[0].shape == (6, 17)
    assert found["height-17"].arguments[0].shape == (6, 5, 17, 1)
    assert found["channels-16-width-16"].arguments[0].shape == (6, 16, 1, 16)
    assert found["height-5-width-33"].arguments[0].shape == (6, 5, 5, 33)


def test_the_last_value_of_a_long_channel_has_a_share_of_its_variance_that_shows() -> None:
    for dtype in NAMES:
        asked = ladder(dtype)
        great = {"float32": "samples-100003", "float16": "samples-4097"}
        assert great.get(dtype, "samples-65537") in asked
        for name in asked.keys() & {
            *great.values(),
            "samples-65537",
            "samples-4096",
            "height-4096",
        }:
            x = asked[name].arguments[0].astype(np.float64)
            channels = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])
            whole, lacking = np.var(channels, axis=0), np.var(channels[:-1], axis=0)
            assert np.all(lacking < 0.95 * whole)
            assert np.all(whole > 0.125)


def test_the_eighth_channel_has_its_own_variance() -> None:
    x = np.stack([np.zeros(8), np.append(np.full(7, 2.0), 4.0)])
    y, _, variance = reference.batch_norm_train(
        x, np.ones(8), np.zeros(8), np.zeros(8), np.ones(8), momentum=1.0, epsilon=0.0
    )
    np.testing.assert_array_equal(y, np.stack([-np.ones(8), np.ones(8)]))
    np.testing.assert_array_equal(variance, np.append(np.ones(7), 4.0))
