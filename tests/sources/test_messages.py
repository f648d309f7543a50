"""Messages of the line protocol: arrays, their layout, and the schemas of all that is said."""

from collections.abc import Callable

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from nnspec.conformance.sources import process as protocol
from nnspec.conformance.sources.description import AdapterError
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
from nnspec.conformance.terms.formats import NAMES, cast
from nnspec.conformance.terms.outcomes import Malformed, Raised
from tests.sources.programs import SCHEMAS, X, child, relus, strided, validator, worker


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


def test_lists_of_arrays_stay_lists_and_lists_of_numbers_become_tuples() -> None:
    sent = [[X, X], (2, 3), [], [[1, 2], [X]]]
    arrived = decode(message_of(line_of({"value": encode(sent)}))["value"], array_of)
    assert [type(item) for item in arrived] == [list, tuple, tuple, list]


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
        ("request.json", {"request": "start", "protocol": 3}),
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
