# Everything a person runs. `make help` says what there is.
PORT ?= 8000
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN = .venv/bin
NO_PYPI = { echo "Could not install the Python packages: check that the package registry can be reached, then run make again." >&2; exit 1; }
UV = $(BIN)/uv pip install --python $(BIN)/python --quiet

.DEFAULT_GOAL := help
.PHONY: help run test lint bench lock clean

help: ## Say what there is
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/'

run: .venv/run.stamp mace/static/vendor/stamp ## Serve the demo partnership on http://127.0.0.1:8000
	@MACE_MODE=demo $(BIN)/mace migrate
	@MACE_MODE=demo $(BIN)/mace demo --if-empty
	@MACE_MODE=demo exec $(BIN)/mace serve --listen 127.0.0.1:$(PORT)

test: .venv/dev.stamp mace/static/vendor/stamp ## Run every test that can run here
	@$(BIN)/python -m pytest -n 2 $(ARGS)

lint: .venv/dev.stamp ## Check style, types and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/dev.stamp mace/static/vendor/stamp ## Measure speed as ratios to a floor
	@$(BIN)/python -m benchmarks

lock: .venv/tool.stamp ## Pin every dependency again, with hashes
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements/tool.in -o requirements/tool.txt
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements/node.in -o requirements/node.txt
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q pyproject.toml requirements/build.in -o requirements/run.txt
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q pyproject.toml requirements/build.in --extra dev -c requirements/run.txt -o requirements/dev.txt

clean: ## Remove what was set up; keeps instance/
	@rm -rf .venv .node node_modules mace/static/vendor .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

.venv/tool.stamp: requirements/tool.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is missing: install it, or name it with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11: name a later one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: on Debian, apt install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tool.txt || $(NO_PYPI)
	@touch $@

.venv/run.stamp: .venv/tool.stamp requirements/run.txt pyproject.toml
	@test -e .venv/dev.stamp || $(UV) --require-hashes -r requirements/run.txt || $(NO_PYPI)
	@$(UV) --no-deps --no-build-isolation -e . || $(NO_PYPI)
	@touch $@

.venv/dev.stamp: .venv/tool.stamp requirements/dev.txt pyproject.toml
	@$(UV) --require-hashes -r requirements/dev.txt || $(NO_PYPI)
	@$(UV) --no-deps --no-build-isolation -e . || $(NO_PYPI)
	@touch $@

mace/static/vendor/stamp: package-lock.json requirements/build_assets.py requirements/node.txt | .venv/tool.stamp
	@rm -rf .node && $(PYTHON) -m venv --without-pip .node
	@$(BIN)/uv pip install --python .node/bin/python --quiet --require-hashes -r requirements/node.txt || $(NO_PYPI)
	@.node/bin/python requirements/build_assets.py
	@rm -rf .node && touch $@
