//! Rules that could not be decided, one block per cause: a missing variable is told once, not once per rule.

use std::fmt::Write;

use crate::finding::{Finding, Report};

use super::super::shared::{Places, Undecided, one_line};
use super::{Detail, Style};

/// How many rules are named per resource unless more is asked for.
const NAMED_RULES: usize = 4;

/// The blocks, in the order in which the causes first appear.
pub fn render(report: &Report, places: &Places<'_>, style: Style) -> String {
    let mut out = String::new();
    for group in Undecided::groups(report, places) {
        let resources = group.resources.len();
        let plural = if resources == 1 { "" } else { "s" };
        let _ = writeln!(
            out,
            "undecided: {} - rules not decided for {resources} resource{plural}:",
            one_line(&group.cause)
        );
        for (address, findings) in group.resources {
            let place = findings.iter().find_map(|it| it.at).map(|at| format!(" ({})", places.short(at)));
            let rules = rules(&findings, style);
            let _ = writeln!(out, "  {}{}: {rules}", one_line(&address), one_line(&place.unwrap_or_default()));
            for it in findings.iter().filter(|it| !it.holds_when.is_empty()) {
                let when = it.holds_when.join("; or when ");
                let _ = writeln!(out, "    {}: holds when {}", one_line(&it.rule), one_line(&when));
            }
        }
        out.push('\n');
    }
    out
}

fn rules(findings: &[&Finding], style: Style) -> String {
    let mut names: Vec<&str> = findings.iter().map(|it| it.rule.as_str()).collect();
    names.dedup();
    let shown = if style.detail == Detail::Verbose { names.len() } else { NAMED_RULES };
    let more = names.len().saturating_sub(shown);
    let list = names.into_iter().take(shown).collect::<Vec<_>>().join(", ");
    if more == 0 { list } else { format!("{list} and {more} more") }
}
