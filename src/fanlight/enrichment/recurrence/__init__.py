"""Recurrence: what comes again and again, at which distance, when next, and how sure that is. Pure."""
