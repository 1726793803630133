#!/usr/bin/env bash
# Runs every fuzzer of a build folder, two at a time: run_fuzzers.sh BUILD_DIR SECONDS [JOBS].
# Starts from test/fuzz/seeds/NAME; new inputs are collected in BUILD_DIR/corpus/fuzz_NAME. A crash
# leaves its input in BUILD_DIR and fails the run; bin/fuzz_NAME FILE replays it. Words of a format
# come from test/fuzz/NAME.dict. The last line has the sums.
set -euo pipefail

build=$(cd "$1" && pwd)
seconds=$2
jobs=${3:-2}
repository=$(cd "$(dirname "$0")/.." && pwd)
export ASAN_OPTIONS="allow_addr2line=1" UBSAN_OPTIONS="print_stacktrace=1:allow_addr2line=1"
fixed=()
machine=$(uname -m)
if setarch "$machine" -R true 2>/dev/null; then fixed=(setarch "$machine" -R); fi

# one NAME: its report goes to BUILD_DIR/fuzz_NAME.log.
one() {
  local name=$1 corpus=$build/corpus/fuzz_$1 words=() seeds=()
  mkdir -p "$corpus"
  if [ -f "$repository/test/fuzz/$name.dict" ]; then words=(-dict="$repository/test/fuzz/$name.dict"); fi
  if [ -d "$repository/test/fuzz/seeds/$name" ]; then seeds=("$repository/test/fuzz/seeds/$name"); fi
  "${fixed[@]}" "$build/bin/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="$build/fuzz_$name-" "${words[@]}" \
    "$corpus" "${seeds[@]}" >"$build/fuzz_$name.log" 2>&1
}

names=()
for fuzzer in "$build"/bin/fuzz_*; do
  if [ -x "$fuzzer" ]; then names+=("$(basename "$fuzzer" | sed 's/^fuzz_//')"); fi
done
[ "${#names[@]}" -gt 0 ] || { echo "fuzz: no fuzzer in $build/bin" >&2; exit 1; }

failed=0
for ((at = 0; at < ${#names[@]}; at += jobs)); do
  running=()
  for name in "${names[@]:at:jobs}"; do
    one "$name" &
    running+=("$!:$name")
  done
  for each in "${running[@]}"; do
    name=${each#*:}
    if ! wait "${each%%:*}"; then
      failed=1
      echo "fuzz: $name FAILED"
      tail -n 60 "$build/fuzz_$name.log"
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/fuzz_$name.log")
    echo "fuzz: $name: ${runs:-0} inputs in $seconds s"
  done
done
total=$(cat "$build"/fuzz_*.log | sed -n 's/^stat::number_of_executed_units: *//p' | awk '{n += $1} END {print n + 0}')
[ "$failed" = 0 ] || exit 1
echo "fuzz: ${#names[@]} fuzzers, $total inputs, no crash"
