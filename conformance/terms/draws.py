"""Numbers drawn from a key: everywhere the same, to the last bit.

The raw words are those of Philox4x64-10, a generator that computes each word from a key and a
counter: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, SC 2011, doi:10.1145/2063384.2063405.
NumPy promises them for all versions, and promises nothing of its distributions. So numbers are made
of the words here, by integers and by arithmetic that IEEE 754 rounds in one way.
"""

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A number of float64 has so many binary digits.
_DIGITS = 53

# Arrays of few numbers are remembered by their count, and larger ones by their bytes.
_FEW = 2**10
_BYTES = 2**26

# NumPy adds 1 to the counter before it computes, so that the counter before 0 comes first. The key
# of one generator is exchanged: to make another one takes ten times as long.
_GENERATOR = np.random.Philox(key=0, counter=2**256 - 1)
_STATE: Any = _GENERATOR.state
_LOCK, _HOLDING = threading.Lock(), threading.Lock()


def words(key: str, count: int) -> NDArray[np.uint64]:
    """Return the first words of a key's sequence: of counter 0, of counter 1, four words each.

    Philox takes the first 128 bits of the key's SHA-256, in little-endian order.
    """
    with _LOCK:
        _STATE["state"]["key"] = np.frombuffer(hashlib.sha256(key.encode()).digest()[:16], "<u8")
        _GENERATOR.state = _STATE
        return np.asarray(_GENERATOR.random_raw(count))


def uniform(key: str, shape: Sequence[int]) -> Array:
    """Return numbers of (-1, 1), odd multiples of 2⁻⁵³: each has all its digits, and none is 0.

    The array is read-only: the next call for these numbers returns the same one.
    """
    count = math.prod(shape)
    drawn = _uniform(key, count) if count <= _FEW else _HELD.of(key, count)
    return drawn.reshape(shape)


def _drawn(key: str, count: int) -> Array:
    odd = words(key, count)
    # In place: a million numbers are drawn for a large case.
    odd >>= np.uint64(63 - _DIGITS)
    odd |= np.uint64(1)
    whole = odd.view(np.int64)
    whole -= 2**_DIGITS
    drawn: Array = whole.astype(np.float64)
    drawn *= 2.0**-_DIGITS
    drawn.flags.writeable = False
    return drawn


# A case draws some numbers twice, and the case of these lengths in another format draws them again.
_uniform = lru_cache(maxsize=2**12)(_drawn)


class _Held:
    """The last numbers that were drawn of each key, as many as fit into `_BYTES`."""

    def __init__(self) -> None:
        self._arrays: OrderedDict[tuple[str, int], Array] = OrderedDict()
        self._bytes = 0

    def of(self, key: str, count: int) -> Array:
        """Return so many numbers of a key; draw them if they are not held."""
        name = key, count
        with _HOLDING:
            found = self._arrays.pop(name, None)
            if found is None:
                found = _drawn(key, count)
                self._bytes += found.nbytes
            self._arrays[name] = found
            while self._bytes > _BYTES:
                _, forgotten = self._arrays.popitem(last=False)
                self._bytes -= forgotten.nbytes
        return found


_HELD = _Held()
