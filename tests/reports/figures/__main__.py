"""Write the figures: `python -m tests.reports.figures [name …]`."""

import sys

from tests.reports.figures import gallery

gallery.write(sys.argv[1:])
gallery.PAGE.write_text(gallery.page(), encoding="utf-8")
