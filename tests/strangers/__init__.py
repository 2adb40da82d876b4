"""Tests against software that was written elsewhere: installed from npm and PyPI, pinned, outside the repository."""
