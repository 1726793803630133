#!/usr/bin/env bash
# Which configuration products are measured with: gemm_options_test.sh PROGRAM SHAPES. The testbed
# pretends to be of compute capability 9.0.
set -uo pipefail
program=$1 shapes=$2
bad=0
export HEDDLE_BENCH_CAPABILITY=90 HEDDLE_CUBLASLT=none HEDDLE_CUSPARSELT=none

# expect WHAT STATUS WORDS FLAGS...: of the program on the product of f16
expect() {
  local what=$1 status=$2 words=$3 out rc
  shift 3
  out=$("$program" "--shapes=$shapes" --rounds=1 \
    '--benchmark_filter=(matmul|variants).*:f16' "$@" 2>&1)
  rc=$?
  [ "$rc" = "$status" ] && grep -qE "$words" <<<"$out" && return
  echo "gemm_options_test: $what: status $rc, must be $status with '$words'"
  tail -n 15 <<<"$out"
  bad=1
}

line='warps=1x2x4 tiles=4 stages=2 raster=1 blocks=2 split=0/0'
expect "mma alone" 0 '(memory|math)  warps=' --kernel=mma
# On the testbed products take longer than copies: its roof is that of the instruction.
expect "wgmma alone" 0 ' wgmma  wgmma=2x64x128 cluster=1' --kernel=wgmma
expect "a configuration" 0 "(memory|math)  $line" "--config=$line"
expect "another kernel" 2 "must be mma or wgmma" --kernel=hmma
expect "no configuration" 2 "config: invalid_argument: warps" --config=warp
row='^m80n72k192:2:4:f16:row .*'
expect "the kernel of mma" 0 "$row warps=" --variants=1
expect "and that of wgmma" 0 "$row wgmma=2x64x128 cluster=1 a=global" --variants=1
HEDDLE_BENCH_CAPABILITY=120 expect "no wgmma here" 1 "there is no such kernel here" --kernel=wgmma
# The library's choice is checked three times first.
HEDDLE_BENCH_PLANT_PRODUCT=1 HEDDLE_BENCH_PLANT_AFTER=3 \
  expect "wrong variants" 1 "mma: .* of D are wrong.*; wgmma=.* of D are wrong" --variants=1
HEDDLE_BENCH_PLANT_PRODUCT=1 expect "a wrong product" 1 "elements of D are wrong" --variants=1

[ "$bad" = 0 ] && echo "gemm_options_test: all well"
exit "$bad"
