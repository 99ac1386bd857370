#!/usr/bin/env bash
# Runs bucketlint once and writes log, SARIF, JSON, job summary and outputs. Never fails on findings: gate.sh does, so that
# later steps of this action still see the reports.
set -euo pipefail

one_line() {
  if [[ $2 == *$'\n'* || $2 == *$'\r'* ]]; then echo "::error::$1 must be one line"; exit 2; fi
}
one_line sarif-file "$INPUT_SARIF_FILE"
one_line json-file "$INPUT_JSON_FILE"
one_line working-directory "$INPUT_WORKING_DIRECTORY"

program="$RUNNER_TEMP/bucketlint/release/bucketlint"
log="$RUNNER_TEMP/bucketlint.log"
cd -- "$GITHUB_WORKSPACE/$INPUT_WORKING_DIRECTORY"

arguments=(check --color never --profile "$INPUT_PROFILE" --fail-on "$INPUT_FAIL_ON")
arguments+=(--output pretty --output "sarif=$INPUT_SARIF_FILE" --output "json=$INPUT_JSON_FILE")
if [[ $INPUT_FAIL_ON_UNKNOWN == true ]]; then arguments+=(--fail-on-unknown); fi
while IFS= read -r folder; do
  if [[ -n $folder ]]; then arguments+=(--rules "$folder"); fi
done <<< "$INPUT_RULES"
arguments+=(--)
while IFS= read -r path; do
  if [[ -n $path ]]; then arguments+=("$path"); fi
done <<< "$INPUT_PATHS"

# Reports of an earlier run must not be taken for this one's.
rm -f -- "$INPUT_SARIF_FILE" "$INPUT_JSON_FILE"

# The scanner sees no token and no other secret of the job: its environment is empty.
code=0
env -i PATH="$PATH" COLUMNS=120 "$program" "${arguments[@]}" > "$log" 2>&1 || code=$?

# What is printed quotes the code under check, which could spell workflow commands: they are off while it is shown.
pause="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
echo "::stop-commands::$pause"
cat "$log"
echo "::$pause::"

# One line per finding in the JSON report; strings in it cannot hold a new line.
count() {
  if [[ -f $INPUT_JSON_FILE ]]; then grep -c "^      \"status\": \"$1\",\$" -- "$INPUT_JSON_FILE" || true; else echo 0; fi
}
prefix="${INPUT_WORKING_DIRECTORY%/}"
if [[ $prefix == . || -z $prefix ]]; then prefix=''; else prefix="$prefix/"; fi
{
  echo "exit-code=$code"
  echo "findings=$(count violated)"
  echo "unknown=$(count unknown)"
  echo "sarif-file=$prefix$INPUT_SARIF_FILE"
  echo "json-file=$prefix$INPUT_JSON_FILE"
} >> "$GITHUB_OUTPUT"

if [[ $INPUT_SUMMARY == true ]]; then
  # A step summary may have 1 MiB; the reports have the rest.
  {
    echo '### bucketlint'
    echo '<pre>'
    head -c 500000 "$log" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/^$/\&nbsp;/'
    echo
    echo '</pre>'
  } >> "$GITHUB_STEP_SUMMARY"
fi
