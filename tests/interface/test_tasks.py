"""Tasks of kernel benchmarks: the reference says which operation it is, and what can be asked."""

from pathlib import Path

import pytest

import nnspec
from nnspec.conformance.interface import forms, tasks

pytest.importorskip("torch")

HEAD = """
import torch
from torch import nn


class {name}(nn.Module):
    def __init__(self, *values):
        super().__init__()
        self.values = values

    def forward(self, {arguments}):
        {body}


def get_inputs():
    return [{inputs}]


def get_init_inputs():
    return [{values}]
"""

# A reference's code, its inputs and values; a right candidate, and one that is wrong.
TASKS = {
    "softmax": (
        ("x", "torch.rand(64, 1000)", ""),
        "return torch.softmax(x, dim=1)",
        "e = torch.exp(x - x.amax(1, keepdim=True)); return e / e.sum(1, keepdim=True)",
        "e = torch.exp(x); return e / e.sum(1, keepdim=True)",
    ),
    "leaky_relu": (
        ("x", "torch.rand(16, 4, 32)", "0.2"),
        "return nn.functional.leaky_relu(x, self.values[0])",
        "return torch.where(x < 0, 0.2 * x, x)",
        "return torch.where(x < 0, 0.01 * x, x)",
    ),
    "linear": (
        ("a, b", "torch.rand(48, 64), torch.rand(64, 32)", ""),
        "return torch.matmul(a, b)",
        "return (a[..., None, :] * b.T).sum(-1)",
        "return (a.bfloat16() @ b.bfloat16()).float()",
    ),
    "sparse_softmax_cross_entropy": (
        ("x, t", "torch.rand(64, 100), torch.randint(0, 100, (64,))", ""),
        "return nn.functional.cross_entropy(x, t)",
        "return -torch.log_softmax(x, 1).gather(1, t[:, None]).mean()",
        "return -torch.log(torch.softmax(x, 1)).gather(1, t[:, None]).mean()",
    ),
}


def written(folder: Path, name: str, given: tuple[str, str, str], body: str) -> str:
    """Write a file of a task, and return its path."""
    arguments, inputs, values = given
    file = folder / f"{name}.py"
    text = HEAD.format(name=name, arguments=arguments, body=body, inputs=inputs, values=values)
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("operation", TASKS)
def test_a_task_is_judged_as_the_operation_that_its_reference_computes(
    operation: str, tmp_path: Path
) -> None:
    given, reference, right, wrong = TASKS[operation]
    model = written(tmp_path, "Model", given, reference)
    if operation in ("softmax", "linear"):
        found = nnspec.kernelbench(model, written(tmp_path, "ModelNew", given, right))
        assert found, str(found)
        assert found.reference.record.header["planned"] > 50
    denied = nnspec.kernelbench(model, written(tmp_path, "ModelNew", given, wrong))
    assert denied.operation == operation
    assert not denied.reference.denied
    assert denied.candidate.denied
    assert "ModelNew" in str(denied)
    assert denied.candidate.call.startswith("nnspec.kernelbench(")


@pytest.mark.proof
@pytest.mark.no_cover
def test_a_name_does_not_decide(tmp_path: Path) -> None:
    given = "x", "torch.rand(8, 8)", ""
    softmax = written(tmp_path, "Model", given, "return torch.log_softmax(x, dim=1)")
    found = nnspec.kernelbench(
        softmax, written(tmp_path, "ModelNew", given, "return torch.softmax(x, 1)"), budget=60
    )
    assert found.operation == "log_softmax"
    assert not found


@pytest.mark.proof
@pytest.mark.no_cover
def test_what_no_operation_computes_gets_no_verdict(tmp_path: Path) -> None:
    given = "x", "torch.rand(8, 8)", ""
    model = written(tmp_path, "Model", given, "return x * 3 + x.sum()")
    other = written(tmp_path, "ModelNew", given, "return x")
    with pytest.raises(nnspec.NoVerdict, match="computes no operation of the specification"):
        nnspec.kernelbench(model, other)


DEFINITION = {
    "name": "gemm_n24_k40",
    "axes": {
        "M": {"type": "var"},
        "N": {"type": "const", "value": 24},
        "K": {"type": "const", "value": 40},
    },
    "inputs": {
        "A": {"shape": ["M", "K"], "dtype": "float32"},
        "B": {"shape": ["N", "K"], "dtype": "float32"},
    },
    "outputs": {"C": {"shape": ["M", "N"], "dtype": "float32"}},
    "reference": "import torch\n\n\ndef run(A, B):\n    return torch.matmul(A, B.T)\n",
}
WORKLOADS = [{"axes": {"M": 1}}, {"axes": {"M": 33}}]


def solution(body: str, *, destination: bool) -> dict[str, object]:
    """Return the document of a solution that takes the definition's own shapes alone."""
    arguments = "a, b, c" if destination else "a, b"
    text = f"import torch\n\n\ndef run({arguments}):\n    assert b.shape == (24, 40)\n    {body}\n"
    return {
        "name": "mine",
        "spec": {"entry_point": "main.py::run", "destination_passing_style": destination},
        "sources": [{"path": "main.py", "content": text}],
    }


@pytest.mark.proof
@pytest.mark.no_cover
def test_a_definition_with_constant_axes_is_asked_in_its_own_shapes() -> None:
    right = solution("c.copy_((a[:, None, :] * b).sum(-1))", destination=True)
    found = nnspec.flashinfer(DEFINITION, right, WORKLOADS)
    assert found.operation == "linear"
    assert found, str(found)
    assert {each.case for each in found.candidate.record.results} == {
        "linear.chosen-samples-1-inputs-40-outputs-24",
        "linear.chosen-samples-33-inputs-40-outputs-24",
    }
    narrow = solution("return (a.half() @ b.half().T).float()", destination=False)
    assert nnspec.flashinfer(DEFINITION, narrow, WORKLOADS).candidate.denied
    beside = solution(
        "torch.as_strided(c, (c.numel() + 1,), (1,), c.storage_offset())[-1] = 1; c.copy_(a @ b.T)",
        destination=True,
    )
    denied = nnspec.flashinfer(DEFINITION, beside, WORKLOADS)
    assert "wrote outside its output" in str(denied)


def test_documents_that_lack_a_key_are_refused() -> None:
    with pytest.raises(ValueError, match="has no reference"):
        nnspec.flashinfer({}, {})
    right = solution("return a @ b.T", destination=False)
    with pytest.raises(ValueError, match="needs workloads"):
        nnspec.flashinfer(DEFINITION, right)
    outside = {**right, "sources": [{"path": "../main.py", "content": ""}]}
    with pytest.raises(ValueError, match="lies outside"):
        nnspec.flashinfer(DEFINITION, outside, WORKLOADS)


def test_shapes_of_a_task_are_lengths_of_dimensions() -> None:
    rows = forms.Form("softmax", "rows_1")
    assert tasks._shapes(rows, [[[4096, 393216]]]) == [{"rows": 2, "classes": 393216}]
    assert tasks._shapes(rows, [[[3, 5]], [[3, 5]]]) == [{"rows": 3, "classes": 5}]
    product = forms.Form("linear", "products_transposed")
    shapes = tasks._shapes(product, [[[7, 40], [24, 40]]])
    assert shapes == [{"samples": 7, "inputs": 40, "outputs": 24}]
    assert tasks._shapes(forms.Form("relu", "elements"), [[None]]) == []


def test_every_form_is_a_function_of_the_bridge() -> None:
    from nnspec.conformance.interface import bridge

    for each in forms.forms():
        assert callable(getattr(bridge, each.asked))
