"""`python -m nnspec.conformance` is the command `conformance`."""

import sys

from nnspec.conformance.command.cli import main

sys.exit(main())
