"""Writes the adapter file of `conformance init`.

The file can be certified at once, and holds the contract of every operation.
"""

import ast
import inspect
import re
import shlex
import textwrap
from pathlib import Path

from nnspec import reference
from nnspec.conformance import adapters
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.terms.operations import page_of

_FOLDER = Path(adapters.__path__[0])

# The width of a comment in the file: with its sign, a line has at most 100 columns.
_COLUMNS = 98

_OPENING = '''"""Adapter: tells the conformance suite where your functions are.

Run it:    conformance certify {path}

The suite calls and judges every function below that bears the name of an operation. You need not
import, inherit or register anything.

- Arguments and answers are NumPy arrays; bfloat16 is the dtype of ml_dtypes. An answer has the
  dtype of the arguments.
- An argument may be read-only, or a view with any strides. Copy it if your library needs that.
  Never change it.
- An optimizer yields a list of new arrays after each step. Its `learning_rate` is a number, or a
  tuple with one number for each step.
- An operation that you leave out is reported as absent, and not as a failure. So is a case that
  you refuse: `raise NotImplementedError("why")` for a shape, dtype or parameter you do not support.
"""

import numpy as np

name = "my network"
version = "0.1"

# The dtypes to judge. You can choose float64, float32, float16 and bfloat16.
dtypes = ("float64", "float32")

# The other attributes are optional. Take out the comment sign of those that you need.
#
# Your library forms sums in another dtype than the suite assumes. The suite assumes the dtype of
# the arguments, and float32 for the dtypes of 16 bits.
# accumulates_in = {{"float32": "float64"}}
#
# Your matrix products round their factors: to "tf32", "bfloat16", or to a sum of two or three
# numbers of bfloat16, "bfloat16x2" or "bfloat16x3". The suite tests whether that is so, and the
# verdict names it.
# multiplies_in = {{"float32": "tf32"}}
#
# Your library fixes a parameter: the suite calls the operation with this value only.
# fixed = {{"leaky_relu": {{"negative_slope": 0.01}}}}
#
# You know of a failure and give the reason. The suite still runs the clause. If a clause speaks of
# several operations, you can name one: "activations/empty[softmax]".
# expected_failures = {{"sigmoid/precision": "fast exponential, by design"}}
#
# Your library compiles each new shape, and hundreds of lengths would take long. The suite then asks
# for few of them: those around 2⁴, 2⁸ and 2¹², the largest, and nine short ones.
# compiles_shapes = True
#
# Your library does not give the same bits each time, because threads race in its sums. The clauses
# on determinism are then absent. Every answer must be within its bound all the same.
# deterministic = False
#
# This file imports a module of the suite other than its adapters. The suite refuses that unless you
# declare it, and the verdict names it.
# needs = ("nnspec.reference",)


# Three operations to begin with. Replace each body by a call of your own function. Otherwise the
# suite judges the formulas in this file, and not your code.


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, x.dtype.type(1), e) / (1 + e)


def relu(x):
    return np.maximum(x, 0)


def softmax(x, *, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


# All other operations, with their contracts. Take out the comment signs of those that you have.
'''

_OFFERED = ("sigmoid", "relu", "softmax")


def blank_adapter(name: str) -> str:
    """Return the text of an adapter file with this name."""
    blocks = [_OPENING.format(path=_path(name))]
    page = ""
    for operation in (each for each in reference.__all__ if each not in _OFFERED):
        if page_of(operation) != page:
            page = page_of(operation)
            blocks.append(f"# --- {page}\n")
        blocks.append(_contract(operation))
    return "\n".join(blocks)


def adapter_like(library: str, name: str) -> str:
    """Return a library's bundled adapter as one file.

    Raises AdapterError if there is no such adapter, or if it shares modules with another one.
    """
    sources = {path.stem: path for path in _FOLDER.glob("*.py") if path.stem != "__init__"}
    sources |= {path.parent.name: path for path in _FOLDER.glob("*/__init__.py")}
    sources |= {
        "javascript": _FOLDER / "javascript" / "minimal.mjs",
        "tfjs": _FOLDER / "javascript" / "tfjs.mjs",
    }
    if library not in sources:
        message = (
            f"there is no bundled adapter {library} to begin with; "
            f"there are {', '.join(sorted(sources))}"
        )
        raise AdapterError(message)
    source = sources[library]
    if source.name == "__init__.py":
        return _joined(source, name)
    text = source.read_text(encoding="utf-8")
    if "nnspec.conformance.adapters." not in text:
        return text
    message = f"the adapter {library} shares modules with another; begin with --like {_owner(text)}"
    raise AdapterError(message)


def _joined(package: Path, name: str) -> str:
    """Return the modules of a package as one file.

    Imports of other packages come first, each once. Then each module follows those it imports.
    """
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(package.parent.glob("*.py"))
    }
    own = f"{adapters.__name__}.{package.parent.name}"
    order: list[Path] = []

    def place(path: Path) -> None:
        for node in trees[path].body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(own):
                needed = package.parent / f"{(node.module or '').removeprefix(own).lstrip('.')}.py"
                if needed not in order:
                    place(needed)
        order.append(path)

    place(package)
    imports: dict[str, None] = {}
    blocks = []
    for path in order:
        opening, *body = trees[path].body
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in [each for each in body if isinstance(each, (ast.Import, ast.ImportFrom))]:
            if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(own)):
                imports.setdefault(ast.unparse(node))
            lines[node.lineno - 1 : node.end_lineno] = [""] * (
                (node.end_lineno or 0) - node.lineno + 1
            )
        about = (ast.get_docstring(trees[path]) or "").splitlines()
        rest = "\n".join(lines[opening.end_lineno :]).strip("\n")
        blocks.append(
            "\n".join(
                [
                    f"# --- {path.stem.strip('_')}",
                    *(f"# {line}".rstrip() for line in about),
                    "",
                    "",
                    rest,
                    "",
                    "",
                ]
            )
        )
    head = (
        f'"""Adapter: a copy of the bundled one for {package.parent.name}.\n\n'
        f'Run it:    conformance certify {_path(name)}\n"""\n'
    )
    return "\n".join([head, *sorted(imports), "", "", *blocks]).rstrip() + "\n"


def _path(name: str) -> str:
    """Return a file's path as a shell takes it, in letters that stand in any string of Python."""
    quoted = shlex.quote(f"./{name}").replace("\\", "\\\\").replace('"', '\\"')
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in quoted
    )


def _owner(text: str) -> str:
    """Return the name of the adapter whose modules a text imports."""
    return text.partition("nnspec.conformance.adapters.")[2].partition(".")[0].partition(" ")[0]


def _contract(operation: str) -> str:
    function = getattr(reference, operation)
    signature = ", ".join(_parameters(function))
    first, _, rest = (inspect.getdoc(function) or "").partition("\n")
    formula = rest.partition("Formula\n")[2].partition("Shapes\n")[0]
    shapes = re.split(r"^\w[\w ]*$", rest.partition("Shapes\n")[2], maxsplit=1, flags=re.MULTILINE)[
        0
    ]
    about = [first, *textwrap.dedent(formula).strip().splitlines()]
    if shapes.strip():
        about += textwrap.wrap("Shapes: " + " ".join(shapes.split()), _COLUMNS)
    return "\n".join(
        [
            *(f"# {line}".rstrip() for line in about),
            f"# def {operation}({signature}):",
            "#     ...",
            "",
        ]
    )


def _parameters(function: object) -> list[str]:
    parameters = list(inspect.signature(function).parameters.values())  # type: ignore[arg-type]
    names = [parameter.name for parameter in parameters]
    keywords = [
        place
        for place, parameter in enumerate(parameters)
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    return [*names[: keywords[0]], "*", *names[keywords[0] :]] if keywords else names
