"""Saving: goals, and what a month leaves for them."""
