#!/usr/bin/env bash
# bench/gpu/run.sh with programs that only pretend: what it makes of success, failure, absence and
# time limits.
set -uo pipefail
script=$(cd "$(dirname "$0")/../gpu" && pwd)/run.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

# program PATH BODY...
program() { printf '#!/usr/bin/env bash\n%s\n' "$2" >"$1" && chmod +x "$1"; }

# expect WHAT CONDITION...
expect() {
  local what=$1
  shift
  "$@" && return
  echo "run_sh_test: $name: $what"
  cat "$work/out.txt"
  bad=1
}
rc_is() { [ "$rc" = "$1" ]; }
row_is() { grep -qE "^$1 +$2 +[0-9]+ s" "$work/out.txt"; }
says() { grep -qF "$1" "$work/out.txt"; }
files_at_most_8() { [ "$(find "$work/result" -mindepth 1 | wc -l)" -le 8 ]; }

# run NAME [VARIABLE=VALUE...]: the script on $work/bin, tools from $work/tools first. An nvidia-smi
# or compute-sanitizer of this machine stays out.
run() {
  name=$1
  shift
  rm -rf "$work/result"
  env PATH="$work/tools:/usr/bin:/bin" "$@" "$script" "$work/result" "$work/bin" \
    >"$work/out.txt" 2>&1
  rc=$?
  expect "more than 8 files" files_at_most_8
  expect "no summary" [ -s "$work/result/summary.txt" ]
  expect "no raw.tar.gz" [ -s "$work/result/raw.tar.gz" ]
}

test_passes='echo "[==========] 3 tests"; echo "[  PASSED  ] 3 tests."; echo "<xml/>" >"${1#*xml:}"'
test_skips='echo "no device"; echo "[  PASSED  ] 1 test."; echo "[  SKIPPED ] 2 tests, listed below:"'
test_fails='echo "[  PASSED  ] 1 test."; echo "[  FAILED  ] 1 test, listed below:"; exit 1'
# A benchmark outlives the first samples of the clocks, as a real one does.
bench_passes='for a in "$@"; do case $a in --benchmark_out=*) out=${a#*=} ;; esac; done
echo "$@"
work=${0%/bin/*}
if [ -x "$work/tools/nvidia-smi" ]; then
  for _ in $(seq 300); do [ -e "$work/sampled" ] && break; sleep 0.1; done
  rm -f "$work/sampled"
fi
case "$*" in *--rates=1*)
cat >"$out" <<JSON
  "name": "device/launch/gpu/iterations:5/manual_time",
      "us": 1.25e+00,
  "name": "device/copy/gpu/iterations:5/manual_time",
      "TFLOP/s": 9.9e+09,
  "name": "device/rate_wgmma_sp_rs_bf16_n256/gpu/iterations:1/manual_time",
      "TFLOP/s": 1.5e+03,
  "name": "device/rate_wgmma_sp_ss_bf16_n256/gpu/iterations:1/manual_time",
      "TFLOP/s": 1.25e+03
  "name": "device/rate_wgmma_ss_bf16_n256/gpu/iterations:1/manual_time",
      "TFLOP/s": 8.0e+02,
  "name": "device/rate_l2_read/gpu/iterations:1/manual_time",
      "error_occurred": true,
      "GB/s": 1.0e+00
JSON
exit ;; *--variants=1*)
cat >"$out" <<JSON
  "name": "variants/m64n64k64:2:4:bf16:row/gpu/iterations:7/manual_time",
      "x_chosen mma": 5.0e-01,
      "x_chosen wgmma=2x64x256,cluster=1,a=global": 8.0e-01,
      "x_chosen wgmma=2x64x256,cluster=2,a=global": 1.0e+00,
  "name": "variants/m64n64k128:2:4:bf16:row/gpu/iterations:7/manual_time",
      "x_chosen mma": 1.0e+00,
      "x_chosen wgmma=2x64x256,cluster=1,a=global": 8.0e+00
  "name": "variants/m64n64k256:2:4:bf16:row/gpu/iterations:7/manual_time",
      "error_occurred": true,
      "error_message": "not run: the time of --seconds is up",
JSON
exit ;; *--experiments=*)
cat >"$out" <<JSON
  "name": "experiment/a/-/gpu/iterations:1/manual_time",
JSON
cat <<TEXT

experiments
a       predicted  1.20  measured  1.19 (1.18-1.21)  confirmed     what to do.
b       predicted  1.20  measured  0.80 (0.78-0.81)  refuted       the other thing.
c       predicted  1.20  measured  1.01 (1.00-1.02)  within noise  nothing.
d       not measured: no candidate has wgmma=9x64x8
TEXT
exit ;; *gemm.txt*)
cat >"$out" <<JSON
  "name": "device/peak_sparse_bf16/gpu/iterations:1/manual_time",
  "name": "matmul/m8n16k64:2:4:bf16:row/gpu/iterations:2/manual_time",
      "x_cublaslt": 2.0e+00,
      "x_cublaslt_q1": 9.0e+00,
  "name": "matmul/m8n64k64:2:4:bf16:row/gpu/iterations:2/manual_time",
      "x_cublaslt": 1.125e+00,
  "name": "matmul/m8n128k64:2:4:bf16:row/gpu/iterations:2/manual_time",
      "x_cublaslt": 7.0e+00,
  "name": "matmul/m8n256k64:2:4:bf16:row/gpu/iterations:2/manual_time",
      "error_occurred": true,
      "error_message": "not run: the time of --seconds is up",
  "name": "matmul/m8n512k64:2:4:bf16:row/gpu/iterations:2/manual_time",
      "error_occurred": true,
      "error_message": "1 of 2 elements of D are wrong",
JSON
exit ;; esac
cat >"$out" <<JSON
  "name": "prune_pack_device/m8192k8192:2:4:bf16:row/gpu/iterations:2/manual_time",
      "ratio": 9.1e-01,
  "name": "prune_pack_device/m16384k16384:2:4:bf16:row/gpu/iterations:2/manual_time",
      "ratio": 8.8e-01,
  "name": "check/m8192k8192:2:4:bf16:row/gpu/iterations:2/manual_time",
      "ratio": 1.1e-01
JSON'
mkdir -p "$work/bin" "$work/tools"

# ---- a machine without a GPU
rm -f "$work"/tools/*
program "$work/bin/heddle_conformance" 'echo "no device"; exit 77'
program "$work/bin/a_test_gpu" "$test_skips"
program "$work/bin/heddle_gpu_bench" 'echo "no device"; exit 77'
run "no device"
expect "status" rc_is 77
for step in machine rates conformance tests sanitizer gemm experiments variants bench; do
  expect "$step" row_is $step "no device"
done

# ---- everything works
program "$work/tools/nvidia-smi" 'case "$*" in
*name,driver*) echo "NVIDIA X, 580.1, 700.00, 1980, 3201" ;;
*lms*) for mhz in 1980 1300 1700; do echo "650.5, $mhz, 3201, 60"; done
  echo $$ >"${0%/*}/../sampler"; touch "${0%/*}/../sampled"; exec sleep 60 ;;
*) echo "a page"; esac'
program "$work/tools/compute-sanitizer" \
  "echo \"\$HEDDLE_CUBLASLT \$HEDDLE_CUSPARSELT \$*\" >>'$work/sanitized'; echo 'ERROR SUMMARY: 0 errors'"
program "$work/bin/heddle_conformance" 'echo "all 12 instructions agree"; echo'
program "$work/bin/a_test_gpu" "$test_passes"
program "$work/bin/b_test_gpu" "$test_passes"
program "$work/bin/heddle_gpu_bench" "$bench_passes"
echo 0123456789ab+ >"$work/bin/commit"
run "all well"
expect "status" rc_is 0
for step in machine rates conformance tests sanitizer gemm experiments variants bench; do
  expect "$step" row_is $step ok
done
rates="launch 1.2 us; 4 rates, 1 failed; bf16 wgmma n = 256, TFLOP/s: RS 1500, SS 1250, dense 800"
expect "rates" says "$rates"
variants="3 products, 0 failed, 1 not run; the best wgmma is 4.00 x mma.sp, geometric mean of 2"
expect "variants" says "$variants"
expect "experiments" says "1 confirmed, 1 refuted, 1 within noise, 1 not measured"
expect "an answer" says "measured  0.80 (0.78-0.81)  refuted       the other thing."
expect "answers in the summary" grep -q '^a  *predicted' "$work/result/summary.txt"
for file in rates variants experiments; do
  expect "$file.json" grep -q "$file.json" <(tar -tzf "$work/result/raw.tar.gz")
done
expect "the experiments" grep -q 'experiments=.*shapes/experiments.txt' "$work/result/bench.txt"
expect "the list" grep -q 'shapes/variants.txt' "$work/result/bench.txt"
expect "machine" says "NVIDIA X, driver 580.1, 700.00 W"
expect "conformance" says "all 12 instructions agree"
expect "tests" says "2 programs: 6 tests passed, 0 skipped"
expect "sanitizer" says "12 of 12 runs clean"
expect "bench" says "3 cases, 0 failed; prune_pack_device bf16: 0.880 of the copy"
gemm="5 products, 1 failed, 1 not run; n <= 64: 1.50 x cuBLASLt, geometric mean of 2"
expect "gemm" says "$gemm"
clocks="gemm: SM clock 1700 MHz in the middle, 1300 to 1980; highest power 650 W"
expect "clocks" grep -q "$clocks" "$work/result/nvidia-smi.txt"
expect "the sampling has ended" eval '! kill -0 "$(cat "$work/sampler")" 2>/dev/null'
expect "small products" grep -q 'gemm_smoke.txt --benchmark_filter=matmul' "$work/sanitized"
expect "no vendor" grep -q 'none none' "$work/sanitized"
context='benchmark_context=smi_driver=580.1,smi_power_limit_w=700.00,smi_max_sm_mhz=1980'
expect "context" grep -q "$context" "$work/result/bench.txt"
expect "commit" grep -q 'benchmark_context=commit=0123456789ab+' "$work/result/bench.txt"
expect "xml" grep -q a_test_gpu.xml <(tar -tzf "$work/result/raw.tar.gz")

# ---- each step fails; the others still run
program "$work/bin/heddle_conformance" 'echo "mma: 3 mismatches"; exit 1'
program "$work/bin/a_test_gpu" "$test_fails"
program "$work/tools/compute-sanitizer" '[ "$2" != racecheck ] || exit 99'
program "$work/bin/heddle_gpu_bench" 'kill -SEGV $$'
run "failures"
expect "status" rc_is 1
expect "conformance" row_is conformance 'FAILED \(1\)'
expect "tests" row_is tests FAILED
expect "which" says "failed: a_test_gpu (FAILED (1))"
expect "the other program" says "2 programs: 4 tests passed"
expect "sanitizer" says "9 of 12 runs clean"
expect "which run" says "racecheck-a_test_gpu (FAILED (99))"
expect "gemm" row_is gemm 'FAILED \(139\)'
expect "bench" row_is bench 'FAILED \(139\)'

# ---- one failure alone decides the status
program "$work/tools/compute-sanitizer" 'exit 0'
program "$work/bin/a_test_gpu" "$test_passes"
program "$work/bin/heddle_conformance" 'exit 0'
program "$work/bin/heddle_gpu_bench" "$bench_passes"$'\nexit 1'
run "bench alone fails"
expect "status" rc_is 1
expect "tests" row_is tests ok
expect "bench" row_is bench 'FAILED \(1\)'

# ---- programs that hang, tools that are missing, a tool that refuses the device
rm "$work/tools/compute-sanitizer"
program "$work/bin/heddle_gpu_bench" "$bench_passes"
program "$work/bin/heddle_conformance" 'sleep 60'
program "$work/bin/a_test_gpu" 'sleep 60'
run "hanging" CONFORMANCE_LIMIT=1 TESTS_LIMIT=1
expect "status" rc_is 1
expect "conformance" row_is conformance "timed out"
expect "tests" row_is tests FAILED
expect "sanitizer" row_is sanitizer "not found"
expect "bench" row_is bench ok

# ---- some of the steps
run "one step" STEPS="machine gemm" GEMM_FLAGS="--tune=1 --benchmark_filter=bf16"
expect "status" rc_is 0
expect "gemm" row_is gemm ok
expect "no other" [ "$(wc -l <"$work/result/summary.txt")" = 4 ]
expect "flags" grep -q -- '--tune=1 --benchmark_filter=bf16' "$work/result/bench.txt"

# ---- hardware counters
run "no ncu" STEPS="machine counters"
expect "counters" row_is counters "not found"
program "$work/tools/ncu" 'echo "$@"; echo "Section: GPU Speed Of Light Throughput"'
run "counters" STEPS="machine counters" COUNTERS="m8n16k64:2:4:bf16 m8n1k64:2:4:i8"
expect "status" rc_is 0
expect "counters" says "2 of 2 products"
expect "a product" grep -q 'filter=matmul/m8n1k64:2:4:i8:' \
  <(tar -xzOf "$work/result/raw.tar.gz" ./counters.txt)
program "$work/tools/ncu" 'echo "==ERROR== ERR_NVGPUCTRPERM"; exit 1'
run "no permission" STEPS="machine counters"
expect "status" rc_is 0
expect "counters" row_is counters unsupported
program "$work/tools/ncu" 'echo "1 of 2 elements of D are wrong"; exit 1'
run "counters fail" STEPS="machine counters"
expect "status" rc_is 1
expect "counters" row_is counters FAILED
rm "$work/tools/ncu"

rm "$work/bin/heddle_conformance" "$work/bin/a_test_gpu"
program "$work/tools/compute-sanitizer" 'echo "Error: Device not supported"; exit 1'
run "missing"
expect "status" rc_is 1
expect "conformance" row_is conformance missing
expect "sanitizer" row_is sanitizer unsupported

[ "$bad" = 0 ] && echo "run_sh_test: all well"
exit "$bad"
