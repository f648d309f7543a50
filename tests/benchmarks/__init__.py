"""Benchmarks: `python -m tests.benchmarks` measures all of them in one run and writes README.md
and growth.svg beside this file."""
