//! A bare bucket policy (JSON) → a bucket of which nothing but the policy is known.

mod template;

use crate::model::{Bucket, Estate, Format, Tally};
use crate::policy::{self, Note as PolicyNote, NoteKind};
use crate::source::{Diagnostic, FileId, Gravity, Sources, Span};
use crate::syntax::data::Node;
use crate::syntax::{ErrorKind, SyntaxError, json};
use crate::value::{Kind, Origin, SymStr, Val, Value, from_node};

/// Whether a document is a policy: statements with an effect.
#[must_use]
pub fn is_policy(root: &Node) -> bool {
    statements(root).iter().any(|it| it.get("Effect").is_some())
}

/// The text of a policy in what `aws s3api get-bucket-policy` prints, `{"Policy": "…"}`.
#[must_use]
pub fn answer(root: &Node) -> Option<String> {
    let text = root.get("Policy")?.text()?;
    let is_alone =
        root.get("Statement").is_none() && text.trim_start().starts_with('{') && text.contains("\"Statement\"");
    is_alone.then(|| text.to_owned())
}

/// What stands under `Statement`, lists within lists too: S3 refuses those, which is told of a policy, not of an unknown file.
fn statements(root: &Node) -> Vec<&Node> {
    let mut open: Vec<&Node> = root.get("Statement").into_iter().collect();
    let mut out = Vec::new();
    while let Some(it) = open.pop() {
        match it.items() {
            [] => out.push(it),
            items => open.extend(items),
        }
    }
    out
}

/// Whether a policy can be a bucket's: a statement names principals, and its actions are not all of other services.
#[must_use]
pub fn is_bucket_policy(root: &Node) -> bool {
    statements(root).into_iter().any(|it| {
        let has_principals = it.get("Principal").is_some() || it.get("NotPrincipal").is_some();
        let actions = it.get("Action");
        let alone = actions.filter(|it| it.items().is_empty());
        let mut each = actions.into_iter().flat_map(Node::items).chain(alone);
        has_principals && (actions.is_none() || each.any(is_for_s3))
    })
}

/// Whether an action pattern can match one of S3's. What is not a text might.
fn is_for_s3(action: &Node) -> bool {
    let Some(text) = action.text() else { return true };
    let service = text.split_once(':').map_or("*", |it| it.0).to_ascii_lowercase();
    service.starts_with("s3") || service.contains(['*', '?', '$'])
}

/// Lowers one policy file. What does not parse is a diagnostic.
#[must_use]
pub fn lower(sources: &Sources, file: FileId) -> (Estate, Vec<Diagnostic>) {
    let source = sources.file(file);
    let parsed = json::parse(file, &source.text);
    let is_broken = parsed.errors.iter().any(|it| it.loses());
    // What AWS refuses in a policy is a finding of its own.
    let (refused, errors): (Vec<_>, Vec<_>) = parsed.errors.into_iter().partition(|it| it.kind == ErrorKind::Refused);
    let mut diagnostics: Vec<Diagnostic> = errors.iter().map(SyntaxError::diagnostic).collect();
    let address = source.path.to_string_lossy().replace('\\', "/");
    let tally = Tally { files: 1, broken_files: usize::from(is_broken) };
    let Some(root) = parsed.tree else {
        if diagnostics.is_empty() {
            let message = "is empty, where a policy was expected";
            diagnostics.push(Diagnostic::at("syntax-error", Gravity::Incomplete, Span::head(file), message));
        }
        if source.text.trim().is_empty() {
            return (Estate { tally, ..Estate::default() }, diagnostics);
        }
        // The broken text is a policy all the same: its note says where, and nothing about it counts as known.
        let whole = Span::of(file, 0..source.text.len());
        let text = Val::new(Kind::String(SymStr::text_at(source.text.as_str(), whole)), Origin::at(whole));
        let buckets = vec![bucket(address, &text)];
        return (Estate { buckets, tally, ..Estate::default() }, diagnostics);
    };
    let mut document = from_node(&root);
    template::fill(&mut document);
    let policy = document.get("Policy").filter(|_| answer(&root).is_some()).unwrap_or(&document);
    let mut bucket = bucket(address, policy);
    if let Value::Known(policy) = &mut bucket.policy.value {
        policy.notes.extend(refused.into_iter().map(|it| PolicyNote {
            kind: NoteKind::JsonSyntax,
            message: it.message,
            origin: Origin::at(it.at),
            statement: None,
            sure: true,
        }));
    }
    let buckets = vec![bucket];
    (Estate { buckets, tally, ..Estate::default() }, diagnostics)
}

/// Block Public Access and ownership stay absent: a setting that no code mentions closes nothing (see `exposure`).
fn bucket(address: String, document: &Val) -> Bucket {
    let origin = document.origin.clone();
    let mut bucket = Bucket::elsewhere(address, Format::Policy, origin);
    bucket.policy = policy::parse(document);
    bucket
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::source::Memory;

    fn check(text: &str, statements: Option<usize>, codes: &[&str]) {
        let sources = Sources::new(Box::new(Memory::default()));
        let file = sources.add(Path::new("p.json"), text);
        let (estate, diagnostics) = lower(&sources, file);
        let found: Vec<_> = diagnostics.iter().map(|it| it.code).collect();
        assert_eq!(found, codes, "{diagnostics:?}");
        let policy = estate.buckets.first().and_then(|it| it.policy.as_known());
        assert_eq!(policy.map(|it| it.statements.len()), statements, "{text}");
    }

    #[test]
    fn policies() {
        check(
            r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}"#,
            Some(1),
            &[],
        );
        check(r#"{"Statement": [], "Statement": {"Effect": "Deny"}}"#, Some(1), &["duplicate-key"]);
        check("", None, &["syntax-error"]);
    }

    #[test]
    fn what_s3_refuses_is_a_note_of_the_policy() {
        let sources = Sources::new(Box::new(Memory::default()));
        let text = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Principal\": \"*\",\n  \"Action\": \"s3:*\", \"Resource\": \"arn:aws:s3:::b/*\"},]}";
        let file = sources.add(Path::new("p.json"), text);
        let (estate, diagnostics) = lower(&sources, file);
        let policy = estate.buckets.first().and_then(|it| it.policy.as_known()).unwrap();
        let kinds: Vec<_> = policy.notes.iter().map(|it| it.kind).collect();
        assert_eq!((kinds, diagnostics.len()), (vec![NoteKind::JsonSyntax], 0));
    }
}
