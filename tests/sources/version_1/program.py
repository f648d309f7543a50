"""A program that speaks version 1 of the line protocol, and no other: it stays as it is.

It holds each request against the schema of version 1, and exits where one does not fit. Its first
argument is the folder of those schemas. With the second argument `optional` it takes scripts and
many calls in a line.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER, OPTIONAL = Path(sys.argv[1]), sys.argv[2:] == ["optional"]
SCHEMAS = [
    (name, Resource.from_contents(json.loads((FOLDER / name).read_text(encoding="utf-8"))))
    for name in ("request.json", "array.json")
]
REQUEST = Draft202012Validator(
    dict(SCHEMAS)["request.json"].contents, registry=Registry().with_resources(SCHEMAS)
)
DTYPES = {"float64": "<f8", "float32": "<f4", "int64": "<i8"}
ASKED = []


class AbsentError(Exception):
    """The library lacks a dtype, a shape or a parameter."""


def heard():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    request = json.loads(line)
    if errors := list(REQUEST.iter_errors(request)):
        sys.exit(f"no request of version 1: {errors[0].message[:200]}")
    return request


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def given(value):
    if isinstance(value, list):
        return [given(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "script" in value:
        return foretold(value["callback"], [given(each) for each in value["script"]])
    if "callback" in value:
        return asking(value["callback"])
    data = base64.b64decode(value["data"])
    return np.frombuffer(data, DTYPES[value["dtype"]]).reshape(value["shape"])


def written(value):
    if isinstance(value, list):
        return [written(each) for each in value]
    if not isinstance(value, (np.ndarray, np.generic)):
        return value
    data = base64.b64encode(value.tobytes()).decode("ascii")
    return {"dtype": value.dtype.name, "shape": list(value.shape), "data": data}


def asking(name):
    def ask(*arguments):
        say({"callback": name, "arguments": written(list(arguments))})
        return given(heard()["answer"])

    return ask


def foretold(name, answers):
    def ask(*arguments):
        ASKED.append({"callback": name, "arguments": written(list(arguments))})
        return answers.pop(0) if len(answers) > 1 else answers[0]

    return ask


def relu(x):
    if x.ndim == 0:
        message = "an array has an axis here"
        raise AbsentError(message)
    return np.maximum(x, x.dtype.type(0))


def softmax(x, *, axis):
    with np.errstate(invalid="ignore"):
        e = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=axis, keepdims=True)


def gradient_descent(gradient, params, steps, *, learning_rate):
    rates = learning_rate if isinstance(learning_rate, list) else [learning_rate] * steps
    answers = []
    for rate in rates[:steps]:
        slopes = gradient(params)
        params = [p - p.dtype.type(rate) * g for p, g in zip(params, slopes, strict=True)]
        answers.append(params)
    return answers


OPERATIONS = {"relu": relu, "softmax": softmax, "gradient_descent": gradient_descent}


def described(protocol):
    if protocol != 1:
        return {"error": {"kind": "adapter", "message": f"version {protocol} is not spoken here"}}
    said = {
        "name": "version 1",
        "version": "1.0",
        "operations": list(OPERATIONS),
        "dtypes": ["float64", "float32"],
    }
    return {**said, "scripts": True, "calls": True} if OPTIONAL else said


def answered(call):
    ASKED.clear()
    arguments = [given(each) for each in call["arguments"]]
    try:
        answer = OPERATIONS[call["operation"]](*arguments, **call["parameters"])
        reply = {"answer": written(answer)}
    except AbsentError as error:
        reply = {"error": {"kind": "absent", "message": str(error)}}
    return {**reply, "asked": list(ASKED)} if ASKED else reply


while (request := heard())["request"] != "stop":
    if request["request"] == "start":
        say(described(request["protocol"]))
    for call in request.get("calls", [request] if request["request"] == "call" else []):
        say(answered(call))
