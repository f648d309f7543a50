"""`conformance init`: an adapter file is written that runs at once and says what to put in."""

import argparse
import sys
from pathlib import Path

from nnspec.conformance.sources.template import adapter_like, blank_adapter


def main(options: argparse.Namespace) -> int:
    """Write an adapter file that runs at once and says what to put in."""
    path = Path(options.file)
    like = options.like
    written = blank_adapter(path.name) if like is None else adapter_like(like, path.name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(written)
    except FileExistsError:
        print(f"conformance: {path} exists already and is left as it is", file=sys.stderr)
        return 2
    command = (
        f"--command 'node {path}'"
        if path.suffix == ".mjs"
        else path
        if path.is_absolute() or len(path.parts) > 1
        else f"./{path}"
    )
    said = (
        f"It is the bundled adapter {like}"
        if like is not None
        else "It offers three operations already"
    )
    print(f"{path} is written. {said}:\n\n    conformance certify {command}")
    return 0
