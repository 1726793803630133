#!/usr/bin/env bash
# check.sh and ptxas_report.sh on reports made by hand: what is right passes, each doctored one
# fails.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

mkdir -p "$work/build/kernels/hopper"
report=$work/build/kernels/hopper/hopper_bf16.cu.o.ptxas
nvcc=$work/nvcc
printf '#!/usr/bin/env bash\necho "Cuda compilation tools, release 13.0, V13.0.88"\n' >"$nvcc"
chmod +x "$nvcc"

kernel=_ZN6heddle6hopperILNS_8MultiplyE1ELi2ELi1ELi256ELb0ELb0EEEvNS_10HopperArgsE
write() {  # write REGISTERS SPILLS [LINE]: the report of one kernel
  cat >"$report" <<REPORT
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '$kernel' for 'sm_90a'
ptxas info    : Function properties for $kernel
    0 bytes stack frame, $2 bytes spill stores, 0 bytes spill loads
ptxas info    : Used $1 registers, used 4 barriers
${3:-}
REPORT
}

# expect WHAT STATUS WORDS: of check.sh on the report as it is
expect() {
  local out rc
  out=$("$here/check.sh" "$work/build" "$nvcc" "$work/table.txt" 2>&1)
  rc=$?
  [ "$rc" = "$2" ] && [[ $out == *"$3"* ]] && return
  echo "check_test: $1: status $rc, must be $2 with '$3'"
  echo "$out"
  bad=1
}

write 168 0
"$here/table.sh" "$work/build" "$nvcc" >"$work/table.txt"
line='^ *-  *-  *-  *168  *-  *-  *0  *0  hopper<bf16, 2, 1, 256, false, false>$'
grep -q "$line" "$work/table.txt" ||
  { echo "check_test: the table"; cat "$work/table.txt"; bad=1; }
expect "as it was" 0 ""
write 168 8
expect "a spill" 1 "spill or use local memory"
write 176 0
expect "other registers" 1 "resources changed"
loss="Potential Performance Loss:"
write 168 0 "ptxas info    : (C7508) $loss 'setmaxnreg' ignored to maintain minimum requirements."
expect "C7508" 1 "C7508"
write 168 0 "ptxas info    : (C7510) $loss wgmma.mma_async instructions are serialized"
expect "C7510" 1 "C7510"
write 168 0 "ptxas warning : setmaxnreg is ignored"
expect "without a number" 1 "ptxas said this"
write 168 0 "ptxas info    : (C0) $loss wgmma.mma_async instructions are serialized"
expect "another number" 1 "ptxas said this"
write 168 0 "ptxas warning : Local memory used for function '$kernel'"
expect "local memory" 1 "ptxas said this"
write 168 0
sed -i 1s/13.0.88/13.1.1/ "$work/table.txt"
expect "another compiler" 77 "skipped"

# A compiler that says something on standard error.
cat >"$work/compiler" <<'COMPILER'
#!/usr/bin/env bash
cat >&2 <<LINES
ptxas info    : Used 168 registers, used 4 barriers
ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized
ptxas warning : something else
LINES
COMPILER
chmod +x "$work/compiler"
said=$("$here/ptxas_report.sh" "$work/compiler" -c x.cu -o "$work/x.cu.o" 2>&1)
[[ $said == *C7510* && $said == *"something else"* && $said != *"Used 168"* ]] ||
  { echo "check_test: ptxas_report.sh printed: $said"; bad=1; }
[ "$(grep -cE 'C7510|something else|Used 168' "$work/x.cu.o.ptxas")" = 3 ] ||
  { echo "check_test: ptxas_report.sh kept:"; cat "$work/x.cu.o.ptxas"; bad=1; }

[ "$bad" = 0 ] && echo "check_test: all well"
exit "$bad"
