#!/usr/bin/env bash
# Runs a list of bench/shapes: run.sh smoke|moderate|full [more heddle_bench flags].
# `full` leaves its result in bench/results and renews the tables of docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."

list=$1
shift
case "$list" in
  smoke) rounds=2 ;;
  moderate) rounds=5 ;;
  full) rounds=15 ;;
  *) echo "run.sh: list = '$list': must be smoke, moderate or full" >&2; exit 2 ;;
esac

result=build/bench-$list.json
build/bin/heddle_bench --shapes="bench/shapes/$list.txt" --rounds="$rounds" \
  --benchmark_out="$result" --benchmark_out_format=json --benchmark_counters_tabular=true "$@"
if [ "$list" = full ]; then
  python3 bench/report.py "$result" --keep bench/results --page docs/performance.md
else
  python3 bench/report.py "$result"
fi
