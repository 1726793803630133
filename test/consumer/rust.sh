#!/usr/bin/env bash
# Builds the Rust program against the shared and the static library and runs it:
# rust.sh PREFIX WORK CUDA. Exit status 77: no rustc.
set -euo pipefail

prefix=$1 work=$2 cuda=$3
source=$(dirname "$(readlink -f "$0")")/rust/main.rs
if ! rustc --version 2>/dev/null; then echo "no rustc"; exit 77; fi
found=$(find "$prefix" -name libheddle.a)
libdir=${found%/*}
rm -rf "$work"
mkdir -p "$work"
build=(rustc --edition 2021 -D warnings -L "native=$libdir" "$source")
"${build[@]}" -l dylib=heddle -o "$work/shared"
LD_LIBRARY_PATH=$libdir "$work/shared"
if [ "$cuda" != ON ]; then  # with it, the toolkit's libcudart_static would have to be named too
  "${build[@]}" -l static=heddle -l dylib=stdc++ -o "$work/static"
  "$work/static"
fi
