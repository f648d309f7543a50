"""Commands that are tried on what is hostile or unlucky, and what each leaves behind."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from nnspec.conformance.command import cli

# Seconds in which a process that was killed is gone, on a machine that others keep busy.
_PATIENT = 60.0


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its status."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    """Run a command in this process; its status is one of four, and it shows no traceback."""
    capsys.readouterr()
    try:
        status = cli.main(arguments)
    except SystemExit as left:
        status = int(left.code or 0)
    found = Ran(status, *capsys.readouterr())
    assert found.status in (0, 1, 2, 3)
    assert "Traceback" not in found.said
    return found


def processes(folder: Path) -> list[str]:
    """Return the command lines of living processes that name a folder, but for this one's."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            line = (each / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            dead = (each / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
        except OSError:
            continue
        if str(folder) in line and int(each.name) != os.getpid() and dead.split()[0] != "Z":
            found.append(line)
    return found


def leaves_nothing(folder: Path) -> None:
    """Assert that no process and no temporary file is left of what ran in a folder."""
    until = time.monotonic() + _PATIENT
    while processes(folder) and time.monotonic() < until:
        time.sleep(0.01)
    assert processes(folder) == []
    assert [path for path in folder.rglob("*") if path.name.startswith(".nnspec-")] == []
