"""The file that pytest's node ids name: the plugin collects the plan where pytest comes across it."""
