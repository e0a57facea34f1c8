"""Measures Farm Costs beside what else could be used; `python -m benchmarks` runs all of it."""
