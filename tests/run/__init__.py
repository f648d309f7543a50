"""The plan carried out and accounted for, and the record that it leaves."""
