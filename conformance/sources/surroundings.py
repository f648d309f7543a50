"""The state of a process that arithmetic hangs on: rounding, flushing, NumPy's errors, threads.

A library may set it for good in the middle of a call. In its own process all later calls run so.
Beside a judge the judge would too, unless somebody puts the state back.
"""

import ctypes
import sys
import threading
from typing import Any, NamedTuple

import numpy as np

# Numbers that decide: half an ulp of 1 and less, and the smallest numbers of both kinds. They are
# names of the module, so that no compiler computes with them beforehand.
_ONE, _LITTLE, _HALF = 1.0, 2.0**-60, 0.5
_NORMAL, _SUBNORMAL, _LARGE = sys.float_info.min, 5e-324, 2.0**1000

# Bytes of a floating-point environment, with room to spare.
_ENVIRONMENT = 256

# The libraries that may hold fegetenv: that of Linux, and whatever the process has loaded.
_LIBRARIES = ("libm.so.6", None)


class State(NamedTuple):
    """The state, each part in words."""

    rounding: str
    subnormals: str
    errors: tuple[tuple[str, str], ...]
    threads: int


def state() -> State:
    """Return the state of this thread, and how many threads of Python's there are."""
    return State(
        _rounding(),
        _subnormals(),
        tuple((name, str(said)) for name, said in np.geterr().items()),
        threading.active_count(),
    )


def changes(before: State, after: State) -> list[str]:
    """Return a sentence's end for each part that differs: "the rounding upward, not to nearest"."""
    said = []
    for name in ("rounding", "subnormals"):
        was, is_now = getattr(before, name), getattr(after, name)
        if was != is_now:
            said.append(f"the {name} {is_now}, not {was}")
    pairs = zip(before.errors, after.errors, strict=True)
    if differ := [f"{name} {is_now}" for (_, was), (name, is_now) in pairs if was != is_now]:
        said.append(f"NumPy's errors at {', '.join(differ)}")
    if before.threads != after.threads:
        said.append(f"{after.threads} threads, not {before.threads}")
    return said


def environment() -> bytes:
    """Return the floating-point environment of this thread, nothing where nobody can read it."""
    buffer = ctypes.create_string_buffer(_ENVIRONMENT)
    library = _mathematics()
    return b"" if library is None or library.fegetenv(buffer) else buffer.raw


def put_back(environment: bytes) -> None:
    """Set the floating-point environment of this thread."""
    library = _mathematics()
    if environment and library is not None:
        library.fesetenv(ctypes.create_string_buffer(environment, _ENVIRONMENT))


def _mathematics() -> Any:
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
            library.fegetenv, library.fesetenv  # noqa: B018  one of them may be missing
        except (OSError, AttributeError):
            continue
        return library
    return None


def _rounding() -> str:
    up, down = _ONE + _LITTLE > _ONE, _ONE - _LITTLE < _ONE
    if not up and not down:
        return "to nearest"
    if up:
        return "upward"
    return "downward" if -_ONE - _LITTLE < -_ONE else "toward zero"


def _subnormals() -> str:
    flushed, read_as_zero = _NORMAL * _HALF == 0, _SUBNORMAL * _LARGE == 0
    return "flushed to zero" if flushed or read_as_zero else "kept"
