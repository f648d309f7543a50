"""`conformance explain`: one clause, its formula, and the mistakes that it rejects.

The name of an operation stands for its clause on accuracy.
"""

import argparse

from nnspec.conformance.command import screen
from nnspec.conformance.programs.program import programs_of
from nnspec.conformance.programs.typeset import lines_of
from nnspec.conformance.reports.clause import show
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.conformance.terms.operations import OPERATIONS, bound_of, clause_of, operations_of


def main(options: argparse.Namespace) -> int:
    """Print one clause, its formula, and the mistakes that it rejects."""
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
    show(clause, bound, descriptions, screen.console(), formulas)
    return 0
