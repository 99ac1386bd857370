#!/usr/bin/env bash
# For those who release: writes lines of manifest.txt, and checks that they do not stand for other code than the commit's.
#   action/manifest.sh lines VERSION ADDRESS FOLDER   lines for the programs in FOLDER that will be found below ADDRESS
#   action/manifest.sh check                          the version of Cargo.toml is not released, or its code is the released one
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

fail() { echo "$1" >&2; exit 1; }

case "${1:-}" in
  lines)
    version="$2" address="$3" folder="$4"
    for target in x86_64-unknown-linux-musl aarch64-unknown-linux-musl x86_64-apple-darwin aarch64-apple-darwin x86_64-pc-windows-msvc; do
      name="bucketlint-$version-$target"
      if [[ $target == *windows* ]]; then name+=.exe; fi
      if [[ ! -f $folder/$name ]]; then fail "$folder/$name is not there"; fi
      printf '%s %s %s %s\n' "$version" "$target" "$(sha256sum < "$folder/$name" | cut -c 1-64)" "$address/$name"
    done
    ;;
  check)
    version="$(sed -n 's/^version = "\([^"]*\)".*/\1/p' Cargo.toml | head -n 1)"
    if ! grep -q "^$version " action/manifest.txt; then
      echo "$version is not released"
    elif ! git rev-parse --quiet --verify "v$version^{commit}" > /dev/null; then
      fail "action/manifest.txt has $version, and the clone has no tag v$version to compare with"
    elif ! git diff --quiet "v$version" HEAD -- src rules build.rs Cargo.toml Cargo.lock; then
      fail "the code is not that of v$version any more, but action/manifest.txt would give users its programs: raise the version in Cargo.toml"
    else
      echo "the code is that of v$version"
    fi
    ;;
  *) fail 'usage: action/manifest.sh lines VERSION ADDRESS FOLDER | check' ;;
esac
