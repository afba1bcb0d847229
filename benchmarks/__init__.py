"""Benchmarks: each prints the machine, our figures and the peers' of the same run."""
