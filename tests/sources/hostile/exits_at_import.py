"""An adapter that parses a command line and leaves."""

import sys

sys.exit("usage: exits_at_import.py [-h]")
