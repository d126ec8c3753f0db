# Everything a person or CI asks of this repository. `make` alone lists it.
# What is missing on the machine is installed: Debian packages by apt, tools from crates.io and PyPI into target/tools.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

export HOOKSTREAM_TOOLS := $(CURDIR)/target/tools
export PATH := $(HOOKSTREAM_TOOLS)/bin:$(HOOKSTREAM_TOOLS)/python/bin:$(PATH):/usr/sbin
target := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
scripts := deploy/scripts
hookstream := $(target)/release/hookstream

.PHONY: help run demo release test rows test-compose compose-test test-redis test-tools test-build lint load bench fuzz chaos coverage clean
.NOTPARALLEL:

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: release ## build, then run the whole gateway here with its own Redis and a demonstration; Ctrl-C stops it
	@exec $(hookstream) dev --demo

demo: release ## the same demonstration, then stop; succeeds only if each webhook became what it should
	@exec $(hookstream) dev --demo --exit

release:
	@$(scripts)/need redis-server gcc libc6-dev
	echo "Building (release, some minutes the first time)…"
	cargo build --release --locked --package hookstream-cli --bin hookstream

test: test-build ## every test: documentation, containers where Docker answers, unit and end to end, the table of rows
	@failed=
	rm -rf $(target)/rows
	cargo test --workspace --locked --doc || failed+=" documentation"
	$(coverage_row) || failed+=" coverage"
	tests/compose/run || [ $$? = 77 ] || failed+=" compose"
	$(scripts)/fuzz 20 -runs=50000 -seed=1 || failed+=" fuzz"
	$(scripts)/rows --all || failed+=" code"
	[ -z "$$failed" ] || { echo "Failed:$$failed" >&2; exit 1; }

rows: test-build ## the rows of the mission, each shown end to end: row, what was shown, passed or failed
	@rm -rf $(target)/rows
	$(coverage_row) || true
	tests/compose/run || [ $$? = 77 ] || true
	$(scripts)/rows

# One small crate is enough to see that measuring works; `make coverage` measures everything.
coverage_row := $(scripts)/row d7_coverage_is_measured_line_by_line $(scripts)/coverage --package hookstream-event

# 77 is the script's word for "no Docker engine answers here".
test-compose compose-test: ## docker-compose.yml for real, where a Docker engine answers
	@tests/compose/run || [ $$? = 77 ]

test-tools:
	@$(scripts)/need redis-server nginx postgresql prometheus apache2-utils slowhttptest wrk curl openssl procps libfaketime gcc g++ libc6-dev python3
	$(scripts)/need chromium || echo "chromium could not be installed: the console is not tried in a browser."
	$(scripts)/tool peers
	$(scripts)/tool cargo-nextest || echo "cargo-nextest could not be installed: cargo test runs the tests instead."
	$(scripts)/tool redis8 || echo "Redis 8 could not be installed: the test of WAITAOF is skipped where Redis is older than 7.2."

# All at once, with the features that the tests need, so that nothing is compiled twice.
test-build: test-tools
	@cargo build --workspace --locked --lib --bins --tests --examples

# Every program and test starts the `redis-server` that comes first on PATH.
test-redis: SERVER ?= $(HOOKSTREAM_TOOLS)/redis8/redis-server
test-redis: test-build ## what depends on Redis, chaos in its short form too, on another server: SERVER=path (Redis 8 unless given)
	@$(SERVER) --version
	mkdir -p $(target)/another-redis
	ln -sf "$$(realpath $(SERVER))" $(target)/another-redis/redis-server
	export PATH=$(target)/another-redis:$$PATH
	cargo test --locked --package hookstream-stream --package hookstream-limit
	cargo test --locked --package hookstream-tests --test it -- outage scaling surviving chaos freezing

# Every step runs, so that one visit shows everything.
lint: ## what CI lints: format, clippy, documentation, dependencies, spelling, scripts
	@$(scripts)/need gcc libc6-dev
	$(scripts)/tool typos shellcheck cargo-deny cargo-machete
	failed=
	step() { echo "lint: $$*"; "$$@" || failed+=" [$${*:1:3}]"; }
	step cargo fmt --all --check
	step cargo fmt --manifest-path fuzz/Cargo.toml --check
	step cargo tree --locked --quiet --depth 0 --manifest-path fuzz/Cargo.toml
	step cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" step cargo doc --workspace --no-deps --locked --document-private-items
	step cargo deny --locked --workspace --config .deny.toml check --allow unused-wrapper bans licenses sources
	step cargo machete
	step typos --config .typos.toml
	step shellcheck --external-sources .ci/run $$(grep -rlE '^#!/(bin/|usr/bin/env ba)sh' deploy tests)
	[ -z "$$failed" ] || { echo "lint failed:$$failed" >&2; exit 1; }

load: release ## many requests at a running gateway: one endpoint, several at once, limits seen holding
	@$(scripts)/need redis-server python3 wrk
	$(scripts)/load $(hookstream)

bench: ## how fast each stage is, as a ratio to the least that anybody would have to do; some minutes
	@$(scripts)/need redis-server wrk gcc libc6-dev
	cargo build --release --locked -p hookstream-ingress -p hookstream-router -p hookstream-worker -p hookstream-bench
	$(target)/release/hookstream-bench
	cargo bench --locked -p hookstream-signature

# First random cases, whose failures print their smallest form; then libFuzzer, guided by what the code does with its input.
fuzz: export PROPTEST_CASES ?= 20000
fuzz: SECONDS_EACH ?= 60
fuzz: ## every parser: property tests with 20 000 random cases each (PROPTEST_CASES), then libFuzzer for a minute each (SECONDS_EACH)
	@$(scripts)/need gcc g++ libc6-dev
	cargo test --locked --package hookstream-formats --package hookstream-signature --package hookstream-routing
	cargo test --locked --package hookstream-limit --lib -- client forwarded address_limit
	cargo test --locked --package hookstream-settings --test it any_text
	$(scripts)/fuzz $(SECONDS_EACH)

# The programs as they are shipped, beside the harness that kills them.
chaos: ## kills, freezes and cuts everything under load, and counts what was lost: EVENTS=50000 (SEED, FAULTS, MINUTES)
	@$(scripts)/need redis-server gcc libc6-dev
	cargo build --release --locked --bins $(foreach service,ingress router worker metrics,--package hookstream-$(service))
	cargo build --release --locked --package hookstream-tests --bin chaos --example naive_router
	$(target)/release/chaos

coverage: ## which lines the tests reach: a summary here, the pages in target/coverage
	@$(scripts)/coverage

clean: ## remove what was built, tools included
	@cargo clean
	rm -rf .hookstream
