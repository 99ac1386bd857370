#!/usr/bin/env bash
# Turns bucketlint's exit code into the step's.
set -euo pipefail
case "$EXIT_CODE" in
  0) exit 0 ;;
  3)
    if [[ $FAIL_ON_INCOMPLETE != false ]]; then
      echo '::error title=bucketlint::a part of the input could not be judged (exit code 3)'
      exit 3
    fi
    echo '::warning title=bucketlint::a part of the input could not be judged (exit code 3)'
    ;;
  1) echo '::error title=bucketlint::there are findings at or above fail-on (exit code 1)'; exit 1 ;;
  *)
    echo '::error title=bucketlint::the program stopped and nothing was judged; the log of the step says why'
    if [[ $EXIT_CODE =~ ^[0-9]+$ ]]; then exit "$EXIT_CODE"; fi
    exit 2
    ;;
esac
