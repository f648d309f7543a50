"""Tells absent cases that ask for an operation the file does not have from cases that it refuses.

    excused(document)    the ids of MUST cases that are absent without anybody's fault

`softmax_cross_entropy/gibbs` needs an `entropy` too. A file without one is not to blame, and a file
that refuses such a case is. The reference, with the file's operations alone, tells which it is.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from nnspec.conformance.judge import judge
from nnspec.conformance.run import plan
from nnspec.conformance.sources.description import described
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.conformance.terms.outcomes import ABSENT
from nnspec.spec import clauses


def excused(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the absent MUST cases of offered operations that the reference cannot answer either.

    The document is a report, as values of JSON.
    """
    header = document["header"]
    offered = [name for name in header["adapter"]["operations"] if name in OPERATIONS]
    # A report of another edition may name clauses that are none here.
    absent = {
        (each["clause"], each["case"], each["dtype"])
        for each in document["results"]
        if (each["level"], each["outcome"]) == ("MUST", ABSENT)
        and each["operation"] in offered
        and each["clause"] in clauses()
    }
    if not absent:
        return frozenset()
    description = replace(described(header["adapter"]), operations=tuple(offered))
    right = InProcess(
        SimpleNamespace(**{name: rounded(name) for name in offered}), description=description
    )
    return frozenset(
        each.id
        for operation in offered
        for each in plan.plan(
            description,
            dtypes=header.get("selection", {}).get("dtypes", ()),
            only=dict.fromkeys(clause for clause, _, _ in absent),
            operation=operation,
            seed=header.get("seed", 0),
        )
        if (each.clause.id, each.case.name, each.dtype) in absent
        and judge.judge(each, right).outcome == ABSENT
    )
