"""Numbers drawn from a key: everywhere the same, to the last bit.

The raw words are those of Philox4x64-10, a generator that computes each word from a key and a
counter: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, SC 2011, doi:10.1145/2063384.2063405.
NumPy promises them for all versions, and promises nothing of its distributions. So numbers are made
of the words here, by integers and by arithmetic that IEEE 754 rounds in one way.
"""

import hashlib
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A number of float64 has so many binary digits.
_DIGITS = 53


def words(key: str, count: int) -> NDArray[np.uint64]:
    """Return the first words of a key's sequence: of counter 0, of counter 1, four words each.

    Philox takes the first 128 bits of the key's SHA-256, in little-endian order.
    """
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:16], "little")
    # NumPy adds 1 to the counter before it computes, so that the counter before 0 comes first.
    generator = np.random.Philox(key=number, counter=2**256 - 1)
    return np.asarray(generator.random_raw(count))


def uniform(key: str, shape: Sequence[int]) -> Array:
    """Return numbers of (-1, 1), odd multiples of 2⁻⁵³: each has all its digits, and none is 0."""
    odd = words(key, math.prod(shape))
    # In place: a million numbers are drawn for a large case.
    odd >>= np.uint64(63 - _DIGITS)
    odd |= np.uint64(1)
    whole = odd.view(np.int64)
    whole -= 2**_DIGITS
    drawn: Array = whole.astype(np.float64)
    drawn *= 2.0**-_DIGITS
    shaped: Array = drawn.reshape(shape)
    return shaped
