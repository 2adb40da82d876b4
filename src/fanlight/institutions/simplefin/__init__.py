"""SimpleFIN, versions 1 and 2: read-only access to accounts by a token that a person brings along."""
