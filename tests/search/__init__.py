"""Exploration and sweeps."""
