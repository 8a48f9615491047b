# make run   start Storyboard (the first time it installs what it needs)
# make test  run every test; installs what it needs, a browser too

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-postgres test-fast lint format bench faults faults-short fuzz mutants screenshots gallery browser clean

run: .venv/runtime
	@exec $(BIN)/python manage.py run

test: .venv/development browser
	@$(BIN)/pytest

# Every test without a browser on PostgreSQL: a server of its own, fetched where none is installed.
test-postgres: .venv/development
	@$(BIN)/python -m tests.postgres

# Without a browser and without real processes: a few seconds to a minute.
test-fast: .venv/development
	@$(BIN)/pytest -m "not browser and not process"

lint: .venv/development
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	.ci/check

format: .venv/development
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/development
	@$(BIN)/python -m bench

# Kills, a service that fails and lies, many pollers; an hour or so. See docs/reliability.md.
faults: .venv/development
	@$(BIN)/python -m faults

fuzz: .venv/development
	@FUZZ_REQUESTS=10000 $(BIN)/pytest -q tests/test_fuzz_requests.py

mutants: .venv/development
	@$(BIN)/python -m tests.permission_mutants

faults-short: .venv/development
	@$(BIN)/python -m faults --short

# Pictures of the running program, for README.md.
screenshots: .venv/development browser
	@$(BIN)/python docs/screenshots.py

# Sample drawings of the built-in engine, to judge it by eye.
gallery: .venv/runtime
	@$(BIN)/python manage.py gallery

browser: .venv/development
	@tests/browser/install

clean:
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Storyboard needs Python 3.11 or newer (make PYTHON=/path/to/python3 run)." >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv > .venv.log 2>&1 || \
	  { cat .venv.log >&2; rm -rf .venv .venv.log; \
	    echo "Python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@rm -f .venv.log

.venv/runtime: requirements.txt constraints.txt | .venv/bin/python
	@echo "Installing what Storyboard needs ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/development: requirements-dev.txt requirements-postgres.txt requirements.txt constraints.txt | .venv/bin/python
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch .venv/runtime $@
