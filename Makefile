# make run   start Storyboard (the first time it installs what it needs)
# make test  run every test; installs what it needs, a browser too

PYTHON ?= python3
BIN := .venv/bin
# What looks after the packages has an environment of its own, so that neither disturbs the other.
TOOLS := .venv-tools/bin
# Only what a lock file names by its hash, and only wheels: nothing is built while installing.
INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all:

.PHONY: run install test test-postgres test-fast lint format bench faults faults-short fuzz mutants observatory screenshots gallery browser lock sbom audit clean

# What `run` needs, for whoever runs it by an account that may not write here.
install: .venv/runtime

run: .venv/runtime
	@exec $(BIN)/python manage.py run

# On all cores what needs no browser and no real process; one by one what does, and minds the time.
test: .venv/development .venv-tools/ready browser
	@$(BIN)/pytest -n auto --maxprocesses 8 -m "not browser and not process"
	@$(BIN)/pytest -m "browser or process"

# Every test without a browser on PostgreSQL: a server of its own, fetched where none is installed.
test-postgres: .venv/development .venv-tools/ready
	@$(BIN)/python -m tests.postgres

# Without a browser and without real processes.
test-fast: .venv/development
	@$(BIN)/pytest -n auto --maxprocesses 8 -m "not browser and not process"

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

# Points of Mozilla's HTTP Observatory; npm gets its scanner, which then asks this machine alone.
observatory: .venv/development
	@$(BIN)/python -m tests.observatory

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

# Write the lock files anew from the .in files beside them. What is locked stays as it is, unless it
# is named, as in make lock UPGRADE="urllib3 idna"; UPGRADE=all takes the newest of everything.
LOCK = $(TOOLS)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock" \
  $(if $(filter all,$(UPGRADE)),--upgrade,$(foreach name,$(UPGRADE),--upgrade-package $(name)))
lock: .venv-tools/ready
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) requirements-postgres.in -c requirements.txt -o requirements-postgres.txt
	@$(LOCK) requirements-dev.in -c requirements.txt -c requirements-postgres.txt -o requirements-dev.txt
	@$(LOCK) requirements-tools.in -o requirements-tools.txt
	@$(LOCK) tests/postgres/wheel.in --no-deps --no-annotate -o tests/postgres/wheel.txt
	@if command -v npm > /dev/null; then \
	  cd supply/browser && npm install --silent --package-lock-only --ignore-scripts \
	    --omit-lockfile-registry-resolved --no-audit --no-fund; \
	else echo "Without npm, supply/browser/package-lock.json stays as it is."; fi
	@$(TOOLS)/python -m supply.sbom

# The bill of materials and the list of licences, from the lock files and what is vendored.
sbom: .venv/runtime
	@$(BIN)/python -m supply.sbom

# Known faults of packages, secrets in tracked files. Without a network it says what it did not check.
audit: .venv-tools/ready
	@$(TOOLS)/python -m supply.audit

clean:
	rm -rf .venv .venv-tools

.venv/bin/python .venv-tools/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Storyboard needs Python 3.11 or newer (make PYTHON=/path/to/python3 run)." >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(@D:/bin=) > $(@D:/bin=).log 2>&1 || \
	  { cat $(@D:/bin=).log >&2; rm -rf $(@D:/bin=) $(@D:/bin=).log; \
	    echo "Python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@rm -f $(@D:/bin=).log

.venv/runtime: requirements.txt | .venv/bin/python
	@echo "Installing what Storyboard needs ..."
	@$(BIN)/python $(INSTALL) -r requirements.txt
	@touch $@

.venv/development: requirements-dev.txt requirements.txt | .venv/bin/python
	@echo "Installing what the tests need ..."
	@$(BIN)/python $(INSTALL) -r requirements-dev.txt
	@touch .venv/runtime $@

.venv-tools/ready: requirements-tools.txt | .venv-tools/bin/python
	@echo "Installing what looks after the packages ..."
	@$(TOOLS)/python $(INSTALL) -r requirements-tools.txt
	@touch $@
