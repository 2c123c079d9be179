# `make help` lists what can be done. Everything installs into .venv; with uv where it is present.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
INFRA := $(VENV)/.infra
COMMA := ,
WHEELS ?= dist
SOURCES := lakehouse_assets resources sensors lakehouse_assets_tests benchmarks mutation infra
# Modules without bytecode take three times as long to import, and each run imports them anew.
export PYTHONDONTWRITEBYTECODE :=

define install
	@if [ ! -x $(BIN)/python ]; then \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12), (3, 13)))' \
	    || { echo "Python 3.11 to 3.13 is needed; say which: make PYTHON=python3.12 ..."; exit 1; }; \
	  $(PYTHON) -m venv $(VENV); \
	fi
	@if command -v uv > /dev/null; then \
	  uv pip install --python $(BIN)/python --compile-bytecode --quiet -c constraints.txt -e '$(1)'; \
	else \
	  $(BIN)/python -m pip install --compile --quiet --disable-pip-version-check -c constraints.txt -e '$(1)'; \
	fi
endef

##@ Use
.PHONY: demo
demo: $(RUNTIME) ## land a year of deliveries and load bronze, silver and gold, checks on
	@$(BIN)/lakehouse demo

.PHONY: dev
dev: $(RUNTIME) ## the Dagster UI over the lake, at http://127.0.0.1:3000
	@$(BIN)/lakehouse dev

.PHONY: cluster
cluster: $(RUNTIME) ## a Spark cluster on this machine; prints the `export` line that makes it the engine
	@$(BIN)/lakehouse cluster start

.PHONY: cluster-stop
cluster-stop: $(RUNTIME) ## stop that cluster
	@$(BIN)/lakehouse cluster stop

##@ Build
.PHONY: test
test: $(DEV) ## the tests
	@$(BIN)/python -m pytest

.PHONY: test-cluster
test-cluster: $(DEV) ## the tests on a Spark cluster of this machine, which they start (needs Java 17)
	@$(BIN)/python -m pytest -m cluster

.PHONY: test-long
test-long: $(DEV) ## the attempts to break the lake, many times over (an hour)
	@$(BIN)/python -m pytest -m long

.PHONY: infra-test
infra-test: $(INFRA) ## Terraform, Dockerfile and ARM view, checked with no cloud and no network
	@$(VENV)/infra/bin/python -m pytest infra -n 2 --dist worksteal

.PHONY: check
check: $(DEV) ## format, lint, types, and the arrows between the layers
	@$(BIN)/ruff format --check $(SOURCES) setup.py
	@$(BIN)/ruff check $(SOURCES) setup.py
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: format
format: $(DEV) ## put the code into its format
	@$(BIN)/ruff format $(SOURCES) setup.py
	@$(BIN)/ruff check --fix --quiet $(SOURCES) setup.py

.PHONY: snapshot
snapshot: $(DEV) ## write the reviewed asset graph anew
	@$(BIN)/python -m lakehouse_assets.operate.snapshot > lakehouse_assets_tests/asset_graph.txt

.PHONY: infra-docs
infra-docs: $(INFRA) ## write anew Terraform's inputs and outputs, and the ARM view of Azure's account and workspace
	@$(VENV)/infra/bin/python -m infra.write

.PHONY: infra-schemas
infra-schemas: $(INFRA) ## derive anew the schemas of the providers that Terraform is checked with
	@$(VENV)/infra/bin/python -m infra.schemas.derive

.PHONY: declaration
declaration: $(DEV) ## write anew what Terraform and Python both read: retention, roles, sizes
	@$(BIN)/python -m lakehouse_assets.operate.declaration > terraform/declaration.json

.PHONY: docs
docs: $(DEV) ## write the pages of bad data and of engines anew from their cases
	@$(BIN)/python -m lakehouse_assets_tests.ingest.bad_data > docs/bad-data.md
	@$(BIN)/python -m lakehouse_assets_tests.engines > docs/engines.md

.PHONY: bench
bench: $(DEV) ## measure against hand-written peers, side by side, as ratios
	@$(BIN)/python -m benchmarks

.PHONY: mutate
mutate: $(DEV) ## put faults into the publishing core, say which no test notices; ARGS="--sample 190 --jobs 2"
	@$(BIN)/python -m mutation $(ARGS)

.PHONY: lock
lock: ## choose the newest versions that fit into constraints.txt (needs uv)
	uv pip compile pyproject.toml --extra platform --extra deploy --extra dev --no-header --no-annotate --upgrade -o constraints.txt

.PHONY: wheel
wheel: $(DEV) ## the wheel that runs on a cluster, into dist/
	@rm -rf build
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w $(WHEELS) .
	@rm -rf build && ls $(WHEELS)/*.whl

##@ House
.PHONY: install
install: $(DEV) ## everything, for work on the code

.PHONY: clean
clean: ## remove .venv; the lake in .lakehouse stays
	rm -rf $(VENV) build *.egg-info

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*##"} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*##/ {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(RUNTIME): pyproject.toml setup.py constraints.txt
	@echo "installing into $(VENV)"
	$(call install,.[platform])
	@touch $@

$(DEV): pyproject.toml setup.py constraints.txt
	@echo "installing into $(VENV), with what tests need"
	$(call install,.[platform$(COMMA)dev])
	@touch $(RUNTIME) $@

# An environment of its own: what scans Terraform pins much that Dagster has otherwise.
$(INFRA): infra/requirements.txt
	@echo "installing into $(VENV)/infra"
	@$(PYTHON) -m venv $(VENV)/infra
	@if command -v uv > /dev/null; then \
	  uv pip install --python $(VENV)/infra/bin/python --quiet -r infra/requirements.txt; \
	else \
	  $(VENV)/infra/bin/python -m pip install --quiet --disable-pip-version-check -r infra/requirements.txt; \
	fi
	@touch $@
