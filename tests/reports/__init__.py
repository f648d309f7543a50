"""Every format of the report."""
