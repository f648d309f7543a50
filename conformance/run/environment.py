"""The suite, the libraries beneath it and the machine, as a report names them."""

import hashlib
import platform
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.draws import uniform

# A verdict follows from programs, and from the pages and tables that they read. Pages about the
# suite itself do not count.
_JUDGING = {"conformance": (".py", ".json"), "reference": (".py",), "spec": (".py", ".md", ".json")}

# Sizes of matrices: below the registers of a kernel and beyond them. A large one is shared out to
# threads, to be multiplied once: threads that wait for a processor take their time.
_SIZES = (2, 3, 5, 8, 17, 33)
_LARGE = 130

# So many hexadecimal digits of a digest are kept.
_SHOWN = 16

# What a version or a digest looks like.
_PLAIN = re.compile(r"[\w.+!-]{1,80}", re.ASCII)

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
            # The kernels and threads of BLAS and LAPACK, and libm, say nothing of themselves.
            "arithmetic": arithmetic(),
        },
    }


@lru_cache(maxsize=1)
def arithmetic() -> str:
    """Return the first digits of a digest of answers whose last bits the machine decides.

    The reference asks NumPy for these functions. Equal digests are no proof that all bits agree,
    and different digests are one that they do not.
    """
    digest = hashlib.sha256()
    with np.errstate(all="ignore"):
        for answer in _last_bits():
            digest.update(answer.tobytes())
    return digest.hexdigest()[:_SHOWN]


def _last_bits() -> Iterator[NDArray[Any]]:
    for size in _SIZES:
        square, thin = uniform("square", (size, size)), uniform("thin", (size, 7))
        yield from (square @ thin, thin.T @ square, square @ square.T, square @ thin[:, 0])
        yield np.linalg.solve(square + size * np.eye(size), thin[:, 0])
        _, singular, vectors = np.linalg.svd(thin, full_matrices=False)
        yield from (singular, vectors)
    large = uniform("large", (_LARGE, _LARGE))
    yield large @ large
    x = uniform("elements", (1000,))
    for scale in (1.0, 30.0):
        yield from (np.exp(scale * x), np.tanh(scale * x), np.log(scale * abs(x)))
        yield from (np.expm1(scale * x), np.log1p(scale * abs(x)))


def version() -> str:
    """Return the version of the distribution, "unknown" if it is not installed."""
    try:
        return metadata.version("nnspec")
    except metadata.PackageNotFoundError:
        return "unknown"


def who(made: Any) -> str:
    """Return the suite that a report names: its version and digest.

    A terminal shows the two, and a report that was changed may hold anything there.
    """
    named = [made.get(name) for name in ("version", "digest")] if isinstance(made, dict) else []
    if named and all(isinstance(each, str) and _PLAIN.fullmatch(each) for each in named):
        return "nnspec {} with the digest {}".format(*named)
    return "a release that it does not name"


def remedy(made: Any) -> str:
    """Return what to do to judge with the suite that a report names.

    Releases differ in their versions. Two states between releases have one version.
    """
    if who(made) == who({}):
        return "install the release that made it"
    if made["version"] == version():
        return (
            f"the two are different states of nnspec {version()}; use the one for which "
            "conformance --version prints that digest"
        )
    return f"install the other: pip install nnspec=={made['version']}"


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
