//! As Markdown, for tickets and pull requests.

use super::super::shared::clean;
use super::{Changes, Sides, request, who};
use crate::incident::diff::{BucketDiff, Direction, Presence};
use crate::value::Truth;

/// The whole as Markdown.
#[must_use]
pub fn render(it: &Changes, places: &Sides<'_>) -> String {
    let mut out = format!("## From {} to {}\n\n", code(&it.old), code(&it.new));
    if it.buckets.is_empty() && it.account.is_empty() && it.account_undecided.is_empty() && it.problems.is_empty() {
        out.push_str(&format!("No change in {} buckets.\n", it.compared));
    }
    if !it.account.is_empty() || !it.account_undecided.is_empty() {
        out.push_str("### Account-wide\n\n| setting | old | new |\n|---|---|---|\n");
        for one in &it.account {
            out.push_str(&row(&one.feature, &one.old, &one.new));
        }
        for one in &it.account_undecided {
            out.push_str(&format!("| {} | not comparable | {} |\n", code(&one.feature), cell(&one.why)));
        }
        out.push('\n');
    }
    for bucket in &it.buckets {
        out.push_str(&one(bucket, places));
    }
    if !it.problems.is_empty() {
        out.push_str("### Not compared\n\n");
        it.problems.iter().for_each(|it| out.push_str(&format!("- {}\n", cell(it))));
    }
    it.notes.iter().for_each(|it| out.push_str(&format!("\n{}\n", cell(it))));
    clean(&out).into_owned()
}

fn one(it: &BucketDiff, places: &Sides<'_>) -> String {
    let presence = match it.presence {
        Presence::Both => "",
        Presence::OnlyOld => " (only the old side has it)",
        Presence::OnlyNew => " (only the new side has it)",
    };
    let mut out = format!("### {}{presence}\n\n", code(&it.name));
    if !it.access.is_empty() {
        out.push_str("| access | who | what | through | example |\n|---|---|---|---|---|\n");
        for change in &it.access {
            let verb = match (change.direction, change.holds) {
                (Direction::Gained, Truth::Yes) => "**gained**",
                (Direction::Lost, Truth::Yes) => "lost",
                (Direction::Gained, _) => "may gain",
                (Direction::Lost, _) => "may lose",
            };
            let place = change
                .origin
                .span
                .map(|at| format!(" ({})", places.of(change.direction).short(at)))
                .unwrap_or_default();
            let example = change.witness.as_ref().map_or_else(|| change.why.join("; "), request);
            out.push_str(&format!(
                "| {verb} | {} | {} | {} | {} |\n",
                cell(&who(&change.audience)),
                change.power.as_str(),
                cell(&format!("{}{place}", change.via)),
                cell(&example)
            ));
        }
        out.push('\n');
    }
    let rows = it.settings.iter().map(|it| row(&it.feature, &it.old, &it.new));
    let none = serde_json::Value::Null;
    let statements = it.statements.iter().map(|it| {
        let (old, new) = (it.old.as_ref().unwrap_or(&none), it.new.as_ref().unwrap_or(&none));
        row(&format!("statement {}", it.name), old, new)
    });
    let changed: Vec<String> = statements.chain(rows).collect();
    if !changed.is_empty() {
        out.push_str(&format!("| changed | old | new |\n|---|---|---|\n{}\n", changed.concat()));
    }
    if !it.unmanaged.is_empty() {
        let rows: Vec<String> = it.unmanaged.iter().map(|it| row(&it.feature, &it.old, &it.new)).collect();
        out.push_str(&format!("| unmanaged by the code | old | new |\n|---|---|---|\n{}\n", rows.concat()));
    }
    for left in &it.left {
        let change = &left.change;
        let show = |it: &serde_json::Value| if it.is_null() { "none".to_owned() } else { code(&it.to_string()) };
        let (old, new) = (show(&change.old), show(&change.new));
        let doubt = left.doubt.as_ref().map(|it| format!("; {}", cell(it))).unwrap_or_default();
        let why = cell(&left.why);
        out.push_str(&format!("- {} is left as it is ({why}): {old} → {new}{doubt}\n", code(&change.feature)));
    }
    for one in &it.undecided {
        out.push_str(&format!("- {} cannot be compared: {}\n", code(&one.feature), cell(&one.why)));
    }
    out.push('\n');
    out
}

fn row(name: &str, old: &serde_json::Value, new: &serde_json::Value) -> String {
    let show = |it: &serde_json::Value| if it.is_null() { "none".to_owned() } else { code(&it.to_string()) };
    format!("| {} | {} | {} |\n", code(name), show(old), show(new))
}

/// Code within a cell: what ends either is replaced.
fn code(text: &str) -> String {
    format!("`{}`", cell(text).replace('`', "'"))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}
