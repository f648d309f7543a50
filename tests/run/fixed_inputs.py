"""Digests of everything that the plan asks, page by page, and the stored digests.

python -m tests.run.fixed_inputs            print the digest of every page
python -m tests.run.fixed_inputs --cases    print the digest of every case
python -m tests.run.fixed_inputs --write    store the digests in fixed_inputs.json
"""

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nnspec.conformance.run import plan
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.draws import uniform
from nnspec.conformance.terms.formats import INTEGERS, name_of
from nnspec.conformance.terms.nested import like
from nnspec.conformance.terms.operations import OPERATIONS

STORED = Path(__file__).with_name("fixed_inputs.json")

# A callback without a script is asked so many times: it may answer otherwise in every step.
_CALLS = 4


def by_case() -> dict[str, str]:
    """Return the digest of every planned case by page, clause, case, operation and dtype."""
    digests: dict[Case, str] = {}
    found: dict[str, str] = {}
    for each in plan.plan(plan.EVERYTHING):
        if each.case not in digests:
            digests[each.case] = digest(each.case)
        name = f"{each.clause.page} {each.clause.id}[{each.case.name},{each.dtype or INTEGERS}]"
        where = f"{name} of {each.operation}"
        assert where not in found, where
        found[where] = digests[each.case]
    return found


def by_page(cases: dict[str, str]) -> dict[str, str]:
    """Return the digest of every page's cases, by their names and digests in the plan's order."""
    pages: dict[str, Any] = {}
    for name, digest in cases.items():
        page = name.partition(" ")[0]
        pages.setdefault(page, hashlib.sha256()).update(f"{name} {digest}\n".encode())
    return {page: pages[page].hexdigest() for page in sorted(pages)}


def stored() -> dict[str, str]:
    """Return the stored digests by page."""
    found: dict[str, str] = json.loads(STORED.read_text(encoding="utf-8"))
    return found


def digest(case: Case) -> str:
    """Return the SHA-256 of all that a case holds."""
    found = hashlib.sha256()
    indexed = OPERATIONS[case.operation].batches
    given = (case.name, case.operation, case.arguments, sorted(case.parameters.items()))
    for part in _parts((*given, case.same_as, case.truth, case.one_of_many), indexed=indexed):
        found.update(part)
        found.update(b"\0")
    return found.hexdigest()


def _parts(value: Any, *, indexed: bool) -> Iterator[bytes]:
    """Yield the bytes of a value: of arrays their place in memory too, of callbacks the answers."""
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        kind = name_of(array.dtype), array.shape, array.strides, array.flags.writeable
        yield repr(kind).encode()
        yield array.tobytes()
    elif isinstance(value, (list, tuple)):
        yield f"{type(value).__name__} of {len(value)}".encode()
        for item in value:
            yield from _parts(item, indexed=indexed)
    elif isinstance(value, Callback):
        yield repr((value.description, value.shapes)).encode()
        yield from _parts(value.script or _answers(value, indexed=indexed), indexed=indexed)
    else:
        yield repr(value).encode()


def _answers(callback: Callback, *, indexed: bool) -> list[Any]:
    """Return what a callback answers at points whose numbers have 53 digits; at indices, too."""
    size = sum(math.prod(shape) for shape in callback.shapes)
    found = []
    for number in range(_CALLS):
        point = [np.zeros(shape) for shape in callback.shapes]
        point = like(4 * uniform(f"point {number}", (size,)), point)
        found.append(callback.answer(number, point, *((np.int64(number),) if indexed else ())))
    return found


def main() -> None:
    """Print digests, or store those of the pages."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    cases = by_case()
    text = json.dumps(cases if options.cases else by_page(cases), indent=1) + "\n"
    if options.write:
        STORED.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
