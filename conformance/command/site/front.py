"""The first page of the site, which leads to all others."""

from nnspec import reference, spec
from nnspec.conformance.run import plan
from nnspec.conformance.terms.mistakes import mistakes
from nnspec.spec import clauses, pages


def front() -> str:
    """Return the first page: the edition, what there is of each kind, and where it stands."""
    counts = {
        "operations": len(reference.__all__),
        "clauses": len(clauses()),
        "checks": len(plan.checks()),
        "mistakes": sum(map(len, mistakes().values())),
    }
    told = ", ".join(f"{count:,} {thing}" for thing, count in counts.items())
    return _FRONT.format(
        edition=spec.edition(),
        digest=spec.digest(),
        counts=told,
        pages="\n".join(f"spec/{page}" for page in pages()),
    )


_FRONT = """# nnspec

The mathematics of neural networks, as requirements that an implementation can fail.
This is edition {edition} of the specification, with {counts}.

- [The specification](spec/README.md), and
  [how to read a clause](spec/README.md#how-to-read-a-clause)
- [Every clause](clauses.md), each with its first sentence
- [The reference](reference/index.md): every operation, its formula and its accuracy
- [Mistakes](mistakes/index.md): the wrong implementations that each clause has to reject
- [Coverage](coverage.md): clauses, checks, mistakes and vectors, counted
- [Vectors](spec/vectors/README.md): true answers to the last bit, for any language
- [From Python, a notebook or pytest](conformance/interface/python.md): `nnspec.check` and others
- [The kernel gate](conformance/interface/gate.md): code that nobody trusts, and benchmarks' tasks
- [The line protocol](conformance/sources/protocol.md): certify an implementation in any language

Reports name the digest of this edition: `{digest}`.

```{{toctree}}
:caption: Specification
:hidden:

spec/README
spec/notation
{pages}
spec/retired
clauses
```

```{{toctree}}
:caption: Reference and suite
:hidden:

reference/index
mistakes/index
inputs
spec/vectors/README
conformance/interface/python
conformance/interface/gate
conformance/sources/protocol
coverage
```
"""
