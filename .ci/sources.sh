#!/usr/bin/env bash
# Lists the C++ and CUDA files of the project, one a line.
set -euo pipefail
cd "$(dirname "$0")/.."
find include kernels host test bench docs -type f \
  '(' -name '*.hpp' -o -name '*.c' -o -name '*.cpp' -o -name '*.h' -o -name '*.cuh' -o -name '*.cu' ')' | sort
