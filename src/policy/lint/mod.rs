//! Notes about what is wrong or odd in a document that parses. The kinds are the catalogue's concepts; IAM Access
//! Analyzer's policy checks name many of them:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>.

mod actions;
mod conditions;
mod principals;
mod resources;
mod values;

use crate::value::{Guard, Origin, Value};

use super::{Note, NoteKind, Patterns, Policy, Statement};

pub use resources::foreign_resources;

/// Bucket policies are limited to 20 KB:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>.
const MAX_SIZE: usize = 20 * 1024;

/// Notes of one statement, with its index.
struct Notes<'a> {
    index: usize,
    all: &'a mut Vec<Note>,
}

impl Notes<'_> {
    fn add(&mut self, kind: NoteKind, message: impl Into<String>, origin: &Origin) {
        let (message, origin) = (message.into(), origin.clone());
        self.all.push(Note { kind, message, origin, statement: Some(self.index), sure: true });
    }

    /// A note on what may be right all the same.
    fn add_unsure(&mut self, kind: NoteKind, message: impl Into<String>, origin: &Origin) {
        let (message, origin) = (message.into(), origin.clone());
        self.all.push(Note { kind, message, origin, statement: Some(self.index), sure: false });
    }
}

/// Notes about the document as a whole.
pub(super) fn document(policy: &mut Policy) {
    let mut notes = Vec::new();
    let mut add = |kind, message: String, origin: &Origin, statement| {
        notes.push(Note { kind, message, origin: origin.clone(), statement, sure: true });
    };
    let has_variables = |it: &Statement| {
        let resources = it.resources.items.iter();
        let values = it.conditions.iter().flat_map(|it| &it.values);
        resources.chain(values).any(|(it, _)| it.known().is_some_and(|it| it.contains("${")))
    };
    let variables = policy.statements.iter().any(has_variables);
    match &policy.version.value {
        Value::Known(it) if it == "2012-10-17" => {}
        Value::Known(it) if it == "2008-10-17" && !variables => {
            let message = "the version `2008-10-17` is the old one: write `2012-10-17`".to_owned();
            add(NoteKind::Version, message, &policy.version.origin, None);
        }
        Value::Known(it) if it == "2008-10-17" => {
            let message = "under version `2008-10-17` policy variables are plain text: write `2012-10-17`".to_owned();
            add(NoteKind::Version, message, &policy.version.origin, None);
        }
        Value::Known(it) => {
            let message = format!("`{it}` is not a version of the policy language: write `2012-10-17`");
            add(NoteKind::Version, message, &policy.version.origin, None);
        }
        Value::Absent if policy.rest.is_none() => {
            let plain = if variables { " and its policy variables plain text" } else { "" };
            let message = format!("the policy has no `Version`, which makes it 2008-10-17{plain}: write `2012-10-17`");
            add(NoteKind::Version, message, &policy.origin, None);
        }
        _ => {}
    }
    if let Some(size) = policy.size.filter(|it| MAX_SIZE < *it) {
        let message = format!("the policy has {size} bytes; a bucket policy may have {MAX_SIZE}");
        add(NoteKind::Size, message, &policy.origin, None);
    }
    // Two statements that are never there at once may share a Sid.
    let mut seen: Vec<(&str, &Guard)> = Vec::new();
    for statement in &policy.statements {
        let Some(sid) = statement.sid.as_known() else { continue };
        if sid.is_empty() {
            let message = "the `Sid` is empty: leave it out or name the statement".to_owned();
            add(NoteKind::Sid, message, &statement.sid.origin, Some(statement.index));
        } else if seen.iter().any(|it| it.0 == sid && it.1.and(&statement.exists) != Guard::Never) {
            let message = format!("the `Sid` `{sid}` stands twice in the policy: each one must be unique");
            add(NoteKind::Sid, message, &statement.sid.origin, Some(statement.index));
        }
        seen.push((sid, &statement.exists));
    }
    policy.notes.extend(notes);
}

/// Notes about one statement.
pub(super) fn statement(statement: &Statement, notes: &mut Vec<Note>) {
    let mut notes = Notes { index: statement.index, all: notes };
    let missing = [
        ("Effect", !statement.effect.is_absent()),
        ("Principal", statement.principals.present || statement.principals.rest.is_some()),
        ("Action", statement.actions.present || statement.actions.rest.is_some()),
        ("Resource", statement.resources.present || statement.resources.rest.is_some()),
    ];
    for (name, _) in missing.iter().filter(|it| !it.1) {
        notes.add(NoteKind::MissingElements, format!("the statement has no `{name}`"), &statement.origin);
    }
    empty(&statement.actions, "Action", &mut notes);
    empty(&statement.resources, "Resource", &mut notes);
    principals::check(statement, &mut notes);
    actions::check(statement, &mut notes);
    resources::check(statement, &mut notes);
    conditions::check(statement, &mut notes);
}

fn empty(patterns: &Patterns, name: &str, notes: &mut Notes<'_>) {
    if patterns.present && patterns.items.is_empty() && patterns.rest.is_none() {
        notes.add(
            NoteKind::RedundantEmpty,
            format!("`{name}` is an empty list: the statement does nothing"),
            &patterns.origin,
        );
    }
    for (at, (item, origin)) in patterns.items.iter().enumerate() {
        if patterns.items.iter().take(at).any(|(it, _)| it.display() == item.display()) {
            notes.add(NoteKind::RedundantEmpty, format!("`{}` stands twice in `{name}`", item.display()), origin);
        }
    }
}

#[cfg(test)]
mod tests;
