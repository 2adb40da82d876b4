# Everything runs in .venv, made from the lock files. `make help` lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help demo test test-long check format bench quality docs lock wheel clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Fanlight needs Python 3.11 or newer; say: make PYTHON=python3.12 ..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/run ## Play the main job for real (ARGS=--open leaves it running)
	@$(BIN)/fanlight demo $(ARGS)

test: .venv/dev ## Run all tests, the browser tests too
	$(BIN)/pytest -n $(WORKERS) $(ARGS)

test-long: .venv/dev ## Run ten thousand random sequences against a member's statuses
	SEQUENCES=10000 $(BIN)/pytest tests/e2e/test_random_actions.py --timeout 0 $(ARGS)

check: .venv/dev ## Format, lint, types, import contracts, lengths, generated pages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tools.lengths
	$(BIN)/python -m tools.reference --check

format: .venv/dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/dev ## Measure against the targets and write docs/benchmarks.md
	$(BIN)/python -m bench $(ARGS)

quality: .venv/dev ## Measure merge, enrichment, recurrence and insights and write docs/quality.md
	$(BIN)/python -m tools.quality $(ARGS)

docs: .venv/dev ## Write docs/reference from the code
	$(BIN)/python -m tools.reference

wheel: .venv/dev ## Build a wheel into dist/
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

lock: ## Write the lock files anew (needs uv)
	tools/lock.sh

clean: ## Remove what was built
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .cache
