#!/usr/bin/env bash
# Makes sure that what a goal needs is installed: deps.sh GOAL...
# Goals: demo test bench sanitize fuzz format tidy docs venv. Silent and offline when nothing is missing.
# HEDDLE_DEPS=skip leaves the packages alone (CMake then says what it cannot find).
set -euo pipefail

[ "${HEDDLE_DEPS:-}" != skip ] || exit 0

base="g++ cmake make libhwy-dev"
app="nlohmann-json3-dev libcli11-dev libpng-dev"
clang="clang libclang-rt-dev"

packages_of() {
  case "$1" in
    demo) echo "$base $app" ;;
    test)
      echo "$base $app libgtest-dev libboost-context-dev libbenchmark-dev python3 doxygen pkg-config" \
        "dpkg-dev"
      ;;
    docs) echo "$base doxygen" ;;
    venv) echo "python3 python3-venv" ;;
    bench) echo "$base $app libbenchmark-dev python3" ;;
    sanitize) echo "$base $app libgtest-dev $clang" ;;
    fuzz) echo "$base $app $clang" ;;
    format) echo "clang-format" ;;
    tidy) echo "$base $app libgtest-dev libboost-context-dev libbenchmark-dev $clang clang-tidy" ;;
    *)
      echo "deps.sh: goal = '$1': must be demo, test, bench, sanitize, fuzz, format, tidy, docs or venv" >&2
      return 1
      ;;
  esac
}

wanted=""
for goal in "$@"; do wanted+=" $(packages_of "$goal")"; done

if ! command -v dpkg-query >/dev/null; then
  echo "deps: not a Debian system; expecting the equivalents of:$wanted" >&2
  exit 0
fi

# A tool counts wherever it comes from, a library as a package.
have() {
  case "$1" in
    g++) command -v "${CXX:-c++}" ;;
    clang) command -v clang++ ;;
    python3) python3 -c 'import argparse, json, pathlib, statistics' 2>&1 ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>&1 ;;
    dpkg-dev) command -v dpkg-shlibdeps ;;
    lib*|*-dev) dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -x installed ;;
    *) command -v "$1" ;;
  esac >/dev/null
}

missing=()
for package in $(tr ' ' '\n' <<<"$wanted" | sort -u); do
  have "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  if sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    echo "deps: missing packages, and no right to install them. Run:" >&2
    echo "  sudo apt-get update && sudo apt-get install -y ${missing[*]}" >&2
    exit 1
  fi
fi

# Package lists may be absent or stale: try them as they are, refresh only if that fails.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends)
echo "deps: installing ${missing[*]}"
if "${as_root[@]}" "${install[@]}" "${missing[@]}" >"$log" 2>&1 </dev/null; then exit 0; fi
if "${as_root[@]}" apt-get update -qq >"$log" 2>&1 </dev/null &&
   "${as_root[@]}" "${install[@]}" "${missing[@]}" >>"$log" 2>&1 </dev/null; then exit 0; fi
cat "$log" >&2
echo "deps: apt-get could not install: ${missing[*]}" >&2
exit 1
