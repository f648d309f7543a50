"""What is particular to the page `sampling`."""
