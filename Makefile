# `make help` lists the targets. They need Linux, Python 3.11 or later, make and git; everything else is installed into .venv.

PYTHON ?= python3
UPGRADE ?=

bin := .venv/bin
environment := .venv/.made
runtime := .venv/.runtime
development := .venv/.development

# Bytecode that is never written is compiled at every start.
export PYTHONDONTWRITEBYTECODE :=
export VIRTUAL_ENV := $(CURDIR)/.venv
unexport PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help run test lint format types unit bdd spec contract clients hostile sqlite coverage openapi bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(runtime) ## start the service at http://127.0.0.1:8000 (PORT, HOST); it keeps its data in instance/
	@exec $(bin)/rollbook run

test: $(development) ## run everything below, from lint to sqlite
	@$(bin)/tox run -q

lint types unit bdd spec contract clients hostile sqlite coverage format: $(development)
	@$(bin)/tox run -q -e $@

lint: ## check style, layers, security rules, generated files and the contract
format: ## put into shape what can be
types: ## check types
unit: ## test rules and HTTP, on PostgreSQL
bdd: ## run the features, and check that they reach every operation and error code
spec: ## write the features and their results as one page, build/specification.html
contract: ## fuzz the contract, and try the docs page in a browser
clients: ## generate clients in Python and TypeScript into build/clients, and test them
hostile: ## test against hostile input
sqlite: ## run the tests that depend on the database again on SQLite
coverage: ## run the unit tests again, and report the branches that they cover

openapi: $(development) ## write openapi/openapi.json and the generated pages of docs/ anew
	@$(bin)/rollbook openapi
	@$(bin)/rollbook config docs

bench: $(development) ## measure, against what bench/README.md publishes
	@$(bin)/python -m bench

lock: $(development) ## resolve and write requirements/ anew (UPGRADE=--upgrade for newer releases)
	@$(bin)/uv lock --quiet $(UPGRADE)
	@$(export) --no-dev --output-file requirements/runtime.txt
	@$(export) --all-groups --output-file requirements/development.txt
	@$(export) --only-group installer --output-file requirements/installer.txt

clean: ## remove what was made, but not instance/
	@rm -rf .venv .tox .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov build api/specification/build

export := $(bin)/uv export --quiet --no-emit-project --no-header --no-annotate --frozen

say = echo "$(1)" >&2

# uv installs in seconds what takes pip a minute; where it cannot be had, pip does it.
install = if [ -x $(bin)/uv ]; then $(bin)/uv $(1) --quiet $(2); \
	else $(bin)/pip install --quiet --disable-pip-version-check $(2); fi

$(environment): requirements/installer.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { $(call say,Rollbook needs Python 3.11 or later; set PYTHON to one); exit 1; }
	@$(call say,creating .venv)
	@$(PYTHON) -m venv --clear .venv
	@$(bin)/pip install --quiet --disable-pip-version-check --require-hashes --requirement $< 2>/dev/null \
		|| echo "uv cannot be had: pip installs, which takes longer" >&2
	@touch $@

# Packages beyond these stay, so that `make run` does not take away what `make test` brought.
$(runtime): requirements/runtime.txt pyproject.toml $(environment)
	@$(call say,installing the packages of $<)
	@$(call install,pip install,--require-hashes --requirement $<)
	@$(call install,pip install,--no-deps --editable .)
	@touch $@

$(development): requirements/development.txt pyproject.toml $(environment)
	@$(call say,installing the packages of $<)
	@$(call install,pip install,--require-hashes --requirement $<)
	@$(call install,pip install,--no-deps --editable .)
	@touch $@ $(runtime)
