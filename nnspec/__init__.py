"""The specification, the reference and the conformance suite under one name: `nnspec.spec`, `nnspec.reference`, `nnspec.conformance`.

In a checkout these are links to the folders beside this one; an installation holds the folders themselves.
"""

from pathlib import Path

_MISSING = [
    name
    for name in ("spec", "reference", "conformance")
    if not (Path(__file__).parent / name / "__init__.py").is_file()
]
if _MISSING:
    message = (
        f"nnspec/{_MISSING[0]} must be a link to the folder ../{_MISSING[0]} of the checkout, and is none: this system did not make links "
        "when the repository was cloned. On Windows, allow them (Developer Mode, or git config core.symlinks true) and clone again; "
        "pip install nnspec needs none."
    )
    raise ImportError(message)
