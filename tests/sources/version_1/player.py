"""A program that plays its half of a recorded conversation: its argument is the file.

A line with `>` came from the suite, a line with `<` went to it. The program refuses another version
of the protocol than the recorded one, and exits where a request differs from the recorded one.
"""

import json
import sys
from pathlib import Path

TALK = [
    (line[0], line[2:])
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines(keepends=True)
]
SPOKEN = json.loads(TALK[0][1])["protocol"]

place = 0
for line in sys.stdin:
    request = json.loads(line)
    if request["request"] == "start" and request["protocol"] != SPOKEN:
        message = f"version {request['protocol']} is not spoken here"
        print(json.dumps({"error": {"kind": "adapter", "message": message}}), flush=True)
        continue
    if (">", request) != (TALK[place][0], json.loads(TALK[place][1])):
        sys.exit(f"line {place + 1} of the conversation was {TALK[place][1]}\nand is {line}")
    place += 1
    while place < len(TALK) and TALK[place][0] == "<":
        print(TALK[place][1], end="", flush=True)
        place += 1
