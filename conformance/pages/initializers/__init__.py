"""What is particular to the page `initializers`."""
