"""A child in a language without any of ours: it answers every call with the number 1, and softmax
as its argument says."""

import json
import os
import sys
import time
from pathlib import Path

ONE = {"dtype": "float64", "shape": [], "data": "AAAAAAAA8D8="}

SAID = {
    "garbage": "[info] kernels loaded\n",
    "a long line of garbage": "x" * 1000 + "\n",
    "bytes": "\udcff\udcfe\n",
    "a list": "[1, 2]\n",
    "brackets": "[" * 200_000 + "\n",
    "a list too deep": '{"answer": ' + "[" * 3000 + "]" * 3000 + "}\n",
    "nothing": "\n",
    "neither": "{}\n",
    "both": json.dumps({"answer": ONE, "error": {"kind": "raised", "message": ""}}) + "\n",
    "two lines": (json.dumps({"answer": ONE}) + "\n") * 2,
    "a line and a half": json.dumps({"answer": ONE}) + '\n{"answer"',
    "an unknown kind": '{"error": {"kind": "tired", "message": "no"}}\n',
    "an error without words": '{"error": {"kind": "raised"}}\n',
    "an error in a word": '{"error": "no"}\n',
    "a question nobody answers": '{"callback": "hessian", "arguments": []}\n',
    "a question without arguments": '{"callback": "gradient"}\n',
    "an answer that nobody was asked for": json.dumps(
        {"answer": ONE, "asked": [{"callback": "hessian", "arguments": []}]}
    )
    + "\n",
    "questions in a word": json.dumps({"answer": ONE, "asked": "none"}) + "\n",
    "others in a word": json.dumps({"answer": ONE, "others": "none"}) + "\n",
    "absent": '{"error": {"kind": "absent", "message": "no softmax here"}}\n',
    "raised": '{"error": {"kind": "raised", "message": "softmax: bad axis", '
    '"traceback": "at softmax (adapter.mjs:7)"}}\n',
    "malformed": '{"error": {"kind": "malformed", "message": "softmax gave an object"}}\n',
    "windows": json.dumps({"answer": ONE}) + "\r\n",
    "a number": '{"answer": 1.0}\n',
    "a number in a list": '{"answer": [1.0]}\n',
    "nested": json.dumps({"answer": [ONE, [ONE, ONE]]}) + "\n",
    "missing data": '{"answer": {"dtype": "float64", "shape": []}}\n',
    "too few bytes": json.dumps({"answer": ONE | {"shape": [2]}}) + "\n",
    "no base 64": json.dumps({"answer": ONE | {"data": "AAAA*AAAA8D8="}}) + "\n",
    "no padding": json.dumps({"answer": ONE | {"data": "AAAAAAAA8D8"}}) + "\n",
    "a place outside": json.dumps({"answer": {"dtype": "float64", "shape": [3], "place": 64}})
    + "\n",
    "a place before the file": json.dumps(
        {"answer": {"dtype": "float64", "shape": [3], "place": -8}}
    )
    + "\n",
    "an unknown dtype": json.dumps({"answer": ONE | {"dtype": "complex64"}}) + "\n",
    "a dtype in a list": json.dumps({"answer": ONE | {"dtype": ["float64"]}}) + "\n",
    "a negative length": json.dumps({"answer": ONE | {"shape": [-1, -1]}}) + "\n",
    "a length that is true": json.dumps({"answer": ONE | {"shape": [True]}}) + "\n",
    "too many axes": json.dumps({"answer": ONE | {"shape": [1] * 100}}) + "\n",
}


def say(text):
    sys.stdout.buffer.write(text.encode(errors="surrogateescape"))
    sys.stdout.buffer.flush()


def reply(message):
    say(json.dumps(message) + "\n")


def leave(words, status):
    sys.stderr.write(words)
    sys.exit(status)


def forget_the_end():
    say(json.dumps({"answer": ONE}))
    time.sleep(60)


def close_output():
    os.close(1)
    time.sleep(60)


def flood():
    while True:
        say("x" * 65536)


def answer_many_values():
    say('{"answer": [' + "[]," * 2**20 + "[]]}\n")


def answer_wide_characters():
    say('{"answer": 1, "note": "\U0001f600' + "x" * 2**22 + '"}\n')


def answer_escaped_characters():
    say('{"answer": 1, "note": "\\u2603' + "x" * 2**22 + '"}\n')


def ask_without_end():
    while True:
        reply({"callback": "gradient", "arguments": [REQUEST["arguments"][1]]})
        sys.stdin.readline()


def tell_of_many_questions():
    question = {"callback": "gradient", "arguments": []}
    reply({"answer": ONE, "asked": [question] * (2**13 + 1)})


def take_much_memory():
    held = bytearray(300 * 2**20)
    time.sleep(60)
    reply({"answer": ONE, "held": len(held)})


def answer_twice():
    reply({"answer": ONE})
    time.sleep(0.2)
    reply({"answer": ONE})


def answer_and_leave():
    reply({"answer": ONE})
    sys.exit(0)


def answer_and_fall_silent():
    reply({"answer": ONE})
    os.close(1)
    time.sleep(60)


def leave_for_good():
    Path(sys.argv[2]).touch()
    sys.exit(3)


def ask():
    gradient, params, steps = REQUEST["arguments"]
    answers = []
    for _ in range(steps):
        reply({"callback": gradient["callback"], "arguments": [params]})
        answers.append(json.loads(sys.stdin.readline())["answer"])
    reply({"answer": answers})


# What comes of a call of softmax.
DONE = {
    "closes its output": close_output,
    "forgets the end": forget_the_end,
    "exits": lambda: leave("out of luck", 3),
    "dies of a signal without a name": lambda: os.kill(os.getpid(), 40),
    "floods": flood,
    "many values": answer_many_values,
    "wide characters": answer_wide_characters,
    "escaped characters": answer_escaped_characters,
    "asks without end": ask_without_end,
    "many questions": tell_of_many_questions,
    "takes much memory": take_much_memory,
    "speaks unasked": answer_twice,
    "exits after its answer": answer_and_leave,
    "falls silent after its answer": answer_and_fall_silent,
    "starts once": leave_for_good,
    "asks": ask,
    "never answers": lambda: time.sleep(60),
}

# What comes of a start.
STARTED = {
    "never starts": lambda: time.sleep(60),
    "exits at start": lambda: leave("no such device", 4),
    "starts with": lambda: say(sys.argv[2] + "\n"),
    "starts once": lambda: sys.exit(5) if Path(sys.argv[2]).exists() else describe(),
}


def describe():
    offered = ["relu", "softmax", "zeros"]
    takes = {
        "calls": BEHAVIOR in QUEUED,
        "repeats": BEHAVIOR == "others in a word",
        "memory": BEHAVIOR.startswith("a place"),
    }
    reply({"name": "child", "operations": offered} | takes)


# What comes of a line with many calls.
QUEUED = {
    "answers once too often": lambda count: say((json.dumps({"answer": ONE}) + "\n") * (count + 1)),
    "asks in a queue": lambda _: reply({"callback": "gradient", "arguments": []}),
}


BEHAVIOR = sys.argv[1]
for line in sys.stdin:
    REQUEST = json.loads(line)
    if REQUEST["request"] == "start":
        STARTED.get(BEHAVIOR, describe)()
    elif REQUEST["request"] == "stop":
        if BEHAVIOR == "takes its leave":
            time.sleep(0.2)
            Path(sys.argv[2]).touch()
        break
    elif REQUEST["request"] == "calls":
        QUEUED[BEHAVIOR](len(REQUEST["calls"]))
    elif REQUEST["operation"] != "softmax":
        reply({"answer": ONE})
    elif BEHAVIOR in SAID:
        say(SAID[BEHAVIOR])
    else:
        DONE[BEHAVIOR]()
    if BEHAVIOR == "stops reading":
        time.sleep(60)
