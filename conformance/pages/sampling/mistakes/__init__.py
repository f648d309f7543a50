"""Mistakes of the page `sampling`, by what they are about."""
