"""Fanlight: a self-hosted account-aggregation server that speaks the MX Nexus wire."""

__version__ = "0.1.0"
