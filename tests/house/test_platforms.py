"""Where Python lacks what POSIX alone has, every module can be imported, and a function is judged
in this process and in one of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.portable

FOLDER = Path(__file__).parents[2]

# What Windows lacks of the modules that the suite uses. Libraries that choose by the name of the
# system have been imported by then, and keep what they need.
HIDDEN = """
import os, signal, subprocess, sys, tempfile, selectors, multiprocessing.connection
try:
    import distributed
    import psutil
except ImportError:
    pass
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in ("fork", "killpg", "setsid", "sysconf", "pread", "pwrite", "preadv", "pwritev",
             "memfd_create", "sched_getaffinity", "sched_setaffinity", "getppid"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGHUP", "SIGSTOP", "SIGXFSZ", "SIGPIPE", "SIGUSR1", "SIGALRM", "setitimer"):
    if hasattr(signal, name):
        delattr(signal, name)
"""

IMPORTS = """
import importlib, pkgutil
import nnspec, nnspec.conformance, nnspec.reference, nnspec.spec
count = 0
for package in (nnspec.spec, nnspec.reference, nnspec.conformance):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".adapters." not in found.name and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
            count += 1
print(count)
"""


def ran(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HIDDEN + code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_every_module_is_imported_without_what_posix_alone_has(tmp_path: Path) -> None:
    pytest.importorskip("sphinx")
    pytest.importorskip("distributed")
    found = ran(IMPORTS, tmp_path)
    assert found.returncode == 0, found.stderr
    assert int(found.stdout) > 200


def test_a_file_is_certified_in_a_process_of_its_own_without_it(tmp_path: Path) -> None:
    pytest.importorskip("psutil")
    (tmp_path / "it.py").write_text(
        "import numpy as np\n\n\ndef relu(x):\n    return np.maximum(x, 0)\n", encoding="utf-8"
    )
    code = (
        "from nnspec.conformance.command import cli\n"
        "words = 'certify ./it.py --only relu --dtype float64 --jobs auto --report report'\n"
        "sys.exit(cli.main(words.split()) or cli.main(['verify', 'report']))\n"
    )
    found = ran(code, tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "conforms" in found.stdout
    assert (tmp_path / "report" / "report.html").is_file()


def test_more_jobs_than_one_are_refused_in_words(tmp_path: Path) -> None:
    found = ran(
        "from nnspec.conformance.command import cli\ncli.main(['certify', '--jobs', '2'])\n",
        tmp_path,
    )
    assert found.returncode == 2
    assert "must be 1 on this system" in found.stderr
