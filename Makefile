# Needs Python 3.11 or newer and nothing else: no Docker, no database server, no Java. Only
# `make postman` wants Node.

.DEFAULT_GOAL := help
.PHONY: help install demo up kafka down status logs token replay rebuild postman compose-env test coverage chaos kills worlds fuzz races a11y simulate bulky-file bench check format lock clean

PYTHON ?= python3
STACK ?= default
REGION ?= koeln-aachen
ROLE ?= staff
EVENT_TRANSPORT ?= postgres
EVENTS ?= 100000
WORLDS ?= 100000
REQUESTS ?= 20000
RACES ?= 120000
BENCH ?= matching analytics events people scraping places stream window

VENV := .venv
BIN := $(VENV)/bin
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo $(BIN)/uv)
DEVSTACK = $(BIN)/python -m devstack
REPORTS := build/reports
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder
NEEDED = $(VENV)/$(if $(filter kafka,$(EVENT_TRANSPORT)),kafka,run).stamp
CODE := shared patient_service therapist_service matching_service communication_service \
	geocoding_service migrations devstack deploy tests bench

# Compiled once at installation and kept afterwards: the stack starts twice as fast.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE

help: ## explain every target
	@echo "make TARGET [STACK=$(STACK)] [REGION=$(REGION)] [ROLE=$(ROLE)] [EVENT_TRANSPORT=$(EVENT_TRANSPORT)]"
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/run.stamp ## install what the stack needs, into .venv

demo: $(NEEDED) ## start the stack and walk a patient from search to therapy; REGION=germany is large
	@$(DEVSTACK) demo --stack $(STACK) --region $(REGION) --event-transport $(EVENT_TRANSPORT)

up: $(NEEDED) ## start the stack without the story; STACK=b beside it, EVENT_TRANSPORT=kafka
	@$(DEVSTACK) up --stack $(STACK) --event-transport $(EVENT_TRANSPORT)

kafka: $(VENV)/kafka.stamp ## start the stack's Kafka alone
	@$(DEVSTACK) kafka --stack $(STACK)

down: install ## end the stack, keep its data
	@$(DEVSTACK) down --stack $(STACK)

status: install ## show every program of the stack
	@$(DEVSTACK) status --stack $(STACK)

logs: install ## show and follow the logs of the stack
	@$(DEVSTACK) logs --stack $(STACK)

token: $(VENV)/run.stamp ## print one bearer token, valid for eight hours; ROLE=admin for an admin
	@$(DEVSTACK) token --stack $(STACK) --role $(ROLE)

replay: install ## show parked events and try them again now; SERVICE=patient only there
	@$(DEVSTACK) replay --stack $(STACK) $(if $(SERVICE),--service $(SERVICE))

rebuild: install ## build copies of other services' state anew, while the stack runs; SERVICE=matching
	@$(DEVSTACK) rebuild --stack $(STACK) $(if $(SERVICE),--service $(SERVICE))

postman: $(NEEDED) ## walk the Postman collection through the stack with newman; needs Node 18 or newer
	@node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null || { \
		echo "newman needs Node 18 or newer with npm; everything else here does without."; exit 1; } >&2
	@cd devstack/postman && npm ci --silent --no-audit --no-fund
	@$(DEVSTACK) up --stack $(STACK) --event-transport $(EVENT_TRANSPORT)
	@$(BIN)/python -m devstack.postman --stack $(STACK)

compose-env: ## write the secrets of docker-compose.yml into .env; keeps what is there
	@$(PYTHON) -m devstack.compose_env

test: $(VENV)/dev.stamp ## run all tests; reports lie under build/reports
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --junitxml=$(REPORTS)/junit.xml

coverage: $(VENV)/dev.stamp ## the same, and which lines nothing has run: twice as long
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --cov --cov-report=term:skip-covered \
		--cov-report=xml:$(REPORTS)/coverage.xml

chaos: $(VENV)/dev.stamp ## deliver EVENTS under random SIGKILLs; EVENT_TRANSPORT=kafka, SEED=1
	@$(BIN)/python -m tests.delivery --events $(EVENTS) \
		$(if $(EVENT_TRANSPORT),--carrier $(EVENT_TRANSPORT)) $(if $(SEED),--seed $(SEED))

kills: $(VENV)/dev.stamp ## kill senders of mails and events at every point; make test does at every third
	KILLS=all $(BIN)/python -m pytest -q tests/system/test_event_kills.py tests/system/test_mail_kills.py

worlds: $(VENV)/dev.stamp ## plan WORLDS tiny worlds of odd people and judge every plan; SEED=1
	@$(BIN)/python -m tests.worlds --worlds $(WORLDS) $(if $(SEED),--seed $(SEED))

fuzz: $(VENV)/dev.stamp ## send REQUESTS generated requests to all services and judge every answer; SEED=1
	@$(BIN)/python -m tests.fuzz --requests $(REQUESTS) $(if $(SEED),--seed $(SEED))

races: $(VENV)/dev.stamp ## race RACES requests on 64 connections for the same things, check every promise; SEED=1
	@$(BIN)/python -m tests.races --requests $(RACES) $(if $(SEED),--seed $(SEED))

a11y: $(VENV)/dev.stamp ## read the practices' pages with axe in a browser; needs Node 20, CHROMIUM=/path
	@command -v npm >/dev/null || { echo "Node 20 or newer is needed, with npm." >&2; exit 1; }
	@[ -n "$(CHROMIUM)" ] || command -v chromium >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq --no-install-recommends chromium; } || \
		{ echo "Chromium is needed; name one: make a11y CHROMIUM=/path" >&2; exit 1; }
	@npm ci --silent --prefix tests/browser
	@CHROMIUM="$(CHROMIUM)" $(BIN)/python -m tests.browser

simulate: $(VENV)/dev.stamp ## placement times of three policies in an invented year; KNOBS=1 for the whole table
	@$(BIN)/python -m matching_service.simulation $(if $(KNOBS),--knobs)

bulky-file: $(VENV)/dev.stamp ## measure the memory that files of 60 and 200 MB cost the importer
	@$(BIN)/python -m bench.scraping.bulky

bench: $(VENV)/dev.stamp ## measure planning, analytics, events, people, import, places, mails; BENCH=matching only one of them
	@for part in $(BENCH); do $(BIN)/python -m bench.$$part || exit 1; done

check: $(VENV)/dev.stamp ## format, lint, types, import contracts, generated docs fresh
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m devstack.documents --check

format: $(VENV)/dev.stamp ## format the code and mend what the linter can mend
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

lock: | $(BIN)/python $(UV) ## resolve all dependencies anew into requirements/*.lock
	$(call lock,pyproject.toml,services)
	$(call lock,--group story,story)
	$(call lock,pyproject.toml --group devstack,run)
	$(call lock,--group kafka -c requirements/run.lock,kafka)
	$(call lock,pyproject.toml --group dev,dev)

clean: ## end every stack; remove their data, reports and the virtual environment
	@for folder in .stack/*/; do \
		[ ! -d "$$folder" ] || $(DEVSTACK) discard --stack "$$(basename $$folder)" || exit 1; \
	done
	rm -rf .stack build $(VENV)

define lock
	$(UV) pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 \
		--no-header $(1) -o requirements/$(2).lock
endef

# dev.lock contains the others: once the larger set is installed, it stays.
$(VENV)/run.stamp: requirements/run.lock | $(BIN)/python $(UV)
	@echo "Installing what the stack needs …" >&2
	@$(call install,$(if $(wildcard $(VENV)/dev.stamp),install -r,sync) requirements/run.lock)
	@touch $@

# A Java comes along, so only who wants Kafka installs it.
$(VENV)/kafka.stamp: requirements/kafka.lock $(VENV)/run.stamp
	@echo "Installing what Kafka needs …" >&2
	@$(call install,install -r requirements/kafka.lock)
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock | $(BIN)/python $(UV)
	@echo "Installing what the tests need …" >&2
	@$(call install,sync requirements/dev.lock)
	@touch $@ $(VENV)/run.stamp $(VENV)/kafka.stamp

define install
$(UV) pip $(1) --quiet --python $(BIN)/python --require-hashes
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"Python 3.11 or newer is needed; if it has another name: make PYTHON=python3.11")'
	@$(PYTHON) -c 'import venv, ensurepip' || { \
		echo "Python cannot make virtual environments; Debian, Ubuntu: apt-get install python3-venv"; \
		exit 1; } >&2
	@$(PYTHON) -m venv $(VENV)

$(BIN)/uv: | $(BIN)/python
	@echo "Installing uv …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
