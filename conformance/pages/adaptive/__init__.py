"""What is particular to the page `adaptive`."""
