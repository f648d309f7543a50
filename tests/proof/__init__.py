"""What shows that the verdicts are right: every mistake is rejected, every right answer passes."""
