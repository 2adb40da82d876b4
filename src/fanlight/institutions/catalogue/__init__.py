"""Entries of institutions that come with Fanlight: the sandbox's own. `{bank}` is the simulated bank's URL."""
