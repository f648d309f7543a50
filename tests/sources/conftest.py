"""Fixtures of the line protocol: every line that is said, and a call with a callback."""

import json
from collections.abc import Callable

import pytest

from nnspec.conformance.sources import ahead, conversation, messages
from nnspec.conformance.sources import child as child_module
from nnspec.conformance.sources import process as protocol
from tests.sources.programs import X


@pytest.fixture
def descent(monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    monkeypatch.setattr(messages, "arguments_of", lambda _: ("gradient", "params", "steps"))
    return lambda process, gradient: process.call(
        "softmax", [gradient, [X, X[0].copy()], 3], {"learning_rate": 0.5}
    )


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
