#!/usr/bin/env bash
# Builds what a release carries for one target. The same toolchain gives the same bytes in any folder, so a release can be
# built again and compared (docs/releasing.md).
#   .github/build.sh program TARGET FOLDER
#   .github/build.sh wheel TARGET FOLDER      with maturin on the PATH; the SBOM that it puts into the wheel stands beside it too
set -euo pipefail
what="$1" target="$2"
mkdir -p -- "$3"
out="$(cd -- "$3" && pwd)"
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# As the compiler sees it: Git's shell on Windows has paths of its own.
native() { if command -v cygpath > /dev/null; then cygpath -m "$1"; else echo "$1"; fi; }

# Without the folders of this machine.
flags=("--remap-path-prefix=$(native "$PWD")=/bucketlint" "--remap-path-prefix=$(native "${CARGO_HOME:-$HOME/.cargo}")=/cargo")
suffix='' wheel=()
case "$target" in
  # Linked statically, so one wheel is right for every distribution.
  *-linux-musl) wheel=(--compatibility manylinux_2_17 musllinux_1_2) ;;
  # Without the C runtime's DLL, and without the time of linking.
  *-windows-msvc) suffix=.exe flags+=(-Ctarget-feature=+crt-static -Clink-arg=/Brepro) ;;
esac
# Unlike RUSTFLAGS this holds paths with spaces.
CARGO_ENCODED_RUSTFLAGS="$(printf '%s\x1f' "${flags[@]}")"
export CARGO_ENCODED_RUSTFLAGS="${CARGO_ENCODED_RUSTFLAGS%$'\x1f'}" CARGO_INCREMENTAL=0

case "$what" in
  program)
    version="$(sed -n 's/^version = "\([^"]*\)".*/\1/p' Cargo.toml | head -n 1)"
    cargo build --release --locked --target "$target"
    cp -- "target/$target/release/bucketlint$suffix" "$out/bucketlint-$version-$target$suffix"
    ;;
  wheel)
    maturin build --release --locked --target "$target" --out "$out" ${wheel[@]+"${wheel[@]}"}
    unzip -p "$out"/bucketlint-*.whl '*/sboms/*.cyclonedx.json' > "$out/bucketlint-$target.cdx.json"
    ;;
  *) echo 'usage: .github/build.sh program|wheel TARGET FOLDER' >&2; exit 2 ;;
esac
