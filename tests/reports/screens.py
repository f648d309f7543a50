"""Takes pictures of what commands print.

`python -m tests.reports.screens` runs the commands and writes tests/reports/screens/*.svg anew.
"""

import contextlib
import io
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI

from nnspec.conformance.command import cli, screen

FOLDER = Path(__file__).parent / "screens"

COMMANDS = {"certify": ("certify", "./my_network.py")}

_README = Path(__file__).parents[2] / "README.md"

# The file that README has its reader write.
_EXAMPLE = re.compile(r"^cat > my_network.py <<'END'\n(.*?)^END$", re.DOTALL | re.MULTILINE)

_WIDTH = 80

# rich has its pictures load a font from the network; whoever looks at one has a font of fixed
# width.
_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", "monospace"
)


class Recording(Console):
    """A console that breaks long lines, as a terminal does by itself; a picture would cut them
    off."""

    def print(self, *objects: Any, soft_wrap: bool | None = None, **options: Any) -> None:
        super().print(*objects, **options)


def taken(arguments: Sequence[str]) -> Console:
    """Run a command where the adapter is, and return the console that recorded what it printed."""
    console = Recording(
        record=True,
        width=_WIDTH,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )
    console.print(f"[bold]$ conformance {' '.join(arguments)}[/bold]")
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        mock.patch.object(screen, "console", return_value=console),
    ):
        (example,) = _EXAMPLE.findall(_README.read_text(encoding="utf-8"))
        Path("my_network.py").write_text(example, encoding="utf-8")
        cli.main(arguments)
    return console


def write(names: Sequence[str], folder: Path = FOLDER) -> None:
    """Write the pictures of these names."""
    folder.mkdir(exist_ok=True)
    for name in names:
        svg = taken(COMMANDS[name]).export_svg(
            title="", theme=MONOKAI, code_format=_FORMAT, unique_id=name
        )
        (folder / f"{name}.svg").write_text(svg.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ["COLUMNS"] = str(_WIDTH)
    write(sys.argv[1:] or tuple(COMMANDS))
