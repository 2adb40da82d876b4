"""The MDX Real Time face: partners make and keep the users that SSO and Nexus act for."""
