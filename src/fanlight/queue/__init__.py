"""Durable work: tasks that are enqueued in the unit that needs them and run until they are done. It knows no noun."""
