"""A run whose report, terminal or disk fails, or that a signal ends, says so and leaves nothing."""

import fcntl
import json
import os
import resource
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnspec.conformance.terms import files
from tests.command.trials import leaves_nothing, ran
from tests.sources.programs import HOSTILE

pytestmark = pytest.mark.usefixtures("plain_folder")

RELU = """
import numpy as np


def relu(x):
    return np.maximum(x, 0)
"""

ONE = ("--only", "relu/accuracy[everyday,float64]")
FILES = {
    *("answers.jsonl.gz", "badge.json", "junit.xml", "report.html", "report.json"),
    *("results.sarif", "statement.intoto.json", "summary.md"),
}


@pytest.fixture
def plain_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder that the command lines of all processes name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.syspath_prepend(str(tmp_path))
    Path("a.py").write_text(RELU, encoding="utf-8")


def report() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("r/report.json").read_text(encoding="utf-8"))
    return found


def looped() -> None:
    Path("r").symlink_to("r")


def held() -> None:
    Path("r/report.html").mkdir(parents=True)


def held_answers() -> None:
    Path("r/answers.jsonl.gz").mkdir(parents=True)


@pytest.mark.parametrize(
    ("make", "folder"),
    [
        (Path("r").touch, "r"),
        (Path("r").touch, "r/deeper"),
        (looped, "r"),
        (held, "r"),
        (held_answers, "r"),
        (lambda: os.mkfifo("r"), "r"),
        (lambda: None, "/dev/full"),
        (lambda: None, "/dev/null/r"),
        (lambda: None, "/proc/r"),
        (lambda: None, "n" * 300),
        (lambda: None, "a\0b"),
    ],
)
def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_judged(
    make: Callable[[], None], folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make()
    found = ran(capsys, "certify", "./a.py", *ONE, "--report", folder)
    assert found.status == 3
    assert found.err.startswith("conformance: ")
    assert "cannot be written: " in found.err
    assert "cases planned" not in found.out
    leaves_nothing(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("coverage", "r", "--output", "MISSING"),
        ("coverage", "r", "--format", "html", "--output", "MISSING"),
        ("compare", "r", "--output", "MISSING"),
        ("compare", "r", "--format", "json", "--output", "MISSING"),
        ("init", "MISSING"),
    ],
)
@pytest.mark.parametrize("missing", ["no/such/folder/x.py", "/dev/full", "a.py/x", "n" * 300])
def test_a_file_that_cannot_be_written_is_refused(
    arguments: tuple[str, ...], missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if arguments[0] != "init":
        assert ran(capsys, "certify", "./a.py", *ONE, "--report", "r").status == 0
    named = [missing if each == "MISSING" else each for each in arguments]
    found = ran(capsys, *named)
    exists = arguments[0] == "init" and missing == "/dev/full"
    assert found.status == (2 if exists else 3)
    assert ("exists already" if exists else "cannot be written: ") in found.err


def test_a_second_writer_of_a_folder_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, "certify", "./a.py", *ONE, "--report", "r").status == 0
    before = Path("r/report.json").read_bytes()
    with files.claimed(Path("r")):
        found = ran(capsys, "certify", "./a.py", *ONE, "--report", "r")
    assert found.status == 3
    assert "another process is writing into it" in found.err
    assert Path("r/report.json").read_bytes() == before
    assert ran(capsys, "certify", "./a.py", *ONE, "--report", "r").status == 0


def test_a_folder_is_free_again_when_its_writer_is_killed(tmp_path: Path) -> None:
    holder = "import sys, pathlib; from nnspec.conformance.terms.files import claimed\n"
    holder += "with claimed(pathlib.Path('r')):\n    print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        descriptor = os.open("r", os.O_RDONLY)
        assert not files.is_locked(descriptor)
        process.kill()
    assert files.is_locked(descriptor)
    os.close(descriptor)


def test_what_a_killed_writer_left_is_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("r").mkdir()
    Path("r/.nnspec-0123456789abcdef.part").touch()
    assert ran(capsys, "certify", "./a.py", *ONE, "--report", "r").status == 0
    leaves_nothing(tmp_path)
    assert {path.name for path in Path("r").iterdir()} == FILES


@pytest.mark.parametrize("kind", ["fifo", "link"])
def test_what_an_adapter_puts_into_the_place_of_a_report_is_replaced(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put = {"fifo": "os.mkfifo(f'r/{name}')", "link": "os.symlink('../precious', f'r/{name}')"}
    hostile = f"""
import os
import numpy as np

os.chdir({str(Path.cwd())!r})


def relu(x):
    for name in os.listdir("r"):
        if not name.startswith("."):
            os.unlink(f"r/{{name}}")
            {put[kind]}
    return np.maximum(x, 0)
"""
    Path("precious").write_text("mine", encoding="utf-8")
    Path("hostile.py").write_text(hostile, encoding="utf-8")
    assert ran(capsys, "certify", "./hostile.py", *ONE, "--report", "r").status == 0
    assert Path("precious").read_text(encoding="utf-8") == "mine"
    assert {path.name for path in Path("r").iterdir() if path.is_file()} >= FILES
    assert not any(path.is_symlink() for path in Path("r").iterdir())
    assert ran(capsys, "verify", "r").status == 0


def test_a_folder_that_an_adapter_puts_into_the_place_of_a_report_is_told_with_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = f"""
import os
import numpy as np


def relu(x):
    os.unlink({str(tmp_path / "r/report.html")!r})
    os.mkdir({str(tmp_path / "r/report.html")!r})
    return np.maximum(x, 0)
"""
    Path("hostile.py").write_text(hostile, encoding="utf-8")
    case = "relu/accuracy[everyday,float64]"
    found = ran(capsys, "certify", "./hostile.py", "--only", case, "--report", "r")
    assert "MUST cases conform" in found.out or "does not conform" in found.out
    assert found.status in (1, 3)
    assert "report.html cannot be written" in found.err
    leaves_nothing(tmp_path)


def command(*arguments: str, limit: int = 0, **rest: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own, which may write files of `limit` bytes."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-m", "nnspec", *arguments],
        check=False,
        stderr=subprocess.PIPE,
        preexec_fn=limited if limit else None,
        **rest,
    )


@pytest.mark.proof
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("limit", [1000, 60_000])
def test_a_full_disk_costs_the_report_and_not_the_verdict(
    limit: int, jobs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A file that may not grow fails as a full disk does. The program shares no memory, whose file
    # may not grow either.
    start = {"name": "p", "operations": ["identity", "gradient_descent"]}
    words = [sys.executable, str(HOSTILE / "replies.py"), json.dumps(start), "{}", str(tmp_path)]
    only = ("--only", "identity", "--only", "gradient_descent/accuracy[example,float64]")
    done = command(
        *("certify", "--command", shlex.join(words), *only, "--report", "r", "--jobs", jobs),
        limit=limit,
        stdout=subprocess.PIPE,
    )
    # Where the jobs can tell, gradient_descent breaks a MUST, and that is said whatever else is.
    assert done.returncode in (1, 3)
    assert b"Traceback" not in done.stderr
    assert b"could not be written" in done.stderr or b"cannot be written" in done.stderr
    leaves_nothing(tmp_path)
    if Path("r/report.json").exists():
        assert report()["header"]["ended"]
        assert ran(capsys, "verify", "r").status == 2


@pytest.mark.proof
@pytest.mark.parametrize(
    "arguments", [("list",), ("explain", "relu"), ("--help",), ("certify", "./a.py", *ONE)]
)
def test_a_full_device_is_told(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = command(*arguments, stdout=full)
    assert done.returncode == 3
    assert done.stderr.decode().splitlines()[-1].endswith("No space left on device")
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.proof
@pytest.mark.parametrize("broken", ["full", "closed"])
def test_a_report_is_written_whatever_becomes_of_the_terminal(
    broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("certify", "./a.py", *ONE, "--report", "r")
    if broken == "full":
        with Path("/dev/full").open("wb") as output:
            done = command(*arguments, stdout=output)
    else:
        read, write = os.pipe()
        os.close(read)
        done = command(*arguments, stdout=write)
        os.close(write)
        assert done.stderr == b""
    assert done.returncode == 3
    assert ran(capsys, "verify", "r").status == 0


@pytest.mark.proof
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "cp437"},
        {"PYTHONIOENCODING": "utf-8:strict"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
    ids=lambda environment: ",".join(f"{name}={value}" for name, value in environment.items()),
)
def test_every_terminal_takes_every_output(environment: dict[str, str]) -> None:
    Path("wrong.py").write_text(RELU.replace("0)", "1)"), encoding="utf-8")
    rest: dict[str, Any] = {"env": os.environ | environment, "stdout": subprocess.PIPE}
    for status, arguments in (
        (1, ("certify", "./wrong.py", "--only", "relu/accuracy", "--report", "r")),
        (0, ("compare", "r")),
        (0, ("explain", "softmax")),
        (0, ("init", "ü✓.py")),
    ):
        done = command(*arguments, **rest)
        assert (done.returncode, done.stderr) == (status, b"")
        assert done.stdout


def test_a_lock_is_not_handed_on(tmp_path: Path) -> None:
    """A process that a writer has started does not hold the folder when the writer has ended."""
    with files.claimed(tmp_path / "r"):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        descriptor = os.open(tmp_path / "r", os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(descriptor)
    finally:
        child.kill()
        child.wait()
