"""What any operation may have, whatever its page."""
