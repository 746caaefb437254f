# make demo: see it work.   make test: prove it.   make run: use it.
# Everything lives in .venv, made on first use and brought up to date when pyproject.toml changes.

SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
CONFIG ?= config.toml

.PHONY: demo run test check lint bench install reference clean
.DEFAULT_GOAL := help

.PHONY: help
help:
	@echo 'make demo    the whole service on a bundled story: no account, no network, about a minute'
	@echo 'make test    the tests'
	@echo 'make run     the service, with config.toml'
	@echo 'make check   config.toml and rules/: every mistake with file, line and hint'
	@echo 'make lint    ruff and mypy'
	@echo 'make bench   the measurements'

demo: .venv/installed
	@$(BIN)/monitor demo

run: .venv/installed
	@$(BIN)/monitor --config $(CONFIG) run

test: .venv/installed
	@$(BIN)/python -m pytest

check: .venv/installed
	@$(BIN)/monitor --config $(CONFIG) check

lint: .venv/installed
	@$(BIN)/ruff check monitor tests
	@$(BIN)/ruff format --check monitor tests
	@$(BIN)/mypy

bench: .venv/installed
	@for bench in tests/bench/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

reference: .venv/installed
	@$(BIN)/python -m tests.reference > docs/reference.md

install: .venv/installed

.venv/installed: pyproject.toml
	@test -n '$(PYTHON)' || { \
	  echo 'The news monitor needs Python 3.11 or newer, and finds none here.' >&2; \
	  echo 'Install one, or name it:  make demo PYTHON=/path/to/python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'The news monitor needs Python 3.11 or newer; $(PYTHON) is older.' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '$(PYTHON) has no venv module; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@echo 'installing into .venv ...'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[test]'
	@touch $@

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .hypothesis
