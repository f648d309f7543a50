"""The page about sweeps names the options and keys that there are, and calculates rightly."""

import re
from pathlib import Path

import numpy as np
import pytest

from nnspec import conformance
from nnspec.conformance.search.findings import nothing
from tests.search.sweeps import run

pytestmark = pytest.mark.usefixtures("plain_folder")

PAGE = (Path(conformance.__file__).parent / "search" / "sweep.md").read_text(encoding="utf-8")


def test_the_options_and_keys_on_the_page_are_those_of_the_command_and_of_the_result(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        run("--help")
    offered = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) <= offered
    keys = {f"findings.{name}" for name in nothing()} | {"summary"}
    assert set(re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE)) == keys


def test_the_arithmetic_on_the_page_is_right() -> None:
    for cores, seconds, row in (
        (1, 3600, "1 × 1 hour"),
        (100, 86400, "100 × 1 day"),
        (1000, 30 * 86400, "1,000 × 30 days"),
    ):
        samples = 1e6 * cores * seconds
        fraction = np.log(1e9) / samples
        cells = [powered(value) for value in (samples, fraction, fraction * 2**64)]
        assert f"| {row} | {' | '.join(cells)} |" in PAGE


def powered(value: float) -> str:
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}·10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
