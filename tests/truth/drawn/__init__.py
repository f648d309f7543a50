"""The second set of adversarial inputs: every number is a piece of a digest of its name, and no
construction of the first set is used."""
