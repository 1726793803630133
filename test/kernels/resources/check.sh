#!/usr/bin/env bash
# Compares a build's resource table with the one checked in: check.sh BUILD_DIR NVCC. Spills are
# never right, whatever the table says. `make resources` renews the table; the diff is the review.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
have=$(mktemp)
trap 'rm -f "$have"' EXIT
"$here/table.sh" "$1" "$2" >"$have"

if grep -v '^#' "$have" | awk '$8 != 0' | grep .; then
  echo "these kernels spill or use local memory"
  exit 1
fi
if [ "$(head -n 1 "$have")" != "$(head -n 1 "$here/table.txt")" ]; then
  echo "skipped: the table was made by another compiler: $(head -n 1 "$here/table.txt")"
  exit 77
fi
diff -u "$here/table.txt" "$have" || { echo "resources changed: 'make resources' if meant"; exit 1; }
