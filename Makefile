PYTHON ?= python3
BIN := .venv/bin

.PHONY: serve extension visualizer e2e test check simulate docs format clean

serve: .venv/serve tools/draw/node_modules/.installed lossy/web/static/app/.built extension/dist/manifest.json ## set up what is missing and run the product on http://127.0.0.1:4000
	$(BIN)/lossy serve

extension: extension/dist/manifest.json ## the browser extension: extension/dist to load, extension/build/lossy-extension.zip to hand on

extension/dist/manifest.json: extension/node_modules/.installed $(shell find extension/src extension/public extension/generated extension/*.mjs -type f)
	cd extension && npm run --silent check && npm run --silent build

e2e: .venv/develop extension visualizer/node_modules/.installed lossy/web/static/app/.built ## the extension, the web app and the charts in a real Chromium, with a real voice, against a real server
	$(BIN)/pytest -q -n 2 --dist loadfile -m browser tests/e2e

test: check extension tests/npm/node_modules/.installed tools/draw/node_modules/.installed visualizer/node_modules/.installed lossy/web/static/app/.built ## everything: the fast part, then PostgreSQL, sockets, processes
	$(BIN)/pytest -q -n 2 --dist worksteal -m "integration and not browser"
	$(BIN)/pytest -q -n 2 --dist loadfile -m browser tests/e2e

check: .venv/develop ## the fast part: lint, types, charts, unit and property tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lossy charts check
	$(BIN)/pytest -q -n 2 --dist worksteal -m "not integration and not alone"
	$(BIN)/pytest -q -m "alone and not integration" $$(grep -rl --include='test_*.py' 'mark\.alone' tests)

simulate: .venv/develop ## 10,000 stories with everything going wrong, for a night
	$(BIN)/lossy sim campaign --seeds 1..10000 --jobs 2
	$(BIN)/python -m tests.sim.find_planted

docs: .venv/serve tools/draw/node_modules/.installed ## the pages and the pictures of the charts, where they are old
	$(BIN)/lossy charts docs

visualizer: visualizer/node_modules/.installed ## the script of /charts and of review files, lossy/web/static/charts.js
	cd visualizer && npm run --silent check && npm run --silent build

format: .venv/develop
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv tests/npm/node_modules tools/draw/node_modules extension/node_modules extension/build extension/dist webapp/node_modules visualizer/node_modules lossy/web/static/app build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

lossy/web/static/app/.built: webapp/node_modules/.installed webapp/build.mjs $(wildcard webapp/src/*.ts webapp/src/*/*.ts)
	cd webapp && npm run --silent build
	touch $@

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
