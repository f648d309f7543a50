"""Bundled adapters: each maps the operations' names to a library's own functions."""
