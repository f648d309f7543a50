"""Formulas as programs: the textbook's formula of each operation, to be run and to be edited.

- `program`: the lines of a formula. `program_of(operation)`, `programs_of(operation)`.
- `tree`, `canonical`, `kinds`: its expressions, and what kind of number each name stands for.
- `evaluation`: a program run on arguments. `implementation(program)` is the operation itself.
- `walking`, `layers`, `laws`: the same for steps, for networks, and for random numbers.
- `cases`: a program put to the cases of the suite.
- `typeset`: a program in Unicode.
- `edits`: every program that differs by one edit. `edits_of(operation)`.
- `probes`: a few small calls of each operation.
- `behaviors`: edits with equal answers. `behaviors(operation)`, `behavior_of(operation, function)`.
"""
