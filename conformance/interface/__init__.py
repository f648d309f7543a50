"""The public interface: `nnspec.check` and its neighbors judge Python objects where they are.

`nnspec/__init__.py` hands these names out. The plugin for pytest judges by the same modules.
"""
