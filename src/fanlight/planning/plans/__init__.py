"""Spending plans: a month at a time, what is planned and what came of it."""
