"""The faces: the command line, pytest, verify, the site."""
