"""What is particular to the page `descent`."""
