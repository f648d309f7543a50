"""The formats that a matrix unit may round its factors to, each with the error of a product.

A unit may split a number into k bfloat16 parts. It keeps the products of parts i and j with
i + j ≤ k + 1, which are k(k + 1)/2, and drops the others.
"""

from dataclasses import dataclass

from nnspec.conformance.terms.formats import FORMATS, NAMES

# Where sums keep 11 bits, the third part of a factor is added to a sum that is rounded already.
_TWO_PARTS = 16


@dataclass(frozen=True)
class Factors:
    """A format of factors: the bits that it keeps, the error of a factor, and products of a term.

    An adapter declares it by its `name`; a reader is told its `title`.
    """

    name: str
    title: str
    bits: int
    u: float
    products: int = 1

    @property
    def sure(self) -> int:
        """The bits that answers show of a factor, whatever the format of sums."""
        return self.bits if self.products == 1 else min(self.bits, _TWO_PARTS)

    def narrower(self, dtype: str) -> bool:
        """Say whether the format keeps fewer bits of a factor than a dtype has."""
        return self.u > FORMATS[dtype].u


def _split(parts: int) -> Factors:
    """Return the format of numbers that a unit splits into bfloat16 parts.

    Let u be bfloat16's roundoff. A number differs from its parts by uᵏ of it at most, and part i is
    uⁱ⁻¹ of it. So the dropped products are (k − 1)uᵏ of a term, and less than uᵏ more. With two
    factors, all is below (k + 2)uᵏ, which is twice the error of a factor here.
    """
    u = FORMATS["bfloat16"].u ** parts * (parts + 2) / 2
    name = f"bfloat16x{parts}"
    return Factors(name, name, 8 * parts, u, parts * (parts + 1) // 2)


def _own(name: str) -> Factors:
    return Factors(name, name, FORMATS[name].precision, FORMATS[name].u)


# TF32 keeps 11 bits and has the range of float32.
FACTORS = {
    each.name: each
    for each in (
        *map(_own, NAMES),
        Factors("tf32", "TF32", 11, 2.0**-11),
        _split(2),
        _split(3),
    )
}
