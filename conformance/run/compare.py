"""Lays reports beside each other: the state of each library in each operation, and violations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from nnspec import reference
from nnspec.conformance.run import arithmetic, selection
from nnspec.conformance.run.diagnoses import Diagnosis, diagnosed
from nnspec.conformance.terms.formats import INTEGERS
from nnspec.conformance.terms.outcomes import ABSENT, FAILURES, INCONCLUSIVE, VACUOUS

CONFORMING = "conforms"
BREAKING = "breaks"
NONE = "no verdict"


@dataclass(frozen=True)
class Cell:
    """An operation of a library in a dtype: conforms, breaks or is absent, by its MUST cases.

    `worst_ulp` is that of its accuracy clause. `known` says that its adapter expects every failure.
    Without a judged MUST case it is absent. If no case fails and the suite erred in one, there is
    no verdict.
    """

    library: str
    operation: str
    dtype: str
    state: str
    judged: int = 0
    failed: int = 0
    known: bool = False
    should_failed: int = 0
    worst_ulp: float | None = None


@dataclass(frozen=True)
class Violation:
    """A MUST case that a library breaks, with the reason if its adapter expects that.

    `details` hold input, answer and truth.
    """

    library: str
    clause: str
    operation: str
    case: str
    dtype: str
    message: str
    expected: str
    details: Mapping[str, Any] = field(default_factory=dict)
    diagnosis: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Libraries with their verdicts, cells for each operation and dtype, and every violation.

    Each library has the diagnoses of its operations. `asked` says in words which part of the plan
    its run asked for, if not all of it. `problems` say why others have no report.
    """

    verdicts: Mapping[str, str]
    cells: tuple[Cell, ...]
    violations: tuple[Violation, ...]
    diagnoses: Mapping[str, tuple[Diagnosis, ...]] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def libraries(self) -> tuple[str, ...]:
        """The libraries in the order of their reports."""
        return tuple(self.verdicts)

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes that any library was judged in."""
        return tuple(dict.fromkeys(cell.dtype for cell in self.cells))

    def rows(self, dtype: str) -> Iterator[tuple[str, dict[str, Cell]]]:
        """Yield each operation that a library offers in a dtype, with the cell of every library."""
        for operation in reference.__all__:
            row = {
                cell.library: cell
                for cell in self.cells
                if (cell.operation, cell.dtype) == (operation, dtype)
            }
            if any(cell.state != ABSENT for cell in row.values()):
                yield operation, row


def compare(
    documents: Sequence[Mapping[str, Any]], problems: Mapping[str, str] = MappingProxyType({})
) -> Comparison:
    """Compare reports, given as values of JSON; a number tells those of one name apart.

    The `problems` say why libraries of these names have no report.
    """
    named: dict[str, Mapping[str, Any]] = {}
    for each in documents:
        adapter = each["header"]["adapter"]
        name = f"{adapter['name']} {adapter['version']}".strip()
        same = sum(other == name or other.startswith(f"{name} (") for other in named)
        named[f"{name} ({same + 1})" if same else name] = each
    dtypes = dict.fromkeys(_dtype(result) for each in named.values() for result in each["results"])
    cells, violations = [], []
    for name, document in named.items():
        grouped: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for result in document["results"]:
            grouped.setdefault((result["operation"], _dtype(result)), []).append(result)
            if result["level"] == "MUST" and result["outcome"] in FAILURES:
                violations.append(_violation(name, result))
        cells += [
            _cell(name, operation, dtype, grouped.get((operation, dtype), ()))
            for operation in reference.__all__
            for dtype in dtypes
        ]
    return Comparison(
        {name: _verdict(each) for name, each in named.items()},
        tuple(cells),
        tuple(violations),
        {name: diagnosed(each.get("diagnoses", ())) for name, each in named.items()},
        # A report of version 1 that was made without its answers does not say what was asked.
        {name: part for name, each in named.items() if (part := selection.asked(each["header"]))},
        problems,
    )


def _cell(library: str, operation: str, dtype: str, results: Iterable[Mapping[str, Any]]) -> Cell:
    results = list(results)
    judged = [each for each in results if each["outcome"] not in (ABSENT, INCONCLUSIVE, VACUOUS)]
    erred = any(each["outcome"] == VACUOUS for each in results)
    must = [each for each in judged if each["level"] == "MUST"]
    failed = [each for each in must if each["outcome"] in FAILURES]
    errors = [
        float(each["worst_ulp"]) for each in judged if each["clause"] == f"{operation}/accuracy"
    ]
    return Cell(
        library,
        operation,
        dtype,
        _state(must, failed, erred=erred),
        judged=len(must),
        failed=len(failed),
        known=bool(failed) and all(each.get("expected") for each in failed),
        should_failed=sum(
            each["outcome"] in FAILURES for each in judged if each["level"] == "SHOULD"
        ),
        worst_ulp=max(errors, default=None),
    )


def _state(must: Sequence[Any], failed: Sequence[Any], *, erred: bool) -> str:
    """Return the state of an operation by its judged and its failed MUST cases."""
    if failed:
        return BREAKING
    if erred:
        return NONE
    return CONFORMING if must else ABSENT


def _violation(library: str, result: Mapping[str, Any]) -> Violation:
    return Violation(
        library,
        result["clause"],
        result["operation"],
        result["case"],
        _dtype(result),
        result.get("message", ""),
        result.get("expected", ""),
        result.get("details", {}),
        tuple(result.get("diagnosis", ())),
    )


def _dtype(result: Mapping[str, Any]) -> str:
    return result["dtype"] or INTEGERS


def _verdict(document: Mapping[str, Any]) -> str:
    """Return the verdict of a report, with the declared factors."""
    cases = ((each["operation"], each["dtype"], each["outcome"]) for each in document["results"])
    verdict = str(document["summary"]["verdict"])
    header = document["header"]
    needs = header.get("noticed", {}).get("needs", ())
    return verdict + arithmetic.qualification(header["adapter"], cases, needs)
