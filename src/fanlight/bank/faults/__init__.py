"""Faults of the simulated bank: what there is (catalogue), what is set (state), how it is played, and who sets it."""
