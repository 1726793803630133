#!/usr/bin/env bash
# What a machine with a GPU can show, from prebuilt binaries: run.sh OUTDIR [BINDIR]
# Measures the rates of the machine, runs the conformance program, every test program *_gpu,
# compute-sanitizer over some of their tests and over small products, the benchmark of products, the
# experiments (a line of each closes the summary), the variants of products (mma.sp and wgmma side
# by side), and the other operations; STEPS names them. No step stops the next; each has a limit in
# seconds, which a variable changes. Leaves at most 8 files in OUTDIR; raw.tar.gz has what each
# program wrote: rates.json, variants.json, experiments.json.
# The exit status is 1 if a step failed, 77 if there was no device, otherwise 0.
set -uo pipefail

[ $# = 1 ] || [ $# = 2 ] || { echo "usage: run.sh OUTDIR [BINDIR]" >&2; exit 2; }
bench=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=bench/gpu/figures.sh
. "$bench/gpu/figures.sh"
mkdir -p "$1" || exit 2
out=$(cd "$1" && pwd)
bin=$(cd "${2:-$bench/../build/bin}" 2>/dev/null && pwd) ||
  { echo "run.sh: BINDIR = '${2:-build/bin}': no such folder" >&2; exit 2; }

: "${TIME_LIMIT:=525}" "${CONFORMANCE_LIMIT:=60}" "${TESTS_LIMIT:=120}" "${SANITIZER_LIMIT:=90}"
: "${GEMM_LIMIT:=150}" "${GEMM_ROUNDS:=11}" "${GEMM_SHAPES:=$bench/shapes/gemm.txt}"
: "${GEMM_FLAGS:=}"  # --tune=1, say, or --benchmark_filter=bf16
: "${RATES_LIMIT:=60}" "${VARIANTS_LIMIT:=60}" "${VARIANTS_ROUNDS:=7}"
: "${VARIANTS_SHAPES:=$bench/shapes/variants.txt}"
: "${EXPERIMENTS_LIMIT:=120}" "${EXPERIMENTS_ROUNDS:=21}"
: "${EXPERIMENTS:=$bench/shapes/experiments.txt}"
: "${EXPERIMENTS_FLAGS:=--benchmark_filter=experiment|device/(copy|launch)}"
: "${BENCH_LIMIT:=100}" "${ROUNDS:=21}" "${SHAPES:=$bench/shapes/gpu.txt}"
: "${COUNTERS_LIMIT:=240}"
: "${COUNTERS:=m28672n16k4096:2:4:bf16 m8192n64k8192:2:4:bf16 m8192n8192k8192:2:4:bf16}"
: "${STEPS:=machine conformance tests sanitizer gemm experiments variants bench}"
: "${SANITIZER_FILTER:=*bf16*}" "${SANITIZER_TOOLS:=memcheck racecheck synccheck initcheck}"

raw=$(mktemp -d)
answers=  # of the experiments
table=()
failed=0
ran=0

seconds_left() { echo $((TIME_LIMIT - SECONDS)); }

# limited SECONDS COMMAND...: no longer than that, nor past the whole limit.
limited() {
  local limit=$1 left
  shift
  left=$(seconds_left)
  [ "$limit" -le "$left" ] || limit=$left
  [ "$limit" -ge 1 ] || return 124
  timeout -k 5 "$limit" "$@" </dev/null
}

last_line() { grep -a '[^[:space:]]' "$1" | tail -n 1 | cut -c 1-100; }

verdict_of() {
  case "$1" in
    0) echo ok ;;
    77) echo "no device" ;;
    124 | 137) echo "timed out" ;;
    127) echo missing ;;
    *) echo "FAILED ($1)" ;;
  esac
}

# row STEP VERDICT START FIGURE: a line of the table. A step that could not run for want of a tool
# or a device has not failed; a missing program of ours has.
row() {
  table+=("$(printf '%-12s %-12s %5d s  %s' "$1" "$2" $((SECONDS - $3)) "$4")")
  case "$2" in
    ok) [ "$1" = machine ] || ran=1 ;;
    "no device" | "not found" | unsupported) ;;
    *) failed=1 ;;
  esac
}

finish() {
  trap - EXIT
  tar -C "$raw" -czf "$out/raw.tar.gz" . 2>/dev/null
  rm -rf "$raw"
  printf '%-12s %-12s %7s  %s\n' step verdict time figure | tee "$out/summary.txt"
  printf '%s\n' "${table[@]}" | tee -a "$out/summary.txt"
  [ -z "$answers" ] || printf '\n%s\n' "$answers" | tee -a "$out/summary.txt"
  [ "$failed" = 0 ] || exit 1
  [ "$ran" = 1 ] || exit 77
  exit 0
}
trap finish EXIT
trap 'row interrupted FAILED "$SECONDS" "a signal ended the script"; exit 1' INT TERM HUP

step_machine() {
  describe_machine
  bench_step rates "$RATES_LIMIT" 5 none --rates=1
}

describe_machine() {
  local start=$SECONDS log=$out/nvidia-smi.txt
  smi_context=
  if ! command -v nvidia-smi >/dev/null; then
    echo "nvidia-smi: not found" >"$log"
    row machine "no device" "$start" "nvidia-smi: not found"
    return
  fi
  limited 20 nvidia-smi -q >"$log" 2>&1
  local rc=$? line
  # 6: the driver answers, but has no device; 9: there is no driver.
  if [ "$rc" = 6 ] || [ "$rc" = 9 ]; then rc=77; fi
  line=$(limited 20 nvidia-smi --format=csv,noheader,nounits \
    --query-gpu=name,driver_version,power.limit,clocks.max.sm,clocks.max.memory 2>/dev/null |
    head -n 1 | sed 's/, /,/g')
  if [ "$rc" = 0 ] && [ -n "$line" ]; then
    local name driver power sm memory
    IFS=, read -r name driver power sm memory <<<"$line"
    smi_context="smi_driver=$driver,smi_power_limit_w=$power"
    smi_context+=",smi_max_sm_mhz=$sm,smi_max_memory_mhz=$memory"
    line="$name, driver $driver, $power W"
  fi
  row machine "$(verdict_of "$rc")" "$start" "${line:-no answer}"
}

step_conformance() {
  local start=$SECONDS log=$raw/conformance.txt rc
  if [ ! -x "$bin/heddle_conformance" ]; then
    echo "heddle_conformance: not in $bin" >>"$out/tests.txt"
    row conformance missing "$start" "heddle_conformance"
    return
  fi
  limited "$CONFORMANCE_LIMIT" "$bin/heddle_conformance" >"$log" 2>&1
  rc=$?
  { echo "==== heddle_conformance: $(verdict_of $rc)"; cat "$log"; } >>"$out/tests.txt"
  row conformance "$(verdict_of $rc)" "$start" "$(last_line "$log")"
}

test_programs() { find "$bin" -maxdepth 1 -name '*_gpu' -type f -perm -u+x | sort; }

# count WHAT LOG: the number in GoogleTest's closing line about WHAT.
count() {
  local number
  number=$(grep -aoE "^\[ *$1 *\] [0-9]+ test" "$2" | tail -n 1 | grep -oE '[0-9]+')
  echo "${number:-0}"
}

step_tests() {
  local start=$SECONDS end=$((SECONDS + TESTS_LIMIT)) log=$raw/tests.txt
  local program name rc programs=0 passed=0 skipped=0 broken=0 bad=
  : >"$log"
  while read -r program; do
    name=$(basename "$program")
    programs=$((programs + 1))
    limited $((end - SECONDS)) "$program" "--gtest_output=xml:$raw/$name.xml" \
      >"$raw/$name.txt" 2>&1
    rc=$?
    { echo "==== $name: $(verdict_of $rc)"; cat "$raw/$name.txt"; } >>"$log"
    passed=$((passed + $(count PASSED "$raw/$name.txt")))
    skipped=$((skipped + $(count SKIPPED "$raw/$name.txt")))
    if [ "$rc" != 0 ]; then
      broken=$((broken + 1))
      bad+=" $name ($(verdict_of $rc))"
    fi
  done < <(test_programs)
  cat "$log" >>"$out/tests.txt"
  local figure="$programs programs: $passed tests passed, $skipped skipped"
  local verdict=ok
  if [ "$programs" = 0 ]; then
    verdict=missing
    figure="no program *_gpu"
  elif [ "$broken" != 0 ]; then
    verdict=FAILED
    figure+="; failed:$bad"
  elif grep -qaE '^no device' "$log"; then
    verdict="no device"  # the reason that a test skips for; some may pass without one
  elif [ "$passed" = 0 ]; then
    verdict=FAILED
  fi
  tests_verdict=$verdict
  row tests "$verdict" "$start" "$figure"
}

step_sanitizer() {
  local start=$SECONDS end=$((SECONDS + SANITIZER_LIMIT)) log=$out/sanitizer.txt
  local tool program name runs=0 clean=0 bad= left share rc unsupported=0
  local -a programs flags
  mapfile -t programs < <(test_programs)
  if [ "$tests_verdict" = "no device" ]; then
    echo "no device" >"$log"
    row sanitizer "no device" "$start" ""
    return
  fi
  if ! command -v compute-sanitizer >/dev/null; then
    echo "compute-sanitizer: not found" >"$log"
    row sanitizer "not found" "$start" "compute-sanitizer: not found"
    return
  fi
  : >"$log"
  [ ! -x "$bin/heddle_gpu_bench" ] || programs+=("$bin/heddle_gpu_bench")
  left=$((${#programs[@]} * $(wc -w <<<"$SANITIZER_TOOLS")))
  for tool in $SANITIZER_TOOLS; do
    for program in "${programs[@]}"; do
      name=$tool-$(basename "$program")
      share=$(((end - SECONDS) / left))  # what early ones leave goes to the later ones
      left=$((left - 1))
      runs=$((runs + 1))
      flags=("--gtest_filter=$SANITIZER_FILTER" --gtest_brief=1)
      [[ $program != */heddle_gpu_bench ]] ||  # small products, checked; ours alone
        flags=("--shapes=$bench/shapes/gemm_smoke.txt" --benchmark_filter=matmul --rounds=1)
      limited $((share > 0 ? share : 1)) env HEDDLE_CUBLASLT=none HEDDLE_CUSPARSELT=none \
        compute-sanitizer --tool "$tool" --error-exitcode 99 "$program" "${flags[@]}" \
        >"$raw/$name.txt" 2>&1
      rc=$?
      { echo "==== $name: $(verdict_of $rc)"; tail -n 30 "$raw/$name.txt"; } >>"$log"
      if [ "$rc" = 0 ]; then
        clean=$((clean + 1))
      elif grep -qa 'Device not supported' "$raw/$name.txt"; then
        unsupported=$((unsupported + 1))
      else
        bad+=" $name ($(verdict_of $rc))"
      fi
    done
  done
  local verdict=ok figure="$clean of $runs runs clean, tests $SANITIZER_FILTER and products"
  if [ "$runs" = 0 ]; then
    verdict=missing
  elif [ -n "$bad" ]; then
    verdict=FAILED
    figure+="; not:$bad"
  elif [ "$unsupported" != 0 ]; then
    verdict=unsupported
    figure+="; the tool refuses the device"
  fi
  row sanitizer "$verdict" "$start" "$figure"
}

# limit_of SECONDS: that, or what is left of the whole limit.
limit_of() {
  local left
  left=$(seconds_left)
  echo $(($1 < left ? $1 : left))
}

# Power and clocks twice a second until it is killed.
watch_clocks() {
  exec nvidia-smi --query-gpu=power.draw,clocks.sm,clocks.mem,temperature.gpu \
    --format=csv,noheader,nounits -lms 500
}

# Where the result of a step lies: what has no room among eight files is in the archive.
json_of() {
  case "$1" in
    rates | variants | experiments) echo "$raw/$1.json" ;;
    *) echo "$out/$1.json" ;;
  esac
}

# run_bench STEP LIMIT ROUNDS SHAPES FLAGS...: the benchmark with its result in STEP.json; its log
# is part of bench.txt. Sets rc.
run_bench() {
  local step=$1 limit=$2 rounds=$3 shapes=$4 log=$raw/$1.txt json context=() watcher=
  json=$(json_of "$step")
  shift 4
  limit=$(limit_of "$limit")
  [ ! -s "$bin/commit" ] || context=("--benchmark_context=commit=$(head -n 1 "$bin/commit")")
  [ -z "$smi_context" ] || context+=("--benchmark_context=$smi_context")
  if [ -n "$smi_context" ]; then
    watch_clocks >"$raw/$step-clocks.csv" 2>/dev/null &
    watcher=$!
  fi
  # The program stops starting cases in time to end in order, with a whole JSON file.
  limited "$limit" "$bin/heddle_gpu_bench" "--shapes=$shapes" "--rounds=$rounds" \
    "--seconds=$((limit * 17 / 20))" "--benchmark_out=$json" --benchmark_out_format=json \
    "${context[@]}" "$@" >"$log" 2>&1
  rc=$?
  if [ -n "$watcher" ]; then
    kill "$watcher" 2>/dev/null
    wait "$watcher" 2>/dev/null
    echo "$step: $(clocks_figure "$raw/$step-clocks.csv")" >>"$out/nvidia-smi.txt"
  fi
  { echo "==== $step"; cat "$log"; } >>"$out/bench.txt"
}

# bench_step STEP ARGUMENTS...: run_bench and its row, with the figure that STEP_figure makes.
bench_step() {
  local step=$1 start=$SECONDS figure
  if [ ! -x "$bin/heddle_gpu_bench" ]; then
    echo "heddle_gpu_bench: not in $bin" >>"$out/bench.txt"
    row "$step" missing "$start" "heddle_gpu_bench"
    return
  fi
  run_bench "$@"
  if [ "$rc" = 77 ]; then
    figure=$(head -n 1 "$raw/$step.txt")
  elif [ -s "$(json_of "$step")" ]; then
    figure=$("${step}_figure" "$(json_of "$step")")
  else
    figure=$(last_line "$raw/$step.txt")
  fi
  row "$step" "$(verdict_of "$rc")" "$start" "$figure"
}

step_gemm() {
  # shellcheck disable=SC2086  # several flags in one variable
  bench_step gemm "$GEMM_LIMIT" "$GEMM_ROUNDS" "$GEMM_SHAPES" $GEMM_FLAGS
}

step_variants() {
  bench_step variants "$VARIANTS_LIMIT" "$VARIANTS_ROUNDS" "$VARIANTS_SHAPES" --variants=1
}

# Answers to the list of bench/shapes/experiments.txt; a line of each closes the summary.
step_experiments() {
  # shellcheck disable=SC2086  # several flags in one variable
  bench_step experiments "$EXPERIMENTS_LIMIT" "$EXPERIMENTS_ROUNDS" none \
    "--experiments=$EXPERIMENTS" $EXPERIMENTS_FLAGS
  [ ! -s "$raw/experiments.txt" ] || answers=$(sed -n '/^experiments$/,$p' "$raw/experiments.txt")
}

# Where a few products bind, by hardware counters: a plain call of each under Nsight Compute, which
# replays it. Not among the default steps: it takes a driver that lets one count.
step_counters() {
  local start=$SECONDS end=$((SECONDS + COUNTERS_LIMIT)) log=$raw/counters.txt problem rc
  local runs=0 good=0 refused=0 bad=
  if ! command -v ncu >/dev/null; then
    row counters "not found" "$start" "ncu: not found"
    return
  fi
  : >"$log"
  for problem in $COUNTERS; do
    runs=$((runs + 1))
    limited $((end - SECONDS)) env HEDDLE_CUBLASLT=none HEDDLE_CUSPARSELT=none \
      ncu --section SpeedOfLight --section WarpStateStats --section MemoryWorkloadAnalysis \
      --kernel-name 'regex:^(matmul|hopper)' --launch-count 1 "$bin/heddle_gpu_bench" \
      "--shapes=$GEMM_SHAPES" --rounds=1 "--benchmark_filter=matmul/$problem:" \
      >"$raw/counters-one.txt" 2>&1
    rc=$?
    { echo "==== $problem: $(verdict_of $rc)"; cat "$raw/counters-one.txt"; } >>"$log"
    if grep -qa ERR_NVGPUCTRPERM "$raw/counters-one.txt"; then
      refused=$((refused + 1))
    elif [ "$rc" = 0 ] && grep -qa 'Speed Of Light' "$raw/counters-one.txt"; then
      good=$((good + 1))
    else
      bad+=" $problem ($(verdict_of $rc))"
    fi
  done
  if [ -n "$bad" ]; then
    row counters FAILED "$start" "not:$bad"
  elif [ "$refused" != 0 ]; then
    row counters unsupported "$start" "the driver lets only an administrator count"
  else
    row counters ok "$start" "$good of $runs products; counters.txt in raw.tar.gz"
  fi
}

step_bench() {
  bench_step bench "$BENCH_LIMIT" "$ROUNDS" "$SHAPES"
  if [ -n "$smi_context" ]; then
    { printf '\n==== after the benchmark\n'
      limited 20 nvidia-smi -q -d CLOCK,PERFORMANCE,TEMPERATURE,POWER
    } >>"$out/nvidia-smi.txt" 2>&1
  fi
}

tests_verdict=
smi_context=
: >"$out/tests.txt"
: >"$out/bench.txt"
for step in $STEPS; do "step_$step"; done
