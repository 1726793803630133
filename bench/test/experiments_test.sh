#!/usr/bin/env bash
# experiments_test.sh PROGRAM LIST BENCH: every kind of side on the testbed; what is wrong fails, what
# is not there does not; the JSON is what report.py and fit.py read.
set -uo pipefail
program=$1 list=$2 bench=$3 bad=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

complain() { echo "experiments_test: $1"; tail -n 40 "$work/out.txt"; bad=1; }
# What the testbed cannot say of a device.
context=gpu_compute_capability=9.0,gpu_multiprocessors=2,gpu_l2_bytes=1024,gpu_memory_bytes=1024
context+=,gpu_ecc=off,cuda_runtime=none
run() {
  "$program" --shapes=none "--experiments=$1" --rounds=3 --benchmark_filter=experiment \
    "--benchmark_context=$context" "--benchmark_out=$work/result.json" --benchmark_out_format=json "${@:2}" >"$work/out.txt" 2>&1
}

run "$list" || complain "the program failed"
for name in wgmma_over_mma overlap vendor pack machine; do
  grep -qE "^$name +predicted +[0-9.]+ +measured +[0-9.]+ \(" "$work/out.txt" || complain "$name"
done
grep -q '^not_built .*not measured: not_found' "$work/out.txt" || complain "what is not there"
for counter in predicted ratio ratio_q1 second_us model_us model_fill_us second_model_us; do
  grep -q "\"$counter\": " "$work/result.json" || complain "no counter $counter"
done
grep -q '"model_clock_ghz"' "$work/result.json" || complain "the device as the model sees it"
if command -v python3 >/dev/null; then
  python3 "$bench/report.py" "$work/result.json" >"$work/out.txt" || complain "report.py"
  grep -q '^| overlap | 2 | 1.00 | ' "$work/out.txt" || complain "no row in the report"
  python3 "$bench/fit.py" "$work/result.json" >"$work/out.txt" 2>&1 || complain "fit.py"
fi

HEDDLE_BENCH_PLANT_PRODUCT=1 run "$list" --benchmark_filter=experiment/overlap &&
  complain "a wrong product passed"
grep -q 'elements of D are wrong' "$work/out.txt" || complain "nothing is said of it"
echo 'experiment' >"$work/broken.txt"
run "$work/broken.txt"
[ $? = 2 ] || complain "a broken list"
grep -q 'broken.txt:1: must be KEY: TEXT' "$work/out.txt" || complain "the line is not named"

[ "$bad" = 0 ] && echo "experiments_test: all well"
exit "$bad"
