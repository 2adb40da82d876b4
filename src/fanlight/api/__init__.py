"""The wire faces. Each has its routes, a small kit and one table of errors; no face imports another."""
