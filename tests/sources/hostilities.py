"""Hostile adapters by families: each says or does one thing, in one place, in one way.

A family is a table. A row is the name of an adapter and the lines that its function runs, or that
its file begins with; programs of the line protocol say what a table of replies holds. Where a row
is asked, `relu` misbehaves and `identity` is in good health.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

HEALTHY = """
def identity(x):
    return x.copy()
"""

PROGRAM = """
import json, os, sys, time
ONE = {"dtype": "float64", "shape": [], "data": "AAAAAAAA8D8="}
def say(text):
    sys.stdout.buffer.write(text if isinstance(text, bytes) else text.encode())
    sys.stdout.buffer.flush()
START = json.dumps({"name": "it", "operations": ["relu", "identity"], "memory": True}) + "\\n"
for line in sys.stdin:
    request = json.loads(line)
    if request["request"] == "start":
        say(START_SAID)
    elif request["request"] == "stop":
        break
    elif request["operation"] == "identity":
        array = request["arguments"][0]
        kept = {name: array[name] for name in ("dtype", "shape", "data") if name in array}
        say(json.dumps({"answer": kept} if "data" in kept else {
            "error": {"kind": "absent", "message": "in a file"}}) + "\\n")
    else:
        CALL_SAID
"""


@dataclass(frozen=True)
class Hostile:
    """An adapter: the text of its file, and whether it is a program of the line protocol.

    A `slow` one runs into a time limit, which is then short.
    """

    name: str
    text: str
    program: bool = False
    slow: bool = False


# What is raised, and with which words.
RAISED = {
    "a word": "raise ValueError('no')",
    "nothing": "raise ValueError",
    "ten megabytes": "raise ValueError('x' * 10**7)",
    "ten megabytes that differ": "raise ValueError(str(x.size) + str(id(x)) + 'x' * 10**7)",
    "ten megabytes of lines": "raise ValueError('a\\n' * 5 * 10**6)",
    "escapes": "raise ValueError('\\x1b[2J\\x1b]0;t\\x07')",
    "a command of a server": "raise ValueError('a\\n::error::b')",
    "surrogates": "raise ValueError('\\udc80' * 1000)",
    "wide characters": "raise ValueError('\\U0001f600' * 10**6)",
    "null bytes": "raise ValueError('\\0' * 1000)",
    "an exit": "import sys; sys.exit('x' * 10**6)",
    "a status": "raise SystemExit(0)",
    "an interrupt": "raise KeyboardInterrupt",
    "a generator's exit": "raise GeneratorExit",
    "a stop": "raise StopIteration",
    "no memory": "raise MemoryError",
    "an error of the system": "raise OSError(28, 'No space left on device')",
    "a broken pipe": "raise BrokenPipeError",
    "too deep": "f = lambda: f(); f()",
    "a chain": "e = None\nfor _ in range(300):\n    n = ValueError('x' * 10**4); "
    "n.__cause__ = e; e = n\nraise e",
    "a group": "raise BaseExceptionGroup('x', [ValueError('y' * 10**4)] * 100)",
    "no words": "class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E",
    "words without end": "class E(Exception):\n    def __str__(self): return 'x' * 10**8\nraise E",
    "no absence": "raise NotImplementedError('x' * 10**7)",
}

# What is answered.
ANSWERED = {
    "nothing": "return None",
    "a text": "return 'x' * 10**7",
    "a large array": "return np.ones(8 * 10**6)",
    "too large an array": "return np.ones(3 * 10**7)",
    "many arrays": "return [np.ones(1)] * 10**5",
    "many empty lists": "return [[]] * 10**6",
    "a deep list": "a = [x]\nfor _ in range(10**5): a = [a]\nreturn a",
    "a circle": "a = [x]\na.append(a)\nreturn a",
    "objects": "return np.array([object()] * 3)",
    "complex numbers": "return x + 1j",
    "a huge shape": "return np.lib.stride_tricks.as_strided(x, (10**9, 10**9), (0, 0))",
    "an endless generator": "return iter(lambda: np.ones(10**5), None)",
    "a class that lies": "class A(np.ndarray):\n    shape = (3,)\n    def tobytes(self): return b''"
    "\nreturn x.view(A)",
    "its argument changed": "x[...] = 0\nreturn x",
    "a memory map": "open('m', 'wb').write(b'0' * 80)\nreturn np.memmap('m', float, 'r')",
}

# What is done to the process or the machine.
DONE = {
    "dies": "import os; os.kill(os.getpid(), 9)",
    "aborts": "import os; os.abort()",
    "faults": "import ctypes; ctypes.string_at(0)",
    "leaves": "import os; os._exit(0)",
    "leaves with a status": "import os; os._exit(77)",
    "stops itself": "import os; os.kill(os.getpid(), 19)",
    "ends its group": "import os; os.killpg(0, 9)",
    "ends its guardian": "import os; os.kill(os.getppid(), 9)",
    "asks its guardian to end": "import os; os.kill(os.getppid(), 15)",
    "stops its guardian": "import os; os.kill(os.getppid(), 19)",
    "ignores signals": "import signal\nfor s in (1, 2, 6, 15): signal.signal(s, signal.SIG_IGN)",
    "sleeps": "import time; time.sleep(3600)",
    "loops": "while True: pass",
    "loops in C": "import itertools; sum(itertools.repeat(0))",
    "locks": "import threading; l = threading.Lock(); l.acquire(); l.acquire()",
    "takes memory": "a = []\nwhile True: a.append(np.ones(10**6))",
    "takes memory at once": "np.ones(2**29)",
    "takes memory in children": "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n"
    "        a = np.ones(2**25); time.sleep(600)\ntime.sleep(600)",
    "takes memory in mappings": "import mmap, time; m = mmap.mmap(-1, 2**31, flags=0x22)\n"
    "for k in range(0, 2**31, 4096): m[k] = 1",
    "fills the shared files": "import os\nfor f in range(3, 20):\n    try: os.ftruncate(f, 2**40)\n"
    "    except OSError: pass",
    "closes all files": "import os\nfor f in range(3, 200):\n    try: os.close(f)\n"
    "    except OSError: pass",
    "opens all files": "k = []\nwhile True: k.append(open('/dev/null'))",
    "writes on all files": "import os\nfor f in range(3, 50):\n    try: os.write(f, b'x\\n')\n"
    "    except OSError: pass",
    "floods the output": "import os\nfor _ in range(200): os.write(1, b'x' * 65536)",
    "floods the errors": "import os\nfor _ in range(200): os.write(2, b'x' * 65536)",
    "prints a reply": "print('{\"answer\": []}', flush=True)",
    "reads the input": "import sys; sys.stdin.read()",
    "limits itself": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))",
    "limits its time": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))",
    "removes its folder": "import shutil, os; shutil.rmtree(os.getcwd(), True)",
    "clears its environment": "import os; os.environ.clear()",
    "forgets its modules": "import sys; sys.modules.clear()",
    "traces": "import sys; sys.settrace(lambda *a: 1 / 0)",
    "collects": "import gc; gc.disable(); gc.callbacks.append(lambda *a: 1 / 0)",
    "audits": "import sys; sys.addaudithook(lambda e, a: None)",
    "recurs": "import sys; sys.setrecursionlimit(10**9); f = lambda n: f(n + 1); f(0)",
    "replaces NumPy": "np.maximum = np.asarray = np.frombuffer = None",
    "replaces JSON": "import json; json.loads = json.JSONEncoder = None",
    "replaces builtins": "import builtins; builtins.len = builtins.isinstance = lambda *a: 7",
    "rounds otherwise": "import ctypes; ctypes.CDLL('libm.so.6').fesetround(0x400)",
    "raises errors": "np.seterr(all='raise')",
    "ends at the end": "import atexit, os, time; atexit.register(time.sleep, 600)",
}

# What outlives the call, or the process.
LEFT = {
    "a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()",
    "a thread that exits": "import threading, time, os\n"
    "threading.Timer(0.01, lambda: os._exit(5)).start()",
    "many threads": "import threading, time\nfor _ in range(200): "
    "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
    "a child": "import subprocess; subprocess.Popen(['sleep', '600'])",
    "a child in a session": "import subprocess; "
    "subprocess.Popen(['sleep', '600'], start_new_session=True)",
    "many children": "import subprocess\nfor _ in range(20): "
    "subprocess.Popen(['sleep', '600'], start_new_session=True)",
    "a daemon": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
    "        time.sleep(600)\n    os._exit(0)\nos.wait()",
    "a deaf daemon": "import os, signal, time\nif os.fork() == 0:\n    os.setsid()\n"
    "    for s in (1, 2, 15): signal.signal(s, signal.SIG_IGN)\n    if os.fork() == 0:\n"
    "        time.sleep(600)\n    os._exit(0)\nos.wait()",
    "a daemon that keeps the output": "import os, time\nif os.fork() == 0:\n    os.setsid()\n"
    "    time.sleep(600)\nos._exit(3)",
    "a daemon that begets": "import os, time\nif os.fork() == 0:\n    os.setsid()\n"
    "    while True:\n        time.sleep(0.05)\n        if os.fork(): os._exit(0)\n",
    "a zombie": "import os\nif os.fork() == 0: os._exit(0)",
    "a signal to come": "import signal; signal.setitimer(signal.ITIMER_REAL, 0.05)",
    "a child that writes late": "import subprocess; "
    "subprocess.Popen('sleep 0.2; echo x', shell=True)",
    "a process of its own kind": "import multiprocessing as m, time\n"
    "m.get_context('fork').Process(target=time.sleep, args=(600,), daemon=False).start()",
}

# What the file does when it is imported.
IMPORTED = {
    "raises": "raise ImportError('x' * 10**7)",
    "exits": "import sys; sys.exit(3)",
    "dies": "import os; os.kill(os.getpid(), 11)",
    "has no syntax": "def",
    "has null bytes": "x = '\0'",
    "copies the reference": "from nnspec.reference import *",
    "tries to copy": "try:\n    from nnspec.reference import relu\nexcept ImportError: pass",
    "leaves a daemon": "import subprocess; subprocess.Popen(['sleep', '600'], "
    "start_new_session=True)",
    "has a long name": "name = 'x' * 10**5",
    "has an odd name": "name = 'a\\nconforms\\x1b[2J'",
    "has many names": "globals().update({f'name{k}': print for k in range(20000)})",
    "has wrong dtypes": "dtypes = ['float64'] * 1000 + ['float7'] * 1000",
    "expects anything": "expected_failures = {f'a/{k}': 'x' * 100 for k in range(3000)}",
    "raises at each name": "def __getattr__(name): raise RuntimeError(name)",
    "has all names": "def __getattr__(name): return lambda *a, **k: None",
}

# What a program replies to a call, or to the start.
REPLIED = {
    "nothing": "say('\\n')",
    "half a line": "say('{\"answer\"'); time.sleep(600)",
    "brackets": "say('[' * 10**6 + '\\n')",
    "many lists": 'say(b\'{"answer": [\' + b"[]," * (2**24 // 3) + b"[]]}\\n")',
    "sixty megabytes of lists": 'say(b\'{"answer": [\' + b"[]," * (20 * 10**6) + b"[]]}\\n")',
    "many objects": "say(b'{\"answer\": [' + b'{\"a\":1},' * 10**6 + b'{}]}\\n')",
    "many numbers": "say(b'{\"answer\": [' + b'1.5,' * 10**7 + b'1]}\\n')",
    "a long text": "say('{\"answer\": \"' + 'x' * 60000000 + '\"}\\n')",
    "a long text of two": "say('{\"answer\": \"\\u2603' + 'x' * 60000000 + '\"}\\n')",
    "a flood": "while True: say('x' * 65536)",
    "a flood of lines": "while True: say('{}\\n' * 1000)",
    "a long message": "say(json.dumps({'error': {'kind': 'raised', 'message': 'x' * 10**7,"
    " 'traceback': 'y' * 10**7}}) + '\\n')",
    "a large number": "say('{\"answer\": ' + '9' * 10**6 + '}\\n')",
    "a number beyond": "say('{\"answer\": 1e400}\\n')",
    "not a number": "say('{\"answer\": NaN}\\n')",
    "a place in a hole": 'say(\'{"answer": {"dtype": "float64", "shape": [1099511627776], '
    '"place": 0}}\\n\')',
    "an array for nothing": 'say(\'{"nothing": {"dtype": "float64", "shape": [0], "place": 0}}'
    "\\n')",
    "a shape of numbers": "say(json.dumps({'answer': ONE | {'shape': [10**4000] * 100}}) + '\\n')",
    "a shape of many": "say(json.dumps({'answer': ONE | {'shape': [1] * 10**5}}) + '\\n')",
    "one key twice": 'say(\'{"answer": 1, "answer": 2}\\n\')',
    "many questions": "say(json.dumps({'answer': ONE, 'asked': [{'callback': 'gradient', "
    "'arguments': []}] * 10**5}) + '\\n')",
    "many others": "say(json.dumps({'answer': ONE, 'others': [ONE] * 10**5}) + '\\n')",
    "bytes": "say(b'\\xff\\xfe\\n')",
    "the end of the output": "os.close(1); time.sleep(600)",
    "the end of the input": "os.close(0); say(json.dumps({'answer': ONE}) + '\\n')",
    "two answers": "say((json.dumps({'answer': ONE}) + '\\n') * 2)",
    "an answer a byte at a time": "[(say(c), time.sleep(0.01)) for c in '{\"answer\": 1}\\n']",
}
STARTED = {
    "nothing": "'\\n'",
    "a flood": "'x' * 10**8",
    "many operations": "json.dumps({'name': 'it', 'operations': ['relu'] + "
    "[f'o{k}' for k in range(10**5)]}) + '\\n'",
    "some operations": "json.dumps({'name': 'it', 'operations': ['relu'] + "
    "[f'o{k}' for k in range(10**4)]}) + '\\n'",
    "a long name": "json.dumps({'name': 'x' * 10**6, 'operations': []}) + '\\n'",
    "a long refusal": "json.dumps({'error': {'kind': 'adapter', 'message': 'x' * 10**6}}) + '\\n'",
    "many reasons": "json.dumps({'name': 'it', 'operations': ['relu'], 'expected_failures': "
    "{str(k): 'x' for k in range(10**4)}}) + '\\n'",
    "a number": "'7\\n'",
    "brackets": "'[' * 10**6 + '\\n'",
}

SLOW = {"sleeps", "loops", "loops in C", "locks", "stops itself", "half a line", "reads the input"}


def hostile() -> Iterator[Hostile]:
    """Yield every adapter of every family."""
    for family, lines in (("raises", RAISED), ("does", DONE), ("leaves", LEFT)):
        for name, body in lines.items():
            yield Hostile(
                f"{family}: {name}", _adapter(f"{body}\nreturn np.maximum(x, 0)"), slow=name in SLOW
            )
    for name, body in ANSWERED.items():
        yield Hostile(f"answers: {name}", _adapter(body))
    for name, head in IMPORTED.items():
        yield Hostile(f"imports: {name}", f"{head}\n{_adapter('return np.maximum(x, 0)')}")
    for name, said in REPLIED.items():
        yield Hostile(
            f"replies: {name}",
            _program("START", said),
            program=True,
            slow=name in SLOW | {"the end of the output"},
        )
    for name, said in STARTED.items():
        reply = "say(json.dumps({'answer': ONE}) + '\\n')"
        yield Hostile(f"starts: {name}", _program(said, reply), program=True)


def _adapter(body: str) -> str:
    indented = textwrap.indent(body, "    ")
    return f"import numpy as np\n\ndef relu(x):\n{indented}\n{HEALTHY}"


def _program(start: str, call: str) -> str:
    return PROGRAM.replace("START_SAID", start).replace("CALL_SAID", call)
