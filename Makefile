# Two commands are enough: `make run` and `make test`. Only python3, python3-venv and make are needed.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
DESK := hub/desk/ui
WIDGET := channels/web/ui
NODE := $(BIN)/python hatch_build.py
export UV_PYTHON_DOWNLOADS := never
# Each worker of the tests would compile all of it anew: a third of what finding the tests costs.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-peers test-journeys test-browser test-rest test-all smoke rasa fuzz check bench demo types sbom pictures lock wheel deb image docs

help:
	@echo "make run    build what is missing and start a centre on http://127.0.0.1:8080"
	@echo "make demo   the same, filled with simulated citizens and operators"
	@echo "make test   every rule, in minutes: starts no other program (docs/testing.md)"
	@echo "make smoke  one story beside each real far end, in minutes; .ci/run is make check, make test and make smoke"
	@echo "make test-peers, make test-journeys, make test-browser  beside Asterisk, MongoDB, Postfix…; kills, cuts and upgrades; in Chromium"
	@echo "make test-rest  these three at once"
	@echo "make test-all   the whole suite; ROOMS=\"cases telephony\" for some rooms"
	@echo "make rasa   the same conversations with a real Rasa (needs Python 3.10 and 2.5 GB; some minutes)"
	@echo "make fuzz   every call of the API, made up from its description, in every role (some minutes)"
	@echo "make check  linters, types, layers, dependencies; the same for the front ends"
	@echo "make bench  the benchmarks: each prints its figures as JSON (some minutes each)"
	@echo "make wheel, make deb, make image  dist/: the wheel, a package for this Debian, an OCI image (docs/deploy.md); LOCK=requirements-all.lock for all extras"
	@echo "make lock   pin every package anew"
	@echo "make sbom   what is inside, for scanners: dist/okno.cdx.json (CycloneDX)"
	@echo "make pictures  the pictures of the documentation, drawn by the tests"
	@echo "make docs   the documentation as a site: dist/docs; in Russian by role, in English for developers"
	@echo "make types  the desk's types from the API's description; who may do what and what is kept of people, for the documentation"

run: .make/built
	$(BIN)/okno run

demo: .make/built
	$(BIN)/okno demo

# The parts of the suite. Tests of logic compute; the others wait for half of their time, so a third worker fills what two leave.
test: .make/built
	$(BIN)/pytest -m logic -n 4

smoke: .make/built
	$(BIN)/pytest -m smoke -n 3

test-peers: .make/built
	$(BIN)/pytest -m peers

test-journeys: .make/built
	$(BIN)/pytest -m journeys

test-browser: .make/built
	$(BIN)/pytest -m browser

# At once: calls wait while browsers compute. One after the other they take half as long again.
test-rest: .make/built
	$(BIN)/pytest -m "peers or journeys or browser" -n 3

# What has failed is run once more, alone, when all is over: tests/gate/whole.py. ROOMS="cases telephony" runs theirs.
ROOMS =
test-all: .make/built
	$(BIN)/python -m tests.gate.whole $(ROOMS)

# Some minutes; `make fuzz EXAMPLES=100` for an hour.
EXAMPLES ?= 12
fuzz: .make/built
	OKNO_FUZZ=$(EXAMPLES) $(BIN)/pytest --dist load --timeout 7200 -rP tests/attacks/test_api.py

# Two Pythons: Rasa is installed below .make/ under 3.10.
rasa: .make/built
	$(BIN)/pytest -n 0 -m rasa --timeout 1800 tests/bots/peer

check: .make/types
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python -m tests.dead_code
	$(BIN)/python -m tests.gate.unsteady
	$(NODE) npm $(DESK) run typecheck
	$(NODE) npm $(DESK) run lint
	$(NODE) npm $(DESK) run test
	$(NODE) npm $(WIDGET) run typecheck
	$(NODE) npm $(WIDGET) run lint
	$(NODE) npm $(WIDGET) run test

bench: .make/built
	for name in light store cluster desk floor booking bot chat talk sms mail voice growth nlu search speech routing sealing erasing security hostile quarantine periods programme simulate workforce; do $(BIN)/python -m benchmarks.$$name || exit 1; done

types: .make/types
	$(BIN)/okno access > docs/access.md
	$(BIN)/okno privacy > docs/privacy.md
	$(BIN)/python -m tests.acceptance > docs/acceptance.md

# The tests that walk through the desk draw it on their way.
pictures: .make/built
	OKNO_PICTURES=docs/desk $(BIN)/pytest -n 0 tests/browser/test_every_screen.py tests/browser/test_first_minute.py tests/browser/test_moving_picture.py tests/browser/test_eyes.py tests/browser/test_administration.py tests/browser/test_moves.py tests/browser/test_mailings.py tests/browser/test_afar.py tests/browser/test_levels.py tests/browser/test_case_afar.py tests/browser/programme

sbom: .make/built
	mkdir -p dist
	$(BIN)/python sbom.py dist/okno.cdx.json

wheel: .make/built
	rm -rf dist/wheel && mkdir -p dist/wheel
	$(BIN)/hatchling build --target wheel --directory dist/wheel

# What is in the package: requirements.lock is text channels and the robot, requirements-all.lock is all extras.
LOCK ?= requirements.lock
deb: wheel
	LOCK=$(LOCK) UV=$(UV) docker/debian/build dist/wheel/okno-*.whl dist

image: deb
	docker/oci/build dist/okno_*.deb dist/okno.oci.tar

# The documentation as a site; a link that leads nowhere fails.
docs: .make/built
	$(BIN)/python -m sphinx -W --keep-going -q -j auto docs dist/docs

# One resolution: what runs is a part of what is developed with.
lock: .make/packages
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --all-extras --group dev $(UPGRADE) --output-file requirements-dev.lock pyproject.toml
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --all-extras --constraint requirements-dev.lock --output-file requirements-all.lock pyproject.toml
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --extra messengers --extra robot --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

# The environment: uv first, then every package, all by the hashes in requirements-dev.lock.
.make/packages: requirements-dev.lock
	mkdir -p .make
	test -d .venv || $(PYTHON) -m venv .venv
	sed -n '/^uv==/,/# via/p' requirements-dev.lock | grep -v '#' > .make/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement .make/uv.txt
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock
	touch $@

# Okno itself, in place; the wheel's build hook builds the two front ends and teaches the robot where their sources are newer.
.make/built: .make/packages pyproject.toml hatch_build.py $(shell find $(DESK) $(WIDGET) -name node_modules -prune -o -name generated -prune -o -type f -print 2>/dev/null) \
	$(shell find docs/ru -name '*.md') $(shell find bots/projects bots/understanding okno/demo -name '*.yml' -o -name '*.py' -o -name '*.toml') $(wildcard bots/knowledge/question_*.py) bots/knowledge/word_parts.py
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

# The API as its handlers' signatures describe it, and the desk's types from that; to build the desk they are not needed.
.make/types: .make/built tests/openapi.py $(DESK)/package-lock.json $(shell find hub -name '*.py')
	$(BIN)/python -m tests.openapi
	$(NODE) npm $(DESK) run types
	touch $@
