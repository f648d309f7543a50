"""An adapter in another process: whatever it does ends one call, and the next is answered.

The words of the failure say what the adapter did.
"""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.sources import process as protocol
from nnspec.conformance.sources.child import Child
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.loading import load
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.outcomes import Absent, Died, Ended, Malformed, Raised, TimedOut
from tests.sources.programs import (
    HOSTILE,
    PATIENT,
    X,
    assert_answers,
    assert_shows_softmax,
    child,
    dies,
    lives,
    softmax,
    strided,
    worker,
)

ENDINGS = [
    ("RaisesSystemExit", Raised, "softmax raised SystemExit: no licence"),
    ("Raises", Raised, "softmax raised ValueError: axis must be 0 — or 1"),
    ("AnswersLists", Malformed, "softmax answered with a list of float; a NumPy array was needed"),
    (
        "AnswersComplex",
        Malformed,
        (
            "softmax answered with an array of complex128; "
            "one of float64, float32, float16, bfloat16 was needed"
        ),
    ),
    ("Modifies", Malformed, "softmax modified its argument x"),
    ("OffersNothing", Absent, "the adapter offers no softmax"),
]


@pytest.mark.proof
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


@pytest.mark.proof
def test_an_answer_of_another_shape_and_dtype_arrives_as_it_is() -> None:
    with worker("AnswersOtherwise") as process:
        answer = softmax(process)
        assert (answer.tolist(), answer.dtype) == ([1, 2, 3], np.float32)
        with pytest.raises(
            Malformed, match="softmax answered in float32; its arguments are float64"
        ):
            Implementation(process, "float64").softmax(X, axis=-1)


@pytest.mark.proof
def test_what_an_adapter_lacks_is_absent_in_its_own_words() -> None:
    with (
        worker("Raises") as process,
        pytest.raises(Absent, match="no log_softmax for axis -1 on device \udc80"),
    ):
        process.call("log_softmax", [X], {"axis": -1})


@pytest.mark.proof
def test_an_exception_shows_the_line_of_the_adapter() -> None:
    with worker("Raises") as process, pytest.raises(Raised) as ended:
        softmax(process)
    assert "adapters.py" in ended.value.details["traceback"]
    assert "in softmax" in ended.value.details["traceback"]


@pytest.mark.proof
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


@pytest.mark.proof
def test_a_loop_in_c_that_holds_the_lock_is_ended_and_shows_where_it_was() -> None:
    with worker("LoopsInC", limit=0.7) as process:
        with pytest.raises(TimedOut) as ended:
            softmax(process)
        assert ended.value.message == "softmax gave no answer within 0.7 s"
        assert_shows_softmax(ended.value.details["stderr"])
        assert_answers(process)


@pytest.mark.proof
def test_an_answer_that_comes_too_late_is_no_answer_to_the_next_call() -> None:
    with worker("SleepsOnce", limit=0.7) as process:
        with pytest.raises(TimedOut):
            softmax(process)
        for _ in range(3):
            assert_answers(process)
            time.sleep(0.2)


@pytest.mark.proof
def test_nothing_printed_gets_among_the_messages_and_nobody_reads_them_from_standard_input() -> (
    None
):
    with worker("Floods") as process:
        assert softmax(process).tolist() == X.tolist()
        assert process.call("log_softmax", [X], {"axis": -1}) == 0
        assert_answers(process)


@pytest.mark.proof
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


@pytest.mark.proof
def test_a_process_that_an_adapter_started_dies_when_all_is_over() -> None:
    with worker("StartsAProcess") as process:
        pid = int(softmax(process))
        assert_answers(process)
        assert lives(pid)
    assert dies(pid)


@pytest.mark.proof
@pytest.mark.skipif(sys.platform != "linux", reason="no other system has subreapers")
def test_a_daemon_that_has_left_the_group_is_ended_too() -> None:
    with worker("StartsAProcess") as process:
        with pytest.raises(Died, match="exited with status 3") as ended:
            process.call("sigmoid", [X], {})
        daemon = next(
            int(line) for line in ended.value.details["stderr"].splitlines() if line.isdigit()
        )
        assert dies(daemon)
        assert_answers(process)


@pytest.mark.proof
def test_a_child_that_does_not_stop_when_it_is_asked_is_killed() -> None:
    process = worker("NeverStops")
    assert_answers(process)
    pid = process.conversation.child.pid
    process.close()
    assert dies(pid)
    process.close()


@pytest.mark.proof
def test_a_worker_that_nobody_speaks_to_any_more_ends() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "nnspec.conformance.sources.worker"],
        input=b"",
        capture_output=True,
        timeout=PATIENT,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


@pytest.mark.proof
def test_interrupting_a_call_leaves_no_answer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: object, deadline: float, due: int) -> bytes:
        raise KeyboardInterrupt

    with worker("Raises") as process:
        with monkeypatch.context() as patched:
            patched.setattr(Child, "receive", interrupt)
            with pytest.raises(KeyboardInterrupt):
                softmax(process)
        assert_answers(process)


@pytest.mark.proof
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


@pytest.mark.proof
def test_between_the_elements_of_a_strided_array_lies_nan() -> None:
    with worker("TellsOfItsInputs") as process:
        memory = process.call("tanh", [np.arange(8, dtype=np.float32)[1::3]], {})
        assert np.array_equal(
            memory, np.float32([1, np.nan, np.nan, 4, np.nan, np.nan, 7]), equal_nan=True
        )
        labels = process.call("tanh", [np.arange(4)[::3]], {})
        assert labels.tolist() == [0, np.iinfo(np.int64).min, np.iinfo(np.int64).min, 3]


@pytest.mark.proof
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


@pytest.mark.proof
@pytest.mark.parametrize("value", [np.inf, np.nan, object()])
def test_what_is_no_parameter_is_an_error_of_ours_and_costs_the_child_nothing(
    value: object,
) -> None:
    with child("garbage") as process:
        pid = process.conversation.child.pid
        with pytest.raises((TypeError, ValueError)):
            process.call("relu", [X], {"negative_slope": value})
        process.call("relu", [X], {})
        assert process.conversation.child.pid == pid


@pytest.mark.proof
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
        deterministic=False,
        digest=described.digest,
        places=described.places,
    )
    assert len(described.digest) == 64
    file = described.places["relu"].partition(":")[0]
    assert Path(HOSTILE, "adapters.py").samefile(file)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("adapter", "message"),
    [
        (
            "adapters.py:HasDtypesOfItsOwn",
            "dtypes must be names out of float64, float32, float16, bfloat16; got 'float8'",
        ),
        (
            "adapters.py:HasANumberForDtypes",
            "the adapter's dtypes must be a list or tuple of names; got 32",
        ),
        (
            "adapters.py:FixesInfinity",
            "fixed negative_slope of leaky_relu must be a finite number, a text, or a list",
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


@pytest.mark.proof
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


@pytest.mark.proof
def test_a_folder_of_the_name_of_one_of_ours_is_not_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reference.py").write_text("raise ImportError('not this one')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with protocol.worker("loopback") as process:
        assert process.description.name == "loopback"
