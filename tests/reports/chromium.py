"""Chromium without a window, spoken to over a pipe in its own protocol: what a page does, logs and
asks for, and how it looks."""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOUND = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

_ANSWER_WITHIN = 60.0


class Chromium:
    """A running browser; `events` are the messages that it sent unasked."""

    def __init__(self, requests: int, answers: int) -> None:
        self.requests, self.answers = requests, answers
        self.events: list[dict[str, Any]] = []
        self._read, self._count = b"", 0

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Return the browser's answer to a command."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters} | (
            {"sessionId": session} if session else {}
        )
        os.write(self.requests, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._count:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def until(self, event: str) -> None:
        """Wait for an event."""
        while not any(each["method"] == event for each in self.events):
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            assert select.select([self.answers], [], [], _ANSWER_WITHIN)[0], (
                "the browser does not answer"
            )
            part = os.read(self.answers, 2**20)
            assert part, "the browser has ended"
            self._read += part
        message, _, self._read = self._read.partition(b"\0")
        return json.loads(message)


class Page:
    """A page that has been loaded, and `seconds`, how long that took."""

    def __init__(
        self,
        browser: Chromium,
        url: str,
        *,
        width: int = 1400,
        scheme: str = "light",
        script: bool = True,
    ) -> None:
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        browser.events.clear()
        began = time.perf_counter()
        self.call("Page.navigate", url=url)
        browser.until("Page.loadEventFired")
        self.seconds = time.perf_counter() - began

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the page's answer to a command."""
        return self.browser.call(method, self.session, **parameters)

    def value(self, expression: str) -> Any:
        """Return what a JavaScript expression is worth."""
        found = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def complaints(self) -> list[dict[str, Any]]:
        """Return what has been written to the console since the page was asked for."""
        return [
            each
            for each in self.browser.events
            if each["method"]
            in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        ]

    def asked_for(self) -> list[str]:
        """Return the addresses that have been requested since the page was asked for."""
        return [
            each["params"]["request"]["url"]
            for each in self.browser.events
            if each["method"] == "Network.requestWillBeSent"
        ]

    def printed(self) -> bytes:
        """Return the page as PDF."""
        return base64.b64decode(self.call("Page.printToPDF")["data"])


@contextmanager
def chromium(profile: Path) -> Iterator[Chromium]:
    """Yield a browser with a profile of its own, and end it."""
    (read_requests, requests), (answers, write_answers) = os.pipe(), os.pipe()

    def connected() -> None:
        # The browser reads commands from descriptor 3 and writes to 4; both are moved out of each
        # other's way first.
        ends = [os.dup(each) for each in (os.dup(read_requests), os.dup(write_answers))]
        for place, end in enumerate(ends, 3):
            os.dup2(end, place)

    options = (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--remote-debugging-pipe",
        "--no-first-run",
        f"--user-data-dir={profile}",
    )
    ran = subprocess.Popen(
        [str(FOUND), *options],
        preexec_fn=connected,  # noqa: PLW1509  the test runs no threads, and nothing else gives a child its descriptors by number
        close_fds=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for end in (read_requests, write_answers):
        os.close(end)
    try:
        yield Chromium(requests, answers)
    finally:
        os.close(requests)
        ran.terminate()
        ran.wait(_ANSWER_WITHIN)
        os.close(answers)
