"""Writes what the suite of one tree judges to a file.

These are the results and bounds of three adapters or, with `--kills`, the fate of every mistake.
`probe.py TREE FILE [--only NAME] [--kills]` runs in its own process and imports the tree's modules.
An older tree may have its modules elsewhere: `LAYOUTS` gives the places, the newest layout first.
"""

import argparse
import dataclasses
import hashlib
import os
import pickle
import re
import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

LAYOUTS: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "nnspec",
        {
            "plan": "nnspec.conformance.run.plan:plan",
            "run": "nnspec.conformance.run.run:run",
            "judge": "nnspec.conformance.judge.judge:judge",
            "load": "nnspec.conformance.sources.loading:load",
            "InProcess": "nnspec.conformance.sources.in_process:InProcess",
            "kills": "nnspec.conformance.run.power:kills",
            "loopback": "nnspec.conformance.adapters.loopback:",
            "reference": "nnspec.conformance.adapters.reference:",
        },
    ),
    (
        "conformance",
        {
            "plan": "conformance.suite:plan",
            "run": "conformance.running:run",
            "judge": "conformance.judging:judge",
            "load": "conformance.loading:load",
            "InProcess": "conformance.implementation:InProcess",
            "kills": "conformance.measuring:kills",
            "loopback": "conformance.adapters.loopback:",
            "reference": "conformance.adapters.reference:",
        },
    ),
)


class Suite:
    """The suite of a tree, by the names of the newest layout."""

    def __init__(self, tree: Path) -> None:
        self._names = next(names for package, names in LAYOUTS if (tree / package).is_dir())

    def __getattr__(self, name: str) -> Any:
        """Import the module of a name, and return it or the attribute that the name gives."""
        module, _, attribute = self._names[name].partition(":")
        return getattr(import_module(module), attribute) if attribute else import_module(module)

    def watch(self, seen: list[Any]) -> None:
        """Keep every attempt from now on in a list, with the id of its case."""
        module, _, attribute = self._names["judge"].partition(":")
        judge = getattr(import_module(module), attribute)

        def watched(planned: Any, source: Any) -> Any:
            attempt = judge(planned, source)
            seen.append((planned.id, attempt))
            return attempt

        setattr(import_module(module), attribute, watched)


def textbook(suite: Suite, tree: Path) -> Any:
    """Return the tree's textbook network through the adapter on a page of the tree."""
    folder = Path(tempfile.mkdtemp())
    (network,) = tree.glob("tests/**/textbook/network.py")
    shutil.copy(network, folder)
    # An older tree has it in its README.
    pages = [tree / "README.md", *tree.glob("conformance/adapters/*.md")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    (adapter,) = re.findall(r"<!-- the textbook -->\n```python\n(.*?)```", text, re.DOTALL)
    (folder / "adapter.py").write_text(adapter, encoding="utf-8")
    os.chdir(folder)
    return suite.InProcess(*suite.load("./adapter.py"))


def summed(attempt: Any) -> tuple[tuple[str, float], ...]:
    """Return the digest of each bound of an attempt, with the sum of its finite elements."""
    bounds = [np.ascontiguousarray(each.allowed) for each in attempt.judged]
    return tuple(
        (hashlib.sha256(each.tobytes()).hexdigest(), float(each[np.isfinite(each)].sum()))
        for each in bounds
    )


def records(suite: Suite, tree: Path, only: list[str]) -> dict[str, Any]:
    """Judge every case, and return results and bounds by the adapter's name and the case's id."""
    seen: list[Any] = []
    suite.watch(seen)
    sources = {name: suite.InProcess(getattr(suite, name)) for name in ("loopback", "reference")}
    sources["textbook"] = textbook(suite, tree)
    found: dict[str, Any] = {}
    for name, source in sources.items():
        seen.clear()
        planned = suite.plan(source.description, only=only)
        offered = [each for each in planned if each.operation in source.description.operations]
        record = suite.run(offered, source)
        bounds = {identifier: summed(attempt) for identifier, attempt in seen}
        for result in record.results:
            plain = dataclasses.asdict(result)
            plain["details"].pop("traceback", None)
            found[f"{name}: {result.id}"] = plain | {"bounds": bounds[result.id]}
    return found


def killed(suite: Suite, only: list[str], dtypes: list[str]) -> dict[str, Any]:
    """Return the fate of every mistake in every dtype that shows it, or in these dtypes."""
    return {
        f"{kill.mistake.operation}, {kill.dtype}: {kill.mistake.name}": {
            "survived": sorted(kill.survived),
            "rejected by": sorted(kill.rejected_by),
            "recognized": kill.recognized,
        }
        for kill in suite.kills(operations=tuple(only), dtypes=tuple(dtypes))
    }


def main() -> None:
    """Judge with the suite of the tree, and write the findings as a pickle."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tree", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--dtype", action="append", default=[])
    parser.add_argument("--kills", action="store_true")
    options = parser.parse_args()
    sys.path[:1] = [str(options.tree)]
    suite, file = Suite(options.tree), options.file.resolve()
    if options.kills:
        written = killed(suite, options.only, options.dtype)
    else:
        written = records(suite, options.tree, options.only)
    origins = {
        str(Path(module.__file__).resolve())
        for module in list(sys.modules.values())
        if getattr(module, "__file__", None)
    }
    ours = [
        each
        for each in origins
        if re.search(r"/(spec|reference|conformance)/", each) and "site-packages" not in each
    ]
    strangers = [each for each in ours if not Path(each).is_relative_to(options.tree.resolve())]
    if strangers:
        message = f"{len(strangers)} modules come from another tree, {strangers[0]} among them"
        raise SystemExit(message)
    file.write_bytes(pickle.dumps(written))


if __name__ == "__main__":
    main()
