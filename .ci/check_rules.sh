#!/usr/bin/env bash
# The rules of docs/contributing.md that a grep can check.
set -euo pipefail
cd "$(dirname "$0")/.."

broken=0
complain() {
  [ -z "$2" ] && return
  printf 'rule: %s\n%s\n' "$1" "$2" >&2
  broken=1
}

mapfile -t sources < <(.ci/sources.sh)
complain "inline assembly lives in kernels/arch alone" \
  "$(grep -nE '\basm\b *(volatile)? *\(' "${sources[@]}" | grep -v '^kernels/arch/' || true)"
complain "a file has at most 500 lines" \
  "$(wc -l "${sources[@]}" | awk '$1 > 500 && $2 != "total"')"
complain "nothing is called utils" \
  "$(find include kernels host test bench docs -iname '*utils*' || true)"
complain "public headers include nothing but public and standard headers" \
  "$(grep -nE '#include "' include/heddle/*.h* | grep -v '"heddle/' || true)"
exit "$broken"
