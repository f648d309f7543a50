"""The floating-point formats of a certificate, each with the five numbers of its bounds."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAMES = ("float64", "float32", "float16", "bfloat16")

# The names of the formats of 16 bits.
NARROW = NAMES[2:]

# Reports say this instead of a dtype for an operation without one.
INTEGERS = "integers"

# The bits of a float64, from the highest: the sign, the exponent, and this many of the fraction.
_FRACTION = 52
_EXPONENT = 0x7FF << _FRACTION


@dataclass(frozen=True)
class Format:
    """A binary format: bits of precision, exponent of the smallest normal number, the largest."""

    name: str
    precision: int
    minimum_exponent: int
    maximum: float

    @property
    def narrow(self) -> bool:
        """Whether a number of the format has 16 bits: float32 holds it with bits to spare."""
        return self.name in NARROW

    @property
    def maximum_exponent(self) -> int:
        """Exponent of the largest number, as IEEE 754 relates it to the smallest normal one's."""
        return 1 - self.minimum_exponent

    @cached_property
    def u(self) -> float:
        """Unit roundoff: half the distance from 1 to the next larger number."""
        return 2.0**-self.precision

    @cached_property
    def tiny(self) -> float:
        """Smallest positive normal number."""
        return 2.0**self.minimum_exponent

    @cached_property
    def eta(self) -> float:
        """Smallest positive subnormal number."""
        return 2.0 ** (self.minimum_exponent - self.precision + 1)

    @cached_property
    def _least(self) -> np.int64:
        """The bits of the smallest positive normal number."""
        return np.float64(self.tiny).view(np.int64)

    def ulp(self, value: NDArray[Any] | float) -> NDArray[np.float64]:
        """Return the spacing of the format at |value|; NaN where value is not finite.

        Below the normal range the spacing is `eta`.
        """
        values = np.asarray(value, dtype=np.float64)
        if self.name == "float64":
            with np.errstate(invalid="ignore"):
                # NumPy looks for the next larger number, and the largest number has none.
                spacings = np.spacing(np.minimum(np.abs(values), 2.0**1023))
            return np.where(np.isfinite(values), spacings, np.nan)
        # The spacing is a power of two; its exponent is the number's, less a constant. In float64
        # it may be subnormal, where these bits say nothing.
        bits = np.bitwise_and(
            values.view(np.int64), _EXPONENT, out=np.empty(values.shape, dtype=np.int64)
        )
        np.maximum(bits, self._least, out=bits)
        finite = np.isfinite(values)
        bits -= (self.precision - 1) << _FRACTION
        spacings = bits.view(np.float64)
        if np.count_nonzero(finite) < finite.size:
            spacings[~finite] = np.nan
        return spacings


FORMATS = {
    "float64": Format("float64", 53, -1022, float(np.finfo(np.float64).max)),
    "float32": Format("float32", 24, -126, float(np.finfo(np.float32).max)),
    "float16": Format("float16", 11, -14, 65504.0),
    "bfloat16": Format("bfloat16", 8, -126, float((2 - 2.0**-7) * 2.0**127)),
}


@lru_cache(maxsize=None)
def dtype_of(name: str) -> np.dtype[Any]:
    """The NumPy dtype with this name; raises ValueError for an unknown name."""
    if name == "bfloat16":
        # Half the price of importing the suite, for one format.
        import ml_dtypes  # noqa: PLC0415

        bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
        return bfloat16
    if name not in (*NAMES, "int64"):
        message = f"a dtype must be one of {', '.join(NAMES)} or int64; got {name!r}"
        raise ValueError(message)
    return np.dtype(name)


@lru_cache(maxsize=64)
def name_of(dtype: np.dtype[Any]) -> str:
    """The name of a dtype, remembered because NumPy builds it anew at every access."""
    return dtype.name


def cast(values: Any, name: str) -> NDArray[Any]:
    """Round values to a format, to nearest even; values beyond its range become inf silently."""
    wide = np.asarray(values, dtype=np.float64)
    if name == "float64":
        return wide.copy(order="K")
    with np.errstate(over="ignore", under="ignore"):
        return (_to_odd(wide) if name == "bfloat16" else wide).astype(dtype_of(name))


def _to_odd(wide: NDArray[np.float64]) -> NDArray[np.float32]:
    """Round to float32, to odd: a number that float32 does not hold gets an odd last bit.

    ml_dtypes rounds float32 to bfloat16; rounding to nearest before would round twice.
    """
    if 0 in wide.strides:
        # A row that is repeated has no order in memory: its copy lies row by row.
        wide = wide.copy()
    single = wide.astype(np.float32)
    back = single.astype(np.float64)
    # NaN is not among them: it keeps its bits.
    inexact = (back < wide) | (back > wide)
    if not np.count_nonzero(inexact):
        return single
    bits = single.view(np.uint32)
    # One less in the bits is the neighbor toward 0. Of a rounded number and the one toward 0, one
    # is odd; where the number toward 0 is even, the rounded one has its last bit set again.
    bits -= np.abs(back) > np.abs(wide)
    bits |= inexact
    return single
