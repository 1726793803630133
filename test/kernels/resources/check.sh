#!/usr/bin/env bash
# Compares a build's resource table with the one checked in: check.sh BUILD_DIR NVCC [TABLE].
# Spills are never right, whatever the table says, nor is wgmma that ptxas makes wait for each other
# (C7510) or setmaxnreg that it ignores (C7508). `make resources` renews the table; the diff is the
# review.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
want=${3:-$here/table.txt}
have=$(mktemp)
trap 'rm -f "$have"' EXIT
"$here/table.sh" "$1" "$2" >"$have"

if grep -v '^#' "$have" | awk '$8 != 0' | grep .; then
  echo "these kernels spill or use local memory"
  exit 1
fi
said='C7508|C7510|setmaxnreg.*ignored|wgmma.*serialized|spilled to local memory|Local memory used'
if find "$1" -name '*.cu.o.ptxas' -exec grep -hiE "$said" {} + | sort -u | grep .; then
  echo "ptxas said this of some kernel"
  exit 1
fi
if [ "$(head -n 1 "$have")" != "$(head -n 1 "$want")" ]; then
  echo "skipped: the table was made by another compiler: $(head -n 1 "$want")"
  exit 77
fi
diff -u "$want" "$have" || { echo "resources changed: 'make resources' if meant"; exit 1; }
