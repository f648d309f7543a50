"""The README's commands work as they are typed, in the order in which they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nnspec.conformance.command import cli

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

# The status of a command that is not 0: the softmax of the first lines is to be rejected.
REJECTED = {
    "conformance certify ./my_network.py": 1,
    "conformance certify ./my_network.py --report report": 1,
}


def block(heading: str) -> str:
    """Return the first block of commands under a heading."""
    (found,) = re.findall(
        rf"^## {heading}\n.*?^```bash\n(.*?)^```$", README, re.DOTALL | re.MULTILINE
    )
    return found


def typed(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Type lines into a shell in which the environment of this Python is the active one."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-c", code],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.proof
def test_every_command_works_after_those_before_it(tmp_path: Path) -> None:
    install, *first = block("Try it").splitlines(keepends=True)
    assert install == "python3 -m venv .venv && . .venv/bin/activate && pip install .\n"
    assert len(first) <= 10
    found = typed(tmp_path, "".join(first))
    assert found.returncode == 1
    assert "behaves as if: exponentiates_without_a_shift" in found.stdout
    lines = [line.partition("  # ")[0].rstrip() for line in block("What you can do").splitlines()]
    *commands, last = lines
    # Another test builds the site, and nothing is installed here.
    assert last == "pip install '.[site]' && conformance site site"
    assert len(commands) >= 8
    for command in commands:
        found = typed(tmp_path, command)
        assert found.returncode == REJECTED.get(command, 0), (command, found.stderr)
        assert found.stdout, command


def test_the_lines_of_python_say_what_the_text_says(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    (tmp_path / "typed.py").write_text(code, encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "typed.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "conforms to relu" in found.stdout
    assert "which is NaN at -inf" in found.stdout


def test_without_a_command_it_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    said = capsys.readouterr().out
    assert "To begin: conformance certify ./my_network.py" in said
    assert "Exit status: " in said
