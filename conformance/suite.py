"""Pytest's node ids name this file; when pytest finds it, the plugin collects the plan."""
