# Everything this project does from the command line. Needs make and Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
IN_VENV := $(VENV)/bin/python
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help run test test-all test-newest check bench drill faults observatory lighthouse \
	deploy-test screenshots lock messages format clean run-environment dev-environment

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: run-environment ## Serve the site on http://localhost:8000 (PORT=8001; RELOAD=1)
	@$(IN_VENV) manage.py develop

test: dev-environment ## The suite on SQLite, and on PostgreSQL what needs it (DB=sqlite; ARGS="-k word")
	@$(IN_VENV) -m tools.tests $(ARGS)

test-all: dev-environment ## All variants on both, and faults: before a release, after a new dependency
	@$(IN_VENV) -m tools.tests --whole $(ARGS)
	@$(MAKE) faults

test-newest: dev-environment ## The suite on SQLite with the newest Wagtail
	@$(IN_VENV) -m tools.newest $(ARGS)

check: dev-environment ## Style, types, templates, layers, migrations, deployment settings
	@$(IN_VENV) -m tools.checks

bench: dev-environment ## Measure beside a plain Wagtail site (ARGS=--write; ARGS=sqlite)
	@$(IN_VENV) -m benchmarks $(ARGS)

drill: dev-environment ## Back up and restore 10,000 cases and 1 GB of files, timed
	@$(IN_VENV) -m benchmarks.drill $(ARGS)

faults: dev-environment ## Kill processes and fill disks; nothing acknowledged may be lost
	@FAULTS=whole $(IN_VENV) -m pytest tests/faults -m faults --whole $(ARGS)

deploy-test: dev-environment ## Install, upgrade and break a Debian 12 and 13 (root, debootstrap; DEPLOY=trixie)
	@DEPLOY="$(or $(DEPLOY),bookworm trixie)" $(IN_VENV) -m pytest tests/deploy/test_debian.py -v $(ARGS)

observatory: dev-environment ## MDN's scanner on the site over TLS: 130 points or more (needs Node 20)
	@$(IN_VENV) -m tools.observatory

lighthouse: dev-environment ## Lighthouse on every public page: 100 in all four (needs Node 20)
	@$(IN_VENV) -m tools.lighthouse

screenshots: dev-environment ## Make the README's screenshots
	@$(IN_VENV) -m tools.screenshots $(ARGS)

lock: dev-environment ## Write the hashed locks (ARGS=--upgrade for newer versions)
	@$(IN_VENV) -m uv pip compile $(COMPILE) pyproject.toml -o requirements.txt $(ARGS)
	@$(IN_VENV) -m uv pip compile $(COMPILE) pyproject.toml -o requirements-dev.txt $(ARGS) \
		--extra dev --constraints requirements.txt
COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

messages: dev-environment ## Collect and compile the CMS's English texts (needs gettext)
	@$(IN_VENV) -m tools.messages

format: dev-environment ## Put the code in ruff's format
	@$(IN_VENV) -m ruff check --fix .
	@$(IN_VENV) -m ruff format .

clean: ## Remove the environments and caches; the data in var/ stays
	@rm -rf $(VENV) var/newest .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

run-environment:
	@$(PYTHON) tools/environment.py requirements.txt

dev-environment:
	@$(PYTHON) tools/environment.py requirements-dev.txt
