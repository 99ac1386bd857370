#!/usr/bin/env bash
# Turns bucketlint's exit code into the step's.
set -euo pipefail
case "$EXIT_CODE" in
  0) exit 0 ;;
  3)
    if [[ $FAIL_ON_INCOMPLETE == true ]]; then
      echo '::error::bucketlint could not judge a part of the input (exit code 3)'
      exit 3
    fi
    echo '::warning::bucketlint could not judge a part of the input (exit code 3)'
    ;;
  1) echo '::error::bucketlint found violations at or above fail-on'; exit 1 ;;
  *) echo "::error::bucketlint stopped with exit code $EXIT_CODE"; exit "$EXIT_CODE" ;;
esac
