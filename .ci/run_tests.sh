#!/usr/bin/env bash
# Runs the tests of a build folder and closes with 'N passed, N failed, N skipped':
# run_tests.sh BUILD_DIR [ctest arguments]. Fails if a test fails or none ran.
set -euo pipefail

build=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
report=$(cd "$build" && pwd)/ctest-report.xml
rm -f "$report"

rc=0
ctest --test-dir "$build" --output-on-failure --no-tests=error --output-junit "$report" "$@" ||
  rc=$?
if [ ! -s "$report" ]; then
  echo "0 passed, 0 failed, 0 skipped"
  exit 1
fi
awk -f "$here/summary.awk" "$report" || rc=1
exit "$rc"
