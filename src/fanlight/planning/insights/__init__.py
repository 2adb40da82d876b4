"""Insights: what is worth telling a person of their money. Each rule is a file, `registry` names them all."""
