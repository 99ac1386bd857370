#!/usr/bin/env bash
# Builds bucketlint from the action's own checkout, outside the user's workspace.
set -euo pipefail
command -v cargo >/dev/null || { echo '::error::bucketlint is built from source and needs cargo (rustup) on the runner'; exit 2; }
# cargo and rustup obey `.cargo/config.toml` and `rust-toolchain.toml` of the folder that they run in and of those above: the
# code under check must not say how its own judge is built.
cd -- "$GITHUB_ACTION_PATH"
cargo build --release --locked --target-dir "$RUNNER_TEMP/bucketlint"
