#!/usr/bin/env bash
# The long runs, for a night: every fuzzer for MINUTES (10 unless told), then the soak test as long.
#   test/fuzz/nightly.sh [MINUTES]
# Keeps the corpus that grows in build-fuzz/corpus: run it again and it goes on from there.
set -euo pipefail
cd "$(dirname "$0")/../.."
minutes=${1:-10}
jobs=$(nproc)

.ci/deps.sh fuzz
cmake --preset fuzz
cmake --build build-fuzz --parallel "$jobs"
.ci/run_fuzzers.sh build-fuzz $((minutes * 60)) "$jobs"

cmake --preset dev -DHEDDLE_BUILD_BENCH=OFF
cmake --build build --parallel "$jobs" --target soak
build/bin/soak "$minutes"
