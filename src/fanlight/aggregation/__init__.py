"""Aggregation: from a member's grant to accounts and transactions that are saved, merged and never doubled."""
