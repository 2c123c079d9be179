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
JOBS ?= 3
WHEELS ?= dist
BASE ?= origin/main
PROFILE ?= postgres
REPORTS := build/reports
# In a workflow that may ask for it: with this run's identity, which the clouds trade for a role's credentials.
AS_THIS_RUN := $(if $(IDENTITY_AUDIENCE),$(BIN)/python -m gates.identity)
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
SOURCES := lakehouse_assets resources sensors lakehouse_assets_tests benchmarks mutation gates infra
# Modules without bytecode take three times as long to import, and each run imports them anew.
export PYTHONDONTWRITEBYTECODE :=

define install
	@if [ ! -x $(BIN)/python ]; then \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12), (3, 13)))' \
	    || { echo "Python 3.11 to 3.13 is needed; say which: make PYTHON=python3.12 ..."; exit 1; }; \
	  $(PYTHON) -m venv $(VENV); \
	fi
	@if command -v uv > /dev/null; then \
	  uv pip install --python $(BIN)/python --compile-bytecode --quiet --no-deps --require-hashes -r $(1); \
	  uv pip install --python $(BIN)/python --compile-bytecode --quiet --no-deps --no-build-isolation -e .; \
	else \
	  $(BIN)/python -m pip install --compile --quiet --disable-pip-version-check --no-deps --require-hashes -r $(1); \
	  $(BIN)/python -m pip install --compile --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
endef

# One set for every Python and system that is supported: of exactly the versions of constraints.txt, or those it has.
define hashes
	uv pip compile $(3) --universal --python-version $(2) --generate-hashes --no-header --no-annotate --quiet -o locked/$(1).txt
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
test: $(DEV) ## the tests, JOBS files at a time; one of them mostly waits
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

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
check: $(DEV) ## format, lint, types, the arrows between the layers, workflows, links of the pages, secrets
	@$(BIN)/ruff format --check $(SOURCES) setup.py
	@$(BIN)/ruff check $(SOURCES) setup.py
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory workflows site secrets

.PHONY: format
format: $(DEV) ## put the code into its format
	@$(BIN)/ruff format $(SOURCES) setup.py
	@$(BIN)/ruff check --fix --quiet $(SOURCES) setup.py

.PHONY: snapshot
snapshot: $(DEV) ## write the reviewed asset graph and contracts anew
	@$(BIN)/python -m lakehouse_assets.operate.snapshot > lakehouse_assets_tests/asset_graph.txt
	@$(BIN)/python -m gates.contracts > lakehouse_assets_tests/contracts.json

.PHONY: infra-docs
infra-docs: $(INFRA) ## write anew Terraform's inputs and outputs, its idle costs, and the ARM view of Azure's account and workspace
	@$(VENV)/infra/bin/python -m infra.write

.PHONY: idle-costs
idle-costs: $(INFRA) ## what each cloud costs in a month in which nobody works, by terraform/prices.json or PRICES
	@$(VENV)/infra/bin/python -m infra.costs $(if $(PRICES),--prices "$(PRICES)")

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

.PHONY: site
site: $(DEV) ## the documentation as a site, into build/site; fails for a link that leads nowhere
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

.PHONY: bench
bench: $(DEV) ## measure against hand-written peers, side by side, as ratios
	@mkdir -p $(REPORTS)
	@$(BIN)/python -m benchmarks $(if $(FIGURES),--json $(FIGURES))

.PHONY: screenshots
screenshots: $(DEV) ## what the browser's tests see, as pictures in build/screenshots, which the site then shows
	@mkdir -p build/screenshots
	@LAKEHOUSE_SCREENSHOTS=$(CURDIR)/build/screenshots $(BIN)/python -m pytest -m browser
	@ls build/screenshots/*.png > /dev/null # without a browser nothing is tested, and nothing seen

.PHONY: figures
figures: $(DEV) ## write the README's figures anew from benchmarks/figures.json
	@$(BIN)/python -m benchmarks.figures

# The newest run of main of this repository that kept one: a fork's pull request may keep what it likes by the same name.
OURS := '[.artifacts[] | select(.expired | not) | .workflow_run \
  | select(.head_branch == "main" and .head_repository_id == .repository_id) | .id][0] // empty'

.PHONY: trend
trend: $(DEV) ## after `bench`, in a workflow: FIGURES beside those of the last nights
	@mkdir -p $(REPORTS) && rm -rf build/before
	@run=$$(gh api "repos/{owner}/{repo}/actions/artifacts?name=trend&per_page=100" --jq $(OURS)) || exit 1; \
	if [ -z "$$run" ]; then echo "There is no trend yet: it begins"; else \
	  gh run download --name trend --dir build/before "$$run" && cp build/before/trend.jsonl $(REPORTS)/; fi
	@$(BIN)/python -m gates.trend --figures $(FIGURES) | tee -a $(REPORTS)/trend.md $(GITHUB_STEP_SUMMARY)

.PHONY: mutate
mutate: $(DEV) ## put faults into the publishing core, say which no test notices; ARGS="--sample 190 --jobs 2"
	@$(BIN)/python -m mutation $(ARGS)

.PHONY: lock
lock: ## choose the newest versions that fit into constraints.txt and locked/infra.txt (needs uv)
	uv pip compile pyproject.toml --extra platform --extra telemetry --extra deploy --extra dev --no-header --no-annotate --upgrade -o constraints.txt
	$(call hashes,infra,3.11,infra/requirements.in --upgrade)
	@$(MAKE) --no-print-directory hashes

.PHONY: hashes
hashes: ## write the hashes of what constraints.txt chooses, which is all that `make` installs (needs uv)
	$(call hashes,platform,3.11,pyproject.toml --extra platform --extra telemetry --extra deploy -c constraints.txt)
	$(call hashes,dev,3.11.5,pyproject.toml --extra platform --extra telemetry --extra deploy --extra dev -c constraints.txt)
	$(call hashes,infra,3.11,infra/requirements.in)

.PHONY: wheel
wheel: $(DEV) ## the wheel that runs on a cluster, into dist/
	@rm -rf build
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w $(WHEELS) .
	@rm -rf build && ls $(WHEELS)/*.whl

##@ Gates
.PHONY: changes
changes: $(DEV) ## what this branch does to tables, rules and columns since BASE, and whether readers can bear it
	@mkdir -p $(REPORTS)
	@$(BIN)/python -m gates.changes --base $(BASE) | tee $(REPORTS)/changes.md

.PHONY: comment
comment: ## after `changes`, in a workflow: the same as the comment on PULL_REQUEST that is kept up to date
	@gh pr comment "$$PULL_REQUEST" --edit-last --create-if-none --body-file $(REPORTS)/changes.md

.PHONY: compatible
compatible: $(DEV) ## the same; fails where gold breaks its readers without a new version and a decision
	@$(BIN)/python -m gates.changes --base $(BASE) --gate

.PHONY: covered
covered: $(DEV) ## the tests, with a note of which lines they ran
	@mkdir -p $(REPORTS)
	@$(BIN)/python -m pytest --cov --cov-report=xml:$(REPORTS)/coverage.xml

.PHONY: coverage
coverage: $(DEV) ## after `covered`: fails where fewer than 9 in 10 of the lines changed since BASE were run
	@$(BIN)/diff-cover $(REPORTS)/coverage.xml --compare-branch $(BASE) --fail-under 90

.PHONY: performance
performance: $(DEV) ## after `bench`: fails where a ratio is worse than at the last release, or that before NAME, beyond a band
	@$(BIN)/python -m gates.performance $(if $(NAME),--before "$(NAME)") $(if $(FIGURES),--figures $(FIGURES))

.PHONY: workflows
workflows: $(DEV) ## GitHub's workflows by zizmor, and by actionlint where Go is
	@$(BIN)/zizmor --offline --quiet --no-progress .github
	@if command -v go > /dev/null; then \
	  [ -x $(BIN)/actionlint ] || GOBIN=$(CURDIR)/$(BIN) go install $(ACTIONLINT); \
	  $(BIN)/actionlint; \
	else echo "Go is not there: actionlint was not run"; fi

.PHONY: secrets
secrets: $(DEV) ## fails for what looks like a secret and is not in .secrets.baseline
	@mkdir -p $(REPORTS) && cp .secrets.baseline $(REPORTS)/secrets.baseline
	@git ls-files -z -- ':!.secrets.baseline' | xargs -0 bash -c 'found=$$($(BIN)/detect-secrets-hook --no-verify \
	  --baseline $(REPORTS)/secrets.baseline "$$@") || [ $$? = 3 ] || { echo "$$found"; exit 1; }' hook # 3: lines moved

.PHONY: secrets-reviewed
secrets-reviewed: $(DEV) ## write into .secrets.baseline what was found and, looked at, is none
	@$(BIN)/detect-secrets scan --exclude-files 'locked/.*' --baseline .secrets.baseline

.PHONY: audit
audit: $(DEV) ## known vulnerabilities of what is locked; fails, too, for a package that cannot be asked about
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r locked/platform.txt

.PHONY: vulnerabilities
vulnerabilities: $(DEV) ## write the page of known vulnerabilities anew; with DATABASE, a folder of OSV files, from all that it knows
	@$(BIN)/python -m gates.vulnerabilities $(if $(DATABASE),--database "$(DATABASE)") > docs/vulnerabilities.md

.PHONY: licences
licences: $(DEV) $(INFRA) ## fails for a licence that is not let through, and where the page of licences is of other packages
	@$(BIN)/python -m gates.licences --infra $(VENV)/infra/bin/python --compare

.PHONY: licences-reviewed
licences-reviewed: $(DEV) $(INFRA) ## write the page of licences anew
	@$(BIN)/python -m gates.licences --infra $(VENV)/infra/bin/python > docs/licences.md

##@ Release
.PHONY: changelog
changelog: $(DEV) ## what is new since the last release, from the commits
	@$(BIN)/python -m gates.changelog $(if $(NAME),--title $(NAME))

.PHONY: sbom
sbom: $(DEV) ## what a deployment is made of, as CycloneDX, into dist/
	@mkdir -p $(WHEELS)
	@PYTHONWARNINGS=ignore::UserWarning:cyclonedx.model.bom $(BIN)/cyclonedx-py requirements locked/platform.txt --pyproject pyproject.toml --output-reproducible \
	  -o $(WHEELS)/sbom.json

.PHONY: release
release: $(RUNTIME) ## record the code and the version of every table on the lake, as NAME; the first may find none
	@$(AS_THIS_RUN) $(BIN)/lakehouse release "$(NAME)" $(if $(filter-out $(NAME),$(shell git tag --list 'v*')),,--first)

.PHONY: release-before
release-before: $(RUNTIME) ## the same as before-NAME, by the tag of the release before, whose code still runs; nothing before the first
	@before=$$(git describe --tags --abbrev=0 --match 'v*' "$(NAME)^" 2> /dev/null) || { echo "no release came before"; exit 0; }; \
	  LAKEHOUSE_CODE_VERSION=$$before $(AS_THIS_RUN) $(BIN)/lakehouse release "before-$(NAME)"

.PHONY: tagged
tagged: ## fails unless NAME is the version of this code
	@$(PYTHON) -m gates.tagged "$(NAME)"

.PHONY: smoke
smoke: $(RUNTIME) ## make a day of the demo in a root of its own, by WHEEL or this code, and check it
	@$(AS_THIS_RUN) $(BIN)/python -m gates.smoke $(if $(WHEEL),--wheel $(WHEEL))

.PHONY: image
image: ## the container image IMAGE, from the Dockerfile
	docker build --tag $(IMAGE) --build-arg PROFILE=$(PROFILE) --build-arg LAKEHOUSE_CODE_VERSION=$(shell git rev-parse HEAD)$(if $(shell git status --porcelain),.changed) .

.PHONY: publish
publish: ## push IMAGE, as REGISTRY_USER with REGISTRY_TOKEN
	@printenv REGISTRY_TOKEN | docker login --username "$$REGISTRY_USER" --password-stdin "$(firstword $(subst /, ,$(IMAGE)))"
	docker push $(IMAGE)

.PHONY: promote
promote: ## give IMAGE, which was published, the version that NAME is of as its tag; it is not built again
	@printenv REGISTRY_TOKEN | docker login --username "$$REGISTRY_USER" --password-stdin "$(firstword $(subst /, ,$(IMAGE)))"
	docker buildx imagetools create --tag "$(patsubst %:$(lastword $(subst :, ,$(IMAGE))),%,$(IMAGE)):$(patsubst v%,%,$(NAME))" "$(IMAGE)"

.PHONY: wheel-of-main
wheel-of-main: ## in a workflow: the wheel and SBOM that `main` built of this commit, into dist/
	@run=$$(gh run list --workflow main.yml --commit "$$(git rev-parse HEAD)" --status success --limit 1 \
	  --json databaseId --jq '.[0].databaseId'); \
	[ -n "$$run" ] || { echo "main has built no wheel of this commit, or not to its end: run it again"; exit 1; }; \
	gh run download --name wheel --dir $(WHEELS) "$$run" # without a run it would take anybody's newest

.PHONY: github-release
github-release: $(DEV) ## in a workflow: a release NAME with the changelog and all that lies in dist/
	@$(BIN)/python -m gates.changelog --title "$(NAME)" --before "$(NAME)" > $(WHEELS)/CHANGELOG.md
	@gh release create "$(NAME)" --verify-tag --notes-file $(WHEELS)/CHANGELOG.md $(WHEELS)/*

.PHONY: deploy
deploy: $(RUNTIME) ## have DAGSTER_URL load its code location anew, and fail unless it did
	@$(BIN)/python -m gates.deploy

##@ House
.PHONY: machine
machine: ## a browser and Java for the tests, by apt where they are missing
	@root=$$([ "$$(id -u)" = 0 ] || echo sudo); missing=; \
	command -v chromium chromium-browser google-chrome > /dev/null || missing=chromium; \
	java -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9])' || missing="$$missing openjdk-17-jre-headless"; \
	[ -z "$$missing" ] || { $$root apt-get update -qq \
	  && $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing > /dev/null; }

.PHONY: install
install: $(DEV) ## everything, for work on the code

.PHONY: clean
clean: ## remove .venv; the lake in .lakehouse stays
	rm -rf $(VENV) build *.egg-info

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*##"} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*##/ {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(RUNTIME): pyproject.toml setup.py locked/platform.txt
	@echo "installing into $(VENV)"
	$(call install,locked/platform.txt)
	@touch $@

$(DEV): pyproject.toml setup.py locked/dev.txt
	@echo "installing into $(VENV), with what tests need"
	$(call install,locked/dev.txt)
	@touch $(RUNTIME) $@

# An environment of its own: what scans Terraform pins much that Dagster has otherwise.
$(INFRA): locked/infra.txt
	@echo "installing into $(VENV)/infra"
	@$(PYTHON) -m venv $(VENV)/infra
	@if command -v uv > /dev/null; then \
	  uv pip install --python $(VENV)/infra/bin/python --quiet --no-deps --require-hashes -r locked/infra.txt; \
	else \
	  $(VENV)/infra/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r locked/infra.txt; \
	fi
	@touch $@
