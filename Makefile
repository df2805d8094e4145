# The two commands of the README are `make demo` and `make test`; both do all their set-up themselves.
.PHONY: demo test check bench faults docs lock clean

BIN := .venv/bin

demo:                ## a town on real streets, from sensor to driver, in your browser
	@tools/setup.sh demo
	@$(BIN)/tournee demo

test:                ## everything: checks, integration, faults, browser, coverage
	@tools/setup.sh test
	@$(MAKE) --no-print-directory static
	$(BIN)/pytest -n 2 --hypothesis-profile=thorough --cov --cov-report=term --cov-fail-under=90

# Compiled tests are kept even where the environment says otherwise: compiling them anew takes a quarter of the time.
check: export PYTHONDONTWRITEBYTECODE =
check: .venv         ## what to run before each commit; under a minute
	@$(MAKE) --no-print-directory static
	$(BIN)/pytest -q -n 2 tests/unit tests/property tests/test_architecture.py tests/test_docs.py

.PHONY: static
static:
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary

bench: .venv         ## side by side with the peers, as ratios
	$(BIN)/python benchmarks/run.py

faults: .venv        ## the outages of tests/faults at full rate: 5,000 messages a second, 20 s outages, 10 minutes of garbage
	TOURNEE_FAULT_RATE=5000 TOURNEE_FAULT_OUTAGE_S=20 TOURNEE_FAULT_GARBAGE_S=600 TOURNEE_FAULT_BURST=100000 \
		$(BIN)/pytest -v tests/faults

docs: .venv          ## write config.yaml, docs/settings.md and docs/files.md from the code
	$(BIN)/python -m tools.document_settings
	$(BIN)/python -m tools.document_files

lock:                ## pin every dependency with its hashes; needs `uv`
	uv pip compile --quiet --no-strip-extras --python-version 3.12 --universal --generate-hashes --no-header --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .cache var build dist *.egg-info

.venv:
	@tools/setup.sh test
