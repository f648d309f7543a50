"""Both ends of a process of ours that judges: who starts it, and the process itself.

JudgingProcess(code, *descriptors)    the process that runs a code, and the connection to it
heard(connection)                     in the process: the queue of the messages that arrive
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from queue import SimpleQueue
from typing import Any

# Seconds that the process has to end after its connection is closed. In one of them an adapter's
# process may stop by itself, and in one more write its last lines.
_GRACE = 10.0

# Seconds until the process interrupts itself again: Python may have ignored the first exception.
_INSISTENCE = 5.0


class JudgingProcess:
    """A process that judges for this one, and ends when its connection is closed.

    Its code finds descriptors in `sys.argv`: first that of the connection, then those handed on.
    Behind them stand the folders in which this process searches for modules.
    """

    def __init__(self, code: str, *descriptors: int) -> None:
        self.connection, theirs = Pipe()
        handed = theirs.fileno(), *descriptors
        with theirs:
            # It has its own session: Ctrl-C at the terminal reaches this process alone.
            self._process = subprocess.Popen(  # noqa: S603  this very program
                [sys.executable, "-c", code, *map(str, handed), *sys.path],
                pass_fds=handed,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def send(self, message: Any) -> None:
        """Send the process a message; if it has died, whoever hears of it notices that."""
        with suppress(OSError):
            self.connection.send(message)

    def ended(self) -> str:
        """Wait until the process ends, kill it if it does not, and return how it ended."""
        self.connection.close()
        try:
            status = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"


def heard(connection: Connection) -> tuple["SimpleQueue[Any]", threading.Event]:
    """Return the queue of messages, and the event that this process sets at its end.

    If the connection is closed before that, the process is interrupted.
    """
    received: SimpleQueue[Any] = SimpleQueue()
    ending = threading.Event()
    # The handler raises KeyboardInterrupt; the judge never takes that for an adapter's exception.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_listen, args=(connection, received, ending), daemon=True).start()
    return received, ending


def _listen(connection: Connection, received: "SimpleQueue[Any]", ending: threading.Event) -> None:
    """Hand on each message; when the connection is closed, interrupt the process."""
    with suppress(EOFError, OSError):
        while True:
            received.put(connection.recv())
    while not ending.is_set():
        os.kill(os.getpid(), signal.SIGTERM)
        ending.wait(_INSISTENCE)
