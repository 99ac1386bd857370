//! A plan for people and for bash: PLAN.md, restore.sh, rollback.sh, verify.sh.

use std::fmt::Write;

use crate::incident::plan::{Plan, Step};

use super::shared::clean;

/// What a person reads before anything is done.
#[must_use]
pub fn markdown(plan: &Plan) -> String {
    let mut out = format!("# {} of `{}`\n\n", plan.purpose, plan.bucket);
    let or = |it: &Option<String>, other: &str| it.clone().unwrap_or_else(|| other.to_owned());
    let _ = writeln!(
        out,
        "Account {}, region {}. The bucket was read {}. Nothing was changed by making this plan.\n",
        or(&plan.account, "not known"),
        or(&plan.region, "not known"),
        plan.collected_at.as_ref().map_or_else(|| "at a time that is not known".to_owned(), |it| format!("at {it}"))
    );
    out.push_str(
        "First, by hand: disable the credentials that made the change (`aws iam update-access-key --status Inactive …`), and \
         revoke the sessions of the role. This plan does not touch IAM.\n\n",
    );
    section(&mut out, "Warnings", &plan.warnings);
    out.push_str("## Steps\n\n");
    if plan.steps.is_empty() {
        out.push_str("None: the bucket is as it should be.\n\n");
    } else {
        out.push_str("| step | feature | why here | before | after | way back |\n|---|---|---|---|---|---|\n");
        for it in &plan.steps {
            let back = if it.undo.is_empty() { "none" } else { "rollback.sh" };
            let loosens = if it.loosens { " **(opens something)**" } else { "" };
            let _ = writeln!(
                out,
                "| {} | {}{loosens} | {} | {} | {} | {back} |",
                it.id,
                it.feature,
                cell(&it.reason),
                code(&it.before.to_string()),
                code(&it.after.to_string())
            );
        }
        out.push('\n');
    }
    section(&mut out, "What access changes", &plan.effects);
    section(&mut out, "By hand", &plan.manual);
    out.push_str(
        "## How\n\n    bucketlint restore --apply THIS-FOLDER        # asks for the bucket's name; stops where the bucket has moved\n    \
         APPLY=1 ./restore.sh                           # the same calls, without the checks before each step\n    \
         ./verify.sh                                    # what the bucket is now\n    \
         bucketlint restore --rollback THIS-FOLDER     # the way back, of the steps that were done\n",
    );
    clean(&out).into_owned()
}

fn section(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "## {title}\n");
    lines.iter().for_each(|it| {
        let _ = writeln!(out, "- {}", cell(it));
    });
    out.push('\n');
}

fn code(text: &str) -> String {
    let text = cell(text).replace('`', "'");
    let short: String = text.chars().take(200).collect();
    if short.len() < text.len() { format!("`{short}…`") } else { format!("`{short}`") }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}

/// The steps as a script. It shows what it would do, and does it where `APPLY=1` is said.
#[must_use]
pub fn restore_script(plan: &Plan) -> String {
    let steps = plan.steps.iter().map(|it| (it, &it.command));
    script(plan, "restore.sh: the steps of PLAN.md, in their order", steps)
}

/// The way back.
#[must_use]
pub fn rollback_script(plan: &Plan) -> String {
    let steps = plan.way_back().into_iter().map(|it| (it, &it.undo));
    script(plan, "rollback.sh: takes the steps of PLAN.md back", steps)
}

fn script<'p>(plan: &Plan, title: &str, steps: impl Iterator<Item = (&'p Step, &'p Vec<String>)>) -> String {
    let mut out = format!(
        "#!/usr/bin/env bash\n# {title}. Bucket {}. Written by {}.\n# Shows the calls; APPLY=1 makes them. Stops at the first failure.\n\
         set -euo pipefail\numask 077\ncd \"$(dirname \"$0\")\"\nexport AWS_PAGER=''\n\
         step() {{\n  local id=$1; shift\n  echo \"[$id] aws $*\"\n  [ \"${{APPLY:-0}}\" = 1 ] || return 0\n  aws \"$@\"\n  \
         printf '{{\"step\":\"%s\",\"at\":\"%s\",\"by\":\"%s\"}}\\n' \"$id\" \"$(date -u +%FT%TZ)\" \"$(basename \"$0\")\" >>journal.jsonl\n}}\n\
         sha256sum --check --quiet manifest.sha256\n",
        plan.bucket.replace(['\n', '\r'], " "),
        plan.tool
    );
    for (step, command) in steps {
        if command.is_empty() {
            let _ = writeln!(out, "echo {}", quoted(&format!("[{}] {} cannot be taken back", step.id, step.feature)));
        } else {
            let words: Vec<String> = command.iter().map(|it| quoted(it)).collect();
            let _ = writeln!(out, "step {} {}", quoted(&step.id), words.join(" "));
        }
    }
    out
}

/// Prints what the bucket is now, feature by feature.
#[must_use]
pub fn verify_script(plan: &Plan) -> String {
    let mut out = String::from(
        "#!/usr/bin/env bash\n# verify.sh: what the features of the plan are now; it changes nothing.\nset -uo pipefail\nexport AWS_PAGER=''\n",
    );
    for step in &plan.steps {
        let words: Vec<String> = step.read.iter().map(|it| quoted(it)).collect();
        let _ = writeln!(
            out,
            "echo {}\naws {} --output json || true",
            quoted(&format!("== {} {}", step.id, step.feature)),
            words.join(" ")
        );
    }
    out
}

/// A word that bash takes as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
