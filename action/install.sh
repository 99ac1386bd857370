#!/usr/bin/env bash
# Puts the program where check.sh finds it: the released one that manifest.txt names with its SHA-256, else one built from the
# action's own checkout. The commit that the user pins decides both.
set -euo pipefail

refuse() { echo "::error title=bucketlint::$1"; exit 2; }

own="$(sed -n 's/^version = "\([^"]*\)".*/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)"
version="${INPUT_VERSION:-$own}"
if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then refuse 'version must be exact, like 1.2.3, without a v'; fi
if [[ $INPUT_INSTALL != auto && $INPUT_INSTALL != binary && $INPUT_INSTALL != source ]]; then refuse 'install must be auto, binary or source'; fi

suffix=''
case "${RUNNER_OS:-},${RUNNER_ARCH:-}" in
  Linux,X64) target=x86_64-unknown-linux-musl ;;
  Linux,ARM64) target=aarch64-unknown-linux-musl ;;
  macOS,X64) target=x86_64-apple-darwin ;;
  macOS,ARM64) target=aarch64-apple-darwin ;;
  Windows,X64) target=x86_64-pc-windows-msvc suffix=.exe ;;
  *) target=unknown ;;
esac

sum='' address=''
while read -r its_version its_target its_sum its_address || [[ -n $its_version ]]; do
  if [[ $its_version == "$version" && $its_target == "$target" ]]; then sum="$its_sum" address="${its_address%$'\r'}"; fi
done < "$GITHUB_ACTION_PATH/action/manifest.txt"

folder="$RUNNER_TEMP/bucketlint/release"
program="$folder/bucketlint$suffix"
rm -f -- "$program"
mkdir -p -- "$folder"

digest() { if command -v sha256sum > /dev/null; then sha256sum < "$1"; else shasum -a 256 < "$1"; fi | cut -c 1-64; }

# Nothing is run, and nothing made executable, before its sum is right. A wrong sum never leads to another way in.
download() {
  local file="$RUNNER_TEMP/bucketlint/download" got
  if [[ ! $sum =~ ^[0-9a-f]{64}$ ]]; then refuse "action/manifest.txt has no SHA-256 for $version $target"; fi
  # `-q`: no .curlrc has a say.
  if ! curl -q --proto '=https' --proto-redir '=https' --tlsv1.2 --fail --silent --show-error --location --max-redirs 5 \
    --connect-timeout 20 --max-time 300 --retry 2 --max-filesize 100000000 --output "$file" --url "$address"; then
    rm -f -- "$file"
    return 1
  fi
  got="$(digest "$file")"
  if [[ $got != "$sum" ]]; then
    rm -f -- "$file"
    refuse "what was downloaded for $version $target is not what action/manifest.txt names (SHA-256 $got instead of $sum): nothing was run"
  fi
  chmod 755 "$file"
  mv -- "$file" "$program"
  echo "bucketlint $version for $target, SHA-256 $sum as in action/manifest.txt"
}

build() {
  if ! command -v cargo > /dev/null; then refuse 'bucketlint is built from source here and needs cargo (rustup) on the runner'; fi
  # Build scripts of dependencies need no secret of the job.
  while IFS= read -r name; do unset "$name"; done < <(compgen -e | grep -iE 'token|secret|passw|credential|_key' || true)
  # cargo and rustup obey `.cargo/config.toml` and `rust-toolchain.toml` of the folder that they run in and of those above: the
  # code under check must not say how its own judge is built.
  cd -- "$GITHUB_ACTION_PATH"
  cargo build --release --locked --target-dir "$RUNNER_TEMP/bucketlint"
  echo "bucketlint $own, built from the checkout of the action"
}

if [[ $INPUT_INSTALL != source && -n $sum ]]; then
  if download; then exit 0; fi
  if [[ $INPUT_INSTALL == binary || $version != "$own" ]]; then refuse "bucketlint $version for $target could not be downloaded"; fi
  echo "::warning title=bucketlint::bucketlint $version for $target could not be downloaded and is built from source"
elif [[ $version != "$own" ]]; then
  refuse "this commit of the action has no bucketlint $version for $target: action/manifest.txt has no line for it, and its own code is $own"
elif [[ $INPUT_INSTALL == binary ]]; then
  refuse "this commit of the action has no released bucketlint $version for $target: action/manifest.txt has no line for it"
fi
build
