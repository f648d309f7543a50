"""What is particular to the page `information`."""
