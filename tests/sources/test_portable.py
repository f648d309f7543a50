"""The process of an adapter where the system is no POSIX one: threads and psutil, and no guardian.

These tests run it here; a user of Windows or macOS runs them with `pytest -m portable`.
"""

import sys
import time

import pytest

pytest.importorskip("psutil")

from nnspec.conformance.command import arguments
from nnspec.conformance.sources import conversation
from nnspec.conformance.sources.child import Child
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.sources.messages import MessageError
from nnspec.conformance.sources.portable import PortableChild
from nnspec.conformance.terms.outcomes import Absent, Died, Ended, Malformed, Raised, TimedOut
from tests.sources.programs import PATIENT, X, assert_answers, child, dies, lives, softmax, worker

pytestmark = pytest.mark.portable

# Another program than ours, which speaks plain lines.
ECHO = "import sys\nfor line in sys.stdin: print(line.strip(), flush=True)"


@pytest.fixture(autouse=True)
def _portable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "Child", PortableChild)


def started(code: str, **limits: int) -> PortableChild:
    return PortableChild([sys.executable, "-c", code], **limits)


def later(seconds: float = PATIENT) -> float:
    return time.monotonic() + seconds


def test_it_has_the_face_of_the_other_child() -> None:
    faces = [{name for name in vars(kind) if name[0] != "_"} for kind in (Child, PortableChild)]
    assert faces[0] <= faces[1]


@pytest.mark.parametrize(
    ("adapter", "outcome", "message"),
    [
        ("Raises", Raised, "softmax raised ValueError: axis must be 0 — or 1"),
        ("OffersNothing", Absent, "the adapter offers no softmax"),
        ("Modifies", Malformed, "softmax modified its argument x"),
        (
            "Leaves",
            Died,
            "softmax ended the process: exited with status 0 in the middle of the call",
        ),
    ],
)
def test_whatever_an_adapter_does_ends_one_call_and_the_next_is_answered(
    adapter: str, outcome: type[Ended], message: str
) -> None:
    with worker(adapter) as process:
        assert isinstance(process.conversation.child, PortableChild)
        with pytest.raises(outcome) as ended:
            softmax(process)
        assert ended.value.message == message
        if adapter != "OffersNothing":
            assert_answers(process)


def test_a_loop_in_c_is_ended_and_the_next_call_is_answered() -> None:
    with worker("LoopsInC", limit=0.7) as process:
        with pytest.raises(TimedOut, match=r"softmax gave no answer within 0\.7 s"):
            softmax(process)
        assert_answers(process)


def test_what_is_printed_gets_nowhere_among_the_messages() -> None:
    with worker("Floods") as process:
        assert softmax(process).tolist() == X.tolist()
        assert_answers(process)


def test_a_process_that_an_adapter_started_dies_with_it() -> None:
    with worker("StartsAProcess") as process:
        pid = int(softmax(process))
        assert_answers(process)
        assert lives(pid)
        time.sleep(0.5)  # the watch has looked
    assert dies(pid)


def test_a_program_in_another_language_is_asked_in_the_same_way() -> None:
    with child("absent") as process, pytest.raises(Absent):
        softmax(process)


def test_lines_of_any_length_go_there_and_come_back() -> None:
    echo = started(ECHO)
    try:
        for size in (1, 2**20):
            line = b"x" * size + b"\n"
            echo.send(line, later())
            assert echo.receive(later()).rstrip(b"\r\n") == line.rstrip()
        assert echo.unasked() == b""
    finally:
        assert echo.kill() == {}
    assert dies(echo.pid)


def test_a_silent_program_is_waited_for_until_the_deadline_and_stops_when_it_is_asked() -> None:
    echo = started(ECHO)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        echo.receive(later(0.3))
    assert 0.3 <= time.monotonic() - began < 5
    echo.stop()
    assert dies(echo.pid)


def test_a_program_that_does_not_read_is_no_reason_to_wait_for_ever() -> None:
    deaf = started("import time; time.sleep(60)")
    with pytest.raises(TimeoutError):
        deaf.send(b"x" * 2**22 + b"\n", later(0.5))
    deaf.kill()
    assert dies(deaf.pid)


def test_last_words_and_the_way_it_ended_are_told() -> None:
    dying = started("import sys; sys.stderr.write('the last words'); sys.exit(7)")
    with pytest.raises(EOFError, match="exited with status 7"):
        dying.receive(later())
    assert dying.kill() == {"stderr": "the last words"}


def test_what_it_wrote_before_its_end_is_read() -> None:
    dying = started("print('done', flush=True)")
    assert dying.receive(later()).strip() == b"done"
    with pytest.raises(EOFError):
        dying.unasked() or dying.receive(later())
    dying.kill()


def test_two_lines_where_one_was_due_are_no_reply() -> None:
    chatty = started("import sys; sys.stdout.write('one\\ntwo\\n'); sys.stdout.flush(); input()")
    time.sleep(0.5)
    with pytest.raises(MessageError, match="more than one line"):
        chatty.receive(later())
    chatty.kill()


def test_more_memory_than_is_allowed_ends_it() -> None:
    hungry = started(
        "import time; held = bytearray(b'x') * 2**28; time.sleep(60)", memory_limit=2**27
    )
    with pytest.raises(
        EOFError, match=r"held 0\.\d GiB of memory where --memory-limit allows 0\.125"
    ):
        hungry.receive(later())
    hungry.kill()
    assert dies(hungry.pid)


def test_a_flood_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnspec.conformance.sources.child.LONGEST", 2**20)
    flood = started("import sys\nwhile True: sys.stdout.write('x' * 2**16)")
    with pytest.raises(MessageError, match="more than 1048576 bytes without an end"):
        flood.receive(later())
    flood.kill()
    assert dies(flood.pid)


def test_a_program_that_does_not_exist_is_told() -> None:
    with pytest.raises(AdapterError, match="cannot start nonesuch: "):
        PortableChild(["nonesuch"])
    with pytest.raises(AdapterError, match="is empty"):
        PortableChild([])


def test_on_windows_a_backslash_in_a_command_stands_for_itself() -> None:
    text = r'C:\Python\python.exe "C:\My Files\adapter.py" --x'
    assert arguments.words(text, windows=True) == [
        r"C:\Python\python.exe",
        r"C:\My Files\adapter.py",
        "--x",
    ]
    assert arguments.words("a 'b c'", windows=False) == ["a", "b c"]
