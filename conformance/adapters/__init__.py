"""Bundled adapters, each a glossary from the operations' names to a library's own functions."""
