"""How a case is judged that is asked again and again."""

from typing import Any

import numpy as np

from nnspec.conformance.bounds.truth import true_answer, truth
from nnspec.conformance.judge.allowances import OWN_ROUNDING
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.terms.nested import flat, shapes


def each_answer(trial: Trial) -> None:
    """Expect each answer of a case that is asked again within the bound of the truth."""
    value, low, own = truth(trial.case)
    for actual in answers(trial):
        trial.judge(actual, value, trial.allowed() * OWN_ROUNDING, low=low, own=own)


def one_answer(trial: Trial) -> None:
    """Expect the same bits from a case that is asked again, but for those of NaN."""
    found = [flat(each) for each in answers(trial)]
    for each in found:
        trial.near(each, found[0], 0, "an answer to the same call")
        trial.sign(each, negative=np.signbit(found[0]))


def answers(trial: Trial) -> list[Any]:
    """Expect answers of the right shape, however often the case is asked.

    Return those that differ in some bit, the first one first.
    """
    case = trial.case
    needed = shapes(true_answer(case))
    found = trial.implementation.again(case, times=case.times, calls=case.calls)
    return [trial.shaped(each, needed) for each in found]
