"""Benchmarks: what this server costs, always as figures of one run on one machine, set against its targets."""
