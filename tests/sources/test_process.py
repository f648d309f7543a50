"""An adapter in another process: whatever it does ends one call, in words that say what it did, and the next call is answered."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from nnspec import conformance
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.sources import ahead, conversation, messages
from nnspec.conformance.sources import child as child_module
from nnspec.conformance.sources import process as protocol
from nnspec.conformance.sources.child import Child
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.loading import load
from nnspec.conformance.sources.messages import (
    MessageError,
    array_of,
    decode,
    encode,
    laid_out,
    line_of,
    message_of,
    shown,
)
from nnspec.conformance.sources.process import Process
from nnspec.conformance.terms.callbacks import Asking, Callback, Live, scripted
from nnspec.conformance.terms.formats import NAMES, cast
from nnspec.conformance.terms.outcomes import Absent, Died, Ended, Malformed, Raised, TimedOut

HOSTILE = Path(__file__).parent / "hostile"
SCHEMAS = {
    path.name: json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(conformance.__file__).parent / "sources" / "schemas").glob("*.json")
}
X = np.array([[1.0, -2.0, 3.0]])


# Seconds that whatever does come may take to come: others may keep the machine busy. What never comes is given less.
PATIENT = 60.0
HOUR = 3600.0


def worker(name: str, limit: float = PATIENT) -> Process:
    return protocol.worker(f"{HOSTILE}/adapters.py:{name}", limit=limit, warm_up=limit)


def child(*behavior: str, limit: float = PATIENT, start_limit: float = PATIENT) -> Process:
    return Process(
        [sys.executable, str(HOSTILE / "child.py"), *behavior],
        limit=limit,
        warm_up=limit,
        start_limit=start_limit,
    )


def softmax(process: Process) -> object:
    return process.call("softmax", [X], {"axis": -1})


def assert_answers(process: Process) -> None:
    process.conversation.limit = process.conversation.warm_up = PATIENT
    assert process.call("relu", [X], {}).tolist() == [[1, 0, 3]]


def assert_shows_softmax(words: str) -> None:
    """Assert that a process said where it was, in the adapter's lines and not in ours."""
    assert re.search(r'hostile/adapters\.py", line \d+ in softmax', words)
    assert "conformance" not in words


def lives(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet buried does not."""
    try:
        os.kill(pid, 0)
        return (
            not Path("/proc/self").exists()
            or Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
            != "Z"
        )
    except (ProcessLookupError, FileNotFoundError):
        return False


def dies(pid: int) -> bool:
    until = time.monotonic() + PATIENT
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not lives(pid)


# What an adapter does, and what comes of it.


ENDINGS = [
    ("RaisesSystemExit", Raised, "softmax raised SystemExit: no licence"),
    ("Raises", Raised, "softmax raised ValueError: axis must be 0 — or 1"),
    ("AnswersLists", Malformed, "softmax answered with a list of float; a NumPy array was needed"),
    (
        "AnswersComplex",
        Malformed,
        "softmax answered with an array of complex128; one of float64, float32, float16, bfloat16 was needed",
    ),
    ("Modifies", Malformed, "softmax modified its argument x"),
    ("OffersNothing", Absent, "the adapter offers no softmax"),
]


@pytest.mark.parametrize(
    ("adapter", "outcome", "message"),
    [
        *ENDINGS,
        ("Segfaults", Died, "softmax ended the process: SIGSEGV in the middle of the call"),
        ("KillsItself", Died, "softmax ended the process: SIGKILL in the middle of the call"),
        (
            "Leaves",
            Died,
            "softmax ended the process: exited with status 0 in the middle of the call",
        ),
        ("RaisesKeyboardInterrupt", Raised, "softmax raised KeyboardInterrupt"),
        (
            "RaisesTheUnprintable",
            Raised,
            "softmax raised UnprintableError: an exception that cannot be printed",
        ),
        ("AnswersWithinItself", Raised, "softmax raised RecursionError"),
    ],
)
def test_whatever_an_adapter_does_ends_one_call_and_the_next_is_answered(
    adapter: str, outcome: type[Ended], message: str
) -> None:
    with worker(adapter) as process:
        with pytest.raises(outcome) as ended:
            softmax(process)
        assert ended.value.message == message
        if adapter != "OffersNothing":
            assert_answers(process)


@pytest.mark.parametrize(("adapter", "outcome", "message"), ENDINGS)
def test_both_paths_give_the_same_words(adapter: str, outcome: type[Ended], message: str) -> None:
    with pytest.raises(outcome) as ended:
        InProcess(*load(f"{HOSTILE}/adapters.py:{adapter}")).call(
            "softmax", [X.copy()], {"axis": -1}
        )
    assert ended.value.message == message


def test_an_answer_of_another_shape_and_dtype_arrives_as_it_is() -> None:
    with worker("AnswersOtherwise") as process:
        answer = softmax(process)
        assert (answer.tolist(), answer.dtype) == ([1, 2, 3], np.float32)
        with pytest.raises(
            Malformed, match="softmax answered in float32; its arguments are float64"
        ):
            Implementation(process, "float64").softmax(X, axis=-1)


def test_what_an_adapter_lacks_is_absent_in_its_own_words() -> None:
    with (
        worker("Raises") as process,
        pytest.raises(Absent, match="no log_softmax for axis -1 on device \udc80"),
    ):
        process.call("log_softmax", [X], {"axis": -1})


def test_an_exception_shows_the_line_of_the_adapter() -> None:
    with worker("Raises") as process, pytest.raises(Raised) as ended:
        softmax(process)
    assert "adapters.py" in ended.value.details["traceback"]
    assert "in softmax" in ended.value.details["traceback"]


def test_a_crash_shows_where_it_happened_and_what_was_printed_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    with worker("Segfaults") as process, pytest.raises(Died) as ended:
        softmax(process)
    assert "Segmentation fault" in ended.value.details["stderr"]
    assert_shows_softmax(ended.value.details["stderr"])
    with worker("KillsItself") as process, pytest.raises(Died) as ended:
        softmax(process)
    assert ended.value.details["stderr"].endswith("the last words")


def test_a_loop_in_c_that_holds_the_lock_is_ended_and_shows_where_it_was() -> None:
    with worker("LoopsInC", limit=0.7) as process:
        with pytest.raises(TimedOut) as ended:
            softmax(process)
        assert ended.value.message == "softmax gave no answer within 0.7 s"
        assert_shows_softmax(ended.value.details["stderr"])
        assert_answers(process)


def test_an_answer_that_comes_too_late_is_no_answer_to_the_next_call() -> None:
    with worker("SleepsOnce", limit=0.7) as process:
        with pytest.raises(TimedOut):
            softmax(process)
        for _ in range(3):
            assert_answers(process)
            time.sleep(0.2)


def test_nothing_that_is_printed_gets_among_the_messages_and_nobody_reads_them_from_standard_input() -> (
    None
):
    with worker("Floods") as process:
        assert softmax(process).tolist() == X.tolist()
        assert process.call("log_softmax", [X], {"axis": -1}) == 0
        assert_answers(process)


@pytest.mark.parametrize(
    ("operation", "outcome", "limit"), [("log_softmax", Died, PATIENT), ("tanh", TimedOut, 0.7)]
)
def test_a_process_that_an_adapter_started_hides_no_ending_and_dies_with_it(
    operation: str, outcome: type[Ended], limit: float
) -> None:
    with worker("StartsAProcess", limit=limit) as process:
        with pytest.raises(outcome) as ended:
            process.call(operation, [X], {"axis": -1} if operation == "log_softmax" else {})
        pid = next(
            int(line) for line in ended.value.details["stderr"].splitlines() if line.isdigit()
        )
        assert dies(pid)
        assert_answers(process)


def test_a_process_that_an_adapter_started_dies_when_all_is_over() -> None:
    with worker("StartsAProcess") as process:
        pid = int(softmax(process))
        assert_answers(process)
        assert lives(pid)
    assert dies(pid)


def test_a_daemon_that_keeps_standard_error_open_is_not_waited_for() -> None:
    with worker("StartsAProcess") as process:
        with pytest.raises(Died, match="exited with status 3") as ended:
            process.call("sigmoid", [X], {})
        daemon = next(
            int(line) for line in ended.value.details["stderr"].splitlines() if line.isdigit()
        )
        assert lives(daemon)
        os.kill(daemon, signal.SIGKILL)
        assert_answers(process)


def test_a_child_that_does_not_stop_when_it_is_asked_is_killed() -> None:
    process = worker("NeverStops")
    assert_answers(process)
    pid = process.conversation.child._process.pid
    process.close()
    assert dies(pid)
    process.close()


def test_a_worker_that_nobody_speaks_to_any_more_ends() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "nnspec.conformance.sources.worker"],
        input=b"",
        capture_output=True,
        timeout=PATIENT,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_interrupting_a_call_leaves_no_answer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: object, deadline: float, due: int) -> bytes:
        raise KeyboardInterrupt

    with worker("Raises") as process:
        with monkeypatch.context() as patched:
            patched.setattr(Child, "receive", interrupt)
            with pytest.raises(KeyboardInterrupt):
                softmax(process)
        assert_answers(process)


# What an adapter is given, and how it describes itself.


def strided(dtype: str) -> Iterator[tuple[str, np.ndarray]]:
    block = cast(np.arange(24.0).reshape(4, 6), dtype)
    yield "contiguous", block
    yield "every other column", block[:, ::2]
    yield "reversed", block[::-1, ::-2]
    yield "transposed", block.T
    yield "broadcast", np.broadcast_to(block[0], (3, 6))
    yield "one element", block[1:2, 3:4]
    yield "scalar", block[1, 2, ...]
    yield "empty", block[:0, ::2]
    yield "overlapping", np.lib.stride_tricks.sliding_window_view(block[0], 3)


@pytest.mark.parametrize("dtype", NAMES)
def test_an_adapter_is_given_the_very_array_with_its_strides_and_its_protection(dtype: str) -> None:
    with worker("TellsOfItsInputs") as process:
        for name, array in strided(dtype):
            answer = process.call("identity", [array], {})
            assert (answer.dtype, answer.shape, answer.tobytes()) == (
                array.dtype,
                array.shape,
                array.tobytes(),
            ), name
            assert process.call("relu", [array], {}) == array.flags.writeable, name
            if array.size > 1:
                assert tuple(process.call("softmax", [array], {"axis": -1})) == array.strides, name


def test_between_the_elements_of_a_strided_array_lies_nan() -> None:
    with worker("TellsOfItsInputs") as process:
        memory = process.call("tanh", [np.arange(8, dtype=np.float32)[1::3]], {})
        assert np.array_equal(
            memory, np.float32([1, np.nan, np.nan, 4, np.nan, np.nan, 7]), equal_nan=True
        )
        labels = process.call("tanh", [np.arange(4)[::3]], {})
        assert labels.tolist() == [0, np.iinfo(np.int64).min, np.iinfo(np.int64).min, 3]


def test_what_lies_between_elements_without_a_stride_in_elements_arrives_in_order() -> None:
    packed = np.zeros(3, [("byte", "i1"), ("number", "<f8")])["number"]
    assert "strides" not in encode(packed, layout=True)
    assert "strides" in encode(np.zeros(6)[::2], layout=True)


def test_arrays_of_the_other_byte_order_are_the_same_numbers() -> None:
    numbers = np.array([1.5, -2.0, np.inf])
    assert encode(numbers.astype(">f8")) == encode(numbers)
    assert array_of(encode(numbers.astype(">f8"))).tolist() == numbers.tolist()


@pytest.mark.parametrize("dtype", NAMES)
def test_every_bit_of_a_special_number_survives(dtype: str) -> None:
    width = cast(0, dtype).itemsize
    pattern = np.array(
        [1, (1 << (8 * width - 1)) | 1, (1 << (8 * width - 2)) - 1, (1 << (8 * width - 1)) - 3],
        f"u{width}",
    )
    array = pattern.view(cast(0, dtype).dtype)
    assert array_of(message_of(line_of(encode(array)))).tobytes() == array.tobytes()


def test_a_parameter_arrives_as_the_number_or_tuple_that_it_is() -> None:
    values = (
        0.1,
        -0.0,
        5e-324,
        1.7976931348623157e308,
        3,
        (1, 2),
        ((1.5, 2), ()),
        "float32",
        True,
        np.float32(0.1),
        np.int64(7),
    )
    with worker("TellsOfItsInputs") as process:
        for value in values:
            plain = value.item() if isinstance(value, np.generic) else value
            with pytest.raises(Raised) as said:
                process.call("leaky_relu", [X], {"negative_slope": value})
            assert said.value.message == f"leaky_relu raised ValueError: {plain!r}"


@pytest.mark.parametrize("value", [np.inf, np.nan, object()])
def test_what_is_no_parameter_is_an_error_of_ours_and_costs_the_child_nothing(
    value: object,
) -> None:
    with child("garbage") as process:
        pid = process.conversation.child._process.pid
        with pytest.raises((TypeError, ValueError)):
            process.call("relu", [X], {"negative_slope": value})
        process.call("relu", [X], {})
        assert process.conversation.child._process.pid == pid


def test_lists_of_arrays_stay_lists_and_lists_of_numbers_become_tuples() -> None:
    sent = [[X, X], (2, 3), [], [[1, 2], [X]]]
    arrived = decode(message_of(line_of({"value": encode(sent)}))["value"], array_of)
    assert [type(item) for item in arrived] == [list, tuple, tuple, list]


def test_a_description_arrives_whole() -> None:
    with worker("DescribesItself") as process:
        described = process.description
    assert described == InProcess(
        *load(f"{HOSTILE}/adapters.py:DescribesItself")
    ).description.__class__(
        name="described",
        version="1.2",
        operations=("relu",),
        dtypes=("float32", "bfloat16"),
        accumulates_in={"float32": "float32", "bfloat16": "float32"},
        fixed={"leaky_relu": {"negative_slope": 0.125}},
        expected_failures={"relu/accuracy": "for the sake of this test"},
        compiles_shapes=True,
        digest=described.digest,
    )
    assert len(described.digest) == 64


@pytest.mark.parametrize(
    ("adapter", "message"),
    [
        (
            "adapters.py:HasDtypesOfItsOwn",
            "dtypes must be names out of float64, float32, float16, bfloat16; got 'float8'",
        ),
        (
            "adapters.py:HasANumberForDtypes",
            "describes itself wrongly: TypeError: 'int' object is not iterable",
        ),
        (
            "adapters.py:FixesInfinity",
            "describes itself wrongly: ValueError: Out of range float values are not JSON compliant",
        ),
        ("adapters.py:Nonesuch", "there is no Nonesuch in"),
        ("raises_at_import.py", "raises_at_import.py:3: ZeroDivisionError: division by zero"),
        ("exits_at_import.py", "exits_at_import.py:5: SystemExit: usage: exits_at_import.py [-h]"),
    ],
)
def test_an_adapter_that_cannot_be_loaded_is_an_error_that_says_why(
    adapter: str, message: str
) -> None:
    with pytest.raises(AdapterError) as refusal:
        protocol.worker(f"{HOSTILE}/{adapter}")
    assert message in str(refusal.value)


def test_an_adapter_that_never_gets_loaded_shows_where_it_hangs() -> None:
    hangs, limit, words = 'sleeps_at_import.py", line 5', 1.5, ""
    # The busier the machine, the longer until the adapter is reached.
    while hangs not in words and limit < PATIENT:
        with pytest.raises(
            AdapterError, match=rf"gave no answer to start within {limit:g} s"
        ) as refusal:
            protocol.worker(f"{HOSTILE}/sleeps_at_import.py", start_limit=limit)
        words, limit = str(refusal.value), 4 * limit
    assert hangs in words


def test_a_folder_of_the_name_of_one_of_ours_is_not_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reference.py").write_text("raise ImportError('not this one')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with protocol.worker("loopback") as process:
        assert process.description.name == "loopback"


# A child in another language, and the rules it can break.


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
    monkeypatch.setattr(child_module, "_LONGEST", 2**20)
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
                match=r"could not be started again for relu: .* ended before it was ready: exited with status 5",
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


def test_an_operating_system_without_process_groups_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(AdapterError, match="POSIX"):
        Process(["true"])


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


# Callbacks.


@pytest.fixture
def descent(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    monkeypatch.setattr(messages, "arguments_of", lambda _: ("gradient", "params", "steps"))
    return lambda process, gradient: process.call(
        "softmax", [gradient, [X, X[0]], 3], {"learning_rate": 0.5}
    )


def test_a_callback_is_asked_as_often_as_the_child_likes_and_its_time_is_not_charged(
    descent: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, clock, spent = [], time.monotonic, 0.0
    monkeypatch.setattr(conversation, "time", SimpleNamespace(monotonic=lambda: clock() + spent))

    def gradient(params: list[np.ndarray]) -> list[np.ndarray]:
        nonlocal spent
        asked.append([param.tolist() for param in params])
        spent += 2 * PATIENT
        return [len(asked) * param for param in params]

    with child("asks") as process:
        answer = descent(process, gradient)
    assert asked == 3 * [[X.tolist(), X[0].tolist()]]
    assert [[param.tolist() for param in step] for step in answer] == [
        [(k * X).tolist(), (k * X[0]).tolist()] for k in (1, 2, 3)
    ]


def test_a_callback_that_ends_the_case_ends_the_child_that_waits_for_it(
    descent: Callable[..., object],
) -> None:
    def gradient(params: list[np.ndarray]) -> list[np.ndarray]:
        raise Malformed("softmax asked for the gradient at NaN")

    with child("asks") as process:
        with pytest.raises(Malformed, match="softmax asked for the gradient at NaN"):
            descent(process, gradient)
        assert process.call("relu", [X], {}) == 1


def test_what_a_generator_yields_is_listed_and_its_callback_asked_once_a_step(
    descent: Callable[..., object],
) -> None:
    with worker("Descends") as process:
        answer = descent(process, lambda params: params)
    assert [[param.tolist() for param in step] for step in answer] == [
        [(X / k).tolist(), (X[0] / k).tolist()] for k in (2, 4, 8)
    ]


@pytest.mark.parametrize("behavior", ["Descends", "RaisesInItsSecondStep"])
def test_a_worker_asks_a_script_as_it_would_ask_line_by_line(
    descent: Callable[..., object], traffic: list[tuple[str, dict[str, object]]], behavior: str
) -> None:
    answers = [[step * X, step * X[0]] for step in (1.0, 2.0)]
    told = []
    for given in (
        scripted(answers, "float64"),
        Callback(
            "the same, line by line",
            lambda number, *_: answers[min(number, 1)],
            (X.shape, X[0].shape),
        ),
    ):
        log: list[Asking] = []
        with worker(behavior) as process:
            del traffic[:]
            try:
                ended = str(descent(process, Live(given, "gradient", "float64", log)))
            except Raised as raised:
                ended = raised.message
        told.append((ended, [(str(each.arguments), str(each.answer)) for each in log]))
        asked_by_line = sum("callback" in message for _, message in traffic)
        assert asked_by_line == (0 if given.script else len(log))
        for schema, message in traffic:
            validator(schema).validate(message)
    assert told[0] == told[1]
    assert told[0][1]


def test_what_is_asked_of_a_script_at_no_point_is_the_adapters_error(
    descent: Callable[..., object],
) -> None:
    with (
        worker("Descends") as process,
        pytest.raises(Malformed, match="gradient was asked at the arrays"),
    ):
        descent(process, Live(scripted([[X, X]], "float64"), "gradient", "float64", []))


def test_arrays_that_change_after_they_were_yielded_are_the_adapters_error(
    descent: Callable[..., object],
) -> None:
    with worker("YieldsTheSameArrays") as process:
        with pytest.raises(
            Malformed, match="softmax changed the arrays that it had yielded in step 1 of 3"
        ):
            descent(process, lambda params: params)
        assert_answers(process)


def test_an_exception_in_the_middle_of_a_generator_is_raised(
    descent: Callable[..., object],
) -> None:
    with worker("RaisesInItsSecondStep") as process:
        with pytest.raises(Raised, match="softmax raised ValueError: diverged"):
            descent(process, lambda params: params)
        assert_answers(process)


# Calls that are foreseen.


Asked = tuple[str, tuple[np.ndarray, ...], dict[str, object]]


def relus(count: int) -> list[Asked]:
    return [("relu", (np.array([-1.0, float(number)]),), {}) for number in range(count)]


def sent_in(lines: list[tuple[str, dict[str, object]]]) -> list[int]:
    """How many calls stood in each line that asked for some."""
    said = [message for name, message in lines if name == "request.json"]
    return [
        len(message.get("calls", [message]))
        for message in said
        if message["request"] in ("call", "calls")
    ]


def test_foreseen_calls_are_sent_many_in_a_line_and_answered_one_by_one(
    traffic: list[tuple[str, dict[str, object]]],
) -> None:
    with worker("Raises") as process:
        calls = relus(150)
        process.foresee(calls)
        assert [process.call(*call).tolist() for call in calls] == [
            [0.0, float(number)] for number in range(150)
        ]
    assert sent_in(traffic) == [64, 64, 22]


def test_a_line_of_calls_holds_a_quarter_of_a_mebibyte_of_arrays_or_one_call(
    traffic: list[tuple[str, dict[str, object]]],
) -> None:
    with worker("Raises") as process:
        calls = [("relu", (np.zeros(size),), {}) for size in (2**14, 2**14, 1, 2**16, 1)]
        process.foresee(calls)
        assert [process.call(*call).size for call in calls] == [2**14, 2**14, 1, 2**16, 1]
    assert sent_in(traffic) == [2, 1, 1, 1]


def test_a_program_that_takes_one_call_in_a_line_is_sent_one(
    traffic: list[tuple[str, dict[str, object]]],
) -> None:
    with child("asks") as process:
        calls = relus(3)
        process.foresee(calls)
        assert [process.call(*call) for call in calls] == [1, 1, 1]
    assert sent_in(traffic) == [1, 1, 1]


def test_other_calls_may_come_between_foreseen_ones_and_foreseen_ones_may_be_left_out() -> None:
    with worker("Raises") as process:
        first, second, third, fourth = calls = relus(4)
        process.foresee(calls)
        assert process.call(*first).tolist() == [0, 0]
        assert process.call("relu", [X], {}).tolist() == [[1, 0, 3]]
        # Equal, and another array: not what was foreseen.
        assert process.call("relu", [second[1][0].copy()], {}).tolist() == [0, 1]
        assert process.call(*third).tolist() == [0, 2]
        assert process.call(*second).tolist() == [0, 1]
        assert process.call(*fourth).tolist() == [0, 3]
        process.foresee(relus(2))
        process.foresee(calls)
        assert process.call(*first).tolist() == [0, 0]
        process.foresee([])
        assert process.call(*second).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("adapter", "outcome", "limit"),
    [
        ("Raises", Raised, PATIENT),
        ("Modifies", Malformed, PATIENT),
        ("Segfaults", Died, PATIENT),
        ("Leaves", Died, PATIENT),
        ("LoopsInC", TimedOut, 3),
    ],
)
def test_what_comes_of_a_foreseen_call_is_said_to_whoever_makes_it(
    adapter: str, outcome: type[Ended], limit: float
) -> None:
    with worker(adapter) as process:
        process.call("relu", [X], {})
        process.conversation.warm_up = limit
        before, after = relus(2)
        calls = [
            before,
            ("softmax", (X,), {"axis": -1}),
            after,
            ("softmax", (X,), {"axis": 0}),
            after,
        ]
        process.foresee(calls)
        assert process.call(*calls[0]).tolist() == [0, 0]
        # In the meantime something else: what is sent already comes first.
        assert process.call("relu", [X], {}).tolist() == [[1, 0, 3]]
        with pytest.raises(outcome, match=r"^softmax "):
            process.call(*calls[1])
        assert process.call(*calls[2]).tolist() == [0, 1]
        with pytest.raises(outcome, match=r"^softmax "):
            process.call(*calls[3])
        process.conversation.warm_up = PATIENT
        assert process.call(*calls[4]).tolist() == [0, 1]


def test_a_line_more_than_there_are_calls_breaks_the_last_of_them() -> None:
    with child("answers once too often") as process:
        calls = relus(3)
        process.foresee(calls)
        assert [process.call(*call) for call in calls[:2]] == [1, 1]
        with pytest.raises(Malformed, match="relu was answered with more than one line"):
            process.call(*calls[2])


def test_a_question_in_the_middle_of_a_foreseen_call_breaks_it() -> None:
    with child("asks in a queue") as process:
        calls = relus(2)
        process.foresee(calls)
        for call in calls:
            with pytest.raises(Malformed, match="there is none"):
                process.call(*call)


def test_interrupting_a_foreseen_call_leaves_no_answer_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(self: object, deadline: float, due: int) -> bytes:
        raise KeyboardInterrupt

    with worker("Raises") as process:
        calls = relus(3)
        process.foresee(calls)
        assert process.call(*calls[0]).tolist() == [0, 0]
        with monkeypatch.context() as patched:
            patched.setattr(Child, "receive", interrupt)
            with pytest.raises(KeyboardInterrupt):
                process.call(*calls[1])
        assert process.call(*calls[2]).tolist() == [0, 2]


# The schemas.


@pytest.fixture
def traffic(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    lines: list[tuple[str, dict[str, object]]] = []

    def sent(message: dict[str, object]) -> bytes:
        line = messages.line_of(message)
        lines.append(("request.json", json.loads(line)))
        return line

    def received(line: bytes) -> dict[str, object]:
        lines.append(("reply.json", json.loads(line)))
        return messages.message_of(line)

    for module in (protocol, conversation, ahead, child_module):
        monkeypatch.setattr(module, "line_of", sent)
    for module in (conversation, child_module):
        monkeypatch.setattr(module, "message_of", received)
    return lines


def validator(name: str) -> Draft202012Validator:
    resources = [(file, Resource.from_contents(schema)) for file, schema in SCHEMAS.items()]
    return Draft202012Validator(SCHEMAS[name], registry=Registry().with_resources(resources))


def test_the_schemas_describe_what_is_said(
    traffic: list[tuple[str, dict[str, object]]], descent: Callable[..., object]
) -> None:
    with worker("TellsOfItsInputs") as process:
        for dtype in NAMES:
            for _, array in strided(dtype):
                process.call("identity", [array], {})
        with pytest.raises(Raised):
            process.call("leaky_relu", [X], {"negative_slope": (1, 0.5)})
        calls = relus(3)
        process.foresee(calls)
        process.call(*calls[0])
    with worker("DescribesItself"):
        pass
    with child("asks") as process:
        descent(process, lambda params: params)
    with pytest.raises(AdapterError):
        protocol.worker("nonesuch")
    for name, message in traffic:
        validator(name).validate(message)
    titles = [
        next(
            title
            for title, part in SCHEMAS[name]["$defs"].items()
            if validator(name).evolve(schema=part).is_valid(message)
        )
        for name, message in traffic
    ]
    assert set(titles) == {
        "start",
        "call",
        "calls",
        "callback",
        "stop",
        "description",
        "answer",
        "question",
        "error",
    }


def test_the_schemas_are_schemas() -> None:
    assert set(SCHEMAS) == {"array.json", "request.json", "reply.json"}
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("request.json", {"request": "call", "operation": "relu", "arguments": []}),
        (
            "request.json",
            {
                "request": "call",
                "operation": "relu",
                "arguments": [],
                "parameters": {},
                "expected": [1],
            },
        ),
        ("request.json", {"request": "start", "protocol": 2}),
        ("reply.json", {"answer": 1.0}),
        ("reply.json", {"answer": [], "error": {"kind": "raised", "message": ""}}),
        ("reply.json", {"error": {"kind": "tired", "message": ""}}),
        ("reply.json", {"callback": "gradient"}),
        ("reply.json", {"name": "child"}),
        ("array.json", {"dtype": "float64", "shape": [], "data": "AAAAAAAA8D8"}),
        ("array.json", {"dtype": "float8", "shape": [], "data": ""}),
        ("array.json", {"dtype": "float64", "shape": [-1], "data": ""}),
    ],
)
def test_the_schemas_refuse_what_is_no_message(name: str, message: dict[str, object]) -> None:
    assert not validator(name).is_valid(message)


# The parts.


def test_a_layout_is_laid_out_as_it_says() -> None:
    array = laid_out(np.arange(6.0).reshape(2, 3), {"strides": [-8, 2], "readonly": True})
    assert array.strides == (-64, 16)
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert not array.flags.writeable


def test_what_is_shown_of_a_line_is_its_beginning() -> None:
    assert shown(b"ab\xff\n") == "'ab\ufffd'"
    assert shown({"a": 1}) == "'{\"a\": 1}'"
    assert shown("x" * 300).endswith("and 102 more characters")


def test_lists_in_lists_have_a_bottom() -> None:
    answer: list[object] = []
    for _ in range(10_000):
        answer = [answer]
    with pytest.raises(Malformed, match="maximum recursion depth exceeded"):
        protocol._arrays("softmax", {"answer": answer})


@pytest.mark.parametrize(
    "message", [None, 3, [], {"dtype": "float64", "shape": [0, 10**30], "data": ""}]
)
def test_what_is_no_array_is_refused(message: object) -> None:
    with pytest.raises(MessageError):
        array_of(message)
