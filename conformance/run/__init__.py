"""A plan is carried out and accounted for, and the record says what came of it."""
