# `make run` opens the dashboard, `make test` runs everything that is checked. Both set themselves up.

PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
ADDRESS ?= localhost
PORT ?= 8501
TESTS ?= tests
MAKEFLAGS += --jobs=2

.PHONY: run test check browser compiled pictures benchmarks clean

run: $(VENV)/.runtime
	@$(BIN)/python -m server.port "$(ADDRESS)" "$(PORT)"
	@echo "Farm Costs: http://$(ADDRESS):$(PORT)  (Ctrl-C ends it)"
	@$(BIN)/streamlit run app.py --server.address=$(ADDRESS) --server.port=$(PORT)

test: check browser compiled
	$(BIN)/python -m pytest -n 6 --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Once, beside the checks, and not in each of the tests' processes, which say what is wrong.
compiled: $(VENV)/.development
	@$(BIN)/python -m pytest --collect-only -q $(TESTS) > /dev/null 2>&1 || true

browser: | $(VENV)/bin/python
	@$(BIN)/python tests/browser/chromium.py

# Every page in light and dark, wide and narrow, in artefacts/screenshots/.
pictures: browser $(VENV)/.development
	PICTURES=artefacts/screenshots $(BIN)/python -m pytest tests/browser/test_every_page.py

# How long it takes beside what else could be used; WHAT="rows sessions" measures only those.
# WHAT="history writing clicks" is about years of history, which are made once and kept (8 GB).
benchmarks: $(VENV)/.development
	$(BIN)/python -m benchmarks $(WHAT)

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Farm Costs needs Python 3.11 or newer: install it and try again."; exit 1; }
	@mkdir -p $(VENV) && touch $(VENV)/.tried || { echo "$(CURDIR)/$(VENV) can't be written: put Farm Costs into a folder of your own, or give another place, as in make run VENV=/tmp/farm-costs."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { rm -rf $(VENV); echo "Install Python's venv module (Debian: apt-get install python3-venv)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) could not make $(VENV): what it said stands above (is the disk full?)."; exit 1; }

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.development: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) artefacts .mypy_cache .ruff_cache .pytest_cache .hypothesis
