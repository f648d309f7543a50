"""The nouns that all else is written in: formats, nested arrays, operations, callbacks, outcomes, cases, mistakes."""
