"""The operations whose formula is a program, those that draw by chance, and all forms."""

import pytest

from nnspec import reference
from nnspec.conformance.programs.program import programs_of
from nnspec.conformance.terms.operations import OPERATIONS as DESCRIBED

OPERATIONS = list(reference.__all__)

# Their answers are drawn by a law, and two right ones differ.
BY_CHANCE = [name for name in OPERATIONS if DESCRIBED[name].random]

FORMS = [(name, form) for name in OPERATIONS for form in range(len(programs_of(name)))]

# Their edits are looked at in every session; those of the others are among the proofs.
SAMPLE = ("adam", "softmax_vjp", "mlp_vjp", "batch_norm_eval", "kaiming_uniform", "draws", "pca")

EACH = [
    pytest.param(name, marks=() if name in SAMPLE else pytest.mark.proof) for name in OPERATIONS
]
