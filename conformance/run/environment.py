"""The suite, the libraries beneath it and the machine, as a report names them."""

import hashlib
import platform
import sys
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np

# A verdict follows from programs, and from the pages and tables that they read. Pages about the
# suite itself do not count.
_JUDGING = {"conformance": (".py", ".json"), "reference": (".py",), "spec": (".py", ".md", ".json")}

_ROOT = Path(__file__).parent.parent.parent


def found() -> dict[str, dict[str, str]]:
    """Return the suite with its libraries, and the machine."""
    libraries = {name: metadata.version(name) for name in ("numpy", "scipy", "ml_dtypes")}
    simd = np.show_config(mode="dicts").get("SIMD Extensions", {})
    return {
        "suite": {
            "version": version(),
            "digest": digest(),
            **libraries,
            "python": platform.python_version(),
        },
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "byteorder": sys.byteorder,
            # With other extensions NumPy computes exp and the like in another way, to another
            # last bit.
            "extensions": " ".join(simd.get("found", ())),
        },
    }


def version() -> str:
    """Return the version of the distribution, "unknown" if it is not installed."""
    try:
        return metadata.version("nnspec")
    except metadata.PackageNotFoundError:
        return "unknown"


@lru_cache(maxsize=1)
def digest() -> str:
    """Return the SHA-256 of the suite.

    It is taken of name and SHA-256 of each file of the three packages, without adapters, by name.
    """
    adapters = _ROOT / "conformance" / "adapters"
    files = sorted(
        file.relative_to(_ROOT).as_posix()
        for package, suffixes in _JUDGING.items()
        for file in (_ROOT / package).rglob("*")
        if file.suffix in suffixes and adapters not in file.parents
    )
    lines = [f"{name} {hashlib.sha256((_ROOT / name).read_bytes()).hexdigest()}" for name in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
