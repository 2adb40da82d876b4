"""The Nexus face: what a client does for one user, in the session that stands for that user."""
