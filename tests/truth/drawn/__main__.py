"""Prints the table of the second set: `python -m tests.truth.drawn [--sample] [OPERATION …]`."""

import sys
from collections.abc import Iterator

from nnspec import reference
from nnspec.conformance.bounds import language
from nnspec.conformance.terms.operations import parameters_of
from tests.truth.drawn.errors import SAMPLE, WHOLE, seen
from tests.truth.drawn.refusals import named, raised

# Beyond it an error is larger than the answer: terms cancelled.
_ALL_DIGITS = 2.0**52


def rows(operations: list[str], answers: int) -> Iterator[str]:
    """Yield a line for each operation."""
    heads = f"{'operation':32} {'answers':>7} {'worst ulp':>9} {'of its bound':>12}"
    yield f"{heads}  exceptions; bound"
    for operation in operations:
        refusals = raised(operation)
        told = ", ".join(
            f"{kind} {number}" + ("" if kind in named(operation) else " (not named)")
            for kind, number in sorted(refusals.items())
        )
        if "seed" in parameters_of(operation):
            yield f"{operation:32} {'random':>7} {'':>9} {'':>12}  {told}"
            continue
        found = seen(operation, answers)
        ulp = "cancels" if found.ulp.ulp > _ALL_DIGITS else f"{found.ulp.ulp:.3g}"
        unasked = f"{sum(found.raised.values())} on right input! " if found.raised else ""
        stated = language.of_reference(operation).expression
        yield (
            f"{operation:32} {found.answers:7} {ulp:>9} {found.share.share:12.3f}  "
            f"{unasked}{told}; {stated}"
        )


def _main(arguments: list[str]) -> None:
    chosen = [each for each in arguments if not each.startswith("-")]
    for line in rows(chosen or reference.__all__, SAMPLE if "--sample" in arguments else WHOLE):
        print(line, flush=True)


if __name__ == "__main__":
    _main(sys.argv[1:])
