#!/usr/bin/env bash
# Installs a build and moves the tree, so that whoever uses it shows that nothing in it knows where it
# was: install.sh CMAKE BUILD PREFIX.
set -euo pipefail

cmake=$1 build=$2 prefix=$3
rm -rf "$prefix" "$prefix.elsewhere"
"$cmake" --install "$build" --prefix "$prefix.elsewhere" >/dev/null
mv "$prefix.elsewhere" "$prefix"

complain() { echo "$*" >&2; exit 1; }
if grep -rlI "$prefix" "$prefix"; then complain "these files name the folder they were installed to"; fi
while read -r file; do
  if readelf -d "$file" | grep -E 'RPATH|RUNPATH'; then complain "$file: has a search path"; fi
done < <(find "$prefix" -type f '(' -name '*.so*' -o -path '*/bin/*' ')')
[ -f "$prefix/include/heddle/heddle.h" ] || complain "no include/heddle/heddle.h in $prefix"
