"""The conformance suite: any implementation plugs in through an adapter, and every verdict cites a clause of `spec`.

Importing it verifies that `spec` and `reference` are this distribution's own: other distributions install packages of those names.
"""

from importlib.util import find_spec
from pathlib import Path


def _verify_neighbors() -> None:
    here = Path(__file__).resolve().parent
    for name in ("spec", "reference"):
        found = find_spec(name)
        origin = Path(found.origin).resolve() if found is not None and found.origin else None
        if origin is None or origin.parent != here.parent / name:
            message = (
                f"the suite needs its own package {name!r}, in {here.parent / name}; Python finds {origin or 'none'}. "
                f"Another distribution or a folder named {name!r} is in the way: install nnspec into an environment of its own."
            )
            raise ImportError(message)


_verify_neighbors()
