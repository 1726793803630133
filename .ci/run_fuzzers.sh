#!/usr/bin/env bash
# Runs every fuzzer of a build folder: run_fuzzers.sh BUILD_DIR SECONDS.
# New inputs are collected in BUILD_DIR/corpus/NAME. A crash leaves its input in BUILD_DIR and fails
# the run. Words for the header of a format come from test/fuzz/*.dict.
set -euo pipefail

build=$(cd "$1" && pwd)
seconds=$2
repository=$(cd "$(dirname "$0")/.." && pwd)
export ASAN_OPTIONS="allow_addr2line=1" UBSAN_OPTIONS="print_stacktrace=1:allow_addr2line=1"
fixed=()
machine=$(uname -m)
if setarch "$machine" -R true 2>/dev/null; then fixed=(setarch "$machine" -R); fi

ran=0
for fuzzer in "$build"/bin/fuzz_*; do
  [ -x "$fuzzer" ] || continue
  name=$(basename "$fuzzer")
  corpus=$build/corpus/$name
  mkdir -p "$corpus"
  words=()
  dictionary=$repository/test/fuzz/${name#fuzz_}.dict
  if [ -f "$dictionary" ]; then words=(-dict="$dictionary"); fi
  echo "fuzz: $name for $seconds s"
  "${fixed[@]}" "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="$build/$name-" "${words[@]}" "$corpus"
  ran=$((ran + 1))
done
[ "$ran" -gt 0 ] || { echo "fuzz: no fuzzer in $build/bin" >&2; exit 1; }
echo "fuzz: $ran fuzzers, no crash"
