#!/usr/bin/env bash
# Builds what bench/gpu/run.sh runs, for a machine that has a GPU but no compiler and no libraries:
# build.sh [BUILD_DIR [ARCHITECTURES]]. The programs, stripped, are in BUILD_DIR/bin, by default
# build-gpu/bin; carry that folder, bench/gpu/*.sh and bench/shapes. JOBS compile at once.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$root/build-gpu}
architectures=${2:-90a-real}
most_mib=64

# Device code shrinks to a seventh. nvcc 12.8 and later.
nvcc=$(command -v "${CUDACXX:-nvcc}" || echo /usr/local/cuda/bin/nvcc)
cuda_flags=
if "$nvcc" --help 2>/dev/null | grep -e '--compress-mode' >/dev/null; then
  cuda_flags=--compress-mode=size
fi

cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DHEDDLE_CUDA=ON \
  -DHEDDLE_CUDA_ARCHITECTURES="$architectures" -DHEDDLE_BUILD_TESTS=ON -DHEDDLE_BUILD_BENCH=ON \
  -DHEDDLE_BUILD_CLI=OFF -DHEDDLE_BUILD_EXAMPLES=OFF -DHEDDLE_BUILD_FUZZERS=OFF \
  -DCMAKE_CUDA_FLAGS="$cuda_flags" -DCMAKE_EXE_LINKER_FLAGS="-static-libstdc++ -static-libgcc"

mapfile -t targets < <(cmake --build "$build" --target help |
  grep -oE '\b(heddle_conformance|heddle_gpu_bench|[A-Za-z0-9_]+_gpu)\b' | sort -u)
[ "${#targets[@]}" -gt 0 ] || { echo "build.sh: no program for a GPU" >&2; exit 1; }
cmake --build "$build" --parallel "${JOBS:-$(nproc)}" --target "${targets[@]}"

bin=$build/bin
# What was built: run.sh puts it beside every result.
git -C "$root" describe --always --abbrev=12 --dirty=+ 2>/dev/null >"$bin/commit" ||
  rm "$bin/commit"
programs=()
for target in "${targets[@]}"; do
  if [ -x "$bin/$target" ]; then programs+=("$bin/$target"); fi
done
strip "${programs[@]}"
# Where Google Benchmark is a shared library, it comes along.
shared=$(ldd "$bin/heddle_gpu_bench" | awk '$1 ~ /^libbenchmark/ { print $1, $3 }')
if [ -n "$shared" ]; then
  read -r soname file <<<"$shared"
  # The one already beside the program is found first.
  [ "$file" -ef "$bin/$soname" ] || cp -L "$file" "$bin/$soname"
  programs+=("$bin/$soname")
fi

bytes=$(du -cb "${programs[@]}" | tail -n 1 | cut -f 1)
printf '%s\n' "${programs[@]##*/}"
echo "${#programs[@]} files, $((bytes / 1024)) KiB, architectures $architectures, in $bin"
[ "$bytes" -le $((most_mib * 1024 * 1024)) ] ||
  { echo "build.sh: more than $most_mib MiB" >&2; exit 1; }
