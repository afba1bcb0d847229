# `make say` makes a fresh checkout speak; `make test` and `make lint` judge it.
PYTHON ?= python3
VENV ?= .venv
WHEELS ?= dist
BIN := $(VENV)/bin
# The others need the calibrate extra: make bench BENCHMARKS="voice intelligibility".
BENCHMARKS ?= voice
TEXT ?= Hello. This computer can speak now, and it needs no network for it.

BUILD_INPUTS := setup.cfg setup.py pyproject.toml scripts/build_kernels.py \
	$(shell find kernels -name '*.[ch]' -o -name '*.inc')

.PHONY: say test lint sanitize bench parity-sopro wheel arm64 clean

say: $(VENV)/installed
	@mkdir -p build
	$(BIN)/edgetts say "$(TEXT)" -o hello.wav --report build/hello.json
	@$(BIN)/python scripts/print_report.py hello.wav build/hello.json

test: $(VENV)/installed-test
	$(BIN)/python -m pytest

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

sanitize: $(VENV)/installed-test
	$(BIN)/python scripts/sanitize.py

bench: $(VENV)/installed-test
	@status=0; for name in $(BENCHMARKS); do \
		$(BIN)/python -m benchmarks.$$name --check || status=1; \
	done; exit $$status

# Needs torch, transformers, safetensors and tokenizers beside the calibrate extra:
# PARITY_PYTHON names a Python that has them. REFERENCE is a clone of Sopro.
PARITY_PYTHON ?= $(BIN)/python
parity-sopro:
	@test -n "$(REFERENCE)" || { echo "usage: make parity-sopro REFERENCE=CLONE"; exit 1; }
	@$(PARITY_PYTHON) -m tests.parity.mimi_parity
	@for version in 1.5 1; do \
		$(PARITY_PYTHON) -m tests.parity.sopro_parity --reference "$(REFERENCE)" \
			--version $$version || exit 1; \
	done

wheel:
	rm -rf build/lib.* build/bdist.*
	$(PYTHON) -m pip wheel --no-deps --wheel-dir $(WHEELS) .

arm64: $(VENV)/installed-test
	PYTHON=$(BIN)/python scripts/arm64_emulation.sh .arm64

# Editable, so that the kernels land beside the sources that the tests import.
$(VENV)/installed: $(BUILD_INPUTS) | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable .
	@touch $@

$(VENV)/installed-test: $(BUILD_INPUTS) | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable '.[test]'
	@touch $@ $(VENV)/installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "$(PYTHON) is older than 3.10: see docs/boards.md"; exit 1; }
	$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "needs: apt-get install python3-venv"; exit 1; }

clean:
	rm -rf $(VENV) .arm64 build dist edge_tts/_native hello.wav *.egg-info
