"""`conformance explain`: one clause, its formula with the commonest edits, its mistakes.

The name of an operation stands for its clause on accuracy.
"""

import argparse

from nnspec.conformance.command import screen
from nnspec.conformance.interface.tools import explained


def main(options: argparse.Namespace) -> int:
    """Print one clause, its formula with its commonest edits, and the mistakes it rejects."""
    explained(options.clause, screen.console())
    return 0
