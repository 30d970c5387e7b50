# Two commands to begin with: `make demo` and `make test`. Both need Python 3.11 or newer and nothing else.
# `make full` runs the tests that `make test` leaves out.

PIP_FLAGS = --quiet --disable-pip-version-check --no-deps --no-build-isolation
LOCKS = requirements.txt requirements-demo.txt requirements-dev.txt
OUT = .
COMPILE = .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links --group build $(UPGRADE)
TEST_PROCESSES = 3
FULL_PROCESSES = 3
FRESH = 30
CHAOS = tests/chaos/test_chaos.py
SEEDS = 5000
FIRST = 0  # or random: a range that was never played before, printed so that it can be played again

# The pip of Debian 12 would run old setup.py scripts directly; a variable, because other versions may lack the option.
export PIP_USE_PEP517 = 1

# Where it is set, every process would compile the whole tree anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test full soak chaos check lint types arrows audit fmt statements bench lock lock-check venv clean

demo: .venv/demo.stamp  ## the whole bridge on this machine, with sandboxes for the warehouse and the stores
	.venv/bin/stockbridge demo $(ARGS)

test: .venv/dev.stamp  ## unit, contract, properties, state, flows: five minutes on two cores
	.venv/bin/pytest -n $(TEST_PROCESSES) --dist worksteal -m "not full" $(ARGS)

# Everything runs, even when one part fails; the line that sums up the tests comes last.
full: .venv/dev.stamp  ## all other tests: seeds never played before, the long bad day, real workers, the bench at its smallest
	@status=0; \
	$(MAKE) --no-print-directory soak SEEDS=$(FRESH) FIRST=random || status=1; \
	$(MAKE) --no-print-directory chaos || status=1; \
	STOCKBRIDGE_WHOLE=1 .venv/bin/pytest -n $(FULL_PROCESSES) --dist worksteal -m "full or hypothesis" --ignore=$(CHAOS) $(ARGS) || status=1; \
	exit $$status

soak: .venv/dev.stamp  ## the simulation on many seeds: make soak SEEDS=5000 FIRST=random
	@first=$(FIRST); [ "$$first" != random ] || first=$$(.venv/bin/python -c 'import secrets; print(secrets.randbelow(10**9))'); \
	echo "to play it again: make soak SEEDS=$(SEEDS) FIRST=$$first"; \
	STOCKBRIDGE_SEEDS=$(SEEDS) STOCKBRIDGE_FIRST=$$first .venv/bin/pytest -n auto tests/sim/test_seeds.py $(ARGS)

chaos: .venv/dev.stamp  ## one long bad day: real processes are killed, frozen and cut off, at least fifty times
	.venv/bin/pytest $(CHAOS) $(ARGS)

without-%: .venv/dev.stamp  ## the tests of what touches a store, with one connector deleted: make without-woocommerce
	.ci/without $*

check: lint types arrows lock-check  ## everything but the tests

lint: .venv/dev.stamp
	.venv/bin/ruff check
	.venv/bin/ruff format --check

types: .venv/dev.stamp
	.venv/bin/mypy

arrows: .venv/dev.stamp
	.venv/bin/lint-imports --no-logo

statements: .venv/dev.stamp  ## docs/statements.md: what the documents say, and which test holds it
	.venv/bin/python -m tests.statements

audit: .venv/dev.stamp  ## known vulnerabilities in what is locked; names what the package index could not tell of
	.venv/bin/pip-audit --requirement requirements.txt --require-hashes --disable-pip --progress-spinner off

fmt: .venv/dev.stamp  ## repair what can be repaired
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

bench: .venv/dev.stamp  ## the measured claims of the README
	.venv/bin/python -m bench

# A deployment pins every package by its hash and cannot add an extra by itself, so requirements.txt has the alerts'.
lock: .venv/dev.stamp  ## write the locks anew; UPGRADE=--upgrade takes the newest versions
	$(COMPILE) --extra alerts --output-file $(OUT)/requirements.txt
	$(COMPILE) --extra demo --output-file $(OUT)/requirements-demo.txt
	$(COMPILE) --extra alerts --extra demo --extra dev --output-file $(OUT)/requirements-dev.txt

# The locks are written anew beside themselves, keeping every version that still fits: a difference is a
# change of pyproject.toml that no lock has seen.
lock-check: .venv/dev.stamp
	@rm -rf .venv/locks && mkdir .venv/locks && cp $(LOCKS) .venv/locks/
	@$(MAKE) --no-print-directory --silent lock OUT=.venv/locks UPGRADE=
	@for lock in $(LOCKS); do diff -u $$lock .venv/locks/$$lock || \
		{ echo "$$lock does not fit pyproject.toml; run: make lock"; exit 1; }; done

venv: .venv/dev.stamp

.venv/demo.stamp: requirements-demo.txt pyproject.toml
.venv/dev.stamp: requirements-dev.txt pyproject.toml

# setuptools comes first, by its pinned hash: two libraries are published as source only, and building
# them must not fetch a build tool that nobody pinned.
.venv/%.stamp: | .venv/bin/pip
	sed -n '/^setuptools==/,/[^\\]$$/p' requirements-$*.txt > .venv/build.txt
	.venv/bin/python -m pip install $(PIP_FLAGS) --require-hashes --requirement .venv/build.txt
	.venv/bin/python -m pip install $(PIP_FLAGS) --require-hashes --requirement requirements-$*.txt
	.venv/bin/python -m pip install $(PIP_FLAGS) --editable .
	@touch $@

.venv/bin/pip:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
		"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
			&& exec "$$python" -m venv .venv; \
	done; \
	echo "Stockbridge needs Python 3.11 or newer with its venv module (on Debian: apt install python3-venv)." >&2; exit 1

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
