"""Starts a program, and ends all that it started: daemons too, and processes that left its group.

The suite runs this file as a program of its own, which starts the adapter. On Linux it is the
subreaper of all that descends from it: a process whose parent dies becomes its child. It ends them
all when the adapter ends, and when their memory exceeds a limit. It does so too when the suite
closes the line, or dies in whatever way. Elsewhere it ends the adapter's process group.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

# Seconds between two looks at the memory of known processes, and between two looks for new ones.
_PULSE = 0.05
_LOOK = 0.5

# Seconds in which killed processes disappear.
_GRACE = 2.0

# Numbers of prctl: the caller becomes a subreaper; the caller gets a signal when its parent dies.
_SUBREAPER, _DEATH_SIGNAL = 36, 1

# Windows imports this file too, and never runs it.
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0

# The suite says so on the line when the adapter shall print where it is.
ABORT = b"a"


def main(arguments: Sequence[str]) -> None:
    """Start a program and watch it.

    The arguments are the descriptor of the line to the suite, the limit in bytes, and the command.
    """
    line, limit, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    os.set_inheritable(line, False)  # noqa: FBT003  its only form
    _stand_fast()
    _control(_SUBREAPER, 1)
    pid, failure = _started(command)
    _say(line, f"failed {failure}" if failure else f"started {pid}")
    if failure:
        return
    # The adapter alone holds the pipes of its input and output.
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in range(3):
        os.dup2(nothing, each)
    try:
        _watch(line, pid, limit)
    finally:
        end(os.getpid(), pid)
        _bury()
        _say(line, "over 0")


def descendants(root: int) -> list[int]:
    """Return the processes that descend from one, those that it has not buried yet too.

    Where the system has no /proc, nobody can say, and there are none.
    """
    children: dict[int, list[int]] = {}
    for name in _listed("/proc"):
        if name.isdigit():
            with suppress(OSError, IndexError):
                parent = int(_read(f"/proc/{name}/stat").rpartition(b")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found = list(children.get(root, []))
    for each in found:  # the list grows on the way
        found += children.get(each, [])
    return found


def end(root: int, group: int) -> None:
    """Kill the descendants of a process, and a process group.

    All of them are stopped first, so that those that start others come to an end.
    """
    stopped: set[int] = set()
    while fresh := [each for each in descendants(root) if each not in stopped]:
        for each in fresh:
            _signal(each, signal.SIGSTOP)
        stopped.update(fresh)
    for each in stopped:
        _signal(each, signal.SIGKILL)
    with suppress(OSError):
        os.killpg(group, signal.SIGKILL)


def end_marked(variables: Mapping[str, str]) -> None:
    """Kill the processes that began with these variables in their environment.

    So those are found whose guardian was killed, which is all that the suite can do for it then.
    """
    marks = {f"{name}={value}".encode() for name, value in variables.items()}
    for name in _listed("/proc"):
        if name.isdigit():
            with suppress(OSError):
                entries = _read(f"/proc/{name}/environ").split(b"\0")
                if marks and all(any(_begins(each, mark) for each in entries) for mark in marks):
                    _signal(int(name), signal.SIGKILL)


def private(pids: Sequence[int], *, exact: bool = False) -> int:
    """Return the bytes of memory that no file backs and that processes do not share with others.

    The quick answer counts twice the memory that two forked processes still have in common, and
    the `exact` one does not.
    """
    return sum(_proportional(each) if exact else _resident(each) for each in pids)


def _stand_fast() -> None:
    """Let signals that may be meant for the adapter do nothing here; it begins with the default."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # One that is ignored is ignored by the adapter too.
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, lambda *_: None)


def _started(command: Sequence[str]) -> tuple[int, int]:
    """Start the program; return its process, and the number of the error if it cannot be started.

    It leads a session of its own, and dies with this process.
    """
    here = os.getpid()
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        failure = 0
        try:
            os.setsid()
            _control(_DEATH_SIGNAL, signal.SIGKILL)
            # Python ignores these two, and a program begins with the default.
            for each in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(each, signal.SIG_DFL)
            if os.getppid() == here:
                os.execvp(command[0], list(command))  # noqa: S606  the user's own command
        except OSError as error:
            failure = error.errno or 0
        finally:
            os.write(writable, str(failure or 1).encode())
            os._exit(127)
    os.close(writable)
    failure = int(os.read(readable, 16) or 0)
    os.close(readable)
    if failure:
        os.waitpid(pid, 0)
    return pid, failure


def _watch(line: int, pid: int, limit: int) -> None:
    """Wait until the program ends, takes too much memory, or shall end."""
    try:
        ending = [os.pidfd_open(pid)]
    except (AttributeError, OSError):  # not Linux, or an old one
        ending = []
    known, looked = [pid], time.monotonic()
    while True:
        ready = select.select([line, *ending], [], [], _PULSE)[0]
        if line in ready:
            try:
                said = os.read(line, 1)
            except OSError:
                said = b""
            if not said:
                return
            _signal(pid, signal.SIGABRT)
        status = _buried(pid)
        if status is not None:
            _say(line, f"ended {status}")
            return
        if limit and time.monotonic() - looked > _LOOK:
            known, looked = descendants(os.getpid()), time.monotonic()
        if limit and private(known) > limit:
            held = private(descendants(os.getpid()), exact=True)
            if held > limit:
                _say(line, f"memory {held}")
                return


def _buried(pid: int) -> int | None:
    """Bury dead children; return the exit status of the program, None while it runs."""
    with suppress(ChildProcessError):
        while True:
            found, status = os.waitpid(-1, os.WNOHANG)
            if found == pid:
                return os.waitstatus_to_exitcode(status)
            if not found:
                break
    return None


def _bury() -> None:
    """Wait until all children are gone; what has been started in between is killed too."""
    until = time.monotonic() + _GRACE
    with suppress(ChildProcessError):
        while time.monotonic() < until:
            if not os.waitpid(-1, os.WNOHANG)[0]:
                time.sleep(0.001)
                for each in descendants(os.getpid()):
                    _signal(each, signal.SIGKILL)


def _control(option: int, value: int) -> None:
    """Call prctl; where there is none, processes that leave the adapter's group survive it."""
    with suppress(ImportError, AttributeError, OSError):
        import ctypes  # noqa: PLC0415  Python may be built without it

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _resident(pid: int) -> int:
    try:
        _, resident, shared = _read(f"/proc/{pid}/statm").split()[:3]
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE


def _proportional(pid: int) -> int:
    """Return a process's anonymous memory, with its share of the pages that several have."""
    try:
        for row in _read(f"/proc/{pid}/smaps_rollup").splitlines():
            if row.startswith(b"Pss_Anon:"):
                return int(row.split()[1]) * 1024
    except OSError:
        return 0
    return _resident(pid)


def _begins(entry: bytes, mark: bytes) -> bool:
    """Say whether an entry is the mark: an adapter's process writes more behind it."""
    return entry == mark or entry.startswith(mark + os.pathsep.encode())


def _listed(path: str) -> list[str]:
    try:
        return os.listdir(path)  # noqa: PTH208  pathlib takes longer to load
    except OSError:
        return []


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  the same
        return file.read()


def _signal(pid: int, number: int) -> None:
    with suppress(OSError):
        os.kill(pid, number)


def _say(line: int, words: str) -> None:
    with suppress(OSError):
        os.write(line, words.encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
