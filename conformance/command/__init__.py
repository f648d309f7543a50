"""The faces of the suite: the command line, the pytest plugin, verification, the site."""
