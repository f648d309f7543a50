"""The notation shows the lengths to which families judge, and why a ladder ends early."""

from nnspec.conformance.pages.families import GREAT, RUNGS
from tests.run import sizes


def test_the_notation_shows_the_lengths_of_every_family() -> None:
    assert sizes.sized()
    assert sizes.shown() == sizes.table(), "renew it: python -m tests.run.sizes --write"


def test_a_ladder_that_ends_early_says_why() -> None:
    for operation, name, dimension in sizes.sized():
        assert dimension.rungs[-1] >= RUNGS[-1] or dimension.reason, (operation, name)


def test_the_notation_names_the_lengths() -> None:
    text = " ".join(sizes.NOTATION.read_text(encoding="utf-8").split())
    assert {2**k + step for k in range(1, 13) for step in (-1, 0, 1)} == {*RUNGS}
    assert f"{', '.join(f'{n:,}' for n in GREAT[:-1])} and {GREAT[-1]:,}, from" in text
