"""Every command line has the exit status that its help states, and none of them a traceback."""

import errno
import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from nnspec.conformance.command import cli, statuses
from nnspec.conformance.command.options import parser
from nnspec.conformance.reports import files
from nnspec.conformance.run.record import Record

RIGHT = """
import numpy as np

name, dtypes = "right", ("float32",)


def relu(x):
    return np.maximum(x, np.zeros((), x.dtype))
"""

ADAPTERS = {
    "right": RIGHT,
    "wrong": RIGHT.replace("np.maximum", "np.minimum"),
    "masked": RIGHT.replace("return ", "return np.ma.masked_array(").replace(
        "x.dtype))", "x.dtype)), mask=True)"
    ),
    "twice": RIGHT.replace('("float32",)', '("float32", "float32")'),
    "nothing": 'name = "nothing"\n',
    "quoted": RIGHT + 'expected_failures = {"relu/acuracy": "misspelt"}\n',
    "raising": 'raise ImportError("not today")\n',
    "asking": """
name, dtypes = "asking", ("float64",)


def gradient_descent(gradient, params, steps, *, learning_rate):
    gradient()
    return [params] * steps
""",
}

ONE = ("--only", "relu/accuracy[everyday,float32]")
BLANK = ("", " ", "\t")
DEEP = "x" * 300

# Command lines by their statuses. Adapters, `report` and an empty folder lie where they run.
LINES: dict[int, tuple[tuple[str, ...], ...]] = {
    statuses.CONFORMING: (
        ("certify", "./right.py", *ONE),
        ("certify", "./right.py", *ONE, "--report", "new"),
        ("certify", "./right.py", *ONE, *ONE, "--dtype", "float32", "--dtype", "float32"),
        ("certify", "./quoted.py", *ONE),
        ("verify", "report"),
        ("verify", "wrong-report"),
        ("compare", "report", "wrong-report"),
        ("compare", "report", "--format", "json", "--output", "c.json"),
        ("compare", "report", "./right.py", *ONE, "--class", "--weight", "relu=2"),
        ("compare", "report", "--format", "gradescope", "--only", "relu"),
        ("compare", "--format", "otter", "--only", "relu", "--dtype", "float64"),
        ("coverage", "report"),
        ("coverage", "report", "--fail-under", "0", "--format", "badge"),
        ("traceability", "--format", "json"),
        ("list", "--adapters"),
        ("list", "--counts"),
        ("explain", "relu/accuracy"),
        ("explain", "relu"),
        ("init", "mine.py"),
        ("init", "mine.mjs", "--like", "javascript"),
    ),
    statuses.BREAKING: (
        ("certify", "./wrong.py", *ONE),
        ("certify", "./wrong.py", *ONE, "--report", "new"),
        ("certify", "./masked.py", *ONE),
        ("certify", "./asking.py", "--only", "gradient_descent/accuracy"),
        ("coverage", "report", "--fail-under", "100"),
        ("verify", "forged"),
    ),
    statuses.UNDECIDED: (
        *(("certify", blank, *ONE) for blank in BLANK),
        *(("certify", "--command", blank, *ONE) for blank in BLANK),
        ("certify", "./right.py", "--only", ""),
        ("certify", "./right.py", *ONE, "--report", ""),
        ("certify", "./right.py", "--only", "relu/acuracy"),
        ("certify", "./right.py", "--only", "relu/accuracy[nowhere]"),
        ("certify", "./right.py", "--only", "]["),
        ("certify", "./right.py", "--dtype", "float64"),
        ("certify", "./right.py", "--dtype", "float8"),
        ("certify", "./right.py", "--jobs", "0"),
        ("certify", "./right.py", "--seed", "-1"),
        ("certify", "./right.py", "--seed", "9" * 5000),
        ("certify", "./right.py", "--time-limit", "soon"),
        ("certify", "./right.py", "--explore", "0"),
        ("certify", "--command", "it's", *ONE),
        ("certify", "./right.py", "--command", "./right.py", *ONE),
        ("certify", "./twice.py", *ONE),
        ("certify", "./nothing.py", *ONE),
        ("certify", "./raising.py", *ONE),
        ("certify", "./nowhere.py", *ONE),
        ("certify", "right.py:nowhere", *ONE),
        ("verify", ""),
        ("verify", "empty"),
        ("verify", "nowhere"),
        ("verify", "right.py"),
        ("compare",),
        ("compare", ""),
        ("compare", "report", "--output", ""),
        ("compare", "report", "--weight", "rely=2"),
        ("compare", "report", "--weight", "relu=-1"),
        ("compare", "report", "--weight", "adam=2", "--only", "relu"),
        ("compare", "report", "--minimum", "2"),
        ("compare", "report", "--format", "gradescope"),
        ("compare", "report", "report", "--format", "gradescope", "--only", "relu"),
        ("compare", "report", "--format", "otter", "--only", "relu"),
        ("compare", "--format", "otter"),
        ("compare", "report", "./raising.py", *ONE),
        ("compare", "report", "--command", ""),
        ("compare", "nowhere.json"),
        ("coverage", ""),
        ("coverage", "nowhere"),
        ("coverage", "--lines", "lines.json"),
        ("coverage", "report", "--lines", ""),
        ("coverage",),
        ("coverage", "report", "--fail-under", "101"),
        ("traceability", "--output", ""),
        ("power", "--operation", "nope"),
        ("power", "--operation", ""),
        ("explain", ""),
        ("explain", "relu/acuracy"),
        ("init", ""),
        ("init", "right.py"),
        ("init", "mine.py", "--like", ""),
        ("init", "mine.py", "--like", "nope"),
        ("site", ""),
        ("site", "right.py"),
        ("sweep", "", "--adapter", "./right.py", "--dtype", "float16"),
        ("sweep", "nope", "--adapter", "./right.py", "--dtype", "float16"),
        ("sweep", "relu", "--adapter", "", "--dtype", "float16"),
        ("sweep", "relu", "--command", "", "--dtype", "float16"),
        ("sweep", "relu", "--adapter", "./right.py", "--dtype", "float16"),
        ("sweep", "relu", "--adapter", "./right.py", "--dtype", "float32", "--report", ""),
        ("sweep", "relu", "--adapter", "./right.py", "--dtype", "float32", "--scheduler", ""),
        ("sweep", "relu", "--adapter", "./right.py", "--dtype", "float32", "--part", "2/1"),
        ("sweep", "relu", "--adapter", "./right.py", "--dtype", "float32", "--parameter", "a="),
        ("",),
        ("judge",),
        (),
    ),
    statuses.FAILED: (
        ("certify", "./right.py", *ONE, "--report", "right.py"),
        # The folder is tried before anything is judged.
        ("certify", "./wrong.py", *ONE, "--report", "right.py"),
        ("certify", "./wrong.py", *ONE, "--report", f"{DEEP}/report"),
        ("certify", "./right.py", *ONE, "--report", "right.py/report"),
        ("certify", "./right.py", *ONE, "--report", "/proc/report"),
        ("certify", "./right.py", *ONE, "--report", f"{DEEP}/report"),
        ("compare", "report", "--format", "json", "--output", "empty"),
        ("compare", "report", "--format", "markdown", "--output", "nowhere/c.md"),
        ("coverage", "report", "--output", "empty"),
        ("init", "nowhere/mine.py"),
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lines")
    for name, text in ADAPTERS.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    (folder / "empty").mkdir()
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert cli.main(["certify", "./right.py", *ONE, "--report", "report"]) == 0
        assert cli.main(["certify", "./wrong.py", *ONE, "--report", "wrong-report"]) == 1
        assert cli.main(["certify", "./right.py", *ONE, "--report", "forged"]) == 0
    finally:
        os.chdir(before)
    (folder / "forged" / "badge.json").write_text("{}", encoding="utf-8")
    return folder


@pytest.mark.proof
@pytest.mark.parametrize(
    ("line", "status"),
    [(line, status) for status, lines in LINES.items() for line in lines],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else str(value),
)
def test_a_command_line_has_its_status(
    line: tuple[str, ...],
    status: int,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    for name in ("mine.py", "mine.mjs", "c.json", "c.md"):
        Path(name).unlink(missing_ok=True)
    try:
        came = cli.main(line)
    except SystemExit as ended:
        came = ended.code if isinstance(ended.code, int) else -1
    out, err = capfd.readouterr()
    assert came == status, err
    assert "Traceback" not in out + err
    # The command alone prints its help.
    if status in (statuses.UNDECIDED, statuses.FAILED) and line and "./nothing.py" not in line:
        assert err


def _takes_text(made: ArgumentParser, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    for action in made._actions:
        if isinstance(action.choices, dict):
            for each in action.choices.values():
                _takes_text(each, found)
        elif action.nargs != 0 and action.choices is None:
            found.append((made.prog, (action.option_strings or [action.dest])[0]))
    return found


@pytest.mark.parametrize(("command", "name"), _takes_text(parser(), []))
def test_an_empty_argument_is_refused_everywhere(
    command: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [name, ""] if name.startswith("-") else [""]
    with pytest.raises(SystemExit) as left:
        cli.main([*command.split()[1:], *given])
    assert left.value.code == statuses.UNDECIDED
    assert "must " in capsys.readouterr().err


def test_the_help_of_every_command_states_the_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("", *cli._MODULES):
        with pytest.raises(SystemExit) as left:
            cli.main([*filter(None, [command]), "--help"])
        assert left.value.code == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "Exit status: 0 " in said
        assert "2 no verdict, or wrong arguments; 3 the tool failed" in said


def test_an_error_of_the_suite_has_a_status_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nnspec.conformance.command.explain.explained", lambda *_: 1 / 0)
    assert cli.main(["explain", "relu"]) == statuses.FAILED
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "an error of the suite" in said


@pytest.mark.parametrize("error", [MemoryError, RecursionError, OSError(errno.ENOSPC, "full")])
def test_memory_and_disks_are_no_verdict(
    error: Exception, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    write = files.write

    def fails(record: Record, *rest: Any) -> None:
        # The report of a run that has judged nothing yet is written.
        if record.results:
            raise error
        write(record, *rest)

    monkeypatch.chdir(folder)
    monkeypatch.setattr(files, "write", fails)
    assert cli.main(["certify", "./right.py", *ONE, "--report", "lost"]) == statuses.FAILED
    assert cli.main(["certify", "./wrong.py", *ONE, "--report", "lost"]) == statuses.BREAKING


@pytest.mark.parametrize(
    ("adapter", "status"), [("right", statuses.FAILED), ("wrong", statuses.BREAKING)]
)
def test_a_search_that_fails_leaves_the_report_of_the_plan(
    adapter: str, status: int, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.chdir(folder)
    monkeypatch.setattr("nnspec.conformance.search.explore.explore", fails)
    line = ["certify", f"./{adapter}.py", *ONE, "--explore", "1", "--report", f"kept-{adapter}"]
    assert cli.main(line) == status
    written = json.loads(Path(f"kept-{adapter}", "report.json").read_text(encoding="utf-8"))
    assert written["header"]["ended"] == "the search beyond the plan failed, and is incomplete"
    assert len(written["results"]) == 1


def conformance(folder: Path, *line: str, python: str = "", **streams: int) -> tuple[int, str]:
    """Run the command with output that leads somewhere, and return its status and its errors."""
    done = subprocess.run(
        [sys.executable, *filter(None, [python]), "-m", "nnspec", *line],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        **streams,
    )
    return done.returncode, done.stderr


def _closed() -> int:
    read, write = os.pipe()
    os.close(read)
    return write


@pytest.mark.proof
@pytest.mark.parametrize(("adapter", "status"), [("right", 3), ("wrong", 1)])
@pytest.mark.parametrize("full", [False, True])
def test_output_that_goes_nowhere_costs_neither_report_nor_verdict(
    adapter: str, status: int, folder: Path, *, full: bool
) -> None:
    if full and not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    out = os.open("/dev/full", os.O_WRONLY) if full else _closed()
    report = f"nowhere-{adapter}-{full}"
    line = ("certify", f"./{adapter}.py", *ONE, "--report", report)
    came, said = conformance(folder, *line, stdout=out)
    os.close(out)
    assert came == status, said
    assert "Traceback" not in said
    assert (folder / report / "report.json").is_file()
    assert cli.main(["verify", str(folder / report)]) == 0


@pytest.mark.proof
@pytest.mark.parametrize(
    "line", [("list",), ("explain", "relu"), ("--help",), ("list", "--inputs")], ids=" ".join
)
def test_a_closed_pipe_is_no_verdict(line: tuple[str, ...], folder: Path) -> None:
    out = _closed()
    came, said = conformance(folder, *line, stdout=out)
    os.close(out)
    assert (came, said) == (statuses.FAILED, "")


@pytest.mark.proof
@pytest.mark.parametrize("line", [("verify", "report"), ("certify", "./right.py", *ONE), ("list",)])
def test_without_docstrings_the_command_says_at_once_why_it_cannot(
    line: tuple[str, ...], folder: Path
) -> None:
    came, said = conformance(folder, *line, python="-OO", stdout=subprocess.DEVNULL)
    assert came == statuses.FAILED
    assert "drop the docstrings that the suite reads" in said
    assert "Traceback" not in said


@pytest.mark.proof
def test_a_misspelt_expectation_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["certify", str(folder / "quoted.py"), *ONE]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "expected_failures names 'relu/acuracy': there is no clause 'relu/acuracy'" in said
