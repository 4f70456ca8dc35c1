.PHONY: help build test race lint fuzz bench benches docs sandbox chaos long real
GO ?= go

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## a static binary in ./bin
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags="-s -w" -o bin/gateway ./cmd/gateway

test: ## the tests, the same on every machine; needs nothing but Go
	$(GO) test ./...

race: ## the same with the race detector, in random order
	$(GO) test -race -shuffle=on ./...

lint: ## vet, and golangci-lint in the version of .ci/lint
	$(GO) vet ./...
	./.ci/lint

fuzz: ## every fuzz target for FUZZTIME (default 60s) each
	./.ci/fuzz $(or $(FUZZTIME),60s)

bench: ## the performance job beside its baseline, as one table
	$(GO) test -run '^$$' -bench BenchmarkJob -benchtime 1x -timeout 30m ./cmd/gateway

benches: ## the benchmarks of the parts
	$(GO) test -run '^$$' -bench . -benchmem -timeout 30m ./mappings ./adapters/rest ./router/store ./router/feed

real: ## the tests on real files (REAL_DATA_DIR)
	$(GO) test -run TestReal -count=1 -v ./... 2>&1 | grep -E '^(=== RUN|--- |ok|FAIL|\s+\S+_test.go)' 

chaos: ## kill -9 at many random moments, one machine and many, counted independently
	TEST_SEED=fresh CHAOS_ROUNDS=$(or $(ROUNDS),200) $(GO) test -run 'TestKill' -count=1 -v -timeout 60m ./cmd/gateway ./router/store
	TEST_SEED=fresh CHAOS_ROUNDS=$(or $(STORMS),100) TESTS_MUST_RUN=kafka,redis,long $(GO) test -run 'TestStorm|TestTakeOver|TestRolling' -count=1 -v -timeout 60m ./cmd/gateway
	TESTS_MUST_RUN=kafka,long $(GO) test -run TestThreeBrokers -count=1 -v -timeout 10m ./router/kafka

long: ## before a release, for hours: 5,000 fresh scripts a Log, kills, storms, fuzz; ends with a table
	./.ci/long

docs: ## write the generated reference again
	$(GO) run ./cmd/gateway docs --write .

sandbox: ## the whole product with simulated sources
	$(GO) run ./cmd/gateway sandbox
