PYTHON ?= python3
BIN := .venv/bin

.PHONY: serve test check simulate docs format clean

serve: .venv/serve ## set up what is missing and run the product on http://127.0.0.1:4000
	$(BIN)/lossy serve

test: check tests/npm/node_modules/.installed tools/draw/node_modules/.installed extension/node_modules/.installed ## everything: the fast part, then PostgreSQL, sockets, processes
	$(BIN)/pytest -q -n 2 --dist worksteal -m integration

check: .venv/develop ## the fast part: lint, types, charts, unit and property tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lossy charts check
	$(BIN)/pytest -q -n 2 --dist worksteal -m "not integration and not alone"
	$(BIN)/pytest -q -m "alone and not integration"

simulate: .venv/develop ## 10,000 stories with everything going wrong, for a night
	$(BIN)/lossy sim campaign --seeds 1..10000 --jobs 2
	$(BIN)/python -m tests.sim.find_planted

docs: .venv/serve tools/draw/node_modules/.installed ## the pages and the pictures of the charts, where they are old
	$(BIN)/lossy charts docs

format: .venv/develop
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv tests/npm/node_modules tools/draw/node_modules extension/node_modules extension/build build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

%/node_modules/.installed: %/package-lock.json
	cd $* && npm ci --silent --no-audit --no-fund
	touch $@

.venv/bin/pip:
	$(PYTHON) -m venv .venv || { echo "On Debian: apt-get install python3-venv" >&2; exit 1; }

.venv/serve: pyproject.toml constraints.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[speech]'
	touch $@

.venv/develop: pyproject.toml constraints.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[speech,dev]'
	touch $@ .venv/serve
