"""Messages of the line protocol: an object of JSON on a line, with arrays in base 64."""

import binascii
import json
import math
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.sources.sharing import Place, places
from nnspec.conformance.terms import documents
from nnspec.conformance.terms.files import FileError
from nnspec.conformance.terms.formats import dtype_of, name_of
from nnspec.conformance.terms.operations import arguments_of

_SHOWN = 200

# Each value of JSON in a line follows one of these marks; each costs memory of its own.
_MARKS, _MOST_MARKS = (b"[", b"{", b",", b":"), 2**18

# Python takes four bytes for each character of a text in which one is beyond ASCII. A longer line
# consists of base 64 for the most part, and has none.
_TEXT = 2**22

# No shape has so many axes or such a length, and their product takes no time.
_AXES, _LENGTH = 1000, 2**63

# What the line of a message ends with.
_END = b"}\n"

# The line of a message without keys.
EMPTY = b"{}\n"

# Arrays of so many bytes may stand elsewhere than in the line.
LARGE = 2**16

# Takes an array elsewhere, and returns the key that says where it is.
Put = Callable[[NDArray[Any]], dict[str, Any]]

# This mark stands for longer base 64 until that is put in. No message holds it, by chance or on
# purpose.
_LONG = 2**12
_MARK = secrets.token_hex(16)


class MessageError(Exception):
    """A line, or an array in it, is not as the protocol has it; the message says what came."""


@dataclass(frozen=True)
class _Bulk:
    """Base 64 that goes into a line as it is, for JSON would look at every character of it."""

    data: bytes


def line_of(message: Mapping[str, Any]) -> bytes:
    """Return a message as a line.

    Raises TypeError or ValueError for a value that JSON has no form of, such as inf or NaN.
    """
    bulk: list[_Bulk] = []

    def plain(value: Any) -> Any:
        if isinstance(value, _Bulk):
            bulk.append(value)
            return _MARK
        if isinstance(value, np.generic):
            return value.item()
        error = f"JSON has no form for a {type(value).__name__}"
        raise TypeError(error)

    line = (
        json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=plain)
        .encode(message)
        .encode("ascii")
    )
    parts = line.split(_MARK.encode("ascii"))
    for place, each in enumerate(bulk):
        parts.insert(2 * place + 1, each.data)
    return b"".join([*parts, b"\n"])


def extended(line: bytes, key: str, written: bytes) -> bytes:
    """Return a line with one key more, whose value is JSON already; the message has some key."""
    return line.removesuffix(_END) + f',"{key}":'.encode("ascii") + written + _END


def joined(line: bytes, other: bytes) -> bytes:
    """Return the line of a message with the keys of two; the first may have none."""
    return other if line == EMPTY else line.removesuffix(_END) + b"," + other[1:]


def call_of(
    operation: str,
    arrays: Sequence[Any],
    parameters: Mapping[str, Any],
    *,
    scripts: bool = False,
    put: Put | None = None,
) -> dict[str, Any]:
    """Return the request that asks for an operation.

    A callback among its arguments stands there by name, and with `scripts` by its script too. `put`
    takes large arrays elsewhere. Arrays that share memory say so.
    """
    callbacks = callbacks_of(operation, arrays)
    names, shared = iter(callbacks), places(arrays)
    return {
        "request": "call",
        "operation": operation,
        "arguments": [
            _function(next(names), each, scripts=scripts, put=put)
            if callable(each)
            else encode(each, layout=True, put=put, shared=shared)
            for each in arrays
        ],
        "parameters": dict(parameters),
    } | ({"callbacks": list(callbacks)} if callbacks else {})


def callbacks_of(operation: str, arrays: Sequence[Any]) -> dict[str, Callable[..., Any]]:
    """Return the callbacks among an operation's arguments by their names."""
    return {
        arguments_of(operation)[place]: argument
        for place, argument in enumerate(arrays)
        if callable(argument)
    }


def message_of(line: bytes) -> dict[str, Any]:
    """Return the message in a line; MessageError where there is none.

    The line is looked at before it is parsed, since a few bytes of it may make a large object.
    """
    if len(line) > _MOST_MARKS and sum(map(line.count, _MARKS)) > _MOST_MARKS:
        raise MessageError(f"a line with more than {_MOST_MARKS:,} values: {shown(line)}")
    if len(line) > _TEXT and (not line.isascii() or b"\\u" in line):
        raise MessageError(
            f"a line of more than {_TEXT:,} bytes with characters beyond ASCII: {shown(line)}"
        )
    try:
        message = documents.parsed(line)
    except FileError:
        message = None
    if not isinstance(message, dict):
        raise MessageError(f"something that is no message: {shown(line)}")
    return message


def encode(
    value: Any,
    *,
    layout: bool = False,
    put: Put | None = None,
    shared: Mapping[int, Place] = MappingProxyType({}),
) -> Any:
    """Return a value with its arrays as objects of JSON.

    With `layout` the objects tell of strides and of write protection. `put` takes large arrays
    elsewhere, and returns the key that says where they are. `shared` are the places of the arrays
    that share memory, by their ids.
    """
    if isinstance(value, (list, tuple)):
        return [encode(item, layout=layout, put=put, shared=shared) for item in value]
    if not isinstance(value, (np.ndarray, np.generic)):
        return value
    array = np.asarray(value)
    name = name_of(array.dtype)
    native = array if array.dtype.isnative else array.astype(dtype_of(name))
    little = native if sys.byteorder == "little" else native.byteswap()
    message: dict[str, Any] = {"dtype": name, "shape": list(array.shape)}
    if put is not None and array.nbytes >= LARGE:
        message |= put(np.ascontiguousarray(little))
    else:
        text = binascii.b2a_base64(little.tobytes(), newline=False)
        message["data"] = _Bulk(text) if len(text) > _LONG else text.decode("ascii")
    if id(array) in shared:
        message["shared"] = list(shared[id(array)])
    # Most arrays lie as the receiver assumes.
    return message | _layout(array) if layout and not array.flags.carray else message


def decode(value: Any, read: Callable[[dict[str, Any]], Any]) -> Any:
    """Return a value of JSON with `read` applied to each object.

    A list without objects becomes a tuple, as the suite writes shapes and axes.
    """
    if isinstance(value, dict):
        return read(value)
    if not isinstance(value, list):
        return value
    items = [decode(item, read) for item in value]
    return (
        tuple(items)
        if all(isinstance(item, (bool, int, float, str, tuple)) for item in items)
        else items
    )


def array_of(message: Any) -> NDArray[Any]:
    """Return the array that an object of JSON holds; MessageError says what is wrong with it."""
    if isinstance(message, dict) and isinstance(message.get("array"), np.ndarray):
        # JSON has no arrays: this one was fetched from a file.
        fetched: NDArray[Any] = message["array"]
        return fetched
    try:
        name, shape, text = message["dtype"], message["shape"], message["data"]
    except (TypeError, KeyError):
        raise MessageError(
            f"{shown(message)} where an object with dtype, shape and data was needed"
        ) from None
    if not isinstance(name, str) or not isinstance(text, str):
        raise MessageError(
            f"an array of dtype {shown(name)} with data {shown(text)}; two strings were needed"
        )
    if not is_shape(shape):
        raise MessageError(f"an array of shape {shown(shape)}; a list of lengths was needed")
    try:
        dtype = dtype_of(name)
        data = binascii.a2b_base64(text, strict_mode=True)
        needed = math.prod(shape) * dtype.itemsize
        if len(data) != needed:
            raise MessageError(
                f"{len(data)} bytes for an array of {name} of shape {shown(shape)}; "
                f"{needed} were needed"
            )
        # Bytes of its own: whoever is given the array may write to it.
        array: NDArray[Any] = np.ndarray(shape, dtype, bytearray(data))
    except ValueError as error:
        raise MessageError(f"an array that cannot be read: {error}") from None
    return array if sys.byteorder == "little" else array.byteswap()


def is_shape(value: Any) -> bool:
    """Say whether a value of JSON is the shape of an array."""
    return (
        isinstance(value, list)
        and len(value) <= _AXES
        and {*map(type, value)} <= {int}
        and min(value, default=0) >= 0
        and max(value, default=0) < _LENGTH
    )


def arrays_of(answer: Any) -> Any:
    """Return the array, or the (nested) lists of arrays, of a value of JSON.

    Raises MessageError, which says why it holds none.
    """
    return [arrays_of(item) for item in answer] if isinstance(answer, list) else array_of(answer)


def respelt(answer: Any) -> Any:
    """Return the value of JSON that `encode` gives for the arrays that `answer` holds.

    Its base 64 is that of `answer`; nothing is decoded.
    """
    if isinstance(answer, list):
        return [respelt(item) for item in answer]
    if "array" in answer:
        return encode(answer["array"])
    text = answer["data"]
    return {
        "dtype": answer["dtype"],
        "shape": answer["shape"],
        "data": _Bulk(text.encode("ascii")) if len(text) > _LONG else text,
    }


def laid_out(array: NDArray[Any], layout: Mapping[str, Any]) -> NDArray[Any]:
    """Return the array laid out in memory as `layout` says.

    That is by strides in elements, with NaN in between, and perhaps write-protected.
    """
    if "strides" in layout:
        reach = [
            (length - 1) * stride
            for length, stride in zip(array.shape, layout["strides"], strict=True)
        ]
        # A view may begin anywhere in its memory. It never begins at the start here, so that an
        # adapter that forgets the offset is found out.
        first = 1 - sum(distance for distance in reach if distance < 0)
        last = first + sum(distance for distance in reach if distance > 0)
        memory = np.full(
            last + 1, np.iinfo(array.dtype).min if array.dtype.kind == "i" else np.nan, array.dtype
        )
        strides = [stride * array.itemsize for stride in layout["strides"]]
        strided = np.lib.stride_tricks.as_strided(memory[first:], array.shape, strides)
        strided[...] = array
        array = strided
    if layout.get("readonly", False):
        array.flags.writeable = False
    return array


def shown(value: Any) -> str:
    """Return the first 200 characters of a line, or of a value as JSON writes it, in quotes."""
    if isinstance(value, (bytes, bytearray)):
        # A character takes up to four bytes.
        text, count = bytes(value[: 4 * _SHOWN]).decode(errors="replace").rstrip("\n"), len(value)
        more = count - value.endswith(b"\n") - _SHOWN if len(text) > _SHOWN else 0
    else:
        # An array that was fetched has no form in JSON.
        array = "an array of {}".format
        text = json.dumps(_cut(value), default=lambda found: array(found.dtype.name))
        more = len(text) - _SHOWN
    return repr(text[:_SHOWN]) + (f" and {more} more characters" if more > 0 else "")


def _cut(value: Any) -> Any:
    """Return a value of JSON with its long texts cut: nobody is shown so much of them."""
    if isinstance(value, str):
        return value if len(value) <= _LONG else f"{value[:_LONG]}…"
    if isinstance(value, list):
        return [_cut(item) for item in value]
    return {key: _cut(item) for key, item in value.items()} if isinstance(value, dict) else value


def _function(
    name: str, callback: Callable[..., Any], *, scripts: bool, put: Put | None
) -> dict[str, Any]:
    """Return the object that stands for a callback: its name, and with `scripts` its script.

    One that answers with its own argument says so.
    """
    if getattr(callback, "itself", False):
        return {"callback": name, "itself": True}
    script = getattr(callback, "script", ()) if scripts else ()
    return {"callback": name} | ({"script": encode(script, layout=True, put=put)} if script else {})


def _layout(array: NDArray[Any]) -> dict[str, Any]:
    """Return what of an array's layout the receiver would not assume: C order, writable."""
    layout: dict[str, Any] = {}
    if not array.flags.c_contiguous and not any(
        stride % array.itemsize for stride in array.strides
    ):
        layout["strides"] = [stride // array.itemsize for stride in array.strides]
    if not array.flags.writeable:
        layout["readonly"] = True
    return layout
