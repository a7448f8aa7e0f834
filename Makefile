# The two commands of the README, and a few conveniences. Everything lives in .venv and .tox of this checkout.

.SHELLFLAGS := -ec
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The first Python that is new enough.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

BIN := .venv/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip
METADATA := setup.cfg pyproject.toml $(wildcard contrib/*/setup.cfg)

.PHONY: help demo test lint type dist bench clean debian-parts

help:
	@echo "make demo   a load test of a small shop, guarded by the fail-ratio plugin"
	@echo "make test   everything that CI checks (ENVS=py311 for a part of it)"
	@echo "make lint   ruff; make type: mypy; make dist: the wheels of all distributions in dist/; make clean"
	@echo "make bench  loadhost beside its peers, into docs/performance.md (BENCH='--quick --cases get,tls' for a look)"

demo: .venv/.demo
	@$(BIN)/loadhost demo

test: .venv/.tox .tox/.metadata debian-parts
	@$(BIN)/tox run -e $${ENVS:-lint,type,$$($(BIN)/python -c 'import sys; print("py%d%d" % sys.version_info[:2])'),contrib,browser,system}

lint: .venv/.tox
	@$(BIN)/tox run -q -e lint

type: .venv/.tox .tox/.metadata
	@$(BIN)/tox run -q -e type

# Without build/ from last time: setuptools would pack files that are long gone from the sources.
dist: $(BIN)/python
	@rm -rf dist build contrib/*/build
	@$(PIP) wheel --quiet --no-deps --wheel-dir dist . $(wildcard contrib/*/)
	@ls dist

# Installs the peers: from PyPI into .bench-venv, from Debian with apt-get. Wants a machine that does nothing else.
bench: .venv/.demo
	@$(BIN)/python -m benchmarks $(BENCH)

clean:
	rm -rf .venv .bench-venv .bench-venv-aiolocust .tox build dist contrib/*/build *.egg-info contrib/*/*.egg-info
	rm -rf loadhost-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks benchmarks/results
	find benchmarks core hookspecs builtin_plugins contrib tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

debian-parts: $(BIN)/python
	@$(BIN)/python tools/debian_parts.py

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "loadhost needs Python 3.11 or later and found none; install one, or name it: make PYTHON=/path/to/python3" >&2; \
		exit 1; fi
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) lacks venv, which Debian keeps in a package of its own: apt-get install python3-venv"; \
		[ "$$(id -u)" = 0 ] && apt-get -qq update && apt-get -qq install -y --no-install-recommends python3-venv; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# Stamps: a second `make demo` or `make test` installs nothing.
.venv/.demo: $(METADATA) | $(BIN)/python
	@echo "Installing loadhost and contrib/loadhost-failratio into .venv ..."
	@$(PIP) install --quiet -e . -e contrib/loadhost-failratio
	@touch $@

.venv/.tox: | $(BIN)/python
	@$(PIP) install --quiet 'tox>=4.25'
	@touch $@

# tox doesn't look into the setup.cfg of what it installs with -e: when one changes, its environments are made anew.
.tox/.metadata: $(METADATA)
	@rm -rf .tox
	@mkdir -p .tox
	@touch $@
