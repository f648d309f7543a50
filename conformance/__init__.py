"""The conformance suite: any implementation plugs in through an adapter, and every verdict cites a clause of `spec`."""
