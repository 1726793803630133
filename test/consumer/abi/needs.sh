#!/usr/bin/env bash
# What the shared library asks of a system, and its size: needs.sh LIBRARY MEGABYTES.
set -euo pipefail

library=$1 most=$2
broken=0
complain() { echo "$*" >&2; broken=1; }

dynamic=$(readelf -d "$library")
while read -r name; do
  case "$name" in
    libc.so.6 | libm.so.6 | libstdc++.so.6 | libgcc_s.so.1 | libpthread.so.0 | libdl.so.2 | \
      librt.so.1 | ld-linux*) ;;
    *) complain "$name: needed, and not of the C or C++ runtime" ;;
  esac
done < <(sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' <<<"$dynamic")
grep -qE 'SONAME.*\[libheddle\.so\.[0-9]+\]' <<<"$dynamic" || complain "no soname with the ABI's version"
if grep -E 'RPATH|RUNPATH|TEXTREL' <<<"$dynamic"; then complain "the library has these entries"; fi
if readelf -lW "$library" | grep -E 'GNU_STACK.*E'; then complain "executable stack"; fi

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$library"
bytes=$(stat -c %s "$stripped")
echo "stripped: $bytes bytes; at most $most MB"
[ "$bytes" -le $((most * 1000000)) ] || complain "the library is larger than that"
exit "$broken"
