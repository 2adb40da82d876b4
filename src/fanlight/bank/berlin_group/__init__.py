"""The bank's Berlin Group interface (NextGenPSD2 1.3): consents, the page where they are given, accounts and cards."""
