# Everything a checkout needs. `make demo` and `make test` do their own set-up in $(VENV).
# A stamp in $(VENV) says what has been installed; a newer pyproject.toml installs again.

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?=
# How many processes run tests side by side, most of which wait; 0: this one alone, for `--pdb`.
TEST_WORKERS ?= 3
BENCH_GROUPS ?= runtime saga files
# `no` leaves the system's packages alone, also for root.
SYSTEM_PACKAGES ?= yes

BIN := $(VENV)/bin
# The tests of a file stay together and in order: they share servers.
PYTEST := $(BIN)/python -m pytest --numprocesses=$(TEST_WORKERS) --dist=loadfile
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NO_MKDOCS_2_WARNING := 1
export PYTHON SYSTEM_PACKAGES

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-saga bench soak docs tables lint format check-docs system-packages compat-adaptor clean

help:
	@echo "make demo     render a turntable through a warm daemon"
	@echo "make test     every gate and every test"
	@echo "make test-saga  of those, back-end access on real servers alone"
	@echo "make bench    measure against what exists already"
	@echo "make soak     a thousand daemons, and what they leave: nothing"
	@echo "make docs     build the documentation into site/"
	@echo "make lint     the gates alone: ruff, mypy, pyright, import-linter"
	@echo "make tables   write the tables of the documentation that the code knows"
	@echo "make format   let ruff rewrite the sources"
	@echo "make clean    remove the environment and everything built"

demo: $(VENV)/.demo
	$(BIN)/python examples/demo.py --output out/demo

test: lint system-packages check-docs compat-adaptor
	$(PYTEST) $(PYTEST_ARGS)

# The part of `test` that takes longest, alone: channels, terminals, ssh, jobs and their faults.
test-saga: lint system-packages
	$(PYTEST) tests/integration/saga $(PYTEST_ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

tables: $(VENV)/.test
	$(BIN)/python tools/doc_tables.py

check-docs docs: $(VENV)/.test
	$(BIN)/mkdocs --quiet build --strict

bench: $(VENV)/.python
	$(PYTHON) benchmarks/prepare.py .venv-bench
	@for group in $(BENCH_GROUPS); do \
		.venv-bench/ours/bin/python benchmarks/run.py --group $$group --output docs/benchmarks/$$group || exit; \
	done

soak: $(VENV)/.test
	PYTHONPATH=tests $(BIN)/python tests/soak/cycles.py

# What the tests drive, where it can be had: applications, servers, login shells, network namespaces.
TEST_PROGRAMS := blender ffmpeg sshd:openssh-server ssh:openssh-client google-authenticator:libpam-google-authenticator \
	zsh fish tcsh pg_ctlcluster:postgresql ip:iproute2 nft:nftables redis-server \
	openssl strace myproxy-logon:myproxy myproxy-server

system-packages:
	@sh tools/system_packages.sh $(TEST_PROGRAMS)

# A public adaptor and what runs jobs with it, in an environment of their own with the runtime that
# they were written for.
COMPAT_PACKAGES := deadline-cloud-for-blender==0.6.9 openjd-cli==0.8.0

compat-adaptor: system-packages
	@if command -v blender >/dev/null; then $(MAKE) --no-print-directory .venv-compat/.adaptor; fi

.venv-compat/.adaptor: tools/make_venv.sh
	@if sh tools/make_venv.sh "$(PYTHON)" .venv-compat && \
	    sh tools/pip_install.sh .venv-compat $(COMPAT_PACKAGES); then touch $@; \
	else rm -rf .venv-compat; echo 'without $(COMPAT_PACKAGES): their tests will be skipped'; fi

clean:
	rm -rf $(VENV) .venv-bench .venv-compat build dist site out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. `.test` holds all that `.demo` does.

$(VENV)/.python: tools/make_venv.sh
	sh tools/make_venv.sh "$(PYTHON)" "$(VENV)"
	@touch $@

# Mitsuba's wheel links against libatomic, which a small Debian does not have.
LIBRARIES := $(if $(filter Linux,$(shell uname)),libatomic.so.1=libatomic1)

$(VENV)/.demo: pyproject.toml $(VENV)/.python
	@sh tools/system_packages.sh --required $(LIBRARIES)
	sh tools/pip_install.sh "$(VENV)" --editable '.[demo]'
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.python
	@sh tools/system_packages.sh --required $(LIBRARIES)
	sh tools/pip_install.sh "$(VENV)" --editable '.[demo,docs,files,postgresql,redis]' --group dev
	@touch $(VENV)/.demo $@
