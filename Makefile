# The entry points for people and for CI; CMake does the building (CMakePresets.json has the
# configurations). `make help` lists the goals.
#   JOBS=4             compile and test jobs at once (default: one per core)
#   BENCH=moderate     what `make bench` runs: smoke, moderate or full (bench/shapes)
#   FUZZ_SECONDS=60    how long each fuzzer runs
#   CMAKE_ARGS=...     more arguments for every cmake configure
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
JOBS ?= $(shell nproc)
BENCH ?= moderate
FUZZ_SECONDS ?= 60
CMAKE_ARGS ?=
MUTANTS ?= 1
TIDY ?= all

# Configures a preset; its folder is in CMakePresets.json.
configure = cmake --preset $(1) $(CMAKE_ARGS)
configure_dev = $(call configure,dev) -DHEDDLE_BUILD_TESTS=$(1) -DHEDDLE_BUILD_BENCH=$(2)
build = cmake --build $(1) --parallel $(JOBS)
deps = @.ci/deps.sh

.PHONY: help abi docs mutants resources demo test bench sanitize asan tsan fuzz format format-check tidy deps clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 16

demo: ## prune, retrain, pack and run a small network on handwritten digits
	$(deps) demo
	$(call configure_dev,OFF,OFF)
	$(call build,build) --target heddle_digits heddle_cli
	build/bin/heddle_digits

test: ## build everything, run every test; closes with 'N passed, N failed, N skipped'
	$(deps) test
	$(call configure_dev,ON,ON)
	$(call build,build)
	@.ci/run_tests.sh build --parallel $(JOBS)

bench: ## verify, then time every operation against memcpy
	$(deps) bench
	$(call configure_dev,OFF,ON)
	$(call build,build) --target heddle_bench
	bench/run.sh $(BENCH)

sanitize: asan tsan ## the tests under ASan + UBSan, and the threaded ones under TSan

asan: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer (clang)
	$(deps) sanitize
	$(call configure,asan)
	$(call build,build-asan)
	@.ci/run_sanitized.sh build-asan --parallel $(JOBS)

tsan: ## the threaded tests under ThreadSanitizer (clang)
	$(deps) sanitize
	$(call configure,tsan)
	$(call build,build-tsan)
	@.ci/run_sanitized.sh build-tsan --parallel $(JOBS)

fuzz: ## every libFuzzer target for FUZZ_SECONDS
	$(deps) fuzz
	$(call configure,fuzz)
	$(call build,build-fuzz)
	@.ci/run_fuzzers.sh build-fuzz $(FUZZ_SECONDS)

format: ## rewrite the sources in the project's style
	$(deps) format
	@.ci/sources.sh | xargs clang-format -i

format-check: ## fail where `make format` would change something
	$(deps) format
	@.ci/sources.sh | xargs clang-format --dry-run -Werror

tidy: ## clang-tidy over every source; any finding fails (TIDY=library: all but the test cases)
	$(deps) tidy
	$(call configure,tidy)
	@.ci/run_tidy.sh build-tidy $(JOBS) $(TIDY)

mutants: ## break one line at a time and see that a test notices (MUTANTS=4: each fourth)
	$(deps) test
	test/mutants/run.sh $(MUTANTS)

resources: ## renew the tables of registers, spills and instructions, and the pages of predictions
	test/kernels/resources/table.sh build/host "$$(command -v nvcc)" > test/kernels/resources/table.txt
	test/kernels/resources/sass.py "$$(command -v nvcc)" --write || [ $$? = 77 ]
	test/kernels/resources/hopper_sass.py build/host "$$(command -v nvcc)" --write || [ $$? = 77 ]
	test/kernels/resources/stream_sass.py build/host "$$(command -v nvcc)" --write || [ $$? = 77 ]
	build/bin/heddle_predict bench/predict/vendor_timings.csv > docs/kernels/prediction.md
	bench/predict/bounds.py build/bin/heddle_predict --write

docs: ## the API reference by Doxygen, in build/docs/html
	$(deps) docs
	$(call configure_dev,OFF,OFF)
	$(call build,build) --target docs

abi: ## renew the lists of exported functions and layouts, on purpose (docs/install.md)
	$(deps) test
	$(call configure_dev,ON,ON)
	$(call build,build) --target heddle_shared
	test/consumer/abi/abi.py build/host/libheddle.so --write

deps: ## install what all goals need, or say the exact command
	$(deps) demo test bench sanitize fuzz format tidy docs venv
	@echo "deps: everything is installed"

clean: ## remove every build folder
	rm -rf build build-*/
