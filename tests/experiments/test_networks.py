"""Networks learn the digits, and the clauses tell how that goes.

Sums in another order change the last digits of a loss, and a training magnifies them: the numbers
of trainings may differ by more than the printed digit, and shares of wrong labels by few images.
"""

from functools import cache

import numpy as np
import pytest

from nnspec import reference
from tests.experiments.digits import (
    Array,
    Images,
    Network,
    epochs_to,
    images,
    network,
    raw,
    trained,
)
from tests.experiments.normalized import PLACES, learned, stack
from tests.experiments.told import tells, told

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

# A percentage of the 360 images for testing may differ by four images.
FOUR = 100 * 4 / 360


def wrong(found: Network) -> float:
    """Return how many of 100 images for testing get a wrong label."""
    return 100 * found.error(images()[1])


def along_all(start: Network, steps: int, method=reference.gradient_descent, **given) -> float:
    """Return the loss after steps along the gradient of all images for training."""
    train, _ = images()
    taken = method(lambda params: start.put(params).gradient(train), start.params, steps, **given)
    return start.put(list(taken)[-1]).loss(train)


@cache
def deep(kind: str, rate: float) -> list[Network]:
    return trained(network(kind, (64,) * 4), 20, learning_rate=rate)


def test_rectifiers_learn_faster_at_one_rate_and_slower_at_another() -> None:
    at = {
        (kind, rate): epochs_to(0.1, deep(kind, rate))
        for kind in ("relu", "tanh")
        for rate in (0.1, 0.5)
    }
    first = "the loss of rectifiers falls below 0.1 in epoch #, and that of hyperbolic tangents in"
    assert told("relu/speed", f"{first} epoch #.") == [at["relu", 0.1], at["tanh", 0.1]]
    told("relu/speed", "Sigmoids do not get there in # epochs.")
    assert epochs_to(0.1, deep("sigmoid", 0.1)) is None
    second = "at 0.5, rectifiers need # epochs and hyperbolic tangents #."
    assert told("relu/speed", second) == [at["relu", 0.5], at["tanh", 0.5]]


def test_advice_holds_for_the_networks_that_the_clause_names() -> None:
    tenth, ninety = told(
        "activations/advice",
        "give # % of the test images a wrong label, with rectifiers and with hyperbolic tangents. "
        "With sigmoids it is # %",
    )
    for kind, share in (("relu", tenth), ("tanh", tenth), ("sigmoid", ninety)):
        assert wrong(deep(kind, 0.1)[-1]) == pytest.approx(share, abs=FOUR)


def zeros(place: str) -> tuple[float, float, float]:
    """Return how many of 100 outputs of a last layer are 0, and how many of its units nearly always
    and nearly never."""
    last = stack(place, (64,) + (512,) * 6 + (10,)).hidden(images()[0].x)[-1][2]
    share = np.mean(last == 0, axis=0)
    found = (share.mean(), np.mean(share > 0.99), np.mean(share < 0.01))
    return tuple(100 * float(each) for each in found)


def test_half_of_the_outputs_stay_0_and_normalization_shares_them_out() -> None:
    of_all, always, never = zeros("none")
    told_all = told(
        "relu/half-zeros",
        "In the last layer, # % of the outputs are 0. There # % of the units are 0 for more than "
        "99 of 100 images, and # % for fewer than 1 of 100.",
    )
    assert told_all == [round(of_all), round(always), round(never)]
    normalized = zeros("before")
    assert told("relu/half-zeros", "before the rectifiers, # % of the outputs are 0") == [
        round(normalized[0])
    ]
    assert normalized[1:] == (0, 0)


def test_no_optimizer_of_three_wins_by_more_than_seeds_differ() -> None:
    def errors(method, **given) -> list[float]:
        return [
            wrong(trained(network("relu", (64, 64), seed), 10, method, seed, **given)[-1])
            for seed in range(3)
        ]

    weights = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    found = {
        "descent": errors(reference.gradient_descent, learning_rate=0.5),
        "momentum": errors(reference.momentum, learning_rate=0.05, momentum=0.9),
        "adam": errors(reference.adam, learning_rate=0.003, **weights),
        "customary": errors(reference.adam, learning_rate=0.001, **weights),
    }
    means = {name: float(np.mean(each)) for name, each in found.items()}
    first = "gradient descent gives # % of the test images a wrong label on average, momentum # %, "
    three = told("adam/good", f"{first}and Adam at the best of four # %.")
    best = [means["descent"], means["momentum"], means["adam"]]
    assert three == pytest.approx(best, abs=FOUR)
    (spread,) = told("adam/good", "Seeds of one method differ by up to # points.")
    assert spread == pytest.approx(max(map(np.ptp, found.values())), abs=2 * FOUR)
    assert np.ptp(best) < spread
    assert told("adam/good", "customary rate of 0.001 gives # %.") == pytest.approx(
        [means["customary"]], abs=FOUR
    )


def test_momentum_helps_a_deep_network() -> None:
    start = network("relu", (32,) * 8)
    plain = min(along_all(start, 100, learning_rate=rate) for rate in (0.1, 0.2, 0.3))
    helped = min(
        along_all(start, 100, reference.momentum, learning_rate=rate, momentum=0.9)
        for rate in (0.02, 0.05, 0.1)
    )
    sentence = "the loss is # without momentum, and # with the momentum 0.9."
    tells("momentum/deep-networks", sentence, [plain, helped], within=0.1)


def test_a_step_lowers_the_loss_or_raises_it_by_its_length() -> None:
    start = network("relu", (64,))
    found = [start.loss(images()[0])]
    found += [along_all(start, 1, learning_rate=rate) for rate in (1.0, 4.0)]
    sentence = (
        "begins with the loss # on all the digits for training. A step along their gradient leads "
        "to # at the rate 1, and to # at the rate 4."
    )
    tells("gradient_descent/descent", sentence, found, within=0.005)


def test_many_cheap_steps_do_what_as_many_exact_ones_do() -> None:
    start = network("relu", (64,))
    cheap = trained(start, 10, learning_rate=0.1)[-1].loss(images()[0])
    sentence = "are # steps and lead to the loss #. As many steps along the gradient of all images"
    tells("minibatch_descent/cheap-steps", sentence, [450, cheap])
    exact = along_all(start, 450, learning_rate=0.1)
    sentence = f"{sentence.partition('. ')[2]} lead to #, and cost # times as much."
    tells("minibatch_descent/cheap-steps", sentence, [exact, 45])
    few = along_all(start, 10, learning_rate=0.1)
    best = min(along_all(start, 10, learning_rate=rate) for rate in (0.1, 0.3, 0.5, 1.0, 2.0))
    sentence = "Ten such steps, which cost the same, lead to #, and to # at the best of five rates."
    tells("minibatch_descent/cheap-steps", sentence, [few, best])


@pytest.mark.parametrize(
    ("hidden", "sentence"),
    [
        ((), "a network without hidden layers gives # % of the test digits a wrong label."),
        ((8,), "With one hidden layer of 8 rectifiers it is # %"),
        ((128,), "of 128 # %"),
        ((512,), "of 512 # %"),
        ((32,) * 2, "With two layers of 32 it is # %"),
        ((32,) * 8, "and with eight # %"),
    ],
)
def test_neither_width_nor_depth_answers_the_question(
    hidden: tuple[int, ...], sentence: str
) -> None:
    (share,) = told("mlp/four-questions", sentence)
    found = wrong(trained(network("relu", hidden), 10, learning_rate=0.1)[-1])
    assert share == pytest.approx(found, abs=FOUR)


def test_sixteen_layers_of_this_network_do_not_learn_well() -> None:
    (most,) = told("mlp/four-questions", "With sixteen, more than # % are wrong.")
    assert wrong(trained(network("relu", (32,) * 16), 10, learning_rate=0.1)[-1]) > most


def apart(first: Network, second: Network) -> list[float]:
    """Return the distance of the weights of each layer, on the scale of the second."""
    pairs = zip(first.weights, second.weights, strict=True)
    return [float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in pairs]


def test_weights_stay_near_their_initial_values() -> None:
    starts = [network("relu", (128,) * 3, seed) for seed in (0, 1)]
    ends = [
        trained(start, 12, seed=seed, learning_rate=0.1)[-1] for seed, start in enumerate(starts)
    ]
    tells("mlp/weights-stay", "to the loss #. The", [ends[0].loss(images()[0])], within=0.1)
    layers = told("mlp/weights-stay", "of its layers is #, #, # and #.")
    assert layers == pytest.approx(apart(ends[0], starts[0]), abs=0.01)
    (far,) = told("mlp/weights-stay", "From another seed it ends # away in each layer")
    assert apart(ends[0], ends[1]) == pytest.approx([far] * 4, abs=0.05)


def test_normalization_helps_in_either_place() -> None:
    train, _ = images()
    widths = (64,) + (64,) * 8 + (10,)
    losses = [learned(stack(place, widths), 5, 0.1).loss(train) for place in PLACES]
    sentence = (
        "Their loss is # without normalization, # with it before the rectifiers, and # with it "
        "behind them."
    )
    tells("normalization/placement", sentence, losses, within=0.25)
    with np.errstate(all="ignore"):
        fast = [learned(stack(place, widths), 5, 0.5).loss(train) for place in PLACES]
    assert np.isnan(fast[0])
    assert max(fast[1:]) < 0.2
    told("normalization/placement", "At the rate 0.5, the network without it ends in NaN")


def without_hidden(shown: tuple[Images, Images], rate: float) -> float:
    """Return how many of 100 test images a classifier of these images labels wrong."""
    found = trained(network("relu", ()), 20, learning_rate=rate, shown=shown[0])[-1]
    return 100 * found.error(shown[1])


def test_pixels_as_they_are_need_small_rates_and_lose_little_by_them() -> None:
    def stable(x: Array) -> float:
        return 2 / np.linalg.eigvalsh(x.T @ x / len(x))[-1]

    sentence = "is stable to the rate # on pixels from 0 to 16, and to # on standardized ones."
    found = [stable(raw()[0].x), stable(images()[0].x)]
    tells("standardize/small-changes", sentence, found)
    shares = told(
        "standardize/small-changes",
        "gives # % of the test images a wrong label on pixels at the rate 0.03, and # % on "
        "standardized ones at 0.3.",
    )
    found = [without_hidden(raw(), 0.03), without_hidden(images(), 0.3)]
    assert shares == pytest.approx(found, abs=FOUR)
