#!/usr/bin/env bash
# Runs the Python program on the installed shared library: python.sh PREFIX PYTHON.
# Exit status 77: no Python, or no NumPy.
set -euo pipefail

if ! command -v "$2" >/dev/null; then echo "no Python"; exit 77; fi
library=$(find "$1" -name 'libheddle.so')
PYTHONDONTWRITEBYTECODE=1 "$2" "$(dirname "$(readlink -f "$0")")/python/use.py" "$library"
