#!/usr/bin/env bash
# gemm_planted_test.sh PROGRAM SHAPES: with a wrong element in every result each product must fail,
# on its own, and the program with it; a vendor's wrong result is left out, and said; products for
# which there was no time are no failure.
set -uo pipefail
bad=0
all=$("$1" "--shapes=$2" --benchmark_filter=matmul --benchmark_list_tests | grep -c ^matmul)

complain() { echo "gemm_planted_test: $1"; printf '%s\n' "$text"; bad=1; }

text=$(HEDDLE_BENCH_PLANT_PRODUCT=1 "$1" "--shapes=$2" --benchmark_filter=matmul --rounds=1 2>&1)
[ $? = 1 ] || complain "the program did not fail"
failed=$(grep -c "ERROR OCCURRED: '1 of .* elements of D are wrong" <<<"$text")
[ "$all" -ge 5 ] && [ "$failed" = "$all" ] || complain "$failed of $all products failed"

one=--benchmark_filter=matmul/m64n9k256:2:4:bf16
text=$(HEDDLE_FAKE_WRONG=1 "$1" "--shapes=$2" "$one" --rounds=1 2>&1)
[ $? = 0 ] || complain "a vendor's wrong result failed the program"
grep -q 'no cuBLASLt: 1 of .* elements of D are wrong' <<<"$text" || complain "nothing is said"

text=$("$1" "--shapes=$2" --benchmark_filter=matmul --rounds=300 --seconds=1 2>&1)
[ $? = 0 ] || complain "running out of time failed"
grep -q 'not run: the time' <<<"$text" || complain "nothing was left out"
exit "$bad"
