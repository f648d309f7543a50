"""Marks for the graders of courses: Gradescope's results.json, and a test file for otter-grader.

    gradescope(found)                  the marks of one file, in the keys that Gradescope documents
    otter(operations, dtypes, rule)    a test file that judges a submission where otter runs it

Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format.
Otter: https://otter-grader.readthedocs.io, test files based on exceptions.
"""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from nnspec.conformance.reports.class_text import example
from nnspec.conformance.reports.classes import SIGNS, Class, Row
from nnspec.conformance.run.marks import Rule
from nnspec.conformance.run.plan import plan
from nnspec.conformance.run.run import run
from nnspec.conformance.sources.description import DEFAULT_DTYPES, describe
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.outcomes import CONFORMS

_OTTER = '''\
"""A test file for otter-grader: nnspec judges the functions of a submission where otter runs it.

An operation has a test for each MUST clause, and each is worth an equal share of its points.
"""

from functools import lru_cache

import nnspec
from otter.test_files import test_case

OK_FORMAT = False

name = {name!r}
points = None

DTYPES = {dtypes!r}
MINIMUM = {minimum!r}
POINTS = {points!r}
CLAUSES = {clauses!r}


@lru_cache(maxsize=None)
def verdict(function, operation):
    return nnspec.check(function, operation, dtypes=DTYPES)


def kept(found, operation):
    """Return the clauses of an operation whose cases conform."""
    outcomes = {{clause: set() for clause in CLAUSES[operation]}}
    for result in found.record.results:
        if result.clause in outcomes:
            outcomes[result.clause].add(result.outcome)
    return [each for each, seen in outcomes.items() if seen - {{"inconclusive"}} <= {{"conforms"}}]


def tested(operation, clause):
    def test(env):
        function = env.get(operation)
        assert function is not None, f"there is no function {{operation}}"
        found = verdict(function, operation)
        clauses = kept(found, operation)
        first = next((each for each in CLAUSES[operation] if each not in clauses), clause)
        # The first clause that breaks shows the whole verdict.
        said = str(found) if clause == first else f"{{clause}} breaks; {{first}} says more"
        assert clause in clauses, said
        share = len(clauses) / len(CLAUSES[operation])
        assert share >= MINIMUM, f"{{share:.0%}} of the clauses are kept, of {{MINIMUM:.0%}} needed"

    worth = POINTS[operation] / len(CLAUSES[operation])
    return test_case(name=f"{{operation}}: {{clause}}", points=worth)(test)


for operation, clauses in CLAUSES.items():
    for number, clause in enumerate(clauses):
        globals()[f"{{operation}}_{{number}}"] = tested(operation, clause)
'''


def gradescope(found: Class) -> dict[str, Any]:
    """Return results.json of the one file of a class. Its keys are those that are documented."""
    (row,) = found.rows
    seconds = row.record.header["seconds"] if row.record is not None else None
    said = f"Not judged: {row.problem}" if row.problem else found.title
    return {
        **({} if seconds is None else {"execution_time": seconds}),
        "output": f"{said}\n\n{found.rule.words}",
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "tests": [_test(row, name) for name in found.operations],
    }


def _test(row: Row, operation: str) -> dict[str, Any]:
    """Return the test of an operation; one without a mark has no score, which is no zero."""
    mark, state = row.marks[operation], row.states[operation]
    lines = [f"{SIGNS[state][1]}; {mark.kept} of {mark.clauses} MUST clauses kept"]
    for fault in (each for each in row.faults if each.operation == operation):
        lines += ["", fault.headline, *example(fault)]
        lines += [f"again: {fault.first.rerun}"] if fault.first.rerun else []
    return {
        "name": operation,
        **({} if mark.points is None else {"score": mark.points}),
        "max_score": mark.weight,
        "status": "passed" if mark.points == mark.weight else "failed",
        "output": "\n".join(lines),
    }


def otter(operations: Sequence[str], dtypes: Sequence[str], rule: Rule) -> str:
    """Return a test file for otter-grader that judges these operations, each for itself."""
    return _OTTER.format(
        name="nnspec",
        dtypes=list(dtypes) or None,
        minimum=rule.minimum,
        points={name: rule.weight(name) for name in operations},
        clauses={name: _clauses(name, dtypes) for name in operations},
    )


def _clauses(operation: str, dtypes: Sequence[str]) -> list[str]:
    """Return the MUST clauses that judge a function alone: others ask for a second operation.

    The reference answers each case, and shows it.
    """
    alone = SimpleNamespace(name=operation, **{operation: rounded(operation)})
    description = replace(describe(alone), dtypes=tuple(dtypes) or DEFAULT_DTYPES)
    found = run(plan(description), InProcess(alone, description=description))
    return list(
        dict.fromkeys(
            each.clause
            for each in found.results
            if (each.level, each.outcome) == ("MUST", CONFORMS) and each.operation == operation
        )
    )
