"""Programs at 300 bits: what an edit answers to many calls at once, in balls."""
