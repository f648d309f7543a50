"""What libraries call our operations, with which defaults, and what was measured of them."""
