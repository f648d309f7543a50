"""The figures of the specification, drawn from the reference and from stored numbers.

`python -m tests.reports.figures [name …]` computes the numbers, draws the pictures, and writes the
page of all figures anew.
"""

from tests.reports.figures.drawing import ACCENT, INK, PALE

__all__ = ["ACCENT", "INK", "PALE"]
