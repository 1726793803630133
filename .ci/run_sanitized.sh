#!/usr/bin/env bash
# Runs the tests of a sanitizer build: run_sanitized.sh BUILD_DIR [ctest arguments].
set -euo pipefail

# addr2line names the source line of a report where llvm-symbolizer is not installed.
export ASAN_OPTIONS="allow_addr2line=1:detect_stack_use_after_return=1:strict_string_checks=1"
export UBSAN_OPTIONS="print_stacktrace=1:allow_addr2line=1"
export TSAN_OPTIONS="allow_addr2line=1:halt_on_error=1"

# The sanitizers of clang 14 cannot map their shadow on kernels that randomise addresses widely.
fixed=()
machine=$(uname -m)
if setarch "$machine" -R true 2>/dev/null; then fixed=(setarch "$machine" -R); fi

exec "${fixed[@]}" "$(dirname "$0")/run_tests.sh" "$@"
