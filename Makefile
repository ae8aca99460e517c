# `make demo` and `make test` are all that one needs; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo test lint types layers check dialogues unit integration acceptance bench soak compare lock fuzz sbom audit clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## Install both environments from their locks
	@$(PYTHON) scripts/setup.py

setup-test: ## Install them with what the tests need
	@$(PYTHON) scripts/setup.py --test

demo: setup ## Set everything up and run the whole product with sample data
	@exec $(BIN)/coach demo $(DEMO)

test: setup-test ## Run every check and every test
	@$(MAKE) --no-print-directory lint types layers check
	@$(BIN)/coach train
	@$(BIN)/python -m pytest tests/acceptance
	@$(BIN)/python -m pytest --numprocesses 3 --ignore tests/acceptance

lint: ## ruff
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .

types: ## mypy, strict
	@$(BIN)/mypy --no-error-summary

layers: ## Imports point down only
	@$(BIN)/lint-imports --no-cache > var/layers.txt || (cat var/layers.txt; exit 1)

check: ## Content, settings and their style
	@$(BIN)/coach check

dialogues: setup-test ## The dialogue tests alone
	@$(BIN)/python -m pytest tests/integration/test_dialogues.py

unit: setup-test ## The unit tests alone
	@$(BIN)/python -m pytest tests/unit

integration: setup-test ## The integration tests alone
	@$(BIN)/python -m pytest tests/integration

acceptance: setup-test ## The acceptance tests alone
	@$(BIN)/python -m pytest tests/acceptance

bench: setup-test ## Measure, and write the table of docs/performance.md (half an hour)
	@$(BIN)/coach bench --json | tee var/bench.jsonl
	@$(BIN)/python scripts/write_performance.py var/bench.jsonl
	@$(BIN)/python -m tests.load.simulation --write

soak: setup-test ## A quarter of an hour of people and power cuts on two of each process
	@$(BIN)/python -m tests.load.soak --minutes 15

compare: setup ## Compare ways of understanding messages (most of an hour)
	@mkdir -p var && $(BIN)/python -c "from bot.settings import read_settings; from bot.content.library import load_library; from bot.rasa.model import scenario_examples; s = read_settings(); print(scenario_examples(load_library(s.content, s.programmes)))" > var/scenarios.yml
	@cd dialogues && RASA_TELEMETRY_ENABLED=false .venv/bin/python -W ignore compare_pipelines.py ../var/scenarios.yml ../tests/understanding/development.jsonl ../tests/understanding/held_out.jsonl

lock: ## Resolve the locks anew (needs the network)
	@$(PYTHON) scripts/lock.py

fuzz: setup-test ## Feed the readers of outside text a million odd inputs (about half an hour)
	@PYTHONPATH=. $(BIN)/python scripts/fuzz.py

sbom: setup-test ## List what the product is made of, as CycloneDX, in var/sbom.json
	@mkdir -p var && $(BIN)/python scripts/sbom.py > var/sbom.json && echo var/sbom.json

audit: setup-test ## Look for known weaknesses in what the product is made of (needs the network)
	@for lock in bot engine; do $(BIN)/pip-audit --strict --require-hashes --disable-pip --requirement locks/$$lock.txt || failed=1; done; \
	if [ -n "$$failed" ]; then echo "audit: weaknesses were found, or the database of weaknesses cannot be reached; see above"; exit 1; fi

clean: ## Remove environments, models and the embedded database
	rm -rf .venv dialogues/.venv var
