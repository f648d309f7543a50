"""Each rule that a program in another language breaks is named, and the next call is answered."""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nnspec.conformance.sources import child as child_module
from nnspec.conformance.sources.child import Child
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.portable import PortableChild
from nnspec.conformance.sources.process import Process
from nnspec.conformance.terms.outcomes import Absent, Died, Ended, Malformed, Raised, TimedOut
from tests.sources.programs import HOSTILE, HOUR, PATIENT, X, child, softmax

pytestmark = pytest.mark.proof


@pytest.mark.parametrize(
    ("behavior", "outcome", "message"),
    [
        (
            "garbage",
            Malformed,
            "softmax was answered with something that is no message: '[info] kernels loaded'",
        ),
        ("a long line of garbage", Malformed, f"no message: '{'x' * 200}' and 800 more characters"),
        ("bytes", Malformed, "something that is no message"),
        ("a list", Malformed, "something that is no message: '[1, 2]'"),
        ("brackets", Malformed, "and 199800 more characters"),
        ("a list too deep", Malformed, "softmax was answered with "),
        ("nothing", Malformed, "something that is no message: ''"),
        ("neither", Malformed, "neither an answer nor an error nor a callback: '{}'"),
        ("both", Malformed, "neither an answer nor an error nor a callback"),
        ("two lines", Malformed, "softmax was answered with more than one line"),
        ("a line and a half", Malformed, "softmax was answered with more than one line"),
        (
            "an unknown kind",
            Malformed,
            "a kind (absent, raised, malformed) and a message were needed",
        ),
        (
            "an error without words",
            Malformed,
            "a kind (absent, raised, malformed) and a message were needed",
        ),
        ("an error in a word", Malformed, "the error '\"no\"'; a kind"),
        (
            "a question nobody answers",
            Malformed,
            "a callback (there is none) and arguments were needed",
        ),
        (
            "a question without arguments",
            Malformed,
            "a callback (there is none) and arguments were needed",
        ),
        (
            "an answer that nobody was asked for",
            Malformed,
            "a callback (there is none) and arguments were needed",
        ),
        ("questions in a word", Malformed, "asked '\"none\"'; a list of questions was needed"),
        ("many values", Malformed, "a line with more than 262,144 values: "),
        ("wide characters", Malformed, "a line of more than 4,194,304 bytes with characters"),
        ("escaped characters", Malformed, "a line of more than 4,194,304 bytes with characters"),
        ("absent", Absent, "no softmax here"),
        ("raised", Raised, "softmax: bad axis"),
        ("malformed", Malformed, "softmax gave an object"),
        ("a number", Malformed, "'1.0' where an object with dtype, shape and data was needed"),
        (
            "a number in a list",
            Malformed,
            "'1.0' where an object with dtype, shape and data was needed",
        ),
        ("missing data", Malformed, "where an object with dtype, shape and data was needed"),
        (
            "too few bytes",
            Malformed,
            "8 bytes for an array of float64 of shape '[2]'; 16 were needed",
        ),
        ("no base 64", Malformed, "an array that cannot be read: "),
        ("no padding", Malformed, "an array that cannot be read: Incorrect padding"),
        (
            "an unknown dtype",
            Malformed,
            "a dtype must be one of float64, float32, float16, bfloat16 or int64; got 'complex64'",
        ),
        ("a dtype in a list", Malformed, "two strings were needed"),
        ("a negative length", Malformed, "a list of lengths was needed"),
        ("a length that is true", Malformed, "a list of lengths was needed"),
        ("too many axes", Malformed, "an array that cannot be read: maximum supported dimension"),
        (
            "closes its output",
            Died,
            "softmax ended the process: closed its end of the line in the middle of the call",
        ),
        (
            "exits",
            Died,
            "softmax ended the process: exited with status 3 in the middle of the call",
        ),
    ],
)
def test_a_rule_that_is_broken_is_named_and_the_next_call_is_answered(
    behavior: str, outcome: type[Ended], message: str
) -> None:
    with child(behavior) as process:
        with pytest.raises(outcome) as ended:
            softmax(process)
        assert type(ended.value) is outcome
        assert message in ended.value.message
        assert process.call("relu", [X], {}) == 1


@pytest.mark.parametrize(("behavior", "answer"), [("windows", 1), ("nested", [1, [1, 1]])])
def test_an_answer_may_end_its_line_as_windows_does_and_be_a_nested_list(
    behavior: str, answer: object
) -> None:
    with child(behavior) as process:
        assert softmax(process) == answer


def test_what_a_child_of_another_language_raises_keeps_its_traceback() -> None:
    with child("raised") as process, pytest.raises(Raised) as ended:
        softmax(process)
    assert ended.value.details == {"traceback": "at softmax (adapter.mjs:7)"}


def test_the_last_words_of_a_child_are_kept() -> None:
    with child("exits") as process, pytest.raises(Died) as ended:
        softmax(process)
    assert ended.value.details == {"stderr": "out of luck"}


@pytest.mark.skipif(
    not hasattr(signal, "SIGRTMIN"), reason="the system has no signals without a name"
)
def test_a_signal_without_a_name_is_given_by_its_number() -> None:
    with (
        child("dies of a signal without a name") as process,
        pytest.raises(Died, match="softmax ended the process: signal 40 in the"),
    ):
        softmax(process)


def test_an_answer_that_lacks_the_end_of_its_line_is_shown() -> None:
    with child("forgets the end", limit=0.5) as process, pytest.raises(TimedOut) as ended:
        softmax(process)
    assert ended.value.message.startswith(
        'softmax gave no answer within 0.5 s, only a line without an end: \'{"answer": '
    )


def test_a_child_that_ends_just_before_it_is_asked_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Child, "unasked", lambda _: b"")
    with child("exits after its answer") as process:
        softmax(process)
        process.conversation.child._process.wait()
        with pytest.raises(Died, match="exited with status 0"):
            softmax(process)


def test_a_flood_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "LONGEST", 2**20)
    with child("floods") as process:
        with pytest.raises(Malformed, match="more than 1048576 bytes without an end"):
            softmax(process)
        assert process.call("relu", [X], {}) == 1


def test_a_child_that_speaks_unasked_is_found_out_before_it_is_asked_again() -> None:
    with child("speaks unasked") as process:
        assert softmax(process) == 1
        process.conversation.child._readable.select(PATIENT)
        with pytest.raises(
            Malformed, match="before relu was called, the process wrote without being asked"
        ):
            process.call("relu", [X], {})
        assert process.call("relu", [X], {}) == 1


@pytest.mark.parametrize("behavior", ["exits after its answer", "falls silent after its answer"])
def test_a_child_that_is_gone_after_its_answer_is_started_again(behavior: str) -> None:
    with child(behavior) as process:
        for _ in range(2):
            assert softmax(process) == 1
            process.conversation.child._readable.select(PATIENT)
        assert process.call("relu", [X], {}) == 1


def test_a_child_that_stops_reading_cannot_hold_us_up() -> None:
    with child("stops reading", limit=0.5) as process:
        began = time.monotonic()
        with pytest.raises(TimedOut):
            process.call("relu", [np.zeros(2**20)], {})
        assert time.monotonic() - began < PATIENT / 2


def test_a_child_that_is_asked_to_stop_is_given_the_time_to_do_so(tmp_path: Path) -> None:
    child("takes its leave", str(tmp_path / "mark")).close()
    assert (tmp_path / "mark").exists()


def test_a_child_that_cannot_be_started_again_costs_each_call_and_not_the_run(
    tmp_path: Path,
) -> None:
    with child("starts once", str(tmp_path / "mark")) as process:
        with pytest.raises(Died, match="exited with status 3"):
            softmax(process)
        for _ in range(2):
            with pytest.raises(
                Died,
                match=r"could not be started again for relu: "
                r".* ended before it was ready: exited with status 5",
            ):
                process.call("relu", [X], {})


def test_only_the_first_call_of_an_operation_in_a_dtype_is_given_time_to_warm_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = []
    receive = Child.receive

    def timed(self: Child, deadline: float, due: int = 1) -> bytes:
        limits.append(round((deadline - time.monotonic()) / HOUR))
        return receive(self, deadline, due)

    monkeypatch.setattr(Child, "receive", timed)
    command = [sys.executable, str(HOSTILE / "child.py"), "garbage"]
    with Process(command, limit=HOUR, warm_up=2 * HOUR, start_limit=3 * HOUR) as process:
        for array in (X, X, X.astype(np.float32), [X], X):
            process.call("relu", [array], {})
        process.call("zeros", [], {"dtype": "float32"})
        process.call("zeros", [], {"dtype": "float64"})
        process.conversation.end()
        process.call("relu", [X], {})
    assert limits == [3, 2, 1, 2, 1, 1, 2, 2, 3, 2]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ([], "the command to start is empty"),
        (
            ["/nonesuch/node", "adapter.mjs"],
            "cannot start /nonesuch/node adapter.mjs: No such file or directory",
        ),
        (["false"], "false ended before it was ready: exited with status 1"),
    ],
)
def test_a_command_that_cannot_be_started_is_an_error_that_says_why(
    command: list[str], message: str
) -> None:
    with pytest.raises(AdapterError) as refusal:
        Process(command)
    assert str(refusal.value) == message


def test_without_fork_the_process_is_a_portable_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psutil")
    monkeypatch.delattr(os, "fork")
    with child("absent") as process:
        assert isinstance(process.conversation.child, PortableChild)


@pytest.mark.parametrize(
    ("behavior", "message"),
    [
        (("never starts",), "gave no answer to start within 0.5 s"),
        (("exits at start",), "ended before it was ready: exited with status 4\nno such device"),
        (("starts with", "hello"), "answered start with something that is no message: 'hello'"),
        (
            (
                "starts with",
                '{"error": {"kind": "adapter", "message": "version 1 is not spoken here"}}',
            ),
            "version 1 is not spoken here",
        ),
        (("starts with", '{"error": "no"}'), "no"),
        (("starts with", '{"name": "child"}'), "a name and operations were needed"),
        (("starts with", '{"name": 3, "operations": []}'), "name '3'; a string was needed"),
        (
            ("starts with", '{"name": "", "operations": [3]}'),
            "operations '[3]'; a list of strings was needed",
        ),
        (
            ("starts with", '{"name": "", "operations": [], "fixed": {"relu": 3}}'),
            "an object of objects was needed",
        ),
        (
            ("starts with", '{"name": "", "operations": [], "expected_failures": []}'),
            "an object of strings was needed",
        ),
        (
            ("starts with", '{"name": "", "operations": [], "compiles_shapes": 1}'),
            "compiles_shapes '1'; true or false was needed",
        ),
        (
            (
                "starts with",
                '{"name": "", "operations": [], "accumulates_in": {"float16": "float8"}}',
            ),
            "got 'float8'",
        ),
    ],
)
def test_a_start_that_fails_is_an_error_that_says_why(
    behavior: tuple[str, ...], message: str
) -> None:
    with pytest.raises(AdapterError) as refusal:
        child(*behavior, start_limit=0.5 if behavior[0] == "never starts" else PATIENT)
    assert message in str(refusal.value)


def test_a_child_is_not_asked_for_what_it_does_not_offer() -> None:
    with child("garbage") as process:
        with pytest.raises(Absent, match="the adapter offers no tanh"):
            process.call("tanh", [X], {})
        process.close()
        with pytest.raises(Absent, match="the adapter offers no tanh"):
            process.call("tanh", [X], {})
        assert process.conversation.child is None


def test_what_a_child_leaves_unsaid_of_itself_is_as_for_any_adapter() -> None:
    with child("absent") as process:
        described = process.description
    assert (described.name, described.operations) == ("child", ("relu", "softmax", "zeros"))
    assert (described.version, described.dtypes, described.digest) == (
        "",
        ("float64", "float32"),
        "",
    )
