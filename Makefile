# Every target sets up what it needs in .venv, from nothing but Python 3.11 or later.
#     make certify PYTHON=python3.12 JOBS=8
PYTHON ?= python3
JOBS   ?= 2

BIN    := .venv/bin
READY  := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup certify theory test report record lint format bench clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(READY)  ## .venv with everything at the versions of constraints.txt (the others call it)

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { \
	  echo "$(PYTHON) was not found; optproof needs Python 3.11 or later: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$($(PYTHON) -V 2>&1); optproof needs Python 3.11 or later:" \
	       "make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade -c constraints.txt pip
	$(BIN)/python -m pip install --quiet -c constraints.txt --build-constraint constraints.txt -e '.[all]'
	@touch $@

certify: $(READY)  ## is torch.optim what its papers say? a table
	$(BIN)/optproof certify torch --jobs $(JOBS)

theory: $(READY)  ## check every theorem
	$(BIN)/optproof theory check --jobs $(JOBS)

test: $(READY)  ## the test suite
	$(BIN)/pytest -n $(JOBS)

report: $(READY)  ## the proofs and tables as a PDF in build/report
	$(BIN)/optproof report -o build/report

record: $(READY)  ## write the standing record, reports/
	$(BIN)/python -m verify.record

lint: $(READY)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)  ## let ruff format and sort
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## measure
	$(BIN)/python -m benchmarks

clean:  ## remove what was built, .venv included
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
