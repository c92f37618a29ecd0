# Two commands: `make demo` (the main job on data it makes itself) and `make test`. Both set up what they need in .venv.
# `make test-slow`: the tests that take more than ten seconds each, with `make test` the whole of them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= demo
PAIRS  ?= 2400
# another data set: make demo SOURCE=pad-ufes-20=/data/pad_ufes_20
SOURCE ?= atlas=$(DEMO)/atlas
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --durations=10
UV     := $(shell sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)

.PHONY: demo setup test test-slow lint types lock clean

demo: setup
	@rm -rf $(DEMO)/run
ifeq ($(SOURCE),atlas=$(DEMO)/atlas)
	$(BIN)/derm1m sample --pairs $(PAIRS) --out $(DEMO)/atlas
endif
	$(BIN)/derm1m build --source $(SOURCE) --out $(DEMO)/derm.kg
	$(BIN)/derm1m sparql --kg $(DEMO)/derm.kg --file docs/queries/defined_class_by_tone.rq
	$(BIN)/derm1m cypher --kg $(DEMO)/derm.kg --file docs/queries/defined_class_by_tone.cypher
	$(BIN)/derm1m prompts "plaque psoriasis" --kg $(DEMO)/derm.kg
	$(BIN)/derm1m export-pairs --kg $(DEMO)/derm.kg --split train --require-images --out $(DEMO)/train.parquet
	$(BIN)/derm1m export-pairs --kg $(DEMO)/derm.kg --split test --require-images --out $(DEMO)/test.parquet
	$(BIN)/derm1m train configs/tiny.toml --pairs $(DEMO)/train.parquet --out $(DEMO)/run
	$(BIN)/derm1m evaluate --run $(DEMO)/run --pairs $(DEMO)/test.parquet --report $(DEMO)/report.html

setup: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '$(UV)'
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

test: setup
	$(PYTEST) -m "not slow"

test-slow: setup
	$(PYTEST) -m slow

lint: setup
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --all-extras --no-emit-index-url --no-header \
	  --python-version 3.11 pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .cache $(DEMO) dist
