"""What is particular to a page, one folder each: its checks, inputs, domains and mistakes."""
