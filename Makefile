# Two commands matter: `make demo` (no root needed) and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENGINES ?= sqlite,postgresql
WORKERS ?= 0

.PHONY: help setup setup-test packages demo test check bench screenshots clean

help:  ## Show these lines
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/run.done: requirements/run.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/run.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.done: requirements/test.txt $(VENV)/run.done
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/test.txt
	@touch $@

setup: $(VENV)/run.done  ## Make .venv with what the product needs

setup-test: $(VENV)/test.done  ## ... and with what tests need

demo: setup  ## Start the made-up world, show the main job, stay up until Ctrl-C
	$(BIN)/comity demo

packages:  ## Install PostgreSQL and Chromium from Debian when missing (as root; says so otherwise)
	@scripts/debian-packages

test: setup-test packages  ## Checks, then the whole test suite on SQLite and PostgreSQL (WORKERS=2: in two processes)
	$(MAKE) --no-print-directory check
	ENGINES=$(ENGINES) $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder --durations=20

check: setup-test  ## Style, types, one-way imports, sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/house_rules.py

bench: setup-test packages  ## Print every figure beside its ceiling or peer
	$(BIN)/python -m bench

screenshots: setup-test packages  ## Take the pictures of the README anew
	$(BIN)/python scripts/screenshots.py

lock:  ## Write the lock files anew (needs pip-tools)
	for extra in "" "--extra test"; do \
	  pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	    --no-header --strip-extras --allow-unsafe --extra build $$extra \
	    --output-file requirements/$$( [ -z "$$extra" ] && echo run || echo test ).txt pyproject.toml; \
	done

clean:  ## Remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
