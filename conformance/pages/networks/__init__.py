"""What is particular to the page `networks`."""
