#!/usr/bin/env bash
# Builds bucketlint from the action's own checkout, outside the user's workspace.
set -euo pipefail
command -v cargo >/dev/null || { echo '::error::bucketlint is built from source and needs cargo (rustup) on the runner'; exit 2; }
cargo build --release --locked --manifest-path "$GITHUB_ACTION_PATH/Cargo.toml" --target-dir "$RUNNER_TEMP/bucketlint"
