"""Paying: what comes again and again, and what is to be paid on which day."""
