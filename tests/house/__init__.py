"""The house's own rules: imports, style, the specification and its traces, the wheel."""
