"""Prints the score of each room, and the survivors. A whole run takes up to three hours."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.mutation import cover, mutants, scoring

# Seconds for all rooms, half of an hour less than the three hours: the cover is measured before.
WHOLE = 2.5 * 3600


def main(arguments: Sequence[str] | None = None) -> int:
    """Try a sample of each room; 1 if a room's share of killed mutants is below nine in ten."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--room", action="append", choices=mutants.ROOMS, default=[])
    parser.add_argument("--sample", type=int, default=150, help="mutants of each room")
    parser.add_argument("--skip", type=int, default=0, help="leave out so many of the sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--budget", type=float, default=30.0, help="seconds of tests against one mutant"
    )
    parser.add_argument("--seconds", type=float, default=WHOLE, help="begin no mutant after these")
    parser.add_argument("--cover", type=Path, help="where the cover is kept, or is taken from")
    parser.add_argument("--json", type=Path, help="write a line for each mutant")
    scores = scored(parser.parse_args(arguments))
    for each in scores:
        print(each)
    return int(any(each.killed < 0.9 * each.tried for each in scores))


def scored(options: argparse.Namespace) -> list[scoring.Score]:
    """Return the score of each room; each is given its share of the time that is left."""
    known = _cover(options.cover, options.jobs)
    rooms = options.room or list(mutants.ROOMS)
    began, scores = time.monotonic(), []
    for place, room in enumerate(rooms, 1):
        until = began + options.seconds * place / len(rooms)
        drawn = mutants.sample(room, options.sample, options.seed)[options.skip :]
        tell = _tell(options.json, room)
        trials = scoring.tried(drawn, known, options.jobs, options.budget, tell, until)
        scores.append(scoring.score(room, trials))
        if len(trials) < len(drawn):
            print(f"{room}: the time ended with {len(drawn) - len(trials)} mutants untried")
    return scores


def _tell(path: Path | None, room: str) -> Callable[[scoring.Trial], None]:
    def tell(trial: scoring.Trial) -> None:
        if not trial.killed:
            where = f"{trial.mutant.path}:{trial.mutant.line}"
            print(f"{where}: {trial.mutant.name} survives {trial.tests} tests; {trial.left} left")
        if path is not None:
            line = {
                "room": room,
                "mutant": trial.mutant.name,
                "line": trial.mutant.line,
                "outcome": trial.outcome,
                "by": trial.by,
                "took": trial.took,
                "tests": trial.tests,
                "left": trial.left,
            }
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    return tell


def _cover(path: Path | None, jobs: int) -> cover.Cover:
    """Return the cover out of its file; without one, measure it, and keep it there."""
    if path is not None and path.exists():
        return cover.read(path)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        tree = scoring.copied(Path(folder).resolve() / "tree")
        (Path(folder) / "cover").mkdir()
        found = cover.measured(tree, Path(folder).resolve() / "cover", jobs)
    if path is not None:
        cover.written(found, path)
    return found


if __name__ == "__main__":
    sys.exit(main())
