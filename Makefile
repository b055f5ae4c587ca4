# Two commands are all a fresh machine needs: `make run` and `make test`.
# Needs Python 3.11 or newer, pip and make; PYTHON=… chooses the interpreter.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The bucket of the tests: its pins differ from ours, so it has a Python of its own.
S3 := $(VENV)/s3
BUCKET := WINNOW_MOTO_PYTHON=$(CURDIR)/$(S3)/bin/python WINNOW_NEEDS_S3=1
# As many processes as there are cores: threads of theirs would only wait for each other.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest
# On a busy machine something can come later than a test waits for it, and a page that is drawn anew
# can swallow a test's click: what failed runs once more, alone (browser tests with their module, whose
# tests are steps of one journey). Both runs are printed.
AGAIN := --last-failed --last-failed-no-failures none

# Where the machine asks for no bytecode, every process compiles all that it imports anew: of the 16 s
# that a command with a model takes to start, 8 are that.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test install bucket lint types browser check map clean

run: install ## start the app on sample_data/
	$(BIN)/winnow app sample_data

test: install bucket ## run the tests that need no browser
	$(BUCKET) $(PYTEST) -m "not browser" -n auto --maxprocesses 4 --dist loadfile || \
	$(BUCKET) $(PYTEST) -m "not browser" $(AGAIN)

install: $(READY) ## make .venv with everything pinned by constraints.txt; modules are compiled as they are first used

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Winnow needs Python 3.11 or newer; name one with make PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --no-compile --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(READY)

bucket: $(S3)/.ready ## the server that the tests of buckets start

$(S3)/.ready: $(READY)
	$(BIN)/python -m venv $(S3)
	$(S3)/bin/python -m pip install --no-compile --disable-pip-version-check "moto[server]==5.2.5"
	@touch $@

lint: install ## ruff, lint and format; who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: install ## mypy on core/ and pages/
	$(BIN)/mypy

browser: install ## drive the app in a real Chromium (must be installed)
	WINNOW_NEEDS_BROWSER=1 $(PYTEST) -m browser -n 2 --dist loadfile || \
	{ modules=$$($(BIN)/python tests/browser/again.py) && \
	WINNOW_NEEDS_BROWSER=1 $(PYTEST) -m browser $$modules; }

check: lint types test browser ## all of it, as the continuous integration does

map: ## rebuild the map element for the browser (needs Node; the result is in the repository)
	cd core/ui/clusters/map && npm ci --no-audit --no-fund && npm run build

clean: ## remove what make made
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
