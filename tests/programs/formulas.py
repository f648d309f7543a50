"""The operations whose formula is a program, and those that have none yet, with the reasons."""

from nnspec import reference
from nnspec.conformance.programs.program import programs_of
from nnspec.conformance.terms.operations import clause_of

WITHOUT = {
    "mlp": "a loop over layers",
    "mlp_vjp": "a loop over layers, and back",
}

OPERATIONS = [
    name
    for name in reference.__all__
    if clause_of(f"{name}/accuracy").formulas and name not in WITHOUT
]

FORMS = [(name, form) for name in OPERATIONS for form in range(len(programs_of(name)))]
