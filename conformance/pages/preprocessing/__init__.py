"""What is particular to the page `preprocessing`."""
