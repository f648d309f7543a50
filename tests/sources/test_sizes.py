"""What an adapter says takes a bounded part of the suite's memory, however long it is."""

import json
import os
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from nnspec.conformance.command import certify, screen
from nnspec.conformance.judge.judge import Attempt
from nnspec.conformance.run import plan
from nnspec.conformance.run.run import told_once
from nnspec.conformance.sources import messages
from nnspec.conformance.sources.description import AdapterError, describe, described
from nnspec.conformance.sources.memory import Memory, fetched
from nnspec.conformance.sources.messages import MessageError, array_of, message_of, shown
from nnspec.conformance.terms.outcomes import MESSAGE, TEXT, Raised, shortened

MEBIBYTE = 2**20


@pytest.mark.parametrize(
    "item", ["[]", "{}", "1.5", '"ab"', "null", '{"a":1}', '{"a":{"b":[]}}', "-1e300", "10000"]
)
def test_no_line_makes_more_than_its_length_and_a_bounded_number_of_objects(item: str) -> None:
    # As many of one kind as a line of 16 MiB takes: the mark before each is a comma.
    line = b'{"answer": [' + b",".join([item.encode()] * (2**24 // (len(item) + 1))) + b"]}\n"
    tracemalloc.start()
    try:
        with pytest.raises(MessageError, match="more than 262,144 values"):
            message_of(line)
        assert tracemalloc.get_traced_memory()[1] < MEBIBYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("item", [b"[]", b"{}", b'{"a":1}', b"1.5", b'"ab"'])
def test_the_most_values_of_a_line_take_sixty_mebibytes_at_most(item: bytes) -> None:
    marks = 1 + sum(map(item.count, messages._MARKS))
    line = b'{"answer": [' + b",".join([item] * ((2**18 - 8) // marks)) + b"]}\n"
    tracemalloc.start()
    try:
        assert message_of(line)["answer"]
        assert tracemalloc.get_traced_memory()[1] < 60 * MEBIBYTE
    finally:
        tracemalloc.stop()


def test_an_honest_line_may_be_long() -> None:
    line = messages.line_of({"answer": messages.encode(np.ones(2**20))})
    assert len(line) > 8 * MEBIBYTE
    assert array_of(message_of(line)["answer"]).shape == (2**20,)


@pytest.mark.parametrize(
    "shape", [[1] * 2000, [2**63], [0, 2**64], [-1], [True], [2**62, 0], [2**40, 2**40], "3"]
)
def test_a_shape_that_no_array_has_is_refused(shape: object) -> None:
    with pytest.raises(MessageError):
        array_of({"dtype": "float64", "shape": shape, "data": ""})


def test_a_file_with_holes_is_not_read() -> None:
    memory = Memory()
    try:
        os.ftruncate(memory.descriptors[1], 2**40)
        huge = {"dtype": "float64", "shape": [2**30], "place": 0}
        with pytest.raises(MessageError, match="arrays of more than 67108864 bytes in one line"):
            fetched({"answer": huge}, memory.descriptors[1])
        many = [{"dtype": "float64", "shape": [2**20], "place": 0}] * 17
        with pytest.raises(MessageError, match="arrays of more than 67108864 bytes in one line"):
            fetched({"answer": many}, memory.descriptors[1])
    finally:
        memory.close()


def test_an_array_is_shown_where_no_array_was_due() -> None:
    assert shown({"it": np.ones(3)}) == '\'{"it": "an array of float64"}\''
    assert shown(b"x" * MEBIBYTE + b"\n") == f"'{'x' * 200}' and {MEBIBYTE - 200} more characters"


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    said = f"begins {'x' * 10**6} ends"
    ended = Raised(said, traceback=said * 2)
    assert ended.message.startswith("begins x")
    assert ended.message.endswith("x ends")
    assert "[… 998,012 characters are left out …]" in ended.message
    assert len(ended.message) < MESSAGE + 100
    assert len(ended.details["traceback"]) < TEXT + 100
    assert len(str(AdapterError(said))) < TEXT + 100
    assert shortened("brief") == "brief"


def test_a_traceback_is_told_once_and_few_different_ones() -> None:
    planned = plan.plan(describe(SimpleNamespace(relu=abs)), only=["relu/accuracy"])[:9]
    texts = ["a", "b", "a", "c", "d", "e", "f", "b", "g"]
    attempts = [
        (each, Attempt("crashes", details={"traceback": text, "of": 3}))
        for each, text in zip(planned, texts, strict=True)
    ]
    told = [attempt.details["traceback"] for _, attempt in told_once(attempts)]
    first, second, *_ = (each.id for each in planned)
    left = "left out: 5 others are told"
    assert told == ["a", "b", f"as in {first}", "c", "d", "e", left, f"as in {second}", left]
    assert all(attempt.details["of"] == 3 for _, attempt in told_once(attempts))


def test_few_names_that_are_no_operations_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(certify, "nearest", lambda name: looked.append(name) or "")
    names = ["relu", *(f"name{number}" for number in range(10**5))]
    said = described({"name": "it", "operations": names})
    certify._announce(said, 7, 0, screen.console())
    out = capsys.readouterr().out
    assert "name0, name1, " in out
    assert "name19 and 99,980 more" in out
    assert len(looked) == 20


def test_values_of_a_line_are_counted_with_what_strings_hold() -> None:
    # A message is shortened anyway: no line that is any use has a million commas in one.
    line = json.dumps({"error": {"kind": "raised", "message": "," * 2**21}}).encode() + b"\n"
    with pytest.raises(MessageError, match="values"):
        message_of(line)
