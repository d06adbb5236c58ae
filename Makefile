# wmclient's targets; `make help` lists them. The logic lives in scripts/, a target is the way in.

VERSION := $(shell cat VERSION)
AGENT := plugin/internal/agentfile/bin
BINARIES := wmclient packer-plugin-wmclient
GO_BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.number=$(VERSION)'

# What `make image` takes; set them on the command line.
IMAGE ?= profiles/images/radiology-viewer.hcl
BASE ?=
BASE_IMAGE ?=
OUT ?=
LAB_LANGUAGE ?= sv-SE

# The pinned tools come first. .tools/bin holds a Packer only where setup found none on the PATH.
export PATH := $(CURDIR)/.tools/bin:$(PATH)
export CHECKPOINT_DISABLE := 1
export GOLANGCI_LINT_CACHE ?= $(CURDIR)/.cache/golangci-lint
export IMAGE BASE BASE_IMAGE OUT LAB_LANGUAGE

# Where the table of builds under different circumstances is written.
MATRIX := $(CURDIR)/.cache/test/matrix.txt

# Packages whose tests know -update, which writes their goldens anew.
GOLDEN_PACKAGES = $(shell grep -rlE 'flag\.Bool\("update"' --include='*_test.go' plugin tests 2>/dev/null | xargs -r -n 1 dirname | sort -u | sed 's,^,./,')

.DEFAULT_GOAL := help
.PHONY: help setup setup-image setup-tools setup-release agent build image test unit blackbox matrix windows race arch lint vet fmt formatted generate generated \
	golden locks tidy plugin-check install-plugin bench benchmarks cover coverage cross release release-check clean fuzz fuzz-coverage corruptions \
	faults chain bench-online accept-windows

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## put in place whatever `make test` needs and is missing
	@scripts/setup test

setup-image:
	@scripts/setup image

setup-tools:
	@scripts/setup tools

setup-release:
	@scripts/setup release

# The agent is part of what wmclient and the plugin are built of: the same Go gives the same bytes on any host, whatever the environment says;
# with a key to sign with, they are the signer's own.
agent: ## build the agent wmguest.exe, which the command and the plugin embed
	@if [ -d plugin/cmd/wmguest ]; then \
	  env -u GOEXPERIMENT GOOS=windows GOARCH=amd64 GOAMD64=v1 GOFLAGS= CGO_ENABLED=0 go build -trimpath -buildvcs=false \
	    -ldflags '-s -w -buildid= -X main.mark=wmguest-agent-version=$(VERSION);' -o $(AGENT)/wmguest.exe ./plugin/cmd/wmguest && \
	  scripts/sign $(AGENT)/wmguest.exe && \
	  echo $(VERSION) >$(AGENT)/version; \
	else rm -f $(AGENT)/wmguest.exe $(AGENT)/version; fi

build: agent ## build the agent, the command and the plugin; the last two into bin/
	@mkdir -p bin
	@for name in $(BINARIES); do $(GO_BUILD) -o bin/$$name ./plugin/cmd/$$name || exit 1; done

image: setup-image build ## build an image with Packer into out/ (BASE=install.wim or .iso, IMAGE=profiles/images/x.hcl OUT=out)
	@scripts/image

test: setup ## run everything: generators, linters, unit, race, cross, plugin, black box with Packer and referees
	@scripts/test

unit: ## run the unit tests; needs Go alone
	@scripts/gotest unit ./plugin/...

race: ## run the unit tests under the race detector
	@CGO_ENABLED=1 scripts/gotest race -race -timeout 15m ./plugin/...

arch: ## check which way imports point
	@scripts/gotest arch -count=1 ./tests/arch

blackbox: setup build ## run the black-box tests: real Packer, referees, reproducibility
	@PACKER_ACC=1 WMCLIENT_MATRIX=$(MATRIX) scripts/gotest blackbox -count=1 -timeout 20m ./tests/... && cat $(MATRIX)

matrix: setup build ## build one image under every circumstance that must not show, and print the table
	@PACKER_ACC=1 WMCLIENT_MATRIX=$(MATRIX) scripts/gotest matrix -count=1 -timeout 20m -run '^Test(SameBytes|OtherPlanOtherBytes)$$' ./tests/repro && cat $(MATRIX)

windows: setup build ## run the Windows build under Wine: the command against the Linux build, and what changes a running Windows
	@PACKER_ACC=1 scripts/gotest windows -count=1 -run '^TestWindows' ./tests/repro && PACKER_ACC=1 scripts/gotest guest -count=1 ./tests/guest

lint: setup-tools ## run golangci-lint as .golangci.yml says
	@golangci-lint run ./...

vet: ## run go vet for Linux and Windows
	@go vet ./...
	@GOOS=windows go vet ./...

fmt: ## format the Go sources
	@gofmt -l -w plugin tests

formatted: ## fail where a Go source is not formatted
	@unformatted=$$(gofmt -l plugin tests) && if [ -n "$$unformatted" ]; then echo "not formatted: $$unformatted"; echo 'hint: make fmt'; exit 1; fi

generate: setup-tools ## write generated code and reference pages anew
	@go generate ./...

generated: setup-tools ## fail where generated files are not up to date
	@scripts/generated

golden: ## write the tests' golden files anew; read the diff before committing it
	@if [ -z "$(GOLDEN_PACKAGES)" ]; then echo 'no package has goldens'; else go test $(GOLDEN_PACKAGES) -update; fi

tidy: ## fail where go.mod or go.sum of any module is not tidy
	@go mod tidy -diff
	@cd scripts/tools && go mod tidy -diff
	@cd scripts/tools/packer && go mod tidy -diff
	@cd scripts/tools/release && go mod tidy -diff
	@cd scripts/tools/qemu && go mod tidy -diff

plugin-check: setup-tools build ## let packer-sdc check the plugin
	@cd bin && packer-sdc plugin-check packer-plugin-wmclient

install-plugin: setup-image build ## install the plugin for your own Packer
	@scripts/install-plugin

bench: build ## measure builds, deltas, hives and plans against their references, into docs/benchmarks.md (needs wimlib-imagex and 15 GB)
	@go run ./tests/bench

bench-online: build ## measure delivery, validation, cancelling and faults over WinRM against the lab (FLAGS="-full -page"; needs Packer)
	@go run ./tests/bench-online $(FLAGS)

benchmarks: ## run the benchmarks that stand beside the code
	@go test -run '^$$' -bench . -benchmem ./plugin/...

cover: ## measure test coverage into coverage.html
	@go test -coverprofile=coverage.out -coverpkg=./plugin/... ./plugin/...
	@go tool cover -html=coverage.out -o coverage.html
	@go tool cover -func=coverage.out | tail -n 1

fuzz: ## run every fuzz target in turn and print what it found (FUZZTIME=30s FUZZ_PARALLEL=2)
	@scripts/fuzz

fuzz-coverage: ## show how much of each parser its fuzz corpus reaches
	@scripts/fuzz-coverage

corruptions: ## change each field of a small hive and a small WIM and print what becomes of it
	@scripts/corruptions

faults: ## kill builds, fail their calls, change their base, and write the table of docs/faults.md (some ten minutes)
	@scripts/faults

chain: build ## boot a small Linux with Wine under QEMU, harden, restart, validate and seal it by real Packer, judge its disk (docs/chain.md; root once)
	@scripts/setup chain
	@WMCLIENT_CHAIN=1 PACKER_ACC=1 scripts/gotest chain -count=1 -timeout 30m ./tests/chain
	@cat .cache/chain/log/chain.log

accept-windows: build ## run the whole chain on a Windows medium (ISO=..., docs/windows-acceptance.md)
	@scripts/accept-windows "$(ISO)" "$(or $(IMAGE),profiles/images/radiology-viewer.hcl)"

locks: build ## write the lock of every image profile anew, on lab bases
	@scripts/locks

coverage: ## hold every image against the lists of recommended values (COVERAGE_LISTS=DIR)
	@scripts/coverage

cross: agent ## build for Windows, ARM Linux and macOS too, into bin/<system>-<architecture>/
	@for os_arch in windows/amd64 linux/arm64 darwin/arm64; do \
	  export GOOS=$${os_arch%/*} GOARCH=$${os_arch#*/}; \
	  mkdir -p bin/$$GOOS-$$GOARCH && $(GO_BUILD) -o bin/$$GOOS-$$GOARCH/ ./plugin/cmd/... || exit 1; \
	  echo "bin/$$GOOS-$$GOARCH: $$(ls bin/$$GOOS-$$GOARCH | tr '\n' ' ')"; \
	done

release: setup-release ## make a snapshot of a release into dist/: archives, plugin zips, lists of parts, Packer's tree, sums
	@scripts/release

release-check: setup-release ## make it twice, from two folders, and compare all bytes
	@scripts/release --check

clean: ## remove what was built; the tools in .tools stay
	@rm -rf bin out dist .cache coverage.out coverage.html
