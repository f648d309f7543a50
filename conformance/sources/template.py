"""Writes the adapter file of `conformance init`: it runs at once and holds every contract."""

import ast
import inspect
import re
import textwrap
from pathlib import Path

from nnspec import reference
from nnspec.conformance import adapters
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.terms.operations import page_of

_FOLDER = Path(adapters.__path__[0])

_OPENING = '''"""Adapter: tells the conformance suite where your functions are.

Run it:    conformance certify ./{name}

An adapter is a glossary. Every function below whose name is an operation's is called and judged; what you leave out is
reported as absent, and so is a case whose shape, dtype or parameter you refuse by `raise NotImplementedError("why")`. Arguments
and answers are NumPy arrays (bfloat16 is that of ml_dtypes), and answers have the dtype of the arguments. An argument may be
read-only or a view with any strides: copy it if your library cannot take it so. Nothing has to be imported from nnspec,
inherited or registered.
"""

import numpy as np

name = "my network"
version = "0.1"

# The dtypes to judge, out of float64, float32, float16 and bfloat16.
dtypes = ("float64", "float32")

# Where sums are not formed in the dtype itself (float32 for 16 bits): accumulates_in = {{"float32": "float64"}}
# Parameters that your library fixes:      fixed = {{"leaky_relu": {{"negative_slope": 0.01}}}}
# Failures that you know of, with reasons: expected_failures = {{"sigmoid/precision": "fast exponential, by design"}}
# (of one operation only, where a clause speaks of many:      {{"activations/empty[softmax]": "refused"}})
# Where each new shape is compiled, and 130 lengths would take long: compiles_shapes = True


# Three operations to begin with. Replace each body by a call of your own function: an adapter that computes the formula itself
# certifies nothing but itself.


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, x.dtype.type(1), e) / (1 + e)


def relu(x):
    return np.maximum(x, 0)


def softmax(x, *, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


# Every operation there is. Take out the comment signs of those that you have.
'''

_OFFERED = ("sigmoid", "relu", "softmax")


def blank_adapter(name: str) -> str:
    """Return the text of an adapter file of that name."""
    blocks = [_OPENING.format(name=name)]
    page = ""
    for operation in (each for each in reference.__all__ if each not in _OFFERED):
        if page_of(operation) != page:
            page = page_of(operation)
            blocks.append(f"# --- {page}\n")
        blocks.append(_contract(operation))
    return "\n".join(blocks)


def adapter_like(library: str, name: str) -> str:
    """Return a library's bundled adapter as one file; raises AdapterError if there is none."""
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

    Imports from elsewhere come first, once; each module follows the modules that it imports.
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
    head = f'"""Adapter: begun as the bundled one for {package.parent.name}.\n\nRun it:    conformance certify ./{name}\n"""\n'
    return "\n".join([head, *sorted(imports), "", "", *blocks]).rstrip() + "\n"


def _owner(text: str) -> str:
    """Return the adapter whose modules a text imports."""
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
    about += ["Shapes: " + " ".join(shapes.split())] if shapes.strip() else []
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
