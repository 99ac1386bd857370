//! A plan for people (PLAN.md) and for bash (`scripts`).

mod scripts;

use std::fmt::Write;

use crate::incident::plan::Plan;

use super::shared::clean;

pub use scripts::{check_script, restore_script, rollback_script, verify_script};

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
        let _ = match plan.left_by_hand() {
            Some(left) => writeln!(out, "None is planned; {left}.\n"),
            None => writeln!(out, "None: the bucket is as it should be.\n"),
        };
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
         APPLY=1 ./restore.sh                           # the same, where only bash, the aws CLI and python3 are\n    \
         ./verify.sh                                    # whether the bucket is as it should be\n    \
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
