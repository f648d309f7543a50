"""Why anyone should believe the suite: the reference against a rigorous oracle, every check
against mistakes that it must reject."""
