"""Institutions from their side: the words they speak, how they are reached, and one package per protocol."""
