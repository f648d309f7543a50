"""A verdict prints itself in 80 columns, and as a table in a notebook."""

import re
from xml.etree import ElementTree as ET

import nnspec
from nnspec.conformance.run.record import Record
from tests.interface import layers

FEW = {"only": "softmax/accuracy", "dtypes": "float32"}


def test_a_denial_in_a_terminal() -> None:
    verdict = nnspec.check(layers.softmax_without_shift, "softmax", **FEW)
    text = str(verdict)
    assert text == repr(verdict)
    lines = text.splitlines()
    assert lines[0].startswith("✗ layers.softmax_without_shift (")
    told, _, pasted = text.partition("The call again:")
    assert max(map(len, told.splitlines())) <= 80
    assert "✗ softmax  behaves as if: exponentiates_without_a_shift" in told
    assert "conformance certify" not in text
    assert "nnspec.check(layers.softmax_without_shift, 'softmax', dtypes=('float32',)" in pasted
    assert "18 MUST cases conform, 3 do not, in float32" in pasted


def test_a_right_function_in_a_terminal() -> None:
    head, counted = str(nnspec.check(layers.softmax, "softmax", **FEW)).split("\n\n")
    assert re.fullmatch(
        r"✓ layers\.softmax \(.*layers\.py:8\) conforms to softmax, of which only "
        r"softmax/accuracy was asked\. It was given NumPy arrays \(its code uses numpy\)\.",
        " ".join(head.split()),
    )
    assert counted.startswith("21 MUST cases conform, in float32; ")


def test_a_notebook_shows_a_table() -> None:
    verdict = nnspec.check(layers.softmax_without_shift, "softmax", **FEW)
    tree = ET.fromstring(verdict._repr_html_())  # noqa: S314  our own text
    rows = {"".join(row[0].itertext()): "".join(row[1].itertext()) for row in tree.iter("tr")}
    assert list(rows) == [
        *("given", "behaves as if", "in", "clause", "dtype", "input"),
        *("answer", "truth", "bound", "the call"),
    ]
    assert rows["truth"] == "1.0"
    assert rows["input"] == "x = [[0.0], [3.5], [-100.0], [1000.0]], axis = -1"
    assert rows["the call"] == verdict.call


def test_the_text_of_a_function_is_escaped() -> None:
    def raising(x):
        raise ValueError("<script>\x1b[31m")

    verdict = nnspec.check(raising, "relu", only="relu/accuracy")
    assert "\x1b" not in str(verdict)
    assert "<script>" not in verdict._repr_html_()


def test_an_adapter_is_certified_into_a_record() -> None:
    record = nnspec.certify(layers.Network, only="activations/form")
    assert isinstance(record, Record)
    assert record.verdict == "conforms"
    assert {each.operation for each in record.results if each.compared} == {"relu"}
    wrong = nnspec.certify(layers.Layers, only="softmax/accuracy", dtypes="float64")
    assert wrong.verdict == "breaks"
    (*_, last) = [each for each in wrong.results if each.failed]
    assert last.rerun.startswith("conformance certify tests.interface.layers:Layers --only '")
