"""The SSO face: a partner's API key becomes a user's one-time API token."""
