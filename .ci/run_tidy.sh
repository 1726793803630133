#!/usr/bin/env bash
# clang-tidy over the sources that a build folder compiles: run_tidy.sh BUILD_DIR JOBS all|library.
# library: not the test cases (*_test.cpp), which take most of the time and ship nowhere.
set -euo pipefail

build=$1
jobs=$2
which=${3:-all}
repository=$(cd "$(dirname "$0")/.." && pwd)
sources=$(sed -nE 's/^ *"file": "(.*)",?$/\1/p' "$build/compile_commands.json" |
          grep -F "$repository/" | grep -vF "$repository/$build/" | sort -u)
if [ "$which" = library ]; then sources=$(grep -v '_test\.cpp$' <<<"$sources"); fi
count=$(wc -l <<<"$sources")
[ "$count" -gt 1 ] || { echo "tidy: no sources in $build/compile_commands.json" >&2; exit 1; }
# The testbed's access callbacks are a sanitizer's, the fuzzers have others: neither matters here.
tidy=(clang-tidy --quiet -p "$build" --warnings-as-errors='*' --extra-arg=-fno-sanitize=all)
xargs -d '\n' -P "$jobs" -n 1 "${tidy[@]}" <<<"$sources" \
  2> >(grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header-filter' >&2)
echo "tidy: $count sources, clean"
