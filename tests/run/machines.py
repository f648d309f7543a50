"""Settings under which libraries compute as on another machine, in processes that have them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]

# Kernels of OpenBLAS by processors: with 512 bits, with 256 bits and fused products, with neither.
KERNELS = ("SkylakeX", "Haswell", "Nehalem")

# What OpenBLAS is built for varies; a kernel that it lacks, or the processor, is replaced in
# silence. threadpoolctl, which scikit-learn brings along, asks the library itself.
_ASK = """
import json, numpy, threadpoolctl
print(json.dumps([each["architecture"] for each in threadpoolctl.threadpool_info()
                  if each["internal_api"] == "openblas"]))
"""


def levels() -> dict[str, str]:
    """Return by its name what NumPy is told not to use: nothing, 512 bits, all beyond its least."""
    found = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", ())
    wide = [each for each in found if each.startswith("AVX512") or each == "X86_V4"]
    return {"all": "", "without AVX-512": " ".join(wide), "least": " ".join(found)}


def environment(kernel: str = "", level: str = "all") -> dict[str, str]:
    """Return the environment of a process that computes with a kernel at a level."""
    changed = {"OPENBLAS_CORETYPE": kernel, "NPY_DISABLE_CPU_FEATURES": levels()[level]}
    kept = {name: value for name, value in os.environ.items() if name not in changed}
    return kept | {name: value for name, value in changed.items() if value}


def python(*arguments: str, under: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python in an environment, from the root of the repository."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=dict(under),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def missing(kernel: str) -> str:
    """Return why a kernel cannot be asked for here; nothing if it can."""
    done = python("-c", _ASK, under=environment(kernel))
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        return f"a process with the kernel {kernel} of OpenBLAS ends: {said[0]}"
    chosen = json.loads(done.stdout)
    if kernel not in chosen:
        return f"OpenBLAS has no kernel {kernel} for this processor: it takes {chosen or 'none'}"
    return ""


def others(kernel: str) -> Iterator[str]:
    """Yield the kernels but one."""
    return (each for each in KERNELS if each != kernel)
