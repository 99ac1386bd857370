#!/usr/bin/env bash
# Runs bucketlint once and writes log, annotations, job summary, SARIF, JSON and outputs. Never fails on findings: gate.sh does,
# so that later steps of this action still see the reports.
set -euo pipefail

# Whatever ends this step, the steps behind it are told that nothing was judged.
told=''
trap 'if [[ -z $told ]]; then echo "exit-code=2" >> "$GITHUB_OUTPUT"; fi' EXIT

refuse() { echo "::error title=bucketlint::$1"; exit 2; }
one_line() { if [[ $2 == *$'\n'* || $2 == *$'\r'* ]]; then refuse "$1 must be one line"; fi; }
boolean() { if [[ $2 != true && $2 != false ]]; then refuse "$1 must be true or false"; fi; }
one_line working-directory "$INPUT_WORKING_DIRECTORY"
one_line sarif-file "$INPUT_SARIF_FILE"
one_line json-file "$INPUT_JSON_FILE"
boolean fail-on-unknown "$INPUT_FAIL_ON_UNKNOWN"
boolean annotations "$INPUT_ANNOTATIONS"
boolean summary "$INPUT_SUMMARY"
boolean upload-sarif "$INPUT_UPLOAD_SARIF"
if [[ -z $INPUT_SARIF_FILE || -z $INPUT_JSON_FILE ]]; then refuse 'sarif-file and json-file must name files'; fi

program="$RUNNER_TEMP/bucketlint/release/bucketlint"
if [[ ${RUNNER_OS:-} == Windows ]]; then program+=.exe; fi
log="$RUNNER_TEMP/bucketlint.log"
annotations="$RUNNER_TEMP/bucketlint.annotations"
cd -- "$GITHUB_WORKSPACE/$INPUT_WORKING_DIRECTORY" 2> /dev/null || refuse 'working-directory cannot be entered'

# The program sees no token and no other variable of the job. PATH is for git, which --base reads the history with: the workspace
# may belong to another user (a job in a container), nothing is fetched, and a folder of the code that looks like a repository
# is none.
scrubbed=(env -i PATH="$PATH" COLUMNS=120 GITHUB_WORKSPACE="$GITHUB_WORKSPACE" GIT_CONFIG_NOSYSTEM=1
  GIT_CONFIG_GLOBAL=/dev/null GIT_NO_LAZY_FETCH=1 GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=3
  GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$GITHUB_WORKSPACE"
  GIT_CONFIG_KEY_1=safe.directory GIT_CONFIG_VALUE_1="$GITHUB_WORKSPACE/*"
  GIT_CONFIG_KEY_2=safe.bareRepository GIT_CONFIG_VALUE_2=explicit)

# No network either, where the runner can cut it off: in a network namespace of the program's own, made by itself or (where
# Ubuntu's AppArmor forbids that) by the runner's sudo, which gives the user back and lets nothing below become root again.
offline=()
online=''
if [[ ${RUNNER_OS:-Linux} == Linux ]]; then
  by_itself=(unshare --user --map-current-user --net --)
  by_sudo=(sudo -n unshare --net -- setpriv --reuid "$(id -u)" --regid "$(id -g)" --init-groups --no-new-privs --)
  if "${by_itself[@]}" true 2> /dev/null; then
    offline=("${by_itself[@]}")
  elif "${by_sudo[@]}" true 2> /dev/null; then
    offline=("${by_sudo[@]}")
  fi
fi
if [[ ${#offline[@]} == 0 ]]; then online='this runner cannot cut off the network: the program, which makes no connection, ran with it'; fi

# `auto` never turns into a comparison with the wrong thing: where the base is not there everything counts, and it is said.
base="$INPUT_BASE"
notice=''
if [[ $base == auto ]]; then
  base="$EVENT_BASE"
  if [[ -z $base ]]; then
    notice='base is auto and the event names no pull request: everything was checked, not only what a change brings'
  elif [[ ! $base =~ ^[0-9a-f]{40,64}$ ]]; then
    base=''
    notice='base is auto and the base of the pull request is no commit: everything was checked, not only what a change brings'
  # Where git refuses the repository as a whole the program says so and stops.
  elif "${scrubbed[@]}" git rev-parse --git-dir > /dev/null 2>&1 && ! "${scrubbed[@]}" git cat-file -e "$base^{commit}" 2> /dev/null; then
    notice="base is auto and the clone does not have $base (actions/checkout needs fetch-depth: 0): everything was checked, not only what the pull request brings"
    base=''
  fi
fi

# What judges a pull request is never its own for want of a base: where that is not in the clone, the program says so and stops.
policy="$INPUT_POLICY_FROM"
if [[ $policy == auto ]]; then
  policy="$EVENT_BASE"
  if [[ -n $policy && ! $policy =~ ^[0-9a-f]{40,64}$ ]]; then refuse 'policy-from is auto and the base of the pull request is no commit'; fi
fi

arguments=(check --color never --output pretty "--output=sarif=$INPUT_SARIF_FILE" "--output=json=$INPUT_JSON_FILE")
if [[ $INPUT_ANNOTATIONS == true ]]; then arguments+=("--output=github=$annotations"); fi
if [[ $INPUT_SUMMARY == true ]]; then
  arguments+=("--output=markdown=$GITHUB_STEP_SUMMARY")
  scrubbed+=(GITHUB_STEP_SUMMARY="$GITHUB_STEP_SUMMARY")
fi
# With `=`: a value that starts with a dash stays a value.
if [[ -n $INPUT_PROFILE ]]; then arguments+=("--profile=$INPUT_PROFILE"); fi
if [[ -n $INPUT_FAIL_ON ]]; then arguments+=("--fail-on=$INPUT_FAIL_ON"); fi
if [[ $INPUT_FAIL_ON_UNKNOWN == true ]]; then arguments+=(--fail-on-unknown); fi
if [[ -n $INPUT_CONFIG ]]; then arguments+=("--config=$INPUT_CONFIG"); fi
if [[ -n $INPUT_BASELINE ]]; then arguments+=("--baseline=$INPUT_BASELINE"); fi
if [[ -n $base ]]; then arguments+=("--base=$base"); fi
if [[ -n $policy ]]; then arguments+=("--policy-from=$policy"); fi
while IFS= read -r folder; do
  if [[ -n $folder ]]; then arguments+=("--rules=$folder"); fi
done <<< "$INPUT_RULES"
while IFS= read -r report; do
  if [[ -z $report ]]; then continue; fi
  if [[ ! $report =~ ^[a-z]+=. ]]; then refuse 'reports must be lines like html=report.html'; fi
  arguments+=("--output=$report")
done <<< "$INPUT_REPORTS"
arguments+=(--)
while IFS= read -r path; do
  if [[ -n $path ]]; then arguments+=("$path"); fi
done <<< "$INPUT_PATHS"

# Reports of an earlier run must not be taken for this one's. The program puts a new file in the place of an old one, after it has
# made sure that what is there is no code; where it writes none, an old one goes if it is a report of ours, and nothing else.
rm -f -- "$annotations"
leave() {
  if [[ ! -f $1 || -L $1 ]]; then return; fi
  if head -c 4096 < "$1" | grep -Ec '^  "schema": "bucketlint/findings/|^          "name": "bucketlint",$' > /dev/null; then rm -f -- "$1"; fi
}
inode() { ls -di -- "$1" 2> /dev/null | awk '{ print $1 }' || true; }
old_sarif="$(inode "$INPUT_SARIF_FILE")"
old_json="$(inode "$INPUT_JSON_FILE")"

code=0
# (bash 3 of macOS takes an empty list for an unset one.)
${offline[@]+"${offline[@]}"} "${scrubbed[@]}" "$program" "${arguments[@]}" > "$log" 2>&1 || code=$?

# What is printed quotes the code under check, which could spell workflow commands: they are off while it is shown. In the
# annotations every value is escaped; no line but a command is passed on.
pause="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
echo "::stop-commands::$pause"
cat "$log"
echo
echo "::$pause::"
if [[ -n $notice ]]; then echo "::notice title=bucketlint::$notice"; fi
if [[ -n $online ]]; then echo "::notice title=bucketlint::$online"; fi
if [[ -f $annotations ]]; then grep -E '^::(error|warning|notice) ' -- "$annotations" || true; fi

has_sarif=false
has_json=false
if [[ -f $INPUT_SARIF_FILE && $(inode "$INPUT_SARIF_FILE") != "$old_sarif" ]]; then has_sarif=true; else leave "$INPUT_SARIF_FILE"; fi
if [[ -f $INPUT_JSON_FILE && $(inode "$INPUT_JSON_FILE") != "$old_json" ]]; then has_json=true; else leave "$INPUT_JSON_FILE"; fi

# Counts are read by line from the JSON report, in which no string holds a new line. Without a report there are none: empty, not 0.
number() { awk -v line="    \"$1\": " 'index($0, line) == 1 { gsub(/[^0-9]/, ""); print; exit }' < "$INPUT_JSON_FILE"; }
violated() {
  awk -v wanted="$1" '
    /^  "[a-z]+": / { inside = /^  "findings"/ }
    inside && /^      "rule": / { rule = $2 }
    inside && /^      "status": "violated"/ && (wanted == "" || rule == "\"" wanted "\",") { n++ }
    END { print n + 0 }' < "$INPUT_JSON_FILE"
}
from_workspace() {
  case "$1,$INPUT_WORKING_DIRECTORY" in
    /*,* | *,. | *,) echo "$1" ;;
    *) echo "${INPUT_WORKING_DIRECTORY%/}/$1" ;;
  esac
}
{
  echo "exit-code=$code"
  if [[ $has_json == true ]]; then
    # A report that only says what was named wrongly counts nothing.
    if [[ $code != 2 ]]; then
      echo "findings=$(violated '')"
      echo "widened=$(violated access-widened)"
      echo "suppressed=$(number suppressed)"
      echo "unknown=$(number unknown)"
    fi
    echo "json-file=$(from_workspace "$INPUT_JSON_FILE")"
  fi
  if [[ $has_sarif == true ]]; then echo "sarif-file=$(from_workspace "$INPUT_SARIF_FILE")"; fi
} >> "$GITHUB_OUTPUT"
told=yes

if [[ $INPUT_SUMMARY == true ]]; then
  if [[ $has_json != true ]]; then
    printf '## bucketlint: nothing was judged\n\nThe program stopped with exit code %s; the log of the step says why.\n\n' "$code"
  fi
  if [[ -n $notice ]]; then printf '> %s\n\n' "$notice"; fi
fi >> "$GITHUB_STEP_SUMMARY"
