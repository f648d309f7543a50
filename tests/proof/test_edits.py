"""Every edit of every formula is rejected by the suite, or it is the formula in other words.

An edit that no MUST clause rejects has to equal its formula to 2⁻¹⁰⁰ of the answer at 300 bits, on
10⁴ calls drawn over the domain of its page. Or the clauses leave open where it differs, and a proof
quotes them. Where the form of a formula cancels in float64, its edits are judged at 300 bits.
"""

import time
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from flint import ctx

from nnspec import reference
from nnspec.conformance.programs.behaviors import behaviors
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.programs.edits.edit import Edit
from nnspec.conformance.programs.program import program_of
from nnspec.conformance.programs.proofs import CHANCE, PROOFS, SIGNS, differ_by_chance, proof_of
from nnspec.conformance.programs.tree import parsed
from nnspec.conformance.run import edits as power
from nnspec.conformance.run.edits import REJECTED, Fate
from nnspec.conformance.terms.operations import page_of
from nnspec.spec import FOLDER
from tests.programs.bits.domains import batch
from tests.programs.bits.equivalence import BITS, unequal
from tests.programs.bits.implementation import ORDINARY, rejecting
from tests.programs.formulas import BY_CHANCE

# Calls at 300 bits of each edit that no clause rejects, in all and in a sample.
CALLS, FEW = 10_000, 60

# Of all edits, one in so many is in the sample, and at most one in so many rests on a proof.
SAMPLE, PROVED = 40, 100


def told_apart(fates: Sequence[Fate], calls: int) -> dict[str, list[str]]:
    """Compare the edits of an operation that no short case rejects, by what becomes of them.

    Of those that differ from the formula, "late" lists those that a long case rejects, or a case at
    300 bits. "proved" lists those that a page allows; the others are "surviving".
    """
    operation = fates[0].edit.operation
    left = [fate.edit for fate in fates if fate.verdict != REJECTED]
    found: dict[str, list[str]] = {"late": [], "proved": [], "surviving": []}
    differing = dict(unequal(operation, left, calls)) if left else {}
    for edit, how in differing.items():
        found[_became(edit)].append(f"{edit.name}: {how}")
    found["equal"] = [edit.name for edit in left if edit not in differing]
    return found


def _became(edit: Edit) -> str:
    """Say what becomes of an edit that differs from its formula."""
    if proof_of(edit) is not None:
        return "proved"
    ordinary = page_of(edit.operation) in ORDINARY
    late = power.rejected_at_length(edit) or (ordinary and rejecting(edit))
    return "late" if late else "surviving"


def sampled(edit: Edit) -> bool:
    return zlib.crc32(edit.name.encode()) % SAMPLE == 0


@pytest.mark.proof
@pytest.mark.no_cover
def test_a_sample_of_the_edits_is_rejected_or_equals_its_formula() -> None:
    fates = list(power.fates(dtypes=("float64",), only=sampled))
    assert len(fates) > 500
    assert Counter(fate.verdict for fate in fates)[REJECTED] > 0.9 * len(fates)
    for operation in dict.fromkeys(fate.edit.operation for fate in fates):
        own = [fate for fate in fates if fate.edit.operation == operation]
        assert told_apart(own, FEW)["surviving"] == []


@pytest.mark.study
def test_every_edit_is_rejected_or_equals_its_formula() -> None:
    rows, survivors = [], []
    print(
        "\n| operation | programs | behaviors | equal by calls | by proof | survivors | seconds |"
    )
    print("|---|---|---|---|---|---|---|")
    for operation in reference.__all__:
        began = time.perf_counter()
        fates = list(power.fates((operation,)))
        found = told_apart(fates, CALLS)
        survivors += found["surviving"]
        counts = [len(fates), len(behaviors(operation).different)]
        counts += [len(found[each]) for each in ("equal", "proved", "surviving")]
        rows.append((*counts, time.perf_counter() - began))
        print(row(operation, rows[-1]), flush=True)
    totals = tuple(map(sum, zip(*rows, strict=True)))
    print(row("all", totals))
    assert survivors == []
    assert totals[3] * PROVED <= totals[0]


def row(name: str, counts: Sequence[float]) -> str:
    return f"| {name} | {' | '.join(f'{each:,}' for each in counts[:-1])} | {counts[-1]:.1f} |"


@lru_cache(maxsize=1)
def proved() -> dict[str, Edit]:
    """The edits that rest on a proof, by their names."""
    operations = dict.fromkeys(name.partition(":")[0] for name in PROOFS)
    return {
        edit.name: edit for each in operations for edit in edits_of(each) if edit.name in PROOFS
    }


def test_each_proof_speaks_of_an_edit_and_quotes_the_page_of_its_operation() -> None:
    assert set(proved()) == set(PROOFS)
    for name, proof in (*PROOFS.items(), ("normal", CHANCE)):
        page = FOLDER / f"{page_of(name.partition(':')[0])}.md"
        assert proof.quoted in " ".join(page.read_text(encoding="utf-8").split()), name


@pytest.mark.proof
@pytest.mark.no_cover
def test_no_clause_rejects_an_edit_that_a_proof_allows() -> None:
    operations = tuple(dict.fromkeys(edit.operation for edit in proved().values()))
    fates = list(power.fates(operations, ("float64",), only=lambda edit: edit.name in PROOFS))
    assert [fate.edit.name for fate in fates if fate.verdict == REJECTED] == []
    assert len(fates) == len(PROOFS)


BY_SIGN = [name for name, proof in PROOFS.items() if proof is SIGNS]


@pytest.mark.parametrize("operation", ["pca", "whiten"])
def test_scores_that_a_proof_allows_differ_in_signs_alone(operation: str) -> None:
    edits = [proved()[name] for name in BY_SIGN if proved()[name].operation == operation]
    assert {edit.name for edit, _ in unequal(operation, edits, FEW)} == {e.name for e in edits}
    assert list(unequal(operation, edits, FEW, signs=False)) == []


INITIALIZERS = [name for name in BY_CHANCE if page_of(name) == "initializers"]


@pytest.mark.parametrize("operation", INITIALIZERS)
def test_laws_that_a_proof_allows_differ_less_than_the_page_says_is_found(operation: str) -> None:
    allowed = [edit for edit in edits_of(operation) if proof_of(edit) is CHANCE]
    assert len(allowed) < 0.5 * len(edits_of(operation))
    for place in range(3):
        with ctx.workprec(BITS):
            asked = batch(operation, place, 20)
        for call in range(20):
            names = {each: np.float64(float(array[call])) for each, array in asked.names.items()}
            for edit in allowed:
                assert differ_by_chance(edit, names), edit.name


def test_a_law_that_is_found_to_be_wrong_has_no_proof() -> None:
    allowed = [edit.change for edit in edits_of("xavier_normal") if proof_of(edit) is CHANCE]
    assert "2/(fan_in + fan_out) → 2/(fan_in + fan_out + 1e-3)" in allowed
    assert "fan_in → fan_in + 1" not in allowed
    law, edit = program_of("xavier_normal"), edits_of("xavier_normal")[0]
    for factor, near in ((1.05, True), (0.95, True), (1.06, False), (0.94, False)):
        (expression,) = parsed(f"N(0, {factor}*2/(fan_in + fan_out))")
        changed = replace(edit, program=law.changed(0, expression))
        names = {"fan_in": np.float64(3), "fan_out": np.float64(5)}
        assert differ_by_chance(changed, names) == near
