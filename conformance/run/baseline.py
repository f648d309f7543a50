"""Reads a baseline: the report of an earlier run, whose failures a later run is compared with.

It is a file of others. Its schema is looked at first, and a failure counts only while the text of
its clause is the same.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnspec.conformance.run import report
from nnspec.conformance.run.report import ReportError
from nnspec.conformance.sources.description import Description
from nnspec.conformance.terms.documents import LIMIT
from nnspec.conformance.terms.files import contents
from nnspec.spec import clauses


def heading(path: Path, description: Description, seed: int) -> dict[str, Any]:
    """Return what the header of a run says of its baseline, which is a report or its folder.

    Raises ReportError if there is no complete report, or if it is of another adapter or seed.
    """
    document = report.read(path)
    header, found = document["header"], report.record(document)
    name, drawn = header["adapter"]["name"], header.get("seed", 0)
    if name != description.name:
        message = f"the baseline is of {name!r}, and this run is of {description.name!r}"
        raise ReportError(message)
    if drawn != seed:
        message = (
            f"the baseline has the seed {drawn}, and this run has {seed}, which draws other "
            f"inputs: name --seed {drawn}, or make a new baseline"
        )
        raise ReportError(message)
    file = path / "report.json" if path.is_dir() else path
    written = header["specification"]["clauses"]
    failing = [each for each in found.results if each.failed and each.level == "MUST"]
    same = {each.clause: _is_same(each.clause, written) for each in failing}
    return {
        "sha256": hashlib.sha256(contents(file, LIMIT)).hexdigest(),
        "started": str(header["started"]),
        "failed": {each.id: each.outcome for each in failing if same[each.clause]},
        "passes": list(found.unexpected_passes),
        "changed": sorted(clause for clause, known in same.items() if not known),
    }


def _is_same(clause: str, written: Mapping[str, str]) -> bool:
    """Say whether a clause has the text that it had for the baseline."""
    return clause in clauses() and written.get(clause) == clauses()[clause].digest
