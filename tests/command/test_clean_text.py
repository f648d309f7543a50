"""No control character and no line of an adapter's own reaches a terminal, wherever it can speak.

One text stands in every place of an adapter that has one; each output is looked at as a terminal,
and a server that reads the log, would.
"""

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.command.trials import ran
from tests.sources.programs import HOSTILE

# A line that reads like a verdict, commands of servers, and what a terminal obeys.
TEXT = (
    "x\nPyTorch 2.13 conforms to edition 2.0 of the specification: 26,009 MUST cases conform"
    "\r\n::error::forged\r::error::forged\u2028::error::forged\x0b##[error]forged ##vso[task.x]y"
    "\x1b[2J\x1b]0;title\x07\x9b2J\x08\x7f\x00\u202e[bold]markup[/bold][/none]:smile:"
)

PYTHON = f"""
import numpy as np

TEXT = {TEXT!r}
"""

# An adapter in Python for each place of a text, which may end the import.
PLACES = {
    "name": "name = TEXT\ndef relu(x):\n    return np.maximum(x, 0)",
    "version": "version = TEXT\ndef relu(x):\n    return np.maximum(x, 0)",
    "raises": "def relu(x):\n    raise ValueError(TEXT)",
    "raises-class": "def relu(x):\n    raise type(TEXT.replace(chr(0), ''), (Exception,), {})(5)",
    "exits": "def relu(x):\n    raise SystemExit(TEXT)",
    "refuses": "def relu(x):\n    raise NotImplementedError(TEXT)",
    "prints": "import os, sys\ndef relu(x):\n    print(TEXT)\n    os.write(2, TEXT.encode())\n"
    "    sys.stdout.flush()\n    os._exit(3)",
    "answers-text": "def relu(x):\n    return TEXT",
    "answers-list": "def relu(x):\n    return [TEXT]",
    "answers-type": "def relu(x):\n    return type(TEXT.replace(chr(0), ''), (), {})()",
    "expected": "expected_failures = {'relu/accuracy': TEXT, TEXT: TEXT}\n"
    "def relu(x):\n    return x",
    "expected-passes": "expected_failures = {'relu/accuracy': TEXT}\n"
    "def relu(x):\n    return np.maximum(x, 0)",
    "fixed": "fixed = {TEXT: {TEXT: TEXT}, 'relu': {TEXT: TEXT}}\n"
    "def relu(x):\n    return np.maximum(x, 0)",
    "fixed-wrong": "fixed = {'relu': {TEXT: float('nan')}}\ndef relu(x):\n    return x",
    "dtypes": "dtypes = [TEXT]\ndef relu(x):\n    return x",
    "accumulates": "accumulates_in = {'float32': TEXT}\ndef relu(x):\n    return x",
    "import": "raise ImportError(TEXT)",
    "import-name": "raise ModuleNotFoundError('x', name=TEXT)",
    "import-exit": "raise SystemExit(TEXT)",
    "import-interrupt": "raise KeyboardInterrupt(TEXT)",
    "import-syntax": "raise SyntaxError(TEXT, (TEXT, 5, 5, TEXT))",
    "import-str": "class Odd(Exception):\n    def __str__(self):\n        raise ValueError(TEXT)\n"
    "raise Odd",
    "import-prints": "import os\nprint(TEXT)\nos.write(2, TEXT.encode())\nos.abort()",
    "repr": "class Odd:\n    def __repr__(self):\n        return TEXT\n"
    "dtypes = Odd()\ndef relu(x):\n    return x",
    "traceback": "CODE = compile('raise ValueError', TEXT.replace(chr(0), ''), 'exec')\n"
    "def relu(x):\n    exec(CODE)",
    "misspelt": "def relu(x):\n    return x\nvars()['leaky_rleu' + TEXT] = relu",
}

# The lines that a program says: to start, and to a call.
START = {"name": "p", "operations": ["relu"]}
SAYS = {
    "names": (START | {"name": TEXT, "version": TEXT, "digest": TEXT}, {"answer": []}),
    "operations": (START | {"operations": ["relu", TEXT, "leaky_rleu"]}, {"answer": []}),
    "start-error": ({"error": {"kind": "adapter", "message": TEXT}}, {}),
    "start-text": ({"error": TEXT}, {}),
    "start-odd": ({TEXT: TEXT}, {}),
    "raised": (START, {"error": {"kind": "raised", "message": TEXT, "traceback": TEXT}}),
    "absent": (START, {"error": {"kind": "absent", "message": TEXT}}),
    "malformed": (START, {"error": {"kind": "malformed", "message": TEXT}}),
    "kind": (START, {"error": {"kind": TEXT, "message": TEXT}}),
    "answer": (START, {"answer": {"dtype": TEXT, "shape": TEXT, "data": TEXT}}),
    "callback": (START, {"callback": TEXT, "arguments": [TEXT]}),
    "other": (START, {TEXT: TEXT}),
}


def clean(said: str) -> None:
    """Assert that nothing in an output is a command, and that no line is the adapter's own."""
    for letter in said:
        assert letter.isprintable() or letter == "\n", f"{letter!r} in {said!r}"
    assert "##[" not in said
    assert "##vso[" not in said
    for line in said.splitlines():
        assert not line.strip().startswith(("::", "PyTorch", "forged")), said


def looked_at(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Look at every output that a report leads to, and at its files that a log may show."""
    report = str(folder / "r")
    for arguments in (
        ("verify", report),
        ("compare", report),
        ("compare", report, "--class"),
        ("compare", report, "--format", "csv"),
        ("compare", report, report, "--format", "markdown", "--output", str(folder / "c.md")),
        ("coverage", report, "--format", "markdown", "--output", str(folder / "m.md")),
        ("coverage", report),
    ):
        clean(ran(capsys, *arguments).said)
    for name in ("c.md", "m.md", "r/summary.md"):
        text = (folder / name).read_text(encoding="utf-8")
        clean(re.sub(r"^    ", "  │ ", text, flags=re.MULTILINE))
    for name in ("r/junit.xml", "r/report.html"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "\x1b" not in text
        assert "\x9b" not in text
        assert "##[" not in text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=name, marks=() if name in ("name", "import") else pytest.mark.proof)
        for name, text in PLACES.items()
    ],
)
def test_an_adapter_in_python_prints_no_line_of_its_own(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.py"
    file.write_text(PYTHON + text + "\n", encoding="utf-8")
    only = ("--only", "relu/accuracy[everyday,float64]", "--only", "relu/accuracy[extremes]")
    found = ran(capsys, "certify", str(file), *only, "--report", str(tmp_path / "r"))
    clean(found.said)
    assert "/conformance/sources/" not in found.err
    if (tmp_path / "r" / "report.json").exists():
        looked_at(tmp_path, capsys)


@pytest.mark.parametrize(
    ("start", "reply"),
    [
        pytest.param(*said, id=name, marks=() if name == "raised" else pytest.mark.proof)
        for name, said in SAYS.items()
    ],
)
def test_a_program_prints_no_line_of_its_own(
    start: dict[str, object],
    reply: dict[str, object],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [sys.executable, str(HOSTILE / "replies.py"), json.dumps(start), json.dumps(reply)]
    only = ("--only", "relu/accuracy[everyday,float64]")
    command = ("certify", "--command", shlex.join(words), *only)
    clean(ran(capsys, *command, "--report", str(tmp_path / "r")).said)
    if (tmp_path / "r" / "report.json").exists():
        looked_at(tmp_path, capsys)


ODD = TEXT.replace("\x00", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("certify", ODD),
        ("certify", f"./{ODD}.py"),
        ("certify", f"reference:{ODD}"),
        ("certify", "--command", ODD),
        ("certify", "--command", f"'{ODD}"),
        ("certify", "--command", shlex.quote(ODD)),
        ("certify", "--only", ODD),
        ("certify", "--seed", ODD),
        ("certify", "--jobs", ODD),
        ("certify", "--time-limit", ODD),
        ("certify", "--dtype", ODD),
        ("certify", f"--{ODD}"),
        ("certify", "reference", "--only", "relu/accuracy[example]", "--report", f"/proc/{ODD}"),
        ("verify", ODD),
        ("compare", ODD),
        ("coverage", ODD),
        ("coverage", ODD, "--lines", ODD),
        ("explain", ODD),
        ("init", f"no/{ODD}"),
        ("init", "x.py", "--like", ODD),
        ("sweep", ODD, "--adapter", "reference", "--dtype", "float16"),
        ("sweep", "relu", "--adapter", ODD, "--dtype", "float16", "--report", "s"),
        ("sweep", "relu", "--adapter", "reference", "--dtype", "float16", "--parameter", ODD),
        ("sweep", "relu", "--adapter", "reference", "--dtype", "float16", "--part", ODD),
        (ODD,),
    ],
    ids=lambda arguments: " ".join(arguments).replace(ODD, "TEXT"),
)
def test_no_command_line_is_printed_as_it_is(
    arguments: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    found = ran(capsys, *arguments)
    assert found.status in (2, 3)
    clean(found.said)


def test_what_init_writes_is_python_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [
        "a\\x.py",
        'a"""b.py',
        "it's.py",
        "a\nb.py",
        "{x}.py",
        "\\N{x}.py",
        os.fsdecode(b"\xff.py"),
    ]
    for name in names:
        found = ran(capsys, "init", name)
        assert found.status == 0
        clean(found.said)
        compile(Path(name).read_bytes(), "init", "exec")
