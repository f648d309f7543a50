"""All orders are equally likely, and descent along exact means is exact."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from nnspec import reference


def gradients(rows):
    return lambda _, index: [np.asarray(rows[index], dtype=np.float64)]


@pytest.mark.parametrize(
    ("arguments", "seed", "error", "says"),
    [
        ((-1, 2), 0, ValueError, "count must be at least 0; got -1"),
        ((3, 0), 0, ValueError, "batch_size must be at least 1; got 0"),
        ((3, 2), -1, ValueError, "seed must be at least 0; got -1"),
        ((3, 2), 2**32, ValueError, r"seed must be below 2\^32; got 4294967296"),
        ((3.0, 2), 0, TypeError, "count must be an integer; got float"),
        ((3, True), 0, TypeError, "batch_size must be an integer; got bool"),
    ],
)
def test_sizes_and_seeds_that_are_none_are_refused(arguments, seed, error, says: str) -> None:
    with pytest.raises(error, match=says):
        reference.minibatches(*arguments, seed=seed)


@pytest.mark.parametrize(
    ("arguments", "seed", "error", "says"),
    [
        ((0, 2, 1), 0, ValueError, "count must be at least 1; got 0"),
        ((3, 0, 1), 0, ValueError, "batch_size must be at least 1; got 0"),
        ((3, 2, -1), 0, ValueError, "batch_count must be at least 0; got -1"),
        ((3, 2, 1), 2**32, ValueError, r"seed must be below 2\^32; got 4294967296"),
        ((3, 2, 1.0), 0, TypeError, "batch_count must be an integer; got float"),
    ],
)
def test_requests_that_are_none_are_refused(arguments, seed, error, says: str) -> None:
    with pytest.raises(error, match=says):
        reference.draws(*arguments, seed=seed)


def test_draws_fill_every_batch_and_none_is_an_empty_list() -> None:
    assert reference.draws(3, 4, 0, seed=1) == []
    found = reference.draws(2, 5, 3, seed=2**32 - 1)
    assert [(batch.dtype, batch.shape) for batch in found] == [(np.int64, (5,))] * 3
    assert not np.shares_memory(found[0], found[1])
    assert [batch.tolist() for batch in reference.draws(1, 2, 2, seed=0)] == [[0, 0], [0, 0]]


def test_draws_of_a_set_that_float64_cannot_count_reach_its_ends() -> None:
    (drawn,) = reference.draws(2**62, 4096, 1, seed=5)
    assert drawn.min() < 2**62 // 256
    assert drawn.max() >= 2**62 - 2**62 // 256


@pytest.mark.parametrize(
    ("batch", "error", "says"),
    [
        ([0.0, 1.0], TypeError, r"batches\[0\] must hold integers; got dtype float64"),
        (
            np.zeros((1, 2), dtype=np.int64),
            ValueError,
            r"batches\[0\] must be a vector of one index or more; got shape \(1, 2\)",
        ),
        (np.zeros(0, dtype=np.int64), ValueError, r"got shape \(0,\)"),
    ],
)
def test_a_batch_that_is_none_is_refused(batch, error, says: str) -> None:
    with pytest.raises(error, match=says):
        reference.minibatch_descent(
            gradients([[1.0], [2.0]]), [np.ones(1)], [batch], learning_rate=0.5
        )


def test_parameters_and_gradients_of_other_shapes_are_refused() -> None:
    with pytest.raises(TypeError, match="params must be a list or tuple of arrays; got ndarray"):
        reference.minibatch_descent(gradients([[1.0]]), np.ones(1), [[0]], learning_rate=0.5)
    with pytest.raises(
        ValueError,
        match=r"gradient must answer arrays of the shapes of params, \[\(2,\)\]; got \[\(1,\)\]",
    ):
        list(
            reference.minibatch_descent(gradients([[1.0]]), [np.ones(2)], [[0]], learning_rate=0.5)
        )


def test_batches_of_an_epoch_share_no_memory() -> None:
    first, second = reference.minibatches(4, 2, seed=3)
    assert first.dtype == second.dtype == np.int64
    assert first.base is None
    assert not np.shares_memory(first, second)


def test_every_order_of_three_comes_as_often_as_any_other() -> None:
    count = dict.fromkeys(itertools.permutations(range(3)), 0)
    for seed in range(1200):
        count[tuple(np.concatenate(reference.minibatches(3, 2, seed=seed)).tolist())] += 1
    # Six standard deviations of a binomial count of 1200 draws at 1/6.
    assert max(abs(each - 200) for each in count.values()) <= 6 * (1200 * 5 / 36) ** 0.5


def test_the_mean_over_all_batches_is_the_step_of_the_whole_set_in_rational_numbers() -> None:
    rows = [[3.0, -1.5], [0.25, 8.0], [-7.0, 2.0], [1.0, 1.0], [0.5, -0.125]]
    steps = [
        next(
            iter(
                reference.minibatch_descent(
                    gradients(rows), [np.zeros(2)], [list(batch)], learning_rate=1.0
                )
            )
        )[0]
        for batch in itertools.combinations(range(5), 2)
    ]
    for place in range(2):
        mean = sum(Fraction(step[place]) for step in steps) / len(steps)
        assert mean == -sum(Fraction(row[place]) for row in rows) / 5


def test_what_was_yielded_stays_and_the_callback_sees_copies() -> None:
    seen = []

    def gradient(point, _):
        seen.append(point[0].copy())
        point[0][...] = np.nan
        return [np.ones(2)]

    start = np.zeros(2)
    yielded = list(reference.minibatch_descent(gradient, [start], [[0, 1], [2]], learning_rate=0.5))
    assert [step[0].tolist() for step in yielded] == [[-0.5, -0.5], [-1.0, -1.0]]
    assert [point.tolist() for point in seen] == [[0.0, 0.0], [0.0, 0.0], [-0.5, -0.5]]
    assert start.tolist() == [0.0, 0.0]
