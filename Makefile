# Everything installed goes into .venv; the lock files in requirements/ say what.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 8000
ARGS ?=
BIN := .venv/bin
LOCKS := requirements
VENDOR := mace/static/vendor
UV_PIP := $(BIN)/uv pip
COMPILE := $(UV_PIP) compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-config
PROJECT := pyproject.toml requirements/build.in

# The virtual environment with the locked uv in it.
.venv/.tool: $(LOCKS)/tool.txt
	@command -v "$(PYTHON)" >/dev/null || { echo "Missing: $(PYTHON). Install Python 3.11 or newer, or say make PYTHON=/path/to/python." >&2; exit 1; }
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Missing: Python 3.11 or newer ($(PYTHON) is older). Say make PYTHON=/path/to/python." >&2; exit 1; }
	"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "Missing: the venv module of $(PYTHON) (on Debian and Ubuntu: the package python3-venv)." >&2; exit 1; }
	echo "Setting up .venv"
	[ -x $(BIN)/python ] || "$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCKS)/tool.txt > .venv/pip.log 2>&1 || { echo "Cannot install uv: is the Python package registry within reach? (details in .venv/pip.log)" >&2; exit 1; }
	touch $@

# What the application needs to run. Skipped where the development set is in place.
.venv/.run: .venv/.tool $(LOCKS)/run.txt pyproject.toml
	@$(call install,run)
	touch $@

.venv/.dev: .venv/.tool $(LOCKS)/dev.txt pyproject.toml
	@$(call install,dev)
	touch .venv/.run $@

define install
echo "Installing $(LOCKS)/$(1).txt"
$(UV_PIP) install --quiet --python $(BIN)/python --require-hashes -r $(LOCKS)/$(1).txt || { echo "Cannot install $(LOCKS)/$(1).txt: is the Python package registry within reach?" >&2; exit 1; }
$(UV_PIP) install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e . || { echo "Cannot install the project itself into .venv." >&2; exit 1; }
endef

$(VENDOR)/.built: $(LOCKS)/build_assets.py $(LOCKS)/node.txt package.json package-lock.json .npmrc | .venv/.tool
	@echo "Fetching the front-end files"
	$(BIN)/python $(LOCKS)/build_assets.py
	touch $@

.PHONY: help setup setup-dev assets run test lint bench lock clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: .venv/.run $(VENDOR)/.built ## Install what is needed to run

setup-dev: .venv/.dev $(VENDOR)/.built ## Install what is needed to run, test and check

assets: $(VENDOR)/.built ## Fetch the front-end files

run: setup ## Start with invented data (PORT=8000)
	@MACE_MODE=demo $(BIN)/mace migrate
	MACE_MODE=demo $(BIN)/mace demo --if-empty
	MACE_MODE=demo exec $(BIN)/mace serve --listen 127.0.0.1:$(PORT)

test: setup-dev ## Run the tests (ARGS="-k name")
	@$(BIN)/python -m pytest -n 2 $(ARGS)

lint: .venv/.dev ## Check style, types and the order of the layers
	@failed=0
	$(BIN)/ruff check || failed=1
	$(BIN)/ruff format --check || failed=1
	$(BIN)/mypy || failed=1
	$(BIN)/lint-imports || failed=1
	exit $$failed

bench: setup-dev ## Run the measurements
	@$(BIN)/python -m benchmarks

lock: .venv/.tool ## Write the lock files anew (ARGS=--upgrade for newer releases)
	@$(COMPILE) $(ARGS) requirements/tool.in -o requirements/tool.txt
	$(COMPILE) $(ARGS) requirements/node.in -o requirements/node.txt
	$(COMPILE) $(ARGS) $(PROJECT) -o requirements/run.txt
	$(COMPILE) $(ARGS) $(PROJECT) --extra dev -c requirements/run.txt -o requirements/dev.txt

clean: ## Remove all that was installed or built, but no data
	@rm -rf .venv node_modules $(VENDOR) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
