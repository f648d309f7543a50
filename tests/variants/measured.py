"""What was measured of a library: its verdicts by operation and format, and its default values.

python -m tests.variants.measured torch --dtype float32     certify torch, and write its file
python -m tests.variants.measured torch --report REPORT     take a report of certify, and write it
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nnspec import spec
from nnspec.conformance.run import report
from nnspec.conformance.terms.formats import INTEGERS
from nnspec.conformance.terms.operations import OPERATIONS
from nnspec.conformance.terms.outcomes import ABSENT, FAILURES, TIMES_OUT
from tests.variants.defaults import ROOT, offered
from tests.variants.offers import OFFERS

FOLDER = spec.FOLDER / "measured"
# Seconds for a call: a busy machine is no fault of a library.
LIMIT = "120"
SCRIPT = "node conformance/adapters/javascript/tfjs.mjs"


def written(library: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file of a library, from a report of certify and from the library itself."""
    header = document["header"]
    return {
        "library": library,
        "name": header["adapter"]["name"],
        "version": header["adapter"]["version"],
        "measured": header["started"][:10],
        "command": _command(header),
        "seed": header["seed"],
        "specification": {key: header["specification"][key] for key in ("edition", "digest")},
        "arithmetic": header["machine"]["arithmetic"],
        "dtypes": header["selection"]["dtypes"] or header["adapter"]["dtypes"],
        "offers": offered(library),
        "verdicts": verdicts(document["results"]),
    }


def _command(header: Mapping[str, Any]) -> str:
    chosen = "".join(f" --dtype {each}" for each in header["selection"]["dtypes"])
    return f"{header['command']}{chosen}"


def verdicts(results: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return, by operation and format, the clauses that are violated, of those that were judged.

    A violated MUST has the reason that the adapter gives for it. A violated SHOULD is named.
    """
    found: dict[str, dict[str, Any]] = {}
    for each in results:
        if each["outcome"] == ABSENT:
            continue
        verdict = found.setdefault(each["operation"], {}).setdefault(each["dtype"] or INTEGERS, {})
        if each["outcome"] in FAILURES and each["level"] == "MUST":
            verdict.setdefault("must", {})[each["clause"]] = each.get("expected", "")
        elif each["outcome"] in FAILURES:
            verdict["should"] = sorted({*verdict.get("should", ()), each["clause"]})
    return {name: found[name] for name in OPERATIONS if name in found}


def departures(library: str, document: Mapping[str, Any], *, sample: bool = False) -> list[str]:
    """Return in what a report and a library differ from the stored file.

    Violated SHOULD clauses are compared where the whole plan was asked, and the machine computes
    alike to the last bit.
    """
    file = read(library)
    found = verdicts(document["results"])
    alike = document["header"]["machine"]["arithmetic"] == file["arithmetic"] and not sample
    kinds = ("must", "should") if alike else ("must",)
    asked = {dtype for formats in found.values() for dtype in formats}
    told = [
        f"{operation} in {dtype}: stored {verdict.get(kind)}, found {now.get(kind)}"
        for operation, formats in file["verdicts"].items()
        for dtype, verdict in formats.items()
        for now in (found.get(operation, {}).get(dtype, {"must": "no answer"}),)
        for kind in kinds
        if dtype in asked and verdict.get(kind) != now.get(kind)
    ]
    told += [f"{operation}: not stored" for operation in found if operation not in file["verdicts"]]
    defaults = offered(library)
    told += [
        f"{operation}: stored {file['offers'].get(operation)}, found {defaults.get(operation)}"
        for operation in {**file["offers"], **defaults}
        if file["offers"].get(operation) != defaults.get(operation)
    ]
    return told


def stored() -> dict[str, dict[str, Any]]:
    """Return the stored files by library, in the order of the offers."""
    return {name: read(name) for name in OFFERS if path(name).is_file()}


def read(library: str) -> dict[str, Any]:
    """Return the stored file of a library."""
    found: dict[str, Any] = json.loads(path(library).read_text(encoding="utf-8"))
    return found


def path(library: str) -> Path:
    return FOLDER / f"{library}.json"


def write(library: str, document: Mapping[str, Any]) -> None:
    """Write the file of a library."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(written(library, document), indent=1, ensure_ascii=False)
    path(library).write_text(text + "\n", encoding="utf-8")


def certified(library: str, dtypes: Iterable[str], made: Path) -> None:
    """Certify a library, and write the report into a folder."""
    adapter = ["--command", SCRIPT] if library == "tfjs" else [library]
    chosen = [word for each in dtypes for word in ("--dtype", each)]
    words = [sys.executable, "-m", "nnspec", "certify", *adapter, *chosen]
    words += ["--jobs", "1", "--time-limit", LIMIT, "--report", str(made)]
    # A library that violates a MUST is told by the exit status, and is measured all the same.
    subprocess.run(words, cwd=ROOT, check=False)


def complete(file: Path) -> dict[str, Any]:
    """Return a report; raises ValueError if it is incomplete, or if a case timed out in it."""
    document = report.parsed(file)
    if len(document["results"]) != document["header"]["planned"]:
        message = f"{file} is incomplete"
        raise ValueError(message)
    if late := [each["clause"] for each in document["results"] if each["outcome"] == TIMES_OUT]:
        message = f"{file}: {', '.join(late)} timed out, which a busy machine may have done"
        raise ValueError(message)
    return document


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("library", choices=OFFERS)
    parser.add_argument("--dtype", action="append", default=[])
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    if options.report is not None:
        write(options.library, complete(options.report))
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "report"
        certified(options.library, options.dtype, made)
        write(options.library, complete(made / "report.json"))


if __name__ == "__main__":
    main()
