"""What is particular to the page `normalization`."""
