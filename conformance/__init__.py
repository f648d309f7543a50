"""The conformance suite judges an implementation through its adapter, clause by clause."""
