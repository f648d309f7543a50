"""Write the figures: `python -m tests.reports.figures [name …]`."""

import sys

from tests.reports.figures import write

write(sys.argv[1:])
