# Every target makes what it needs in .venv; nothing is installed globally.
#   make demo     build foldwise, run it on the bundled airway counts, say where the report is
#   make test     all tests, with style, types and import rules
#   make parity   the table foldwise against R's DESeq2 on whole data sets (../shared/reference)
#   make bench    foldwise beside R's DESeq2, PyDESeq2 and InMoose
#   make docs     the documentation site in build/docs, with warnings as errors
#   make verification   type I error, false discoveries and power of every method (VERIFICATION_ARGS="--only N1")
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done || echo python3)
VENV   ?= .venv
DOCS_VENV ?= .venv-docs
RUN     = $(VENV)/bin/python
PYTEST_ARGS ?=

.PHONY: demo test parity bench docs verification lint environment test-environment clean
.DEFAULT_GOAL := demo

environment:
	@$(PYTHON) scripts/environment.py $(VENV)

test-environment:
	@$(PYTHON) scripts/environment.py $(VENV) --test

demo: environment
	$(VENV)/bin/foldwise demo --force
	@find demo -name report.html -exec sh -c 'echo "report: $$(pwd)/$$1"' _ {} \;

test: test-environment
	$(RUN) -m pytest $(PYTEST_ARGS)

parity: test-environment
	$(RUN) -m tests.reference.parity

bench: test-environment
	$(RUN) benchmarks/run.py $(BENCH_ARGS)

docs:
	@$(PYTHON) scripts/environment.py $(DOCS_VENV) --docs
	$(DOCS_VENV)/bin/python -m sphinx -E -a -W --keep-going -q -b html -d build/doctrees docs build/docs
	@echo "documentation: $(CURDIR)/build/docs/index.html"

verification: test-environment
	$(RUN) -m verification $(VERIFICATION_ARGS)

lint: test-environment
	$(RUN) -m ruff check src tests benchmarks scripts verification
	$(RUN) -m mypy
	PYTHONPATH=src $(VENV)/bin/lint-imports

clean:
	rm -rf $(VENV) $(DOCS_VENV) build docs/reference demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
