SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python

help: ## say what there is
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

book: environment ## execute the lessons that changed, build the site at _build/html and the PDF in it
	status=0; $(PY) -m tools.execute || status=$$?; \
	[ $$status = 0 ] || [ $$status = 3 ] || exit $$status; \
	$(PY) -m tools.site.build; \
	exit $$status # 3: outputs differ, claims hold, and the site shows what is stored

test: environment ## run every test, every lesson against its stored outputs, the site in a browser and by Lighthouse
	$(PY) -m pytest -n auto --dist loadfile --nbval lessons tests --ignore=tests/browser
	$(MAKE) book
	$(PY) -m pytest -n auto --dist loadgroup tests/browser
	$(PY) -m tools.site.lighthouse

lesson: environment ## execute one lesson and write its notebook: make lesson NAME=models/cnn
	$(PY) -m tools.execute --rewrite $(or $(NAME),$(error say which: make lesson NAME=models/cnn))

check: environment ## look for faults in lessons without executing them, in seconds: make check [NAME=models/cnn]
	$(PY) -m tools.book.check $(NAME)

format: environment ## give prose one sentence a line
	$(PY) -m tools.book.sentences

lab: environment ## open JupyterLab on the lessons, beside the environment and with its packages
	VIRTUAL_ENV=$(CURDIR)/.venv .venv/bin/uv run --active --no-project --with jupyterlab jupyter lab lessons

new: environment ## start a lesson from the template: make new NAME=part/topic
	$(PY) -m tools.book.new $(NAME)

soak: environment ## count how often claims hold under fresh seeds: make soak SEEDS=5 [NAME=models/cnn]
	$(PY) -m tools.execute.soak $(or $(SEEDS),5) $(NAME)

measure: environment ## take a measurement that is too long for a lesson: make measure NAME=batch_norm_adam
	$(PY) -m tools.execute.measure $(NAME)

portable: environment ## show that other processors, emulated, print the same digits (hours; needs qemu-user)
	$(PY) -m tools.execute.portable

bench: environment ## measure how long things take
	$(PY) -m tools.execute.bench

lock: environment ## bring requirements.txt and the lock files of npm up to date
	.venv/bin/uv pip compile pyproject.toml --group book --group test --group lock --universal --python-version 3.11 \
		--generate-hashes --no-header --upgrade --quiet -o requirements.txt
	$(PY) -m tools.site.assets --lock

clean: ## remove what was built
	rm -rf _build

# The environment, and a word where it is not what is asked for.
environment: .venv/.installed
	@$(PY) -c "" || { echo "The Python that .venv was made with is gone: rm -rf .venv, then call make again." >&2; exit 1; }
ifneq ($(origin PYTHON),file)
	@[ "$$($(PYTHON) -V)" = "$$($(PY) -V)" ] || { \
		echo "PYTHON=$(PYTHON): .venv is of $$($(PY) -V); for another, rm -rf .venv, then call make again." >&2; exit 1; }
endif

.venv/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v < (3, 14) else \
		"Python 3.11, 3.12 or 3.13 is needed, this is %d.%d; name another: make PYTHON=python3.12 ..." % v)'
	@echo "Installing the locked environment: 5 GB, some minutes, once."
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --require-hashes -r requirements.txt
	$(PY) -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

.PHONY: help environment book test check format lab lesson new soak measure portable bench lock clean
