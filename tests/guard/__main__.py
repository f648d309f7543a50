"""Runs both trees side by side and prints the differences.

It compares cases, outcomes, worst errors, messages, diagnoses, bounds and kills.
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PROBE = Path(__file__).with_name("probe.py")

# Fields of a result that two trees may word differently without judging differently.
WORDS = ("message", "explanation", "rerun", "expected")

# The guard prints at most so many differences of one kind.
LISTED = 10


def main() -> int:
    """Compare two trees, and return 0 if they judge alike."""
    parser = argparse.ArgumentParser(prog="python -m tests.guard", description=__doc__)
    parser.add_argument("revision", help="the commit to compare with")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="an operation (repeatable); also a page or clause without --kills",
    )
    parser.add_argument(
        "--dtype",
        action="append",
        default=[],
        metavar="DTYPE",
        help="run the mistakes in this dtype only (repeatable)",
    )
    parser.add_argument("--kills", action="store_true", help="run every mistake too")
    parser.add_argument(
        "--words", action="store_true", help="let messages and explanations be worded otherwise"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        older = Path(folder) / "older"
        git("worktree", "add", "--quiet", "--detach", str(older), options.revision)
        try:
            narrowed = ["--kills", *(f"--dtype={name}" for name in options.dtype)]
            kinds = {"records": []} | ({"kills": narrowed} if options.kills else {})
            differences = sum(
                compared(
                    kind,
                    *probed(
                        (older, ROOT),
                        Path(folder),
                        [*more, *(f"--only={name}" for name in options.only)],
                    ),
                    words=options.words,
                )
                for kind, more in kinds.items()
            )
        finally:
            git("worktree", "remove", "--force", str(older))
    return int(differences > 0)


def git(*arguments: str) -> None:
    """Run git in the working tree."""
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)


def probed(trees: tuple[Path, Path], folder: Path, arguments: list[str]) -> list[dict[str, Any]]:
    """Probe both trees at the same time, and return the findings of each."""
    files = [folder / f"{number}.pickle" for number in range(len(trees))]
    running = [
        subprocess.Popen(
            [sys.executable, str(PROBE), str(tree), str(file), *arguments],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
        )
        for tree, file in zip(trees, files, strict=True)
    ]
    statuses = [process.wait() for process in running]
    if any(statuses):
        message = "the suite of a tree could not be probed"
        raise SystemExit(message)
    return [pickle.loads(file.read_bytes()) for file in files]  # noqa: S301  our own probe's files


def compared(kind: str, before: dict[str, Any], after: dict[str, Any], *, words: bool) -> int:
    """Print the differences between two trees, and return their number."""
    lost, new = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    fields: dict[str, list[str]] = {}
    for name in before.keys() & after.keys():
        for field, value in before[name].items():
            if repr(value) != repr(after[name][field]) and not (words and field in WORDS):
                fields.setdefault(field, []).append(
                    f"{name}: {value!r} became {after[name][field]!r}"
                )
    print(f"{kind}: {len(before)} before, {len(after)} after, {len(lost)} lost, {len(new)} new")
    if kind == "records":
        print(f"  outcomes: {dict(Counter(each['outcome'] for each in after.values()))}")
    else:
        survivors = [name for name, kill in after.items() if kill["survived"]]
        recognized = sum(kill["recognized"] for kill in after.values())
        print(f"  survivors: {len(survivors)}; recognized: {recognized}")
    for title, names in (
        ("lost", lost),
        ("new", new),
        *((f"{field} differs", each) for field, each in sorted(fields.items())),
    ):
        if names:
            print(f"  {title}: {len(names)}")
            print("".join(f"    {name[:600]}\n" for name in sorted(names)[:LISTED]), end="")
    return len(lost) + sum(map(len, fields.values()))


if __name__ == "__main__":
    sys.exit(main())
