"""The first page of the site: what this is, how to install it, an example, and the way to all."""

import io
import re
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.terminal_theme import MONOKAI

from nnspec import reference, spec
from nnspec.conformance.command.site.documents import documents
from nnspec.conformance.interface.check import check
from nnspec.conformance.run import plan
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.spec import clauses, pages

# A picture of a terminal is as wide as one.
_WIDTH = 90

# The pages that a user reads, in the order in which they are needed; others come after the suite.
_GUIDES = (
    "conformance/adapters/writing",
    "conformance/command/certify",
    "conformance/interface/python",
    "conformance/command/pytest",
    "conformance/reports/coverage",
    "conformance/command/site",
    "conformance/run/certificate",
    "conformance/search/exploring",
    "conformance/search/sweep",
    "conformance/sources/protocol",
    "conformance/sources/platforms",
)

# The softmax that most people write at least once. The site shows what the suite says of it.
_EXAMPLE = """\
import numpy as np
import nnspec


def softmax(x, *, axis):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


nnspec.check(softmax, "softmax")
"""


def front(reports: Sequence[str] = ()) -> str:
    """Return the first page: the edition, what there is of each kind, and where it stands.

    `reports` are the pages that lay libraries beside each other, the table first.
    """
    counts = {
        "operations": len(reference.__all__),
        "clauses": len(clauses()),
        "checks": len(plan.checks()),
        "mistakes": sum(map(len, mistakes().values())),
    }
    told = ", ".join(f"{count:,} {thing}" for thing, count in counts.items())
    documented = [path.removesuffix(".md") for path in documents()]
    return _FRONT.format(
        guides="\n".join(_GUIDES),
        rest="\n".join(each for each in documented if each not in _GUIDES),
        edition=spec.edition(),
        digest=spec.digest(),
        counts=told,
        example=_EXAMPLE,
        pages="\n".join(f"spec/{page}" for page in pages()),
        reports=_REPORTS.format("\n".join(each.removesuffix(".md") for each in reports))
        if reports
        else "",
        beside="- [Libraries side by side](libraries/index.md)\n" if reports else "",
    )


def picture() -> str:
    """Return a picture of what the suite says of the example, made now."""
    names: dict[str, Any] = {}
    code = _EXAMPLE.partition("\n\n\nnnspec.check")[0]
    exec(compile(code, "my_network.py", "exec"), names)  # noqa: S102  ours
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), highlight=False)
    console.print(str(check(names["softmax"], "softmax")).rstrip(), markup=False)
    drawn = console.export_svg(title="", theme=MONOKAI, unique_id="example")
    # rich has its pictures load a font from the network; each system has one of fixed width.
    local = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    return local.replace("Fira Code, monospace", "monospace").rstrip() + "\n"


_REPORTS = """```{{toctree}}
:caption: Libraries
:hidden:

{}
```

"""

_FRONT = """# nnspec

**A reference specification of how neural networks are trained, and the test suite that certifies
implementations against it.** Every requirement is a clause with a formula, a derived error bound, a
worked example and a source. Any library, kernel or homework, in any language, plugs in through an
adapter of a few lines. This is edition {edition} of the specification, with {counts}.

## Install

You need Python 3.11 or newer, and a checkout of the repository. Type this in its folder:

```bash
python3 -m venv .venv && . .venv/bin/activate && pip install .
```

## An example

```python
{example}```

Most people write this softmax at least once. The suite rejects it, and knows it:

![The verdict on the example: the mistake that it behaves like, the clause that it breaks, and
input, answer, truth and bound](static/picture.svg)

## Where to go on

- Your own code: [write an adapter](conformance/adapters/writing.md),
  [certify it](conformance/command/certify.md), or ask
  [from Python, a notebook or a test](conformance/interface/python.md)
- [The kernel gate](conformance/interface/gate.md): code that nobody trusts, and benchmarks' tasks
- [With pytest, and in continuous integration](conformance/command/pytest.md);
  [coverage](conformance/reports/coverage.md)
- Another language: [the line protocol](conformance/sources/protocol.md), and
  [vectors](spec/vectors/README.md), true answers to the last bit
- [The specification](spec/README.md), [how to read a clause](spec/README.md#how-to-read-a-clause),
  and [every clause](clauses.md) with its first sentence
- [Variants](spec/variants.md): which library computes which formula, with which default values
- [Operations](operations/index.md): one page each, with formula, call, picture and clauses
- [The reference](reference/index.md): every operation, its formula and its accuracy
- [Mistakes](mistakes/index.md): the wrong implementations that each clause has to reject
{beside}- [The certificate](conformance/run/certificate.md): what it proves, and how to sign it

Reports name the digest of this edition: `{digest}`.

```{{toctree}}
:caption: Your code
:hidden:

{guides}
```

{reports}```{{toctree}}
:caption: Specification
:hidden:

spec/README
spec/notation
spec/figures
{pages}
spec/variants
spec/symbols
spec/origins
spec/derivations
spec/retired
spec/errata
clauses
operations/index
```

```{{toctree}}
:caption: Reference and suite
:hidden:

reference/index
mistakes/index
inputs
spec/vectors/README
coverage
{rest}
```
"""
