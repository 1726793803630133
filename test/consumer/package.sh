#!/usr/bin/env bash
# Makes the packages of a build, looks into them and uses the Debian ones, unpacked into a folder:
# package.sh CMAKE BUILD WORK CC CXX. Exit status 77: no dpkg.
set -euo pipefail

cmake=$1 build=$2 work=$3 cc=$4 cxx=$5
here=$(dirname "$(readlink -f "$0")")
if ! command -v dpkg-deb dpkg-shlibdeps >/dev/null; then echo "no dpkg-deb or dpkg-shlibdeps"; exit 77; fi
rm -rf "$work"
mkdir -p "$work/root"
# Everything is built already; a generator of makefiles would have the rest of the tree checked.
"${cmake%cmake}cpack" --config "$build/CPackConfig.cmake" -D CPACK_CMAKE_GENERATOR=Ninja -B "$work" \
  >"$work/cpack.log" 2>&1 || { cat "$work/cpack.log"; exit 1; }

complain() { echo "$*" >&2; exit 1; }
# has PACKAGE PATTERN...: a file of each pattern, and no package has what another has.
has() {
  local files pattern
  files=$(dpkg-deb -c "$1" | awk '{ print $6 }')
  for pattern in "${@:2}"; do
    grep -qE "$pattern" <<<"$files" || complain "${1##*/}: no file like $pattern"
  done
  grep -v '/$' <<<"$files" >>"$work/files"
}
library=$(echo "$work"/libheddle[0-9]*_*.deb)
devel=$(echo "$work"/libheddle-dev_*.deb)
command=$(echo "$work"/heddle_*.deb)
has "$library" '/lib/([^/]+/)?libheddle\.so\.[0-9]+$' '/lib/([^/]+/)?libheddle\.so\.[0-9.]+$' copyright
has "$devel" 'include/heddle/heddle\.h$' 'include/heddle/c/base\.h$' 'include/heddle/heddle\.hpp$' \
  'libheddle\.so$' 'libheddle\.a$' 'heddle\.pc$' 'heddleConfig\.cmake$' 'heddleConfigVersion\.cmake$'
has "$command" 'bin/heddle$'
twice=$(sort "$work/files" | uniq -d)
[ -z "$twice" ] || complain "in two packages: $twice"

# depends PACKAGE NAME...: no other package than these.
depends() {
  local field name
  field=$(dpkg-deb -f "$1" Depends | sed -E 's/ *\([^)]*\)//g; s/, */ /g')
  echo "${1##*/}: $field"
  for name in $field; do
    [[ " ${*:2} " == *" $name "* ]] || complain "${1##*/}: depends on $name"
  done
}
depends "$library" libc6 libstdc++6 libgcc-s1
depends "$devel" "$(dpkg-deb -f "$library" Package)"
depends "$command" libc6 libstdc++6 libgcc-s1 libpng16-16

for package in "$library" "$devel" "$command"; do dpkg-deb -x "$package" "$work/root"; done
"$here/compiler.sh" shared "$work/root" "$work/shared" "$cc" "$cxx"
"$work/root/usr/bin/heddle" --version

archive=$(echo "$work"/heddle-*.tar.gz)
files=$(tar -tzf "$archive")
for pattern in 'bin/heddle$' 'heddle\.pc$' 'libheddle\.so$'; do
  grep -qE "$pattern" <<<"$files" || complain "${archive##*/}: no file like $pattern"
done
