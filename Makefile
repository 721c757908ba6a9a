# Every command anyone runs. One release profile serves all of them, because each profile and each
# selection of packages compiles RocksDB again: hence --release and --workspace everywhere.
CARGO ?= cargo

.PHONY: help setup build demo stop test clients check format openapi serve benchmark built-in fusion

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: ## Install what the build and the tests need (libclang, a C++ compiler, Python's venv, Node)
	@scripts/setup.sh

build: setup ## Build everything
	@echo "building: the first time takes 15 to 30 minutes on two cores, mostly RocksDB's C++"
	$(CARGO) build --release --workspace --bins --locked

demo: build ## Build, start the server, import the sample and ask it three questions
	@scripts/demo.sh

stop: ## Stop the demo's server
	@scripts/demo.sh stop

test: setup ## Run every test
	@echo "testing: the first time takes 15 to 30 minutes on two cores, mostly RocksDB's C++"
	$(CARGO) test --release --workspace --locked
	@scripts/clients.sh

clients: build ## Run the tests of the clients in other languages
	@scripts/clients.sh

check: setup ## Formatting and lints, warnings as errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets --locked -- -D warnings

format: ## Format the code
	$(CARGO) fmt --all

openapi: build ## Write openapi.json from the code, and the clients' types and calls from it
	$${CARGO_TARGET_DIR:-target}/release/kukla openapi > openapi.json
	python3 clients/generate

serve: build ## Run the server with the built-in model
	$${CARGO_TARGET_DIR:-target}/release/kukla serve --data ./kukla-data

benchmark: setup ## Measure imports, memory, restart and search with TEXTS=FILE.jsonl
	$(CARGO) build --release --workspace --bins --examples --locked
	$${CARGO_TARGET_DIR:-target}/release/examples/benchmark scale "$(TEXTS)"

built-in: setup ## Make the built-in model from packages, in WORK=run/built-in; takes hours
	$(CARGO) build --release --workspace --bins --locked
	trainer/recipes/prepare/built-in.sh "$${WORK:-run/built-in}"

fusion: setup ## Try weights for hybrid search on the judged sets in ../shared/eval
	$(CARGO) build --release --workspace --bins --examples --locked
	$${CARGO_TARGET_DIR:-target}/release/examples/benchmark fusion
