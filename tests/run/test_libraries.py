"""Many libraries are judged several at a time, and one that hangs, dies or does not load costs only
itself."""

import time
from pathlib import Path

import pytest

from nnspec.conformance.run import libraries
from nnspec.conformance.run.job import Order
from nnspec.conformance.run.libraries import Unjudged
from nnspec.conformance.sources.description import Description
from nnspec.conformance.sources.patience import Patient
from nnspec.conformance.sources.process import Adapter
from nnspec.conformance.terms.outcomes import TimedOut
from tests.command.trials import leaves_nothing

HEAD = "import numpy as np\nimport os\nimport signal\nimport time\n\n\n"
FILES = {
    "right": "def relu(x):\n    return np.maximum(x, 0)\n",
    "unfinished": "def relu(x):\n    return np.maximum(x, 0\n",
    "hanging": "def relu(x):\n    while True:\n        pass\n",
    "sleeping": "time.sleep(1e6)\n",
    "leaving": "def relu(x):\n    os._exit(0)\n",
    # The parent guards the process of the file, and its own parent is the judge.
    "killing": """\
def relu(x):
    stat = open(f"/proc/{os.getppid()}/stat").read()
    os.kill(int(stat.rpartition(")")[2].split()[1]), signal.SIGKILL)
    time.sleep(60)
""",
    "narrow": "dtypes = ('float32',)\n\n\ndef relu(x):\n    return np.maximum(x, 0)\n",
    "wrong": "def relu(x):\n    return np.abs(x)\n",
    "last": "def relu(x):\n    return np.where(x > 0, x, 0)\n",
}


def order(folder: Path, name: str) -> Order:
    (folder / f"{name}.py").write_text(HEAD + FILES[name], encoding="utf-8")
    selection = {"dtypes": ("float64",), "only": ("relu/accuracy", "relu/nan"), "seed": 0}
    adapter = Adapter(str(folder / f"{name}.py"), (), 1.0, 2.0)
    return Order(adapter, selection, f"conformance certify {name}.py", recorded=False)


def verdict(outcome: libraries.Outcome) -> str:
    return outcome.problem if isinstance(outcome, Unjudged) else outcome["summary"]["verdict"]


@pytest.mark.proof
def test_each_file_has_its_own_outcome_whatever_the_others_do(tmp_path: Path) -> None:
    orders = [order(tmp_path, name) for name in FILES]
    began = time.monotonic()
    made = dict(libraries.judged(orders, 2))
    assert time.monotonic() - began < 120
    assert sorted(made) == list(range(len(FILES)))
    found = {name: made[place] for place, name in enumerate(FILES)}
    said = {name: verdict(outcome) for name, outcome in found.items()}
    assert said["right"] == said["last"] == "conforms"
    assert said["hanging"] == said["leaving"] == said["wrong"] == "breaks"
    assert "SyntaxError" in said["unfinished"]
    assert "gave no answer to start within 4 s" in said["sleeping"]
    assert "declares the dtypes float32; got float64" in said["narrow"]
    assert "the process that judged it ended by SIGKILL" in said["killing"]
    ours = {name for name, each in found.items() if isinstance(each, Unjudged) and each.ours}
    assert ours == {"killing"}
    leaves_nothing(tmp_path)


@pytest.mark.proof
def test_processes_end_with_the_iteration(tmp_path: Path) -> None:
    made = libraries.judged([order(tmp_path, name) for name in ("right", "sleeping")], 2)
    assert next(made)[0] == 0
    made.close()
    leaves_nothing(tmp_path)


class Slow:
    """A source whose every call exceeds its limit after a while."""

    description = Description("slow", "", ("relu",))

    def __init__(self) -> None:
        self.asked = 0

    def foresee(self, calls: object) -> None:
        pass

    def call(self, *_: object) -> None:
        self.asked += 1
        time.sleep(0.02)
        message = "relu gave no answer"
        raise TimedOut(message)

    def again(self, call: object, **_: object) -> None:
        self.call()


def test_a_library_is_asked_no_more_when_its_calls_have_hung_for_long() -> None:
    slow = Slow()
    patient = Patient(slow, 0.05)
    for _ in range(10):
        with pytest.raises(TimedOut) as ended:
            patient.call("relu", [], {})
    assert slow.asked == 3
    assert "relu was not asked" in ended.value.message
    with pytest.raises(TimedOut, match="was not asked"):
        patient.again(("relu", [], {}), times=2, calls=0)


def test_a_library_that_answers_is_asked_for_ever() -> None:
    class Answering(Slow):
        def call(self, *_: object) -> None:
            time.sleep(0.02)

    patient = Patient(Answering(), 0.01)
    for _ in range(5):
        patient.call("relu", [], {})
