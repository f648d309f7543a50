"""Beyond the plan: exploration with Hypothesis, and sweeps over every number of a format."""
