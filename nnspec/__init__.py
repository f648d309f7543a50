"""One import name holds the specification, the reference and the conformance suite.

In a checkout, `spec`, `reference` and `conformance` are links to the folders beside this one. An
installation holds the folders themselves.
"""

import os
from pathlib import Path

_MISSING = [
    name
    for name in ("spec", "reference", "conformance")
    if not (Path(__file__).parent / name / "__init__.py").is_file()
]
if _MISSING:
    message = (
        f"nnspec/{_MISSING[0]} is not a link to the folder ../{_MISSING[0]} of the checkout: git "
        "could not make links when it cloned the repository. On Windows, switch on Developer Mode "
        "and git config core.symlinks, and clone again. A package from pip needs no links."
    )
    raise ImportError(message)

if "NNSPEC_ADAPTER" in os.environ:
    # An adapter has started this process, and asks the suite for its answers.
    from nnspec.conformance.sources import boundary

    boundary.close_here()
