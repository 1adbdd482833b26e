# Everything a newcomer needs. Python 3.11 or newer and make are enough; the rest is installed into .venv.
.DEFAULT_GOAL := help
.PHONY: help setup up down demo reconcile test lint bench overload streams pages size faults chaos boundaries histories texts clean

UV_VERSION := 0.13.9
VENV := .venv
# How many share the tests; each has a database cluster, a Temporal server and sandboxes of its own.
PROCESSES ?= 2
READY := $(VENV)/.ready
# The first of these that is new enough; `make PYTHON=…` takes another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment with the locked dependencies

up: $(READY) ## Start everything; Ctrl-C stops it (ARGS="--detach", "--reset")
	@$(VENV)/bin/orion up $(ARGS)

down: $(READY) ## Stop what `make up` started
	@$(VENV)/bin/orion down

demo: $(READY) ## Drive one order from cart to delivered, and one to its refund
	@$(VENV)/bin/orion demo $(ARGS)

reconcile: $(READY) ## Compare orders, Stripe, stock and workflows (ARGS="--json", "--resume")
	@$(VENV)/bin/orion reconcile $(ARGS)

test: lint ## Run everything: lint, types, layers, all tests
	$(VENV)/bin/pytest -n $(PROCESSES) $(ARGS)

lint: $(READY) ## Check style, types and layers
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy .
	$(VENV)/bin/lint-imports

bench: $(READY) ## Measure speed against bare Temporal and a plain transaction
	$(VENV)/bin/python -m bench $(ARGS)

overload: $(READY) ## Offer more orders than can be placed (ARGS="--factors 2,4 --seconds 30")
	$(VENV)/bin/python -m bench.overload $(ARGS)

streams: $(READY) ## Measure a thousand open streams (ARGS="--streams 1000 --events 500")
	$(VENV)/bin/python -m bench.streams $(ARGS)

pages: $(READY) ## Measure time and size of the shop's pages (ARGS="--requests 200")
	$(VENV)/bin/python -m bench.pages $(ARGS)

size: $(READY) ## Measure lists, search and files at a million orders (ARGS="--keep DIRECTORY")
	$(VENV)/bin/python -m bench.size $(ARGS)

faults: $(READY) ## Prove orders against lost answers and webhooks (ARGS="--orders 300 --seed 1")
	$(VENV)/bin/python -m bench.faults $(ARGS)

chaos: $(READY) ## The same while every part is killed, frozen and cut off (ARGS="--orders 300 --seed 1")
	$(VENV)/bin/python -m bench.chaos $(ARGS)

boundaries: $(READY) ## Let a worker die at every boundary of every step (ARGS="--only refund")
	$(VENV)/bin/python -m bench.boundaries $(ARGS)

histories: $(READY) ## Record the histories that are replayed in the tests anew
	ORION_RECORD_HISTORIES=1 $(VENV)/bin/pytest tests/workflows -k "not survives and not replay"

texts: $(READY) ## Collect what visitors read on pages into api/locale/messages.pot
	@mkdir -p api/locale
	$(VENV)/bin/pybabel --quiet extract --mapping-file pyproject.toml --output-file api/locale/messages.pot \
		--omit-header --sort-output --add-location file --width 120 .

clean: ## Delete the virtual environment and all caches; a stack's data in .orion stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): uv.lock pyproject.toml
ifeq ($(PYTHON),)
	@echo "Python 3.11 or newer is needed, and there is none on the PATH." >&2; exit 1
endif
	@$(PYTHON) -c 'import sys; sys.exit(f"Python 3.11 or newer is needed, $(PYTHON) is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@test "$$($(VENV)/bin/uv --version 2>/dev/null | cut -d' ' -f2)" = "$(UV_VERSION)" || \
		$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(VENV)/bin/uv sync --locked --compile-bytecode
	@touch $@
