"""The nouns that all else is written in."""
