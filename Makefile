# Start with `make demo` and `make test`. Both install what they need first.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The client stands in this repository: its own needs are locked, and it has no hash.
COMPILE := echo ./client | $(BIN)/uv pip compile setup.cfg - --universal --python-version 3.11 \
             --generate-hashes --no-header --no-annotate --quiet --no-emit-package klipfast-client
NUMERIC := $(addprefix tests/pipeline/,recognition alignment diarization analysis highlights vision \
             framing rendering/test_loudness.py)
SUPPORT := tests/support
PATHS := PYTHONPATH=$(SUPPORT):$(SUPPORT)/server:$(SUPPORT)/cluster:$(SUPPORT)/films:$(SUPPORT)/speech
PROOF := $(PATHS) $(BIN)/python tests
VIDEO ?= tests/data/sample_talk.mp4
OUT ?= clips

# Everything outside Python: OpenGL's loaders for skia, and fonts for the captions.
SYSTEM_PACKAGES := libegl1 libgl1 fontconfig fonts-montserrat fonts-inter fonts-dejavu-core \
                   fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji


.PHONY: install install-dev system demo serve test test-all test-isa test-contract test-openapi \
        openapi-types test-browser product-day test-install \
        test-large-upload test-proxies test-pythons test-platforms test-operate test-cluster test-image test-chaos test-storage \
        test-stopping test-any-order test-overload test-poison test-attacks test-holds soak \
        test-servers test-edits test-preview test-upgrade release audit lint check prove \
        format lock docs clean \
        bench bench-docs bench-peers bench-asr bench-cold bench-render bench-job bench-api bench-growth gpu-check \
        eval-moments eval-picks eval-llm read-picks open-picks eval-words eval-look eval-hearing eval-precisions \
        train-moments train-titles train-hashtags train-kinds train-laughter train-ranges \
        train-confidence train-second-hearing train-borders train-punctuation train-sentences \
        train-edits \
        examples openapi client-models mcp-example styles weights demo-pictures

# Install the product at the versions of requirements.lock; pip checks the hash of each file.
# Without an NVIDIA card torch comes without CUDA; TORCH=cuda or TORCH=cpu chooses.
install: .venv/.installed

# Also install what the tests and benchmarks need.
install-dev: .venv/.installed-dev

.venv/.installed: setup.cfg setup.py pyproject.toml client/pyproject.toml requirements.lock requirements-cpu.lock \
                  deploy/install_packages.py
	@$(PYTHON) deploy/install_packages.py --check
	@$(MAKE) --no-print-directory system
	@# recreate an incomplete environment, or one with another Python
	@$(BIN)/python -c 'import sys, pip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	  || { rm -rf .venv && $(PYTHON) -m venv .venv; } || { rm -rf .venv; \
	  echo "error: $(PYTHON) cannot make a virtual environment; install python3-venv" >&2; exit 1; }
	$(BIN)/python deploy/install_packages.py
	$(PIP) --no-deps --editable client --editable .
	$(BIN)/python -c 'from pipeline.models import registry; registry.main()'
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	$(BIN)/python deploy/install_packages.py requirements-dev.lock
	@touch $@

# Lock newer versions of everything, for every supported system and Python, in one file.
lock: install-dev
	rm -f requirements.lock requirements-dev.lock docs/site/requirements.lock
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	$(subst setup.cfg,docs/site/requirements.txt,$(COMPILE)) --output-file docs/site/requirements.lock

system:
	@test "$$(uname -s)" != Darwin || exit 0; \
	missing=""; \
	if command -v dpkg-query >/dev/null; then \
	  for p in $(SYSTEM_PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
	  done; \
	  test -z "$$missing" && exit 0; \
	  if test "$$(id -u)" = 0; then run=""; elif sudo -n true 2>/dev/null; then run=sudo; else run=no; fi; \
	  if test "$$run" != no; then \
	    echo "installing system packages:$$missing"; \
	    $$run apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive $$run apt-get install -y -qq --no-install-recommends $$missing >/dev/null \
	      && exit 0; \
	  fi; \
	  echo "error: these system packages are needed; install them as root:" >&2; \
	  echo "  apt-get install$$missing" >&2; exit 1; \
	fi; \
	ldconfig -p 2>/dev/null | grep -q libEGL.so || { \
	  echo "error: needed from your system's packages: libEGL, libGL, and the fonts Montserrat," >&2; \
	  echo "  Inter, DejaVu, Noto Sans, Noto Serif, Noto Sans CJK and Noto Color Emoji" >&2; exit 1; }

demo: install
	@$(BIN)/python -m klipfast_server.demo "$(VIDEO)" --out "$(OUT)"

serve: install
	$(BIN)/klipfast-server serve

# Run the fast tests in two workers, each with half of the cores and its own Postgres. The tests
# start hundreds of Python processes, so compiled modules are kept even where that is switched off.
TESTS := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist worksteal --durations=20
test: install-dev
	$(TESTS) -m "not slow"

# Run every test, also those that take seconds: needed before a release; half an hour.
test-all: install-dev
	$(TESTS)

# Run the numeric tests with fewer CPU instructions than this CPU has: the results must hold, too.
test-isa: install-dev
	for isa in avx512 avx2 sse4; do \
	  TEST_ISA=$$isa $(BIN)/python -m pytest -n 2 --dist worksteal $(NUMERIC) || exit 1; \
	done

# Test the API against its own OpenAPI description: some thousand cases, a few minutes.
test-contract: install-dev
	$(PROOF)/contract/run.py

# Read docs/openapi.json with linters and generators, and compile what they write: three minutes;
# needs npm and go, and java for one of them.
test-openapi: install-dev
	$(BIN)/python tests/contract/generators.py

# Write the types of the TypeScript example from docs/openapi.json; `make test-openapi` installs
# what writes them.
openapi-types:
	.venv-tools/node_modules/.bin/openapi-typescript docs/openapi.json \
	  -o docs/examples/clients/typescript/klipfast.d.ts

# Take over the data of an older server, and let that one refuse them: a minute. PREVIOUS is a ref of
# git or wheels; by default the tag before, or the oldest tables that are upgraded.
test-upgrade: install-dev
	$(PATHS):tests/proofs $(BIN)/python tests/contract/upgrade.py

# Make all that a release consists of in dist/, twice, and check it, an upgrade included: three minutes.
# REPOSITORY=https://… must be the address of the repository. IMAGES=1 builds the images, too; DIRTY=1
# allows changes that are not committed.
release: install-dev
	$(PATHS):tests/contract:tests/proofs $(BIN)/python -m tools.release

# Use the page in real Chromium (apt-get install chromium), against a server with the real pipeline.
test-browser: install-dev
	$(BIN)/python -m pytest tests/browser

# Back up, restore, drain, delete an account and what has expired, as an operator does by commands:
# some minutes.
test-operate: install-dev
	$(BIN)/python -m pytest tests/operate

# Install the wheel in an empty folder, start the server and make clips: ten minutes and 6 GB;
# FAST=1 uses the dependencies of .venv.
test-install: install-dev
	$(BIN)/python tests/contract/installed.py

# Resolve the lock for each system and Python: every package has a wheel there; half a minute.
test-platforms: install-dev
	$(BIN)/python tests/contract/platforms.py

# The demo and a part of the fast tests with each promised Python, in clones of their own: ten minutes
# and 6 GB each. PYTHONS names other interpreters.
PYTHONS ?= python3.11 python3.12 python3.13
OF_PYTHON := $(addprefix tests/,pipeline/core pipeline/language pipeline/captions pipeline/export \
               server/core server/store server/mcp)
test-pythons:
	for python in $(PYTHONS); do \
	  echo "== $$python"; rm -rf build/python; git clone --quiet . build/python && \
	  $(MAKE) -C build/python demo PYTHON=$$python OUT=clips </dev/null && \
	  test "$$(find build/python/clips -name '*.mp4' | wc -l)" -ge 2 && \
	  $(MAKE) -C build/python install-dev PYTHON=$$python && \
	  (cd build/python && .venv/bin/python -m pytest -q -m "not slow" $(OF_PYTHON)) || exit 1; \
	done; rm -rf build/python

# Build the image with Podman, clip a talk in it, and stop it: as root, ten minutes, 20 GB of disk.
test-image: install-dev
	$(BIN)/python tests/contract/image.py

# Kill the server 60 times while real jobs run, strike its database besides, and compare with an
# undisturbed run: half an hour. KILLS=6 is a taste of it.
test-chaos: install-dev
	$(PROOF)/proofs/chaos.py $(KILLS)

# Run jobs on three machines of a real Ray cluster, and kill some: ten minutes. First the fake
# pipeline, then the real one.
test-cluster: install-dev
	$(BIN)/python -m pytest -q tests/cluster
	$(PROOF)/proofs/cluster.py

# Run two servers on one Postgres, and kill them in turns while both have jobs: some minutes.
test-servers: install-dev
	$(PROOF)/proofs/servers.py $(JOBS)

# Render clips while a talk of six hours is heard and a language model is slow: ten minutes.
test-edits: install-dev
	$(PROOF)/proofs/edits.py

# Change a clip that plays thirty times, and compare preview and file: three minutes.
test-preview: install-dev
	$(PROOF)/proofs/previews.py

# Let the bucket fail, hang, be slow and away, and the disk be full, in real jobs: twenty minutes.
test-storage: install-dev
	$(PROOF)/proofs/storage.py $(PARTS)

# Stop the server in every stage and during uploads, event streams and downloads: ten minutes.
test-stopping: install-dev
	$(PROOF)/proofs/stopping.py $(PARTS)

# Call the API in any order while jobs run and fail, and balance the books: ten minutes.
test-any-order: install-dev
	KLIPFAST_ORDERS=$(or $(ORDERS),200) $(BIN)/python -m pytest -q tests/whole/test_any_order.py

# Send 300 requests a second beside one job and beside fifty, open 1,000 event streams, and be slow:
# ten minutes.
test-overload: install-dev
	$(PROOF)/proofs/overload.py $(PARTS)

# Crash and hang the server by certain jobs, beside jobs that must not suffer: ten minutes.
test-poison: install-dev
	$(PROOF)/proofs/poison.py $(PARTS)

# Run 300 jobs in a row and 100,000 requests, and measure what grows: an hour.
soak: install-dev
	$(PROOF)/proofs/soak.py $(JOBS)

# Live a product's day by the API alone: upload, batch, cut, brand, reel, zip, delete; some minutes.
product-day: install-dev
	$(PROOF)/contract/product_day.py

# Run every attack of the suite: a few minutes. They run in `make test-all`, too.
ATTACKS := tests/attacks tests/pipeline/media/test_first_look.py tests/pipeline/captions/test_font_files.py \
           tests/pipeline/core/test_isolated_process.py \
           $(addprefix tests/server/,net/test_guarded_client.py net/test_page_video.py api/test_hostile_bytes.py \
             api/routes/test_files.py api/routes/account/test_keys.py work/test_folder_watch.py)
test-attacks: install-dev
	$(BIN)/python -m pytest -q $(ATTACKS)

# Measure how long the most expensive call of each route holds the event loop: a few minutes.
test-holds: install-dev
	$(PROOF)/proofs/holds.py

# Upload two gigabytes in one request, and in parts with a kill between: a minute, 4 GB of disk.
test-large-upload: install-dev
	$(PROOF)/proofs/large_upload.py server

# Two gigabytes, a broken upload and events through nginx and Caddy, by the files in deploy/.
test-proxies: install-dev
	$(PROOF)/proofs/large_upload.py $(or $(PARTS),nginx caddy)

# Ask PyPI for known vulnerabilities of every locked version; pip-audit is installed apart.
audit: install-dev
	@told=$$(mktemp); $(BIN)/uv tool run --quiet pip-audit --requirement requirements.lock \
	  --disable-pip --require-hashes --strict --progress-spinner off > $$told 2>&1; \
	code=$$?; cat $$told; if grep -q 'could not be audited' $$told; then rm $$told; \
	  echo 'error: nothing was audited: the index of packages has no data on their vulnerabilities' >&2; \
	  exit 2; fi; rm $$told; exit $$code

lint: install-dev
	@# what a merge leaves where two changes meet
	@! git grep -nE '^(<<<<<<<|>>>>>>>) ' || { echo 'error: a merge is not finished' >&2; exit 1; }
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.english

check: lint test

# Run everything that proves something, one after another, each with a time limit, and write
# docs/proofs.md: six to eight hours. ONLY="lint test-platforms" runs these alone.
prove: install-dev
	$(BIN)/python -m tools.prove $(ONLY)

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Measure everything beside its peers, in turn, and make docs/benchmarks.md: an hour and a quarter on
# two quiet cores; FAST=1: half an hour, on little input. PARTS="job growth": only these.
bench: install-dev bench-peers
	$(BIN)/python -m bench $(PARTS)

# Make docs/benchmarks.md from bench/results.
bench-docs: install-dev
	$(BIN)/python -m bench.page

# bench-asr: compare with faster-whisper, openai-whisper and whisper.cpp: half an hour; FAST=1 skips
# the engines that take minutes. bench-cold: nine short files from a cold start beside
# faster-whisper: five minutes. bench-render: compare with the ffmpeg command that makes the same
# clip: ten minutes. bench-job: compare a whole job with shorts-factory: half an hour. bench-growth:
# whole jobs of 10 to 80 minutes: a quarter of an hour. bench-api: the API under load: two minutes.
bench-asr bench-render bench-job bench-growth bench-api bench-cold: bench-%: install-dev bench-peers
	$(BIN)/python -m bench.$*

# Install the peers apart from the product's dependencies. A peer that does not install is missing from
# the tables, with the reason; it stops nothing.
bench-peers: .venv-bench/.installed
	-@$(MAKE) --no-print-directory .venv-peer-job/.installed

# It uses the project's torch, numpy and PyAV.
SEES_PROJECT = $(BIN)/python -c 'import site; print(*site.getsitepackages(), sep="\n")' \
  > "$$($(@D)/bin/python -c 'import site; print(site.getsitepackages()[0])')/project.pth"

.venv-bench/.installed: bench/peers.txt | install-dev
	$(BIN)/python -m venv $(@D)
	$(SEES_PROJECT)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# shorts-factory, with an ffmpeg of its own, and what stands in for ffprobe, in case the system has none.
.venv-peer-job/.installed: bench/peers_jobs.txt | install-dev
	$(BIN)/python -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	ln -sf "$$($(@D)/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" $(@D)/bin/ffmpeg
	command -v ffprobe >/dev/null || ln -sf "$(CURDIR)/bench/peers/bin/ffprobe" $(@D)/bin/ffprobe
	@touch $@

# Make the site of this documentation in build/site, and fail on a broken link: a quarter of a minute.
docs: .venv-docs/.installed
	.venv-docs/bin/sphinx-build -q -E -W --keep-going -d build/site-pages -c docs/site . build/site
	@echo "build/site/index.html; links that lead out of it: build/external-links.txt"

# Install the generator of the site apart from everything else.
.venv-docs/.installed: docs/site/requirements.lock
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

# Compare a CUDA card with the processor and measure it, each check by itself; needs a card.
gpu-check: install-dev
	$(BIN)/python -m bench.gpu_check

# Hear every recording: speech without words, words without speech, and who speaks.
eval-hearing: install-dev
	$(BIN)/python -m bench.hearing

# Hear, rank, write about and frame five recordings in each precision, and compare: half an hour.
eval-precisions: install-dev
	$(BIN)/python -m bench.precisions

# Measure thread, post and article of 28 talks: true, whole, within limits, on the talk's subjects.
eval-words: install-dev
	$(BIN)/python -m bench.words

# Write the texts of the four talks in docs/examples.
examples: install-dev
	$(BIN)/python -m tools.examples

# Write the description of the API to docs/openapi.json, which must be current.
openapi: install-dev
	$(BIN)/python -m tools.openapi

# Write the types of the client from docs/openapi.json, with which they must agree.
client-models: install-dev
	$(BIN)/python -m tools.client_models

# Let an MCP client make clips of the sample, and print the session to docs/examples/mcp.md.
mcp-example: install-dev
	$(BIN)/python -m tools.mcp_session

# Fit the probability of a word: fifteen minutes.
train-confidence: install-dev
	$(BIN)/python -m training.confidence

# Fit the probability of a word that was heard twice: ten minutes.
train-second-hearing: install-dev
	$(BIN)/python -m training.second_hearing

# Train the punctuation tagger on the local text for an hour, and weigh it against the recognizer.
train-punctuation: install-dev
	$(BIN)/python -m training.punctuation ../shared/data/highlights
	$(BIN)/python -m training.marks

train-ranges: install-dev
	$(BIN)/python -m training.ranges

# Learn what a sentence is good for in print, and measure it on shows and languages left out: a
# minute. TALKS=folder adds real talk in other languages (docs/design/readings.md).
train-sentences: install-dev
	$(BIN)/python -m training.sentences $(TALKS)

# Train the network that leaves out of sentences what an editor leaves out: six minutes.
train-edits: install-dev
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m training.edits $(TALKS)

# Train the networks that find whole moments, on real and written talks: an hour on two cores, the half of
# it to encode them. Then print what scoring.py should say of the scores.
train-moments: install-dev
	$(BIN)/python -m training.moments
	$(BIN)/python -m training.calibration

# Train what says which words can be a clip's title: ten minutes, most of them to read and to measure.
train-titles: install-dev
	$(BIN)/python -m training.titles

# Train what tells the kinds of moments apart: five minutes, most of them to read the talks.
train-kinds: install-dev
	$(BIN)/python -m training.kinds

# Compute the vectors of the hashtags' fields: five minutes.
train-hashtags: install-dev
	$(BIN)/python -m training.hashtags

train-borders: install-dev
	$(BIN)/python -m training.topic_boundaries ../shared/data/highlights

# Build wheels of the weights in this machine's cache, in dist/weights, for an index of one's own.
weights: install
	$(BIN)/python -m tools.weights

# Draw every caption style in ten scripts: docs/styles.jpg.
styles: install-dev
	$(BIN)/python -m tools.styles

# Make the clips of the sample talk and draw docs/demo.jpg and docs/demo.webp: two minutes.
demo-pictures: install-dev
	$(BIN)/python -m tools.demo_pictures

# Measure how clips look, on composites (made first: ten minutes) and real talks: another ten.
# COMPOSITES=folder keeps the composites.
eval-look: install-dev
	$(BIN)/python -m bench.look $(COMPOSITES)

# Find the moments planted in written talks of nine languages: two minutes.
eval-moments: install-dev
	$(BIN)/python -m bench.moments

# Compare the best picks with what readers marked in real talks: ten minutes.
eval-picks: install-dev
	$(BIN)/python -m bench.marked_picks

# What a small language model makes of picks and texts on this processor: two hours, most of it for 43
# talks at up to SECONDS (75) each; the model is 1.1 GB.
eval-llm: .venv-llm/.installed
	$(BIN)/python -m bench.language_model $(SECONDS)

.venv-llm/.installed: bench/llm.txt | install-dev
	$(BIN)/python -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# Read picks blind: `make read-picks SPANS=folder` writes shuffled spans of talks of the test half,
# `make open-picks SPANS=folder` the table, once readers have graded them (docs/design/readings.md).
read-picks: install-dev
	$(BIN)/python -m bench.read_picks write $(SPANS)

open-picks: install-dev
	$(BIN)/python -m bench.read_picks open $(SPANS)

train-laughter: install-dev
	$(BIN)/python -m training.laughs ../shared/data/highlights/changelog_laughs.jsonl.gz

clean:
	rm -rf .venv .venv-bench .venv-llm .venv-peer-job .venv-docs .venv-tools build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
