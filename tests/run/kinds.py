"""The table of operations and kinds of mistakes: the first MUST case that decides each of them.

python -m tests.run.kinds                        print the table
python -m tests.run.kinds --operation softmax    print the rows of an operation
python -m tests.run.kinds --dtype float32        print the rows of a dtype

A kind is a way to spoil any operation: by digits, by sizes, by memory of earlier calls. Where the
suite lists the mistake, only the clauses that it names count. Elsewhere every MUST counts.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nnspec import reference
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.judge import attempt
from nnspec.conformance.pages.everywhere.mistakes import digits, repeats, sizes
from nnspec.conformance.run.plan import EVERYTHING, plan
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import Rule, mistakes_of, rounded, standing_in
from nnspec.conformance.terms.operations import OPERATIONS, operations_on
from nnspec.conformance.terms.outcomes import BREAKS

# The mistakes of every operation that a MUST rejects, in the order of their modules.
KINDS: dict[str, Rule] = {
    name: rule
    for module in (digits, sizes, repeats)
    for name, rule in vars(module).items()
    if isinstance(rule, Rule) and not rule.clauses[0].endswith("/determinism")
}

_DRAWN = tuple(each for each, record in OPERATIONS.items() if record.random)
_WEIGHTS = operations_on("initializers")
_WITHOUT_ARRAYS = dict.fromkeys((*_DRAWN, *_WEIGHTS), "it takes no arrays")
_SIDES = {"constant": "4,097", "zeros": "4,097"}
_SIGNS = {"step": "in the range of float32, a rounded number keeps its sign"}
_SUMS = (
    "cross_entropy",
    "cross_entropy_clipped",
    "cross_entropy_renormalized",
    "entropy",
    "kl_divergence",
    "one_hot_cross_entropy",
    "one_hot_cross_entropy_clipped",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
    "sum_squared_error",
)

# Why an operation cannot have mistakes whose names begin so: its answers are right all the same.
REASONS: dict[str, dict[str, str]] = {
    "rounds_its_inputs": _WITHOUT_ARRAYS,
    "rounds_its_inputs_to_bfloat16": _SIGNS,
    "rounds_its_inputs_to_tf32": _SIGNS,
    "remembers_answers_by_a_fingerprint": _WITHOUT_ARRAYS,
    "loses_the_last_of_more_than_65536": {
        each: f"a side is judged to {_SIDES.get(each, '65,536')}" for each in _WEIGHTS
    },
    "counts_in_16_bits": {each: f"a side is judged to {end}" for each, end in _SIDES.items()},
    "answers_only_zeros": {"zeros": "zeros are the right answer"},
    "answers_its_first_argument": {
        **_WITHOUT_ARRAYS,
        **dict.fromkeys(_SUMS, "no argument has the shape of the answer"),
        "identity": "the first argument is the right answer",
    },
}


@dataclass(frozen=True)
class Row:
    """An operation, a kind and a dtype, and the case that decides, None if no MUST case does."""

    operation: str
    kind: str
    dtype: str | None
    decided: Planned | None

    @property
    def reason(self) -> str:
        """Why the operation cannot have a mistake of the kind, "" if it can."""
        listed = {each.name for each in mistakes_of(self.operation)}
        if self.kind in vars(sizes) and self.kind not in listed and self.operation in _ladders():
            return f"its ladder ends at {_ladders()[self.operation]:,}"
        found = [
            reasons[self.operation]
            for kind, reasons in REASONS.items()
            if self.kind.startswith(kind) and self.operation in reasons
        ]
        return found[0] if found else ""

    def line(self) -> str:
        """Return the row as a line of the table."""
        said = f"`{self.decided.id}`" if self.decided else self.reason or "NOT DECIDED"
        return f"| {self.operation} | {self.kind} | {self.dtype or ''} | {said} |"


def rows(operation: str, dtypes: Sequence[str] = NAMES) -> Iterator[Row]:
    """Yield the rows of an operation: each kind in each dtype that shows it."""
    listed = {each.name: each.clauses for each in mistakes_of(operation)}
    for dtype in dtypes:
        if not OPERATIONS[operation].asked_in(dtype):
            continue
        planned = [each for each in _plan(operation, dtype) if each.clause.level == "MUST"]
        for kind, rule in KINDS.items():
            if dtype in rule.dtypes:
                named = [each for each in planned if each.clause.id in listed.get(kind, ())]
                decided = _decided(rule, named or planned, whole=kind in listed)
                yield Row(operation, kind, planned[0].dtype, decided)


def _decided(rule: Rule, planned: Sequence[Planned], *, whole: bool) -> Planned | None:
    """Return the first case that a spoiled operation breaks; great ones count if asked as a whole.

    No crash and no error of the suite decides.
    """
    operation = planned[0].operation
    source = InProcess(standing_in(operation, rule.function(rounded(operation)), "spoiled"))
    for each in planned:
        if (whole or not each.case.many) and attempt(each, source).outcome == BREAKS:
            return each
    return None


# Cases of a set are shared, and so are their truths.
@lru_cache(maxsize=4)
def _plan(operation: str, dtype: str) -> list[Planned]:
    return plan(EVERYTHING, operation=operation, dtypes=[dtype])


@lru_cache(maxsize=1)
def _ladders() -> dict[str, int]:
    """Return the largest length to which each operation is judged, of those with a ladder."""
    ends = {operation: sizes.largest(operation) for operation in digits.operations_with("sizes")}
    return {operation: end for operation, end in ends.items() if end}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the rows that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.run.kinds")
    parser.add_argument("--operation", action="append", choices=reference.__all__)
    parser.add_argument("--dtype", action="append", choices=NAMES)
    asked = parser.parse_args(arguments)
    print("| operation | kind | dtype | decided by |\n|---|---|---|---|")
    for operation in asked.operation or reference.__all__:
        for row in rows(operation, asked.dtype or NAMES):
            print(row.line(), flush=True)


if __name__ == "__main__":
    main()
