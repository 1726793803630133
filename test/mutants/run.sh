#!/usr/bin/env bash
# Breaks one line at a time and shows that a test notices, without a GPU: run.sh [EVERY [LIST]].
# Works on a copy in build-mutants. A line of mutants.txt is
#   FILE | TEXT | REPLACEMENT | TEST PROGRAMS        (fields between ' | ', TEXT occurs once in FILE)
# PROGRAM:FILTER runs the tests of that GoogleTest filter alone.
# With EVERY = n only each n-th mutant is tried. Fails if a mutant survives or does not apply.
set -euo pipefail
cd "$(dirname "$0")/../.."

every=${1:-1}
jobs=${JOBS:-$(nproc)}
list=${2:-$PWD/test/mutants/mutants.txt}
copy=$PWD/build-mutants/source
build=$PWD/build-mutants/build

# Only what differs is copied, so that a second run builds what changed and nothing else.
while IFS= read -r -d '' file; do
  [ -f "$file" ] || continue
  mkdir -p "$copy/$(dirname "$file")"
  cmp -s "$file" "$copy/$file" || cp "$file" "$copy/$file"
done < <(git ls-files -z --cached --others --exclude-standard)
cmake -S "$copy" -B "$build" -DCMAKE_BUILD_TYPE=Release -DHEDDLE_CUDA=OFF -DHEDDLE_BUILD_BENCH=OFF \
  -DHEDDLE_BUILD_EXAMPLES=OFF -DHEDDLE_BUILD_CLI=OFF >/dev/null

field() { awk -F ' \\| ' -v n="$2" '{ print $n }' <<<"$1"; }
programs_of() { tr ' ' '\n' <<<"$1" | cut -d: -f1 | sort -u | xargs; }
build_tests() { # shellcheck disable=SC2046
  cmake --build "$build" --parallel "$jobs" --target $(programs_of "$1") >"$build/mutant.log" 2>&1
}
run_test() { # shellcheck disable=SC2155
  local filter=$(cut -s -d: -f2 <<<"$1")
  timeout 300 "$build/bin/${1%%:*}" --gtest_brief=1 --gtest_fail_fast --gtest_filter="${filter:-*}"
}

# Replaces the only occurrence of $2 in file $1 by $3.
replace() {
  FROM=$2 TO=$3 awk '
    { at = index($0, ENVIRON["FROM"])
      if (at > 0) {
        ++found
        $0 = substr($0, 1, at - 1) ENVIRON["TO"] substr($0, at + length(ENVIRON["FROM"]))
      }
      print }
    END { exit found != 1 }' "$1" >"$1.mutant" || { rm -f "$1.mutant"; return 1; }
  mv "$1.mutant" "$1"
}

mapfile -t mutants < <(grep -vE '^(#|$)' "$list" | awk -v every="$every" '(NR - 1) % every == 0')
tests=$(for mutant in "${mutants[@]}"; do field "$mutant" 4; done | tr ' ' '\n' | sort -u | xargs)
echo "mutants: building $(wc -w <<<"$(programs_of "$tests")") test programs"
build_tests "$tests" || { cat "$build/mutant.log"; exit 1; }
set -f  # filters are not file names
for test in $tests; do
  run_test "$test" >"$build/mutant.log" 2>&1 || { echo "$test fails unbroken"; exit 1; }
  if grep -q ' 0 tests from' "$build/mutant.log"; then echo "$test has no tests"; exit 1; fi
done

killed=0 bad=0
for mutant in "${mutants[@]}"; do
  file=$copy/$(field "$mutant" 1)
  programs=$(field "$mutant" 4)
  cp -p "$file" "$build/original"
  verdict=SURVIVED
  if ! replace "$file" "$(field "$mutant" 2)" "$(field "$mutant" 3)"; then
    verdict="DOES NOT APPLY"
  elif ! build_tests "$programs"; then
    verdict="killed by the compiler"
  else
    for test in $programs; do
      run_test "$test" >"$build/mutant.log" 2>&1 ||
        { verdict="killed by $test"; break; }
    done
  fi
  cp "$build/original" "$file"
  case "$verdict" in
    killed*) killed=$((killed + 1)) ;;
    *) bad=$((bad + 1)) ;;
  esac
  printf '%-40s %s\n' "$verdict" "$(cut -d'|' -f1-3 <<<"$mutant")"
done
echo "mutants: $killed of ${#mutants[@]} killed"
[ "$bad" = 0 ]
