"""What belongs to a page: its oracle, vectors, adversarial inputs, and a second implementation."""
