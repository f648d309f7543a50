"""What is particular to the page `dynamics`."""
