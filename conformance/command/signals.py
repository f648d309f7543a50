"""Signals that end the command: each is an exception, so that nothing is left behind."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Windows has no SIGHUP.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")

# Seconds in which the command tidies up after a signal, and another one does not disturb it. One
# that comes later is raised: Python may have ignored the first exception.
_GRACE = 2.0


@contextmanager
def raised() -> Iterator[None]:
    """Let the signals raise KeyboardInterrupt inside the block, with the signal's name.

    A signal that is ignored stays so, as by nohup, and one that another program has taken.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    last = float("-inf")

    def interrupt(number: int, _frame: Any) -> None:
        nonlocal last
        if time.monotonic() - last >= _GRACE:
            last = time.monotonic()
            raise KeyboardInterrupt(signal.Signals(number).name)

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    usual = (signal.SIG_DFL, signal.default_int_handler)
    before = {
        number: signal.signal(number, interrupt)
        for number in numbers
        if signal.getsignal(number) in usual
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
