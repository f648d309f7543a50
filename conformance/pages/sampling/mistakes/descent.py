"""Mistakes of minibatch descent: means over the wrong number of samples, wrong points."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.mistakes import mistake

Array = NDArray[Any]
Lists = list[Array]
Gradient = Callable[..., Lists]


def _sum(samples: Sequence[Lists]) -> Lists:
    return [np.sum(np.stack(each), axis=0) for each in zip(*samples, strict=True)]


def _descended(
    gradient: Gradient,
    params: Lists,
    batches: Sequence[Array],
    rate: float,
    divisor: Callable[[int, int], float],
) -> Iterator[Lists]:
    """Descend along the sum of each batch's gradients over divisor(its length, the first's)."""
    for batch in batches:
        total = _sum([gradient(params, int(index)) for index in batch])
        params = [
            p - rate * s / divisor(len(batch), len(batches[0]))
            for p, s in zip(params, total, strict=True)
        ]
        yield [p.copy() for p in params]


@mistake("minibatch_descent/short-batch", "minibatch_descent/accuracy")
def divides_by_the_usual_length(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Divides the sum over a short batch by the length of a full one."""
    return _descended(gradient, params, batches, learning_rate, lambda _, usual: usual)


@mistake("minibatch_descent/accuracy", "minibatch_descent/variance")
def averages_the_means_of_unequal_parts(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Averages the mean gradients of a third of the batch and of the rest without weights."""
    for batch in batches:
        parts = [part for part in (batch[: len(batch) // 3], batch[len(batch) // 3 :]) if len(part)]
        means = [
            [s / len(part) for s in _sum([gradient(params, int(index)) for index in part])]
            for part in parts
        ]
        params = [
            p - learning_rate * s / len(parts) for p, s in zip(params, _sum(means), strict=True)
        ]
        yield [p.copy() for p in params]


@mistake(
    "minibatch_descent/accuracy", "minibatch_descent/unbiasedness", "minibatch_descent/variance"
)
def divides_by_one_less(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Divides by the length less one, as for a variance."""
    return _descended(
        gradient, params, batches, learning_rate, lambda length, _: max(length - 1, 1)
    )


@mistake(
    "minibatch_descent/accuracy",
    "minibatch_descent/single-samples",
    "minibatch_descent/unbiasedness",
    "minibatch_descent/variance",
)
def climbs(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Adds the step instead of subtracting it."""
    return _descended(gradient, params, batches, -learning_rate, lambda length, _: length)


@mistake("minibatch_descent/short-batch")
def leaves_the_short_batch_out(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Takes no step for a last batch that is not full."""
    full = [batch for batch in batches if len(batch) >= len(batches[0])]
    return _descended(gradient, params, full, learning_rate, lambda length, _: length)


@mistake(
    "minibatch_descent/accuracy",
    "minibatch_descent/single-samples",
    "minibatch_descent/short-batch",
)
def forgets_to_set_gradients_to_zero(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Adds each batch's mean gradient to those before it."""
    kept = [np.zeros_like(p) for p in params]
    for batch in batches:
        total = _sum([gradient(params, int(index)) for index in batch])
        kept = [k + s / len(batch) for k, s in zip(kept, total, strict=True)]
        params = [p - learning_rate * k for p, k in zip(params, kept, strict=True)]
        yield [p.copy() for p in params]


@mistake("minibatch_descent/samples")
def moves_after_each_sample(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Takes a part of the step after each sample, and asks for the next gradient there."""
    for batch in batches:
        for index in batch:
            found = gradient(params, int(index))
            params = [
                p - learning_rate / len(batch) * g for p, g in zip(params, found, strict=True)
            ]
        yield [p.copy() for p in params]


@mistake("minibatch_descent/samples")
def asks_at_the_first_parameters(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Asks for every gradient at the parameters that it was given at the beginning."""
    first = params
    for batch in batches:
        total = _sum([gradient(first, int(index)) for index in batch])
        params = [p - learning_rate * s / len(batch) for p, s in zip(params, total, strict=True)]
        yield [p.copy() for p in params]


@mistake("minibatch_descent/samples")
def asks_one_batch_behind(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Asks at the parameters before the last step, as a worker does that was not told of it."""
    stale = params
    for batch in batches:
        total = _sum([gradient(stale, int(index)) for index in batch])
        stale, params = (
            params,
            [p - learning_rate * s / len(batch) for p, s in zip(params, total, strict=True)],
        )
        yield [p.copy() for p in params]


@mistake("minibatch_descent/samples")
def asks_for_places_instead_of_indices(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Asks for the first samples of the set in every batch."""
    places = [np.arange(len(batch)) for batch in batches]
    return _descended(gradient, params, places, learning_rate, lambda length, _: length)


@mistake("minibatch_descent/samples")
def asks_for_indices_from_one(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Adds 1 to every index."""
    return _descended(
        gradient, params, [batch + 1 for batch in batches], learning_rate, lambda length, _: length
    )


@mistake("minibatch_descent/samples", "minibatch_descent/variance")
def looks_at_one_sample_of_the_batch(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Descends along the gradient of the batch's first sample alone."""
    return _descended(
        gradient, params, [batch[:1] for batch in batches], learning_rate, lambda length, _: length
    )


@mistake("minibatch_descent/samples", "minibatch_descent/short-batch")
def takes_the_last_sample_again(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Fills a short batch up with its last sample."""
    full = [
        np.concatenate([batch, np.repeat(batch[-1:], max(len(batches[0]) - len(batch), 0))])
        for batch in batches
    ]
    return _descended(gradient, params, full, learning_rate, lambda length, _: length)


@mistake("minibatch_descent/repeated-samples")
def counts_a_repeated_sample_once(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Takes a batch for a set, which holds no sample twice."""
    sets = [np.unique(batch) for batch in batches]
    return _descended(gradient, params, sets, learning_rate, lambda length, _: length)


@mistake("minibatch_descent/repeated-samples")
def answers_a_repeated_sample_from_a_table(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Keeps gradients by their sample, and adds up the table."""
    for batch in batches:
        asked = {int(index): gradient(params, int(index)) for index in batch}
        total = _sum(list(asked.values()))
        params = [p - learning_rate * s / len(batch) for p, s in zip(params, total, strict=True)]
        yield [p.copy() for p in params]


@mistake("minibatch_descent/no-batches")
def yields_the_first_parameters(
    gradient: Gradient, params: Lists, batches: Sequence[Array], *, learning_rate: float
) -> Iterator[Lists]:
    """Yields the parameters that it was given before the first step."""
    yield [p.copy() for p in params]
    yield from _descended(gradient, params, batches, learning_rate, lambda length, _: length)
