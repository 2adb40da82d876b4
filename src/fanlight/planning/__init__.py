"""Planning: what a person does with their money's data, budgets, goals and plans, and what is told of it.

`refresh` brings all of it up to date after something changed or a day began; lists read what is kept.
"""
