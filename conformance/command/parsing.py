"""The parser of the command line, whose errors show the words of a person as they are printed."""

import argparse
from typing import NoReturn

from nnspec.conformance.reports.printing import printable


class Parser(argparse.ArgumentParser):
    """A parser whose errors hold no control character of an argument."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and end the program."""
        super().error(printable(message))
