#!/usr/bin/env bash
# Compiler launcher of CUDA sources: runs the command with ptxas' resource report switched on and
# keeps that report beside the object file, as OBJECT.ptxas. Everything else is passed through.
set -euo pipefail

object=
previous=
for argument in "$@"; do
  [ "$previous" = -o ] && object=$argument
  previous=$argument
done
# Only compiling has resources: not linking, not dependency scans.
case "$object" in
  *.o) ;;
  *) exec "$@" ;;
esac

rc=0
"$@" -Xptxas=-v 2>"$object.log" || rc=$?
# What -v adds is on lines of these forms; a warning or an error is not, but the report has it too.
info='^ptxas info|bytes stack frame,|^$'
grep -E "$info|^ptxas (warning|error)" "$object.log" >"$object.ptxas" || true
grep -vE "$info" "$object.log" >&2 || true
# Advice on speed comes as information: it is printed as well.
grep -E '^ptxas info.*\(C7[0-9]+\)' "$object.log" >&2 || true
rm -f "$object.log"
exit "$rc"
