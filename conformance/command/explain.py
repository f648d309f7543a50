"""`conformance explain`: one clause, and the mistakes that it rejects."""

import argparse

from nnspec.conformance.command import screen
from nnspec.conformance.reports.clause import show
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.conformance.terms.operations import bound_of, clause_of, operations_of


def main(options: argparse.Namespace) -> int:
    """Print one clause and the mistakes that it rejects."""
    clause = clause_of(options.clause)
    known = [
        each
        for operation in operations_of(clause)
        for each in mistakes()[operation]
        if clause.id in each.clauses
    ]
    bound = None if clause.operation == clause.page else bound_of(clause, clause.operation)
    show(clause, bound, {each.name: each.description for each in known}, screen.console())
    return 0
