# Needs make and Python 3.11 or newer with venv and pip; everything else is set up here.
# Another interpreter: make test PYTHON=python3.12

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo up test check bench chaos scale gallery monitoring package sbom lock clean environment libraries

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: environment libraries ## Render a sample tutorial through an embedded queue and say where it is
	@$(BIN)/preview-worker demo

up: environment libraries ## Like demo, then keep working, with the operator's page on http://127.0.0.1:3000
	@$(BIN)/preview-worker up

test: environment libraries ## Run every test (one of them: .venv/bin/pytest tests/unit/x.py -k word)
	@$(BIN)/pytest -q

check: environment ## Format, lint, types, import contracts, budgets
	@$(BIN)/python -I src/preview_worker/cli/libraries.py || true
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/pytest -q tests/architecture

bench: environment libraries ## Measure against peers: BENCH=part for one, JSON=path for a file of figures
	@tools/bench "$(BENCH)" "$(JSON)"

chaos: environment libraries ## Break everything by a SEED for MINUTES: PART=name for one, JSON=path for a report
	@tools/chaos "$(or $(PART),storm)" "$(or $(SEED),1)" "$(MINUTES)" "$(JSON)"

scale: environment libraries ## Measure 1 to 8 workers, foretell 10,000: QUICK=1, JSON=path, FIGURES=path of an earlier run
	@tools/scale "$(QUICK)" "$(JSON)" "$(FIGURES)"

gallery: environment libraries ## Render every example and write a page to look at them: OUT=folder
	@tools/gallery "$(or $(OUT),out/gallery)"

monitoring: environment ## Write the dashboard and the alerts anew: DOCS=address of docs/, OUT=folder
	@$(BIN)/python -m monitoring $(if $(DOCS),--docs "$(DOCS)") $(if $(OUT),--out "$(OUT)")

package: environment ## Build the wheel and the source archive, the same bytes every time: OUT=folder
	@tools/package "$(or $(OUT),dist)"

sbom: environment ## Write a CycloneDX bill of materials of what the image holds: OUT=folder
	@tools/sbom "$(or $(OUT),dist)/sbom.cdx.json"

lock: ## Resolve the dependencies anew and write requirements/*.txt (needs uv)
	@tools/lock

clean: ## Remove the environment and all caches (previews under data/ stay)
	rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find . -name node_modules -prune -exec rm -rf {} +
	find . -name __pycache__ -prune -exec rm -rf {} +

environment:
	@PYTHON="$(PYTHON)" tools/environment

libraries: environment
	@$(BIN)/python -I src/preview_worker/cli/libraries.py
