"""The arithmetic of matrix products: declared, measured, and declared without need."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nnspec.conformance.terms.factors import FACTORS
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.operations import page_of
from nnspec.conformance.terms.outcomes import ABSENT

CLAUSE = "networks/arithmetic"

# Of a dtype and an operation, the measured formats.
Measured = dict[str, dict[str, dict[str, str]]]


def found(results: Iterable[Any]) -> Measured:
    """Return for each dtype and operation what its products showed, from the results of a run."""
    shown: Measured = {}
    for result in results:
        if result.clause == CLAUSE and result.measured:
            shown.setdefault(result.format, {})[result.operation] = dict(result.measured)
    return shown


def qualification(
    adapter: Mapping[str, Any],
    cases: Iterable[tuple[str, str | None, str]],
    needs: Iterable[str] = (),
) -> str:
    """Return the words that a verdict has for what is declared: " with TF32 factors in float32".

    An adapter declares what it needs of the suite too: " with the help of nnspec.reference". A case
    is an operation, a dtype and an outcome. The words are "" where no declaration widened the bound
    of a judged case.
    """
    declared = adapter.get("multiplies_in", {})
    judged = {
        dtype
        for operation, dtype, outcome in (cases if declared else ())
        if outcome != ABSENT and page_of(operation) == "networks"
    }
    titles: dict[str, list[str]] = {}
    for dtype, name in declared.items():
        if dtype in judged and FACTORS[name].narrower(dtype):
            titles.setdefault(FACTORS[name].title, []).append(dtype)
    said = [f"{title} factors in {', '.join(dtypes)}" for title, dtypes in titles.items()]
    said += [f"the help of {each}" for each in needs]
    return f" with {' and '.join(said)}" if said else ""


def lines(header: Mapping[str, Any]) -> list[str]:
    """Return a line for each dtype and what its operations showed alike."""
    said: dict[tuple[str, str], list[str]] = {}
    for dtype, operations in header.get("arithmetic", {}).items():
        for operation, measured in operations.items():
            told = ", ".join(f"{name} {value}" for name, value in measured.items())
            said.setdefault((dtype, told), []).append(operation)
    return [f"{dtype}: {told} ({', '.join(names)})" for (dtype, told), names in said.items()]


def needless(header: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each declaration that no measured product needs."""
    adapter = header["adapter"]
    for dtype, operations in header.get("arithmetic", {}).items():
        factors = adapter.get("multiplies_in", {}).get(dtype)
        sums = adapter.get("accumulates_in", {}).get(dtype)
        told = operations.values()
        seen = min((_bits(each["factors"]) for each in told), default=0)
        if factors and FACTORS[factors].narrower(dtype) and seen > FACTORS[factors].bits:
            yield _sentence("multiplies_in", factors, dtype, "factors", seen)
        seen = min((_bits(each["sums"]) for each in told), default=0)
        if sums and seen > FORMATS[sums].precision:
            yield _sentence("accumulates_in", sums, dtype, "sums", seen)


def _sentence(attribute: str, name: str, dtype: str, kept: str, bits: int) -> str:
    declared = f"{attribute} declares {name} for {dtype}"
    return f"{declared}; matrix products do not need it: their {kept} keep {bits} bits"


def _bits(name: str) -> int:
    """Return the bits of a measured format, 0 if it is undecided."""
    if name in FACTORS:
        return FACTORS[name].bits
    first = name.partition(" ")[0]
    return int(first) if first.isdigit() else 0
