"""What is particular to the page `activations`."""
