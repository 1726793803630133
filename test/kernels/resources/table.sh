#!/usr/bin/env bash
# Prints the resource table of every kernel instance that a build compiled: table.sh BUILD_DIR NVCC.
# A line: registers on each target, shared bytes, stack and spill bytes (their largest), kernel.
set -euo pipefail

build=$1
nvcc=$2
version=$("$nvcc" --version | sed -nE 's/.*release ([0-9.]+), V([0-9.]+).*/\2/p')
mapfile -t reports < <(find "$build" -name '*.cu.o.ptxas' | sort)
[ ${#reports[@]} -gt 0 ] || { echo "no CUDA source was compiled in $build" >&2; exit 1; }

echo "# nvcc $version"
printf '# %5s %5s %5s %5s %5s %5s %7s %6s  %s\n' sm_80 sm_86 sm_89 sm_90a sm_100a sm_120a \
  shared spills kernel
c++filt <"${reports[0]}" >/dev/null
cat "${reports[@]}" | c++filt | awk '
  /Compiling entry function/ {
    name = $0
    sub(/^[^\047]*\047/, "", name)
    target = name
    sub(/\047 for \047/, "\n", name)
    split(name, parts, "\n")
    kernel = parts[1]
    target = parts[2]
    sub(/\047.*/, "", target)
    sub(/^void /, "", kernel)
    gsub(/heddle::/, "", kernel)
    sub(/\([^()]*\)$/, "", kernel)
    kernels[kernel] = 1
  }
  /bytes stack frame/ { spill = $1 + $5 + $9; if (spill > spills[kernel]) spills[kernel] = spill }
  /Used [0-9]+ registers/ {
    match($0, /Used [0-9]+/)
    registers[kernel, target] = substr($0, RSTART + 5, RLENGTH - 5)
    if (match($0, /[0-9]+ bytes smem/)) shared[kernel] = substr($0, RSTART, RLENGTH - 11)
  }
  END {
    split("sm_80 sm_86 sm_89 sm_90a sm_100a sm_120a", targets, " ")
    for (kernel in kernels) {
      line = " "
      for (i = 1; i <= 6; ++i) {
        have = (kernel, targets[i]) in registers
        line = line sprintf(" %5s", have ? registers[kernel, targets[i]] : "-")
      }
      printf "%s %7d %6d  %s\n", line, shared[kernel], spills[kernel], kernel
    }
  }' | sort -k9
