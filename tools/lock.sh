#!/usr/bin/env bash
# Writes the lock files anew from pyproject.toml (needs uv). Universal: one file for every platform and Python >= 3.11.
set -euo pipefail
cd "$(dirname "$0")/.."
flags=(--universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links --quiet)
uv pip compile "${flags[@]}" pyproject.toml --group build -o requirements.lock "$@"
uv pip compile "${flags[@]}" pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock "$@"
