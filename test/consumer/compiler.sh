#!/usr/bin/env bash
# Builds the C99 and the C++17 program with a compiler and pkg-config alone and runs them:
# compiler.sh shared|static PREFIX WORK CC CXX. Exit status 77: no pkg-config.
set -euo pipefail

kind=$1 prefix=$2 work=$3 cc=$4 cxx=$5
project=$(dirname "$(readlink -f "$0")")/project
if ! command -v pkg-config >/dev/null; then echo "no pkg-config"; exit 77; fi
found=$(find "$prefix" -name heddle.pc)
export PKG_CONFIG_PATH=${found%/*} PKG_CONFIG_LIBDIR=/nonexistent
rm -rf "$work"
mkdir -p "$work"
read -ra cflags < <(pkg-config --cflags heddle)
libdir=$(pkg-config --variable=libdir heddle)
if [ "$kind" = shared ]; then
  export LD_LIBRARY_PATH=$libdir
  read -ra libs < <(pkg-config --libs heddle)
else
  # The archive by its name, for -lheddle would be the shared library; the rest is --static's.
  read -ra libs < <(pkg-config --static --libs heddle)
  libs=("${libs[@]/#-lheddle/$libdir/libheddle.a}")
fi
warnings=(-Wall -Wextra -Wpedantic -Werror)
"$cc" -std=c99 "${warnings[@]}" "${cflags[@]}" "$project/main.c" -o "$work/main_c" "${libs[@]}"
"$cxx" -std=c++17 "${warnings[@]}" "${cflags[@]}" "$project/main.cpp" -o "$work/main_cxx" "${libs[@]}"
"$work/main_c"
"$work/main_cxx"
for program in main_c main_cxx; do
  linked=$(readelf -d "$work/$program" | grep -c 'libheddle\.so' || true)
  if [ "$linked" != "$([ "$kind" = shared ] && echo 1 || echo 0)" ]; then
    echo "$program: built as $kind, but libheddle.so is needed $linked times" >&2
    exit 1
  fi
done
