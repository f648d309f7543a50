"""Optional dependencies: how to install those that a part of the suite needs."""

import re
from importlib import metadata

_EXTRA = re.compile(r"(?P<needed>[^;]+?)\s*;.*extra == [\"'](?P<extra>[\w-]+)[\"']")


def installing(extra: str) -> str:
    """Return the command that installs an extra of this package by the names of its packages.

    No index has the package itself yet, and an installation need not have come from a checkout.
    """
    try:
        requirements = metadata.requires("nnspec") or []
    except metadata.PackageNotFoundError:
        requirements = []
    found = [_EXTRA.fullmatch(each) for each in requirements]
    needed = [f"'{each['needed']}'" for each in found if each and each["extra"] == extra]
    return f"pip install {' '.join(needed) or extra}"
