"""Drawn numbers are made of the words of Philox4x64-10, and of nothing that a machine decides."""

import hashlib

import numpy as np
import pytest

from nnspec.conformance.terms import draws

# The known answers of the paper's own implementation, Random123: counter, key, first four words.
KNOWN = [
    (
        0,
        0,
        (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
    ),
    (
        2**256 - 1,
        2**128 - 1,
        (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
    ),
    (
        0x082EFA98EC4E6C89A4093822299F31D013198A2E03707344243F6A8885A308D3,
        0xBE5466CF34E90C6C452821E638D01377,
        (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
    ),
]

MASK = 2**64 - 1


def philox(counter: int, key: int) -> list[int]:
    """Return four words, computed with Python's integers as the paper's section 3.3 says."""
    a, b, c, d = ((counter >> shift) & MASK for shift in (0, 64, 128, 192))
    first, second = key & MASK, key >> 64
    for _ in range(10):
        left, right = a * 0xD2E7470EE14C6C93, c * 0xCA5A826395121157
        a, b, c, d = (right >> 64) ^ b ^ first, right & MASK, (left >> 64) ^ d ^ second, left & MASK
        first, second = (first + 0x9E3779B97F4A7C15) & MASK, (second + 0xBB67AE8584CAA73B) & MASK
    return [a, b, c, d]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_the_generator_gives_the_known_answers(
    counter: int, key: int, words: tuple[int, ...]
) -> None:
    assert philox(counter, key) == list(words)


def test_words_are_those_of_the_generator_from_counter_0_on() -> None:
    key = int.from_bytes(hashlib.sha256(b"a key").digest()[:16], "little")
    expected = [word for counter in range(3) for word in philox(counter, key)]
    assert draws.words("a key", 12).tolist() == expected
    assert draws.words("a key", 5).tolist() == expected[:5]
    assert draws.words("a key", 0).size == 0


def test_uniform_numbers_have_all_their_digits() -> None:
    drawn = draws.uniform("numbers", (100, 200))
    scaled = drawn * 2.0**53
    assert (scaled % 2 == 1).all()
    assert (np.abs(drawn) < 1).all()
    words = draws.words("numbers", 20_000)
    odd = [2 * (int(word) >> 11) + 1 - 2**53 for word in words]
    assert [int(each) for each in scaled.ravel()] == odd


def test_uniform_numbers_are_as_likely_in_every_part_of_their_range() -> None:
    counts, _ = np.histogram(draws.uniform("law", (160_000,)), bins=16, range=(-1, 1))
    # Chi squared with 15 degrees of freedom exceeds 71 in one of 10⁹ sequences.
    assert float(np.square(counts - 10_000.0).sum() / 10_000) < 71


def test_other_keys_have_other_numbers() -> None:
    assert not np.intersect1d(draws.uniform("a", (1000,)), draws.uniform("b", (1000,))).size
