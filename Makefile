# Yumen 域门. `make help` lists what there is to make.

# DuckDB hands its results over as Arrow only under this tag. Every go command below gets it from here.
TAGS := duckdb_arrow
export GOFLAGS := $(strip $(shell go env GOFLAGS) -tags=$(TAGS))

BIN := bin/yumen
export YUMEN_BIN := $(CURDIR)/$(BIN)

# Packages built or tested at once. Linking DuckDB takes a gigabyte of memory each time.
JOBS ?= 2

# DuckDB's library wants libstdc++ at link time. Debian's gcc alone brings the shared library but not the name the linker
# looks for, which comes with g++; in that case the name is made here.
CC := $(shell go env CC)
ifeq ($(shell $(CC) -print-file-name=libstdc++.so 2>/dev/null),libstdc++.so)
RUNTIME := $(shell $(CC) -print-file-name=libstdc++.so.6 2>/dev/null)
export CGO_LDFLAGS := -O2 -g -L$(CURDIR)/bin/lib
endif

STATICCHECK := go tool -modfile=tools/go.mod staticcheck

.PHONY: help demo serve build programs test test-python test-clients test-due fuzz-rest check deps guests bench syscalls clean tools cover
.DEFAULT_GOAL := help

help: ## list what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

demo: build ## build, then tell the whole story on a generated city, in a temporary folder
	@$(BIN) demo

# The demo home that is served, beside it its files and a token for each of its people, and further options of yumen serve.
CITY := bin/city
SERVE :=

serve: build ## build, and serve a demo home with a token for each of its people; FRESH=1 makes it anew
	@if [ -e $(CITY)/lock ] && ! flock -n $(CITY)/lock true; then \
	  echo "make: $(CITY) is in use (pid $$(cat $(CITY)/lock)): stop that first, or name another folder: make serve CITY=DIR" >&2; exit 1; fi
	@if [ -n "$(FRESH)" ]; then rm -rf $(CITY) $(CITY)-files $(CITY)-tokens; fi
	@if [ -e $(CITY) ] && [ ! -e $(CITY)-tokens/complete ]; then \
	  echo "make: $(CITY) is not one that make serve has completed: make serve FRESH=1 removes it" >&2; exit 1; fi
	@if [ ! -e $(CITY) ]; then mkdir -p -m 700 $(CITY)-tokens && \
	  $(BIN) demo --home $(CITY) > /dev/null && echo 'local_identities: asserted' >> $(CITY)/home.yaml && \
	  for p in $$(sed -n 's/.*{name: \([^,]*\),.*/\1/p' $(CITY)/people.yaml); do \
	    $(BIN) token create --home $(CITY) --as $$p --out $(CITY)-tokens/$$p > /dev/null || exit 1; done && \
	  touch $(CITY)-tokens/complete; fi
	@echo "as each of: $$(ls $(CITY)-tokens | grep -v complete | tr '\n' ' ')"
	@echo "  $(BIN) job list --server https://127.0.0.1:8443 --ca $(CITY)/keys/server.crt --token-file $(CITY)-tokens/analyst.lin"
	@exec $(BIN) serve --home $(CITY) $(SERVE)

build: tools ## build bin/yumen
	go build -p $(JOBS) -ldflags="-s -w" -o $(BIN) ./cmd/yumen

programs: tools ## build bin/yumen, and beside it yumen-bench with its baselines
	go build -p $(JOBS) -ldflags="-s -w" -o bin/ ./cmd/yumen ./cmd/yumen-bench ./cmd/yumen-bench-plain

# How long a package's tests may take: a bound against what hangs, far above what a busy machine needs.
TIMEOUT ?= 60m

test: deps programs ## every test; tests of the program drive bin/yumen
	go test -p $(JOBS) -timeout $(TIMEOUT) ./...

test-python: build ## the Python client, against a real server of a fresh demo home
	@.ci/python test

# Clients of the SQL gateway to test, in the words of pytest -k; all without it.
CLIENTS ?=

test-clients: deps build ## the SQL gateway with real clients, against a real server of a fresh demo home
	@.ci/clients '$(CLIENTS)'

test-due: ## due days of the policy packs, counted anew in another language with another calendar
	@.ci/python due

fuzz-rest: build ## attack the REST interface over its OpenAPI document: EXAMPLES=5 requests for each call and role, SEED=1
	@.ci/python fuzz

# What carries every step of a job, and how much of it at least is run by tests of its own, in percent of the statements.
COVERED := ./pipeline ./journal
FLOOR ?= 85

cover: ## how much of pipeline and journal their own tests run, and whether it is enough
	@got=$$(go test -p $(JOBS) -timeout $(TIMEOUT) -cover $(COVERED)) || { echo "$$got"; exit 1; }; echo "$$got"; \
	  echo "$$got" | awk -v floor=$(FLOOR) -v want=$(words $(COVERED)) \
	    '{ for (i = 1; i < NF; i++) if ($$i == "coverage:" && $$(i+1) + 0 >= floor) n++ } \
	     END { if (n != want) { print "less than " floor " % is covered"; exit 1 } }'

check: tools ## format, module file, vet, staticcheck, import law, documentation, OpenAPI
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	  test -z "$$unformatted" || { echo "these files want gofmt -w:"; echo "$$unformatted"; exit 1; } >&2
	go mod tidy -diff
	go vet -p $(JOBS) ./...
	$(STATICCHECK) ./...
	go test -p $(JOBS) ./internal/law
	.ci/openapi

deps: ## install what the tests need from Debian's packages, or say why not
	@.ci/deps

guests: ## build the Wasm examples again, with Debian's clang and rustc and with Go
	@for g in readmission echo care inequality; do echo "examples/guests/$$g/build.sh"; examples/guests/$$g/build.sh || exit 1; done
	mkdir -p bin && cd examples/guests/weekdays && GOFLAGS= GOOS=wasip1 GOARCH=wasm go build -trimpath -ldflags="-s -w" -o $(CURDIR)/bin/weekdays.wasm .

bench: programs ## measure the enclave against the plain engine
	$(BIN) bench enclave
	$(BIN) bench privacy
	$(BIN) bench wasm

syscalls: build ## trace the roles at work with strace and compare with sandbox/syscalls.txt
	YUMEN_TRACE=1 go test -count=1 ./cmd/yumen/clitest -run '^TestSyscalls$$' -v

clean: ## remove what was built
	rm -rf bin

# What a build needs, each with a sentence of its own instead of the linker's.
tools:
	@command -v go >/dev/null || { echo "make: Go $$(awk '$$1 == "go" {print $$2}' go.mod) or newer is needed (https://go.dev/dl)." >&2; exit 1; }
	@command -v $(CC) >/dev/null || { echo "make: a C compiler is needed to link DuckDB: apt-get install gcc libc6-dev." >&2; exit 1; }
	@echo 'int main(void){return 0;}' | $(CC) -x c -o /dev/null - 2>/dev/null || { echo "make: $(CC) cannot link a program: apt-get install libc6-dev." >&2; exit 1; }
ifdef RUNTIME
	@test "$(RUNTIME)" != libstdc++.so.6 || { echo "make: DuckDB needs the C++ runtime: apt-get install libstdc++6, or g++." >&2; exit 1; }
	@mkdir -p bin/lib && ln -sf "$(RUNTIME)" bin/lib/libstdc++.so
endif
