"""What the pages of optimizers share: methods that ask for a gradient and take a step."""
