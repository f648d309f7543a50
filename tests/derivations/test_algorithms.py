"""The bound of a clause is no smaller than the running error of each algorithm that it admits."""

from collections.abc import Iterator

import numpy as np
import pytest

from nnspec.conformance.bounds.truth import evaluated, true_answer, truth
from nnspec.conformance.judge import allowances
from nnspec.conformance.run.cases import cases
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NAMES
from nnspec.conformance.terms.nested import like
from nnspec.conformance.terms.operations import clause_of, operations_of
from nnspec.spec import Formula
from nnspec.spec.lemmas import lemmas

ALGORITHMS = [
    pytest.param(clause, formula, id=f"{lemma.name}-{clause.replace('/', '-')}-{number}")
    for lemma in lemmas().values()
    for number, (clause, formula) in enumerate(lemma.algorithms, 1)
]
# More elements than this take long, and say no more.
MOST = 4096


def asked(clause: str, dtype: str) -> Iterator[Case]:
    """Yield the cases of a clause on accuracy that are small."""
    stated = clause_of(clause)
    for operation in operations_of(stated):
        for case in cases(stated, operation, dtype):
            if truth(case)[0].size <= MOST:
                yield case


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize(("clause", "algorithm"), ALGORITHMS)
def test_the_running_error_of_an_algorithm_is_within_the_bound(
    clause: str, algorithm: Formula, dtype: str
) -> None:
    fmt, judged = FORMATS[dtype], 0
    accumulator = "float32" if fmt.narrow else dtype
    for case in asked(clause, dtype):
        value = truth(case)[0]
        answer = like(value, true_answer(case))
        error = evaluated(algorithm, case, answer, dtype, accumulator)
        bound = allowances.bound(clause, case, dtype, accumulator)
        # Where an intermediate may be subnormal, or the algorithm overflows, it promises nothing.
        told = np.isfinite(error) & np.isfinite(value) & (abs(value) > 4 * fmt.tiny / fmt.u)
        assert np.all(error[told] <= bound[told]), (case.name, np.max(error[told] / bound[told]))
        judged += np.count_nonzero(told)
    assert judged > 50
