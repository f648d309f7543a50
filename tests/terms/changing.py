"""Documents of JSON with one value changed."""

import copy
from typing import Any


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a document with another value at a path; Ellipsis takes the key away."""
    made = copy.deepcopy(document)
    if not path:
        return value
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return made
