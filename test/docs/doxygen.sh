#!/bin/sh
# doxygen.sh DOXYGEN DOXYFILE OUTPUT: every warning fails; 77 without Doxygen.
if [ ! -x "$1" ]; then
  echo "skipped: no doxygen"
  exit 77
fi
mkdir -p "$3"
"$1" "$2"
