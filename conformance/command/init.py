"""`conformance init`: an adapter file is written that runs at once and says what to put in."""

import argparse
import shlex
from pathlib import Path

from nnspec.conformance.command import output
from nnspec.conformance.reports.printing import printable
from nnspec.conformance.sources.template import adapter_like, blank_adapter
from nnspec.conformance.terms import files


def main(options: argparse.Namespace) -> int:
    """Write an adapter file that runs at once and says what to put in."""
    path = Path(options.file)
    like = options.like
    written = blank_adapter(path.name) if like is None else adapter_like(like, path.name)
    if not files.create(path, written.encode()):
        output.tell(f"{path} exists already and is left as it is")
        return 2
    command = (
        f"--command {shlex.quote(f'node {shlex.quote(str(path))}')}"
        if path.suffix == ".mjs"
        else shlex.quote(str(path) if path.is_absolute() or len(path.parts) > 1 else f"./{path}")
    )
    said = (
        f"It is the bundled adapter {like}"
        if like is not None
        else "It offers three operations already"
    )
    print(f"{printable(str(path))} is written. {said}:\n")
    print(f"    conformance certify {printable(command)}")
    return 0
