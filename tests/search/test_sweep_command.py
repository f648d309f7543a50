"""The command goes on from where a sweep was, whatever ended it."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.search.sweeps import PLAIN, asked, plain, result, run

pytestmark = pytest.mark.usefixtures("plain_folder")


def test_a_sweep_says_what_it_found_and_goes_on_from_where_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("tanh", "--adapter", plain(), "--dtype", "float16", "--jobs", "2") == 1
    out = capsys.readouterr().out
    assert "✗ MUST tanh/accuracy  256 of 61,442 answers are outside the bound" in out
    assert "1.0 (0x3c00) … 1.2490234375 (0x3cff), 256 inputs" in out
    assert "plain 1: tanh in float16 breaks on 65,536 of 65,536 inputs" in out
    first = result()
    assert first["summary"]["complete"]
    assert set(asked().values()) == {1}
    before = asked()
    assert run("tanh", "--adapter", "./plain.py", "--dtype", "float16", "--jobs", "2") == 1
    assert asked() == before
    assert result()["findings"] == first["findings"]


@pytest.mark.proof
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_loses_nothing_and_nothing_is_done_again() -> None:
    # Each of 16 tasks takes a second, and no machine is so busy that a few of them are not seen
    # to be done before all are.
    command = [
        sys.executable,
        "-m",
        "conformance",
        "sweep",
        "tanh",
        "--adapter",
        plain(1.0),
        "--dtype",
        "float16",
        "--jobs",
        "2",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        journal = Path("sweep/sweep-tanh-float16.jsonl")

        def both_lanes_are_in_a_task() -> bool:
            done = journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0
            return done >= 3 and sum(asked().values()) == done + 2

        waited_for(both_lanes_are_in_a_task)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "interrupted; finished tasks are kept in sweep" in err
    assert "Traceback" not in err
    finished = journal.read_bytes().count(b"\n") - 1
    assert 3 <= finished == sum(asked().values()) < 16
    assert run(*command[4:]) == 1
    assert sum(asked().values()) == 16
    assert set(asked().values()) == {1}
    assert result()["summary"]["complete"]


@pytest.mark.proof
def test_a_killed_sweep_goes_on_without_the_line_that_was_cut_off() -> None:
    arguments = ("tanh", "--adapter", plain(), "--dtype", "float16", "--jobs", "1")
    run(*arguments)
    journal, complete = Path("sweep/sweep-tanh-float16.jsonl"), result()["findings"]
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:10]) + lines[10][:50])
    before = asked()
    assert run(*arguments) == 1
    assert sum((asked() - before).values()) == 7
    assert {**result()["findings"], "nanoseconds": {}} == {**complete, "nanoseconds": {}}
    assert len(journal.read_bytes().splitlines()) == 17


@pytest.mark.proof
def test_a_folder_with_another_sweep_is_refused_and_left_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ("tanh", "--adapter", plain(), "--dtype", "float16", "--jobs", "1")
    run(*arguments)
    text = Path("plain.py").read_text(encoding="utf-8")
    Path("plain.py").write_text(
        text.replace('"1", ("float16",)', '"2", ("float16",)'), encoding="utf-8"
    )
    before = Path("sweep/sweep-tanh-float16.jsonl").read_bytes()
    assert run(*arguments) == 2
    err = capsys.readouterr().err
    assert "belongs to another sweep: adapter was" in err
    assert '"version": "1"' in err
    assert '"version": "2"' in err
    assert Path("sweep/sweep-tanh-float16.jsonl").read_bytes() == before
    Path("sweep/sweep-tanh-float16.jsonl").write_text("something else\n", encoding="utf-8")
    assert run(*arguments) == 2
    assert "is not a journal of a sweep" in capsys.readouterr().err


@pytest.mark.proof
def test_parts_are_counted_together_where_their_files_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ("tanh", "--adapter", plain(), "--dtype", "float16", "--jobs", "1")
    assert run(*arguments, "--part", "2/3") == 0
    assert "part 2 of 3" in capsys.readouterr().out
    part = result("sweep-tanh-float16.2-of-3")
    assert part["summary"]["complete"] is False
    assert part["summary"]["inputs"] == part["header"]["planned"] == 5 * 4096
    assert run(*arguments, "--part", "1/3") == 1
    assert run(*arguments, "--part", "3/3") == 1
    assert result()["summary"]["complete"]
    assert sum(asked().values()) == 16


@pytest.mark.proof
def test_an_input_that_kills_the_process_costs_a_small_range() -> None:
    text = PLAIN.replace("PAUSE", "0").replace(
        "    with np.errstate",
        "    if np.any(x == np.float16(-0.75)):\n        os.abort()\n    with np.errstate",
    )
    Path("deadly.py").write_text(text, encoding="utf-8")
    assert run("tanh", "--adapter", "./deadly.py", "--dtype", "float16", "--jobs", "1") == 1
    found = result()
    at = int(np.array(-0.75, np.float16).view(np.uint16))
    ((first, last, outcome, _),) = found["findings"]["unanswered"]["ranges"]
    assert first <= at <= last
    assert (last - first + 1, outcome) == (1024, "crashes")
    assert found["summary"]["complete"]


@pytest.mark.proof
def test_an_input_that_hangs_costs_a_small_range() -> None:
    text = PLAIN.replace("PAUSE", "100 * np.any(x == np.float16(-0.75))")
    Path("hanging.py").write_text(text, encoding="utf-8")
    limits = ("--time-limit", "0.5", "--warm-up-limit", "1")
    assert (
        run("tanh", "--adapter", "./hanging.py", "--dtype", "float16", "--jobs", "1", *limits) == 1
    )
    ((first, last, outcome, _),) = result()["findings"]["unanswered"]["ranges"]
    assert (last - first + 1, outcome) == (1024, "times out")


STEPS = """
import base64, json, sys
import numpy as np

for line in sys.stdin:
    request = json.loads(line)
    if request["request"] == "start":
        reply = {"name": "steps", "version": "1", "operations": ["step"], "dtypes": ["float16"]}
    elif request["request"] == "call":
        (x,) = request["arguments"]
        values = np.frombuffer(base64.b64decode(x["data"]), np.float16)
        answer = np.where(np.isnan(values), values, (values > 0).astype(np.float16))
        data = base64.b64encode(answer.tobytes()).decode()
        reply = {"answer": {"dtype": x["dtype"], "shape": x["shape"], "data": data}}
    else:
        break
    print(json.dumps(reply), flush=True)
"""


@pytest.mark.proof
def test_a_command_is_swept_through_the_line_protocol() -> None:
    Path("steps.py").write_text(STEPS, encoding="utf-8")
    assert (
        run("step", "--command", f"{sys.executable} steps.py", "--dtype", "float16", "--jobs", "1")
        == 0
    )
    assert result("sweep-step-float16")["header"]["adapter"]["name"] == "steps"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("softmax", "--adapter", "loopback", "--dtype", "float16"),
            "softmax does not answer element by element; what can be swept is",
        ),
        (("tanhh", "--adapter", "loopback", "--dtype", "float16"), "tanhh is no operation"),
        (("tanh", "--adapter", "loopback", "--dtype", "float64"), "float64 has 2^64 numbers"),
        (
            ("tanh", "--adapter", "reference", "--dtype", "float16"),
            "reference declares the dtypes float64; got float16",
        ),
        (
            ("tanh", "--adapter", "loopback", "--dtype", "float16", "--parameter", "slope=1"),
            "the parameters of tanh are none; got slope",
        ),
        (("tanh", "--adapter", "./nowhere.py", "--dtype", "float16"), "there is no file"),
    ],
)
def test_what_cannot_be_swept_is_refused_with_what_can(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, "--jobs", "1") == 2
    assert said in capsys.readouterr().err


@pytest.mark.proof
def test_a_parameter_is_given_on_the_command_line() -> None:
    arguments = (
        "leaky_relu",
        "--adapter",
        "loopback",
        "--dtype",
        "float16",
        "--parameter",
        "negative_slope=0.5",
        "--jobs",
        "1",
    )
    assert run(*arguments) == 0
    assert result("sweep-leaky_relu-float16")["header"]["parameters"] == {"negative_slope": 0.5}


def waited_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
