#!/usr/bin/env bash
# planted_test.sh PROGRAM SHAPES: with a wrong byte in every result each operation must fail, on its
# own, and the program with it; time that is up fails too.
set -uo pipefail
bad=0
filter=--benchmark_filter='m64k128:2:4:bf16'
all=$("$1" "--shapes=$2" "$filter" --benchmark_list_tests | grep -c /gpu)

complain() { echo "planted_test: $1"; printf '%s\n' "$text"; bad=1; }

text=$(HEDDLE_BENCH_PLANT=1 "$1" "--shapes=$2" "$filter" --rounds=1 2>&1)
[ $? = 1 ] || complain "the program did not fail"
failed=$(grep -c "ERROR OCCURRED: 'call: set 0, .* differs'" <<<"$text")
[ "$all" -ge 13 ] && [ "$failed" = "$all" ] || complain "$failed of $all operations failed"

text=$("$1" "--shapes=$2" --rounds=30 --seconds=1 2>&1)
[ $? = 1 ] || complain "running out of time did not fail"
grep -q 'not run: the time' <<<"$text" || complain "nothing was left out"
exit "$bad"
