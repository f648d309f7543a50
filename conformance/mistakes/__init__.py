"""One module a page of wrong implementations, each one plausible error: the suite is measured by them and diagnoses with them."""
