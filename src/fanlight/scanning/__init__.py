"""Scanning: whether a secret stands anywhere in the clear, in whatever coding, in all that a server leaves behind."""
