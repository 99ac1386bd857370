//! Rules that could not be decided, one block per cause: a missing variable is told once, not once per rule.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::finding::{Finding, Report, Status};

use super::super::shared::{Places, clean};
use super::{Detail, Style};

/// How many rules are named per resource unless more is asked for.
const NAMED_RULES: usize = 4;

struct Group<'a> {
    cause: String,
    /// Address → findings about it, in order.
    resources: BTreeMap<String, Vec<&'a Finding>>,
}

/// The blocks, in the order in which the causes first appear.
pub fn render(report: &Report, places: &Places<'_>, style: Style) -> String {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for finding in report.findings.iter().filter(|it| it.status == Status::Unknown) {
        let cause = cause(finding, places);
        let at = *index.entry(cause.clone()).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Group { cause, resources: BTreeMap::new() });
        }
        if let Some(group) = groups.get_mut(at) {
            group.resources.entry(finding.named()).or_default().push(finding);
        }
    }
    let mut out = String::new();
    for group in groups {
        let resources = group.resources.len();
        let plural = if resources == 1 { "" } else { "s" };
        let _ =
            writeln!(out, "undecided: {} - rules not decided for {resources} resource{plural}:", clean(&group.cause));
        for (address, findings) in group.resources {
            let place = findings.iter().find_map(|it| it.at).map(|at| format!(" ({})", places.short(at)));
            let rules = rules(&findings, style);
            let _ = writeln!(out, "  {}{}: {rules}", clean(&address), clean(&place.unwrap_or_default()));
            for it in findings.iter().filter(|it| !it.holds_when.is_empty()) {
                let when = it.holds_when.join("; or when ");
                let _ = writeln!(out, "    {}: holds when {}", clean(&it.rule), clean(&when));
            }
        }
        out.push('\n');
    }
    out
}

/// What is not known, with its place where the finding has one.
fn cause(finding: &Finding, places: &Places<'_>) -> String {
    let Some(cause) = finding.unknown.first() else { return "the reason is not recorded".to_owned() };
    match finding.related.iter().find(|it| it.text == *cause) {
        Some(label) => format!("{cause} ({})", places.short(label.at)),
        None => cause.clone(),
    }
}

fn rules(findings: &[&Finding], style: Style) -> String {
    let mut names: Vec<&str> = findings.iter().map(|it| it.rule.as_str()).collect();
    names.dedup();
    let shown = if style.detail == Detail::Verbose { names.len() } else { NAMED_RULES };
    let more = names.len().saturating_sub(shown);
    let list = names.into_iter().take(shown).collect::<Vec<_>>().join(", ");
    if more == 0 { list } else { format!("{list} and {more} more") }
}
