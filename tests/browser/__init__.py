"""Walks of the OAuth window in real Chromium."""
