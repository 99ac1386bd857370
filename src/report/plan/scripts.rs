//! A plan for bash: restore.sh, rollback.sh, verify.sh, and check.py that compares before each step. They make the calls that
//! `bucketlint restore --apply` makes, stop where it stops, and keep the same journal; they need bash, the aws CLI and python3.

use std::fmt::Write;

use serde_json::{Map, json};

use crate::frontend::live::{ACCOUNT_BLOCK, FEATURES, POINT_POLICY};
use crate::incident::plan::{ACCOUNT, Plan, Step, points};

/// What compares a feature with the plan.
#[must_use]
pub fn check_script() -> String {
    let mut specs = Map::new();
    let own = FEATURES.iter().map(|it| (it.name, it));
    let others = [(ACCOUNT, &ACCOUNT_BLOCK), (points::PREFIX.trim_end_matches('.'), &POINT_POLICY)];
    for (name, spec) in own.chain(others) {
        specs.insert(name.to_owned(), json!({ "absent": spec.absent, "empty": spec.empty_is_absent }));
    }
    include_str!("check.py").replace("@FEATURES@", &serde_json::Value::Object(specs).to_string())
}

/// The steps as a script. It shows what it would do, and does it where `APPLY=1` is said. `manifest` is the hash of the plan's
/// manifest: the script is of that plan and no other.
#[must_use]
pub fn restore_script(plan: &Plan, manifest: &str) -> String {
    let steps = plan.steps.iter().map(|it| (it, &it.command));
    script(plan, "restore.sh: the steps of PLAN.md, in their order", ("forth", manifest), steps)
}

/// The way back, of the steps that the journal says were begun.
#[must_use]
pub fn rollback_script(plan: &Plan, manifest: &str) -> String {
    let steps = plan.way_back().into_iter().map(|it| (it, &it.undo));
    script(plan, "rollback.sh: takes the steps of PLAN.md back", ("back", manifest), steps)
}

/// Before the first call of the way back: somebody has noted which steps were taken, and none of these has moved.
const AHEAD: &str = r#"if [ "${APPLY:-0}" = 1 ] && [ ! -s journal.jsonl ]; then
  echo "there is no journal (journal.jsonl), so that nobody knows which steps of this plan were taken: nothing was changed. Where none was, there is nothing to take back; else put the journal back, or make the calls of the way back by hand (PLAN.md)" >&2
  exit 2
fi
ahead() {
  local id=$1 answer
  shift 2
  if [ "${APPLY:-0}" != 1 ]; then return 0; fi
  answer=$(look "$way" "$id" "$@")
  case $answer in
    skip | do | untouched) ;;
    moved*)
      note "$id" moved
      echo "[$id] ${answer#moved }; nothing was changed by this run: collect again and make a new plan" >&2
      exit 4 ;;
    *)
      echo "[$id] ${answer#* }; nothing was changed by this run" >&2
      exit 2 ;;
  esac
}
"#;

/// The manifest is that of this plan, and every file is as the manifest has it.
const HELD: &str = r#"sum() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
if [ "$(sum <manifest.sha256 | cut -d' ' -f1)" != "$manifest" ]; then
  echo "manifest.sha256 is not that of the plan that this script was made with: make the plan again" >&2
  exit 2
fi
if ! sum --check --quiet manifest.sha256; then
  echo "a file of the plan is not what was written: make the plan again" >&2
  exit 2
fi
"#;

const HEAD: &str = r#"set -euo pipefail
umask 077
cd "$(dirname "$0")"
export AWS_PAGER=''
work=''
locked=0
begun=0
changed=0
seen=' '
leave() {
  if [ -n "$work" ]; then rm -rf "$work"; fi
  if [ "$locked" = 1 ]; then rm -f apply.lock; fi
}
trap leave EXIT
note() {
  # A run that was cut off may have left half a line.
  if [ -s journal.jsonl ] && [ -n "$(tail -c 1 journal.jsonl)" ]; then echo >>journal.jsonl; fi
  printf '{"at":"%s","step":"%s","event":"%s","detail":"%s","by":"%s"}\n' "$(date -u +%FT%TZ)" "$1" "$2" "${3:-}" "$(basename "$0")" >>journal.jsonl
}
# What the feature of a step is now, held against the plan.
look() {
  local how=$1 id=$2 code=0
  shift 2
  aws "$@" --output json >"$work/out" 2>"$work/err" || code=$?
  python3 -I check.py "$how" "$id" "$code" "$work/out" "$work/err"
}
# One call; what may succeed when asked again is asked again.
call() {
  local try
  for try in 1 2 3 4 5; do
    if aws "$@" 2>"$work/err"; then return 0; fi
    grep -qE 'OperationAborted|SlowDown|Throttling|ServiceUnavailable|InternalError' "$work/err" || break
    sleep "$try"
  done
  cat "$work/err" >&2
  return 1
}
step() {
  local id=$1 feature=$2 answer wait
  local -a ask=()
  shift 2
  while [ "$1" != -- ]; do ask+=("$1"); shift; done
  shift
  if [ "${APPLY:-0}" != 1 ]; then
    echo "[$id] aws $*"
    return 0
  fi
  answer=$(look "$way" "$id" "${ask[@]}")
  # A step that this plan never took is not taken back.
  if [ "$answer" = untouched ]; then return 0; fi
  echo "[$id] aws $*"
  case $answer in
    skip)
      if [ "$way" = back ]; then note "$id" "undone" "it is as it was"; else seen="$seen$id "; fi
      echo "[$id] $feature: is so already"
      return 0 ;;
    do) ;;
    moved*)
      note "$id" moved
      echo "[$id] ${answer#moved }; collect again and make a new plan" >&2
      exit 4 ;;
    *)
      echo "[$id] ${answer#* }" >&2
      case $answer in unread*) if [ "$begun" = 0 ]; then
        echo "nothing was changed by this run; aws sts get-caller-identity must answer" >&2
        exit 2
      fi ;; esac
      note "$id" stopped
      exit 5 ;;
  esac
  begun=1
  if [ "$way" = forth ]; then note "$id" begin; else note "$id" undo; fi
  if ! call "$@"; then
    note "$id" failed
    exit 5
  fi
  for wait in 0 1 2 4; do
    sleep "$wait"
    answer=$(look "$way" "$id" "${ask[@]}")
    if [ "$answer" = skip ]; then
      if [ "$way" = forth ]; then note "$id" "done"; else note "$id" "undone"; fi
      echo "[$id] $feature: done"
      seen="$seen$id "
      return 0
    fi
  done
  note "$id" unverified
  echo "[$id] $feature: it does not read back as what was sent" >&2
  exit 5
}
# The setting once more, after all steps: whoever opened the bucket may have changed it back.
again() {
  local id=$1 feature=$2 wait
  shift 2
  case $seen in *" $id "*) ;; *) return 0 ;; esac
  for wait in 0 1 2; do
    sleep "$wait"
    if [ "$(look "$way-again" "$id" "$@")" = skip ]; then return 0; fi
  done
  note "$id" changed
  echo "[$id] $feature changed after its step: it is not as planned; someone is at work" >&2
  changed=1
}
if [ "${APPLY:-0}" = 1 ]; then
  if ! command -v python3 >/dev/null; then
    echo "python3 compares the bucket with the plan before each step: install it, or use bucketlint restore" >&2
    exit 2
  fi
  host=$(cat /proc/sys/kernel/hostname 2>/dev/null || hostname)
  take() {
    (
      set -o noclobber
      printf '{"pid":%s,"host":"%s","since":"%s"}' "$$" "$host" "$(date -u +%FT%TZ)" >apply.lock
    ) 2>/dev/null
  }
  # A run that was killed left it behind: of this machine, and its process is gone.
  left() {
    local held pid aside=apply.lock.$$.old
    held=$(cat apply.lock 2>/dev/null) || return 1
    case $held in *"\"host\":\"$host\""*) ;; *) return 1 ;; esac
    pid=$(printf '%s' "$held" | sed -n 's/.*"pid":\([0-9][0-9]*\).*/\1/p')
    if [ -z "$host" ] || [ -z "$pid" ] || [ ! -e /proc/self ] || [ -e "/proc/$pid" ]; then return 1; fi
    mv apply.lock "$aside" 2>/dev/null || return 1
    if [ "$(cat "$aside")" != "$held" ]; then
      ln "$aside" apply.lock 2>/dev/null
      rm -f "$aside"
      return 1
    fi
    rm -f "$aside"
  }
  if ! take && ! { left && take; }; then
    echo "this plan is being run already: $(cat apply.lock); if that process is gone, remove apply.lock" >&2
    exit 2
  fi
  locked=1
  work=$(mktemp -d)
fi
"#;

const GUARD: &str = r#"if [ "${APPLY:-0}" = 1 ] && [ "${ALLOW_LOOSEN:-0}" != 1 ]; then
  echo "taking the plan back opens again what it closed; say ALLOW_LOOSEN=1 if that is meant" >&2
  exit 2
fi
"#;

fn script<'p>(
    plan: &Plan,
    title: &str,
    (way, manifest): (&str, &str),
    steps: impl Iterator<Item = (&'p Step, &'p Vec<String>)>,
) -> String {
    let (mut again, mut calls, mut ahead) = (String::new(), String::new(), String::new());
    let guard = if way == "back" && plan.steps.iter().any(|it| !it.loosens && it.is_access()) { GUARD } else { "" };
    let mut out = format!(
        "#!/usr/bin/env bash\n# {title}. Bucket {}. Written by {}.\n# Shows the calls; APPLY=1 makes them. Before each step the bucket \
         is compared with the plan:\n# as it should be: skipped; as it was: done; neither: nothing more is done (exit 4).\nway={way}\nmanifest={manifest}\n{guard}{}",
        plan.bucket.replace(['\n', '\r'], " "),
        plan.tool,
        HEAD.replacen("export AWS_PAGER=''\n", &format!("export AWS_PAGER=''\n{HELD}"), 1)
    );
    if way == "back" {
        if let Some(why) = plan.no_way_back() {
            let _ = writeln!(
                out,
                "if [ \"${{APPLY:-0}}\" = 1 ]; then\n  echo {} >&2\n  exit 2\nfi",
                quoted(&format!("{why}; nothing was changed"))
            );
        }
        out.push_str(AHEAD);
    }
    for (step, command) in steps {
        if command.is_empty() {
            let _ = writeln!(calls, "echo {}", quoted(&format!("[{}] {} cannot be taken back", step.id, step.feature)));
        } else {
            let of = format!("{} {} {}", quoted(&step.id), quoted(&step.feature), words(&step.read));
            let _ = writeln!(calls, "step {of} -- {}", words(command));
            let _ = writeln!(again, "again {of}");
            if way == "back" {
                let _ = writeln!(ahead, "ahead {of}");
            }
        }
    }
    out.push_str(&ahead);
    out.push_str(&calls);
    out.push_str(&again);
    if let (Some(left), "forth") = (plan.left_by_hand(), way) {
        let _ = writeln!(out, "echo {}", quoted(&left));
    }
    if !again.is_empty() {
        out.push_str("if [ \"$changed\" = 1 ]; then exit 4; fi\n");
    }
    out
}

/// Says of each feature of the plan what it is now.
#[must_use]
pub fn verify_script(plan: &Plan, manifest: &str) -> String {
    let mut out = format!(
        "#!/usr/bin/env bash\n# verify.sh: what the features of the plan are now; it changes nothing. Exit 1 where one is not as it should be.\n\
         set -uo pipefail\numask 077\ncd \"$(dirname \"$0\")\" || exit 2\nexport AWS_PAGER=''\nmanifest={manifest}\n{HELD}work=$(mktemp -d)\n\
         trap 'rm -rf \"$work\"' EXIT\nfound=0\n\
         verify() {{\n  local id=$1 feature=$2 code=0 answer\n  shift 2\n  aws \"$@\" --output json >\"$work/out\" 2>\"$work/err\" || code=$?\n  \
         answer=$(python3 -I check.py forth \"$id\" \"$code\" \"$work/out\" \"$work/err\") || answer='unknown it cannot be compared without python3'\n  \
         case $answer in\n    skip) echo \"[$id] $feature: as it should be\" ;;\n    \
         do) echo \"[$id] $feature: as it was when the plan was made\"; found=1 ;;\n    \
         *) echo \"[$id] ${{answer#* }}\"; found=1 ;;\n  esac\n}}\n",
    );
    for step in &plan.steps {
        let _ = writeln!(out, "verify {} {} {}", quoted(&step.id), quoted(&step.feature), words(&step.read));
    }
    if let Some(left) = plan.left_by_hand() {
        let _ = writeln!(out, "echo {}", quoted(&left));
    }
    out.push_str("exit \"$found\"\n");
    out
}

fn words(all: &[String]) -> String {
    all.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(" ")
}

/// A word that bash takes as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
