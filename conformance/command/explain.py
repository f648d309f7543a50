"""`conformance explain`: one clause, its formula with the commonest edits, its mistakes.

The name of an operation stands for its clause on accuracy.
"""

import argparse

from nnspec.conformance.command import screen
from nnspec.conformance.programs.behaviors import behaviors
from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.program import programs_of
from nnspec.conformance.programs.typeset import lines_of
from nnspec.conformance.reports.clause import show
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.conformance.terms.operations import OPERATIONS, bound_of, clause_of, operations_of

# So many edits of a formula are listed, the likeliest first.
_EDITS = 10


def main(options: argparse.Namespace) -> int:
    """Print one clause, its formula with its commonest edits, and the mistakes it rejects."""
    name = options.clause
    clause = clause_of(f"{name}/accuracy" if name in OPERATIONS else name)
    known = [
        each
        for operation in operations_of(clause)
        for each in mistakes()[operation]
        if clause.id in each.clauses
    ]
    bound = None if clause.operation == clause.page else bound_of(clause, clause.operation)
    stated = clause.id == f"{clause.operation}/accuracy" and clause.formulas
    formulas = [lines_of(program) for program in programs_of(clause.operation)] if stated else []
    descriptions = {each.name: each.description for each in known}
    edits = _commonest(clause.operation) if formulas else []
    show(clause, bound, descriptions, screen.console(), formulas, edits)
    return 0


def _commonest(operation: str) -> list[Edit]:
    """Return the likeliest edits of a formula that answer otherwise than it does."""
    return [each.edit for each in behaviors(operation).different[:_EDITS]]
