"""What is particular to the page `losses`."""
