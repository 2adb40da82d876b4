"""Budgets: what a month may cost, and what became of it."""
