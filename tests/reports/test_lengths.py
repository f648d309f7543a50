"""A report of an adapter that compiles for each shape says at which lengths it was asked."""

from types import SimpleNamespace

import numpy as np
import pytest

from nnspec.conformance.command import certify
from nnspec.conformance.command.screen import console
from nnspec.conformance.pages.families import FEW
from nnspec.conformance.pages.layouts import FEW_LENGTHS
from nnspec.conformance.reports import html, lengths, markdown
from nnspec.conformance.run import plan
from nnspec.conformance.run.record import Record
from nnspec.conformance.run.run import run
from nnspec.conformance.sources.in_process import InProcess


def judged(*, compiles_shapes: bool) -> Record:
    adapter = SimpleNamespace(
        name="it",
        dtypes=("float32",),
        relu=lambda x: np.maximum(x, 0),
        compiles_shapes=compiles_shapes,
    )
    source = InProcess(adapter)
    return run(plan.plan(source.description, only=["relu/accuracy"]), source)


def texts(*, compiles_shapes: bool) -> list[str]:
    record = judged(compiles_shapes=compiles_shapes)
    return [html.text(record), markdown.text(record)]


def test_reports_name_the_lengths() -> None:
    said = lengths.few(compiles_shapes=True)
    assert all(said in text for text in texts(compiles_shapes=True))
    assert not any("for each shape is compiled" in text for text in texts(compiles_shapes=False))


def test_the_command_names_the_lengths_before_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    adapter = SimpleNamespace(name="it", relu=np.abs, compiles_shapes=True)
    certify._announce(InProcess(adapter).description, 7, 0, console())
    assert capsys.readouterr().out == (
        f"it: 7 cases planned, seed 0\nasked for {lengths.few(compiles_shapes=True)}\n"
    )


def test_the_lengths_that_are_named_are_those_that_are_asked() -> None:
    said = lengths.few(compiles_shapes=True)
    assert all(f"{length:,}" in said for length in (*FEW, *FEW_LENGTHS))
    asked = plan.plan(
        InProcess(SimpleNamespace(relu=np.abs, compiles_shapes=True)).description,
        only=["activations/sizes"],
        dtypes=["float32"],
    )
    grown = {int(each.case.name.rpartition("-")[2]) for each in asked if each.operation == "relu"}
    around = {length + step for length in FEW for step in (-1, 0, 1)}
    assert grown == around | {max(grown)}
    assert max(grown) > 2**20
