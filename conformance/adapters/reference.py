"""The reference itself, in float64: the default of `conformance certify`."""

from nnspec.reference import *  # noqa: F403  a glossary of every operation under its own name

name = "reference"
needs = ("nnspec.reference",)
dtypes = ("float64",)
