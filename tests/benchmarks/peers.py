"""Runs one suite, ours or a peer's, and prints how much it judged: `python -m
tests.benchmarks.peers NAME` answers with a line of JSON.

A case is what a suite reports as one result; what it did not run is none. A value is one number
compared with what was expected of it.
"""

import contextlib
import io
import json
import sys
import tempfile
import unittest
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Counts = dict[str, Any]

# The tests of ONNX's operators that compute what the specification does.
_NODES = (
    r"^test_(adagrad|adam|basic_.*|batchnorm|gemm|identity|leakyrelu|logsoftmax|log_softmax|matmul_2d|momentum|nesterov|nllloss|relu|sce|"
    r"sigmoid|softmax|softplus|tanh|clip|reduce_l2|reduce_log_sum_exp).*"
)


def certify() -> Counts:
    """`conformance certify torch`, with its child process and all reports."""
    from nnspec.conformance.command.cli import main

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        main(["certify", "torch", "--report", folder])
        return _counted(
            json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))["results"]
        )


def in_jobs() -> Counts:
    """`conformance certify torch --jobs 2`, and how long the jobs take once they are started."""
    from nnspec.conformance.run import plan
    from nnspec.conformance.run import run as running
    from nnspec.conformance.run.job import Order
    from nnspec.conformance.run.jobs import Jobs
    from nnspec.conformance.sources.process import Adapter

    order = Order(
        Adapter("torch"), {"dtypes": (), "only": ()}, "conformance certify torch", recorded=False
    )
    with Jobs(order, 2) as jobs, running.undisturbed():
        record = jobs.run(plan.plan(jobs.description))
    counts = _counted(
        [{"outcome": each.outcome, "compared": each.compared} for each in record.results]
    )
    return counts | {"started": record.header["seconds"]}


def in_process() -> Counts:
    """The plan for torch carried out in one process, as the pytest plugin does it."""
    from nnspec.conformance.run import plan
    from nnspec.conformance.run import run as running
    from nnspec.conformance.sources.in_process import InProcess
    from nnspec.conformance.sources.loading import load

    source = InProcess(*load("torch"))
    record = running.run(plan.plan(source.description), source)
    return _counted(
        [{"outcome": each.outcome, "compared": each.compared} for each in record.results]
    )


def _counted(results: list[Counts]) -> Counts:
    """Count the cases that were run: what an adapter does not offer is none."""
    ran = [each for each in results if each["outcome"] != "absent"]
    return {"cases": len(ran), "values": sum(each["compared"] for each in ran)}


def onnx() -> Counts:
    """onnx.backend.test's node tests of this domain with ONNX's own reference evaluator."""
    import onnx.backend.test
    from onnx.backend.base import Backend, BackendRep
    from onnx.backend.test.runner import Runner
    from onnx.reference import ReferenceEvaluator

    class Evaluated(BackendRep):
        def __init__(self, model: Any) -> None:
            self.session = ReferenceEvaluator(model)

        def run(self, inputs: Any, **_: Any) -> tuple[Any, ...]:
            names = [each for each in self.session.input_names if each]
            return tuple(self.session.run(None, dict(zip(names, inputs, strict=False))))

    class Evaluator(Backend):
        @classmethod
        def prepare(cls, model: Any, device: str = "CPU", **_: Any) -> Evaluated:
            return Evaluated(model)

        @classmethod
        def supports_device(cls, device: str) -> bool:
            return device == "CPU"

    values, compare = 0, Runner.assert_similar_outputs

    def counting(ref_outputs: Any, outputs: Any, **tolerances: Any) -> None:
        nonlocal values
        values += sum(int(np.size(each)) for each in ref_outputs)
        compare(ref_outputs, outputs, **tolerances)

    Runner.assert_similar_outputs = staticmethod(counting)
    tests = onnx.backend.test.BackendTest(Evaluator, __name__)
    tests.include(_NODES)
    plan = unittest.TestSuite(
        unittest.defaultTestLoader.loadTestsFromTestCase(case)
        for name, case in tests.test_cases.items()
        if "Node" in name
    )
    result = unittest.TextTestRunner(stream=io.StringIO()).run(plan)
    return {
        "cases": result.testsRun - len(result.skipped),
        "values": values,
        "failed": len(result.failures) + len(result.errors),
    }


def sklearn() -> Counts:
    """scikit-learn's check_estimator of StandardScaler, PCA and MLPClassifier."""
    from sklearn.decomposition import PCA
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler
    from sklearn.utils import estimator_checks

    values = 0

    def counting(compare: Callable[..., Any]) -> Callable[..., Any]:
        def compared(actual: Any, desired: Any, *rest: Any, **settings: Any) -> Any:
            nonlocal values
            values += max(int(getattr(each, "size", np.size(each))) for each in (actual, desired))
            return compare(actual, desired, *rest, **settings)

        return compared

    for name in [
        name
        for name in vars(estimator_checks)
        if name.startswith(("assert_allclose", "assert_array", "assert_almost"))
    ]:
        setattr(estimator_checks, name, counting(getattr(estimator_checks, name)))
    cases = 0
    for estimator in (StandardScaler(), PCA(), MLPClassifier()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = estimator_checks.check_estimator(estimator, on_skip=None, on_fail=None)
        cases += sum(each["status"] != "skipped" for each in found)
    return {"cases": cases, "values": values}


def gradcheck() -> Counts:
    """torch.autograd.gradcheck of a multilayer perceptron, time after time: a value is one entry
    of the Jacobian."""
    import torch

    torch.manual_seed(0)
    shapes = ((16, 20), (20, 30), (30, 5), (20,), (30,), (5,))
    weights = [(torch.randn(*shape, dtype=torch.float64) / 4).requires_grad_() for shape in shapes]
    x, labels, rounds = torch.randn(8, 16, dtype=torch.float64), torch.arange(8) % 5, 10

    def loss(*w: Any) -> Any:
        hidden = torch.tanh(torch.tanh(x @ w[0] + w[3]) @ w[1] + w[4])
        return torch.nn.functional.cross_entropy(hidden @ w[2] + w[5], labels)

    for _ in range(rounds):
        torch.autograd.gradcheck(loss, weights)
    return {"cases": rounds, "values": rounds * sum(each.numel() for each in weights)}


PEERS: dict[str, tuple[str, Callable[[], Counts]]] = {
    "certify": ("conformance certify torch --report", certify),
    "jobs": ("conformance certify torch --jobs 2", in_jobs),
    "in-process": ("the same plan in one process", in_process),
    "onnx": ("onnx.backend.test, this domain", onnx),
    "sklearn": ("scikit-learn check_estimator", sklearn),
    "gradcheck": ("torch.autograd.gradcheck", gradcheck),
}

if __name__ == "__main__":
    print(json.dumps(PEERS[sys.argv[1]][1]()))
