//! The table of S3 actions. <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

use std::sync::OnceLock;

use crate::value::{SymStr, Truth};

use super::glob::glob;
use super::{Patterns, Power};

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Action {
    /// `s3:GetObject`.
    pub name: &'static str,
    /// Acts on the bucket.
    pub on_bucket: bool,
    /// Acts on objects.
    pub on_object: bool,
    /// What it lets a stranger do to a bucket; `None` for actions on other things.
    pub power: Option<Power>,
}

/// All actions, in the order of the table.
pub(crate) fn all() -> &'static [Action] {
    static TABLE: OnceLock<Vec<Action>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows = include_str!("actions.tsv").lines().filter(|it| !it.starts_with('#'));
        rows.filter_map(row).collect()
    })
}

fn row(line: &'static str) -> Option<Action> {
    let mut columns = line.split('\t');
    let (name, _level, on, power) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
    let power = [Power::Read, Power::List, Power::Write, Power::Delete, Power::Control, Power::Inspect]
        .into_iter()
        .find(|it| it.as_str() == power);
    Some(Action { name, on_bucket: on.contains('b'), on_object: on.contains('o'), power })
}

/// Whether an `Action` or `NotAction` element covers an action. Names compare without regard to case, and only the part
/// behind the service prefix may hold wildcards, or the pattern is `*`.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
#[must_use]
pub fn covers(patterns: &Patterns, action: &str) -> Truth {
    let wanted = full_name(action).to_ascii_lowercase();
    let listed = Truth::any(patterns.items.iter().map(|(pattern, _)| pattern_covers(pattern, &wanted)));
    let listed = if patterns.rest.is_some() { listed.or(Truth::Unknown) } else { listed };
    match (patterns.present, patterns.negated) {
        (false, _) => Truth::No,
        (true, true) => !listed,
        (true, false) => listed,
    }
}

fn pattern_covers(pattern: &SymStr, wanted: &str) -> Truth {
    match pattern.known() {
        Some(text) => glob(&text.to_ascii_lowercase(), wanted).into(),
        None => super::glob::glob_symbolic(pattern, wanted),
    }
}

/// The name with its service prefix.
pub(crate) fn full_name(action: &str) -> String {
    let has_prefix = action.contains(':') || action == "*";
    if has_prefix { action.to_owned() } else { format!("s3:{action}") }
}

/// Whether a pattern matches at least one action of the table.
pub(crate) fn matches_any(pattern: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    all().iter().any(|it| glob(&pattern, &format!("s3:{}", it.name.to_ascii_lowercase())))
}
