#!/usr/bin/env bash
# Prints the resource table of every kernel instance that a build compiled: table.sh BUILD_DIR NVCC.
# A line: registers on each target, shared bytes, stack and spill bytes (their largest), kernel. An
# instance whose instruction a target lacks is empty there: a few registers.
set -euo pipefail

build=$1
nvcc=$2
here=$(cd "$(dirname "$0")" && pwd)
version=$("$nvcc" --version | sed -nE 's/.*release ([0-9.]+), V([0-9.]+).*/\2/p')
mapfile -t reports < <(find "$build" -name '*.cu.o.ptxas' | sort)
[ ${#reports[@]} -gt 0 ] || { echo "no CUDA source was compiled in $build" >&2; exit 1; }

# Enumerators as ptxas names them and as the source does, in pairs: (CheckWay)0 runs ...
words=$(cat "$here"/../../../kernels/*/*.{hpp,cuh} | sed 's|//.*||' | tr '\n' ' ' |
  grep -oE 'enum class [A-Za-z]+ *\{[^}]*\}' | tr -d '{},' | awk '{
    value = 0
    for (i = 4; i <= NF; ++i) {
      word = $i
      if ($(i + 1) == "=") { value = $(i + 2); i += 2 }
      printf "(%s)%d %s ", $3, value++, word
    }
  }')

echo "# nvcc $version"
printf '# %5s %5s %5s %5s %5s %5s %7s %6s  %s\n' sm_80 sm_86 sm_89 sm_90a sm_100a sm_120a \
  shared spills kernel
c++filt <"${reports[0]}" >/dev/null
cat "${reports[@]}" | c++filt | awk -v words="$words" '
  BEGIN {
    count = split(words, entries, " ")
    for (i = 1; i < count; i += 2) word[entries[i]] = entries[i + 1]
  }
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
    while (match(kernel, /\([A-Za-z]+\)[0-9]+/)) {
      value = substr(kernel, RSTART, RLENGTH)
      if (!(value in word)) break
      kernel = substr(kernel, 1, RSTART - 1) word[value] substr(kernel, RSTART + RLENGTH)
    }
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
  }' | LC_ALL=C sort -k9
