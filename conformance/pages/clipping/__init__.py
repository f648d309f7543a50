"""What is particular to the page `clipping`."""
