"""The default values of a library's functions, read from the library itself."""

import ast
import inspect
import json
import operator
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.variants.offers import OFFERS, REQUIRED, Offer

ROOT = Path(__file__).parents[2]

_NAME = re.compile(r"[A-Za-z_]\w*")
_ENTRY = re.compile(r"(\w+)\[(\d+)\]")
_CALL = re.compile(r"([\w.()]+)\(\)")
# TensorFlow.js prints a notice where it is loaded, so the line of the answer begins with a word.
_SCRIPT = """
const tf = require("@tensorflow/tfjs");
tf.setBackend("cpu");
const found = {};
for (const [name, code] of Object.entries(%s)) found[name] = eval(code) ?? null;
console.log("DEFAULTS" + JSON.stringify(found));
"""

Read = Callable[[Offer, str], Any]


def offered(library: str) -> dict[str, dict[str, Any]]:
    """Return each offer of a library with its defaults, as values of JSON.

    A parameter has the library's `name` of it, if a name can be asked, and its `default`, unless it
    has to be given. A setting has the value that the adapter has `set`, and the `default`.
    """
    read = _reader(library)
    return {name: _offer(offer, read) for name, offer in OFFERS[library].items()}


def _offer(offer: Offer, read: Read) -> dict[str, Any]:
    parameters = {
        ours: {"name": theirs} | _default(read(offer, theirs))
        for ours, theirs in offer.parameters.items()
    }
    parameters |= {ours: _default(value) for ours, value in offer.stated.items()}
    settings = {
        name: {"set": value} | _default(read(offer, name)) for name, value in offer.settings.items()
    }
    found = {
        "function": offer.function,
        "parameters": parameters,
        "settings": {name: each for name, each in settings.items() if _differs(each)},
    }
    return found | ({"source": offer.source} if offer.source else {})


def _default(value: Any) -> dict[str, Any]:
    return {} if value is REQUIRED else {"default": value}


def _differs(setting: Mapping[str, Any]) -> bool:
    return bool(setting["set"] != setting.get("default", REQUIRED))


def _reader(library: str) -> Read:
    """Return the function that reads a default of a library."""
    if library.startswith("onnx"):
        return _of_operator
    return _of_script(OFFERS[library]) if library == "tfjs" else _of_function


def _of_function(offer: Offer, name: str) -> Any:
    """Return the default of a parameter of a Python function."""
    if call := _CALL.fullmatch(name):
        return _plain(_found(call[1])())
    entry = _ENTRY.fullmatch(name)
    bare = entry[1] if entry else _NAME.findall(name)[-1]
    default = _parameters(_found(offer.function))[bare].default
    if default is inspect.Parameter.empty:
        return REQUIRED
    return _plain(default[int(entry[2])] if entry else default)


def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    """Return the parameters of a function, and of the functions that a decorator encloses."""
    found: dict[str, inspect.Parameter] = {}
    for cell in getattr(function, "__closure__", None) or ():
        if inspect.isfunction(cell.cell_contents):
            found |= _parameters(cell.cell_contents)
    return found | dict(inspect.signature(function).parameters)


def _found(name: str) -> Any:
    """Return what a dotted name stands for: a module, or an attribute of the longest module."""
    words = name.split(".")
    for count in range(len(words), 0, -1):
        try:
            module = import_module(".".join(words[:count]))
        except ModuleNotFoundError:
            continue
        return operator.attrgetter(".".join(words[count:]))(module) if words[count:] else module
    raise ModuleNotFoundError(name)


def _of_operator(offer: Offer, name: str) -> Any:
    """Return the default of an attribute of an ONNX operator."""
    onnx = import_module("onnx")
    domain, _, operation = offer.function.rpartition(".")
    schema = onnx.defs.get_schema(operation, domain="" if domain == "ai.onnx" else domain)
    attribute = schema.attributes[_NAME.findall(name)[-1]]
    if not attribute.default_value.name:
        return REQUIRED
    value = onnx.helper.get_attribute_value(attribute.default_value)
    # An attribute is a float32: the shortest number that rounds to it was meant.
    return float(str(import_module("numpy").float32(value))) if type(value) is float else value


def _of_script(offers: Mapping[str, Offer]) -> Read:
    """Return a function that looks into what one run of node has read of TensorFlow.js."""
    asked = {}
    for offer in offers.values():
        for name in (*offer.parameters.values(), *offer.settings):
            called = bool(_CALL.fullmatch(name))
            expression = name if called else f"{offer.made}.{_NAME.findall(name)[-1]}"
            asked[f"{offer.made} {name}"] = expression
    node = shutil.which("node") or "node"
    said = subprocess.run(
        [node, "-e", _SCRIPT % json.dumps(asked)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = json.loads(said.partition("DEFAULTS")[2])
    return partial(_looked_up, found)


def _looked_up(found: Mapping[str, Any], offer: Offer, name: str) -> Any:
    return found[f"{offer.made} {name}"]


def _plain(value: Any) -> Any:
    """Return a default as a value of JSON."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return ast.literal_eval(str(value))
