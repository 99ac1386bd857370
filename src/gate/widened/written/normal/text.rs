//! Texts of the normal form, put together: what says the same is one text.

use std::collections::BTreeSet;

use crate::syntax::hcl::{BinaryOp, TemplatePart};

use super::super::modules::digest;
use super::{MAX_TEXT, Step};

/// What a policy document has where it says nothing of it.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document#version>
pub(super) const DEFAULT_VERSION: &str = "version=\"2012-10-17\"";

/// Principals that are everybody.
const EVERYBODY: &str = "{identifiers=\"*\" type=\"AWS\"}";

/// `a` where something holds, else `b`.
pub(in super::super) fn either(condition: &str, a: &str, b: &str) -> String {
    let (a, b, condition) = match condition.strip_prefix("not(").and_then(|it| it.strip_suffix(')')) {
        Some(it) => (b, a, it),
        None => (a, b, condition),
    };
    match (a, b) {
        _ if a == b => a.to_owned(),
        ("true", "false") => condition.to_owned(),
        ("false", "true") => not(condition),
        _ => format!("if({condition} {a} {b})"),
    }
}

pub(in super::super) fn not(text: &str) -> String {
    match text {
        "true" => "false".to_owned(),
        "false" => "true".to_owned(),
        _ => match text.strip_prefix("not(").and_then(|it| it.strip_suffix(')')) {
            Some(it) => it.to_owned(),
            None => format!("not({text})"),
        },
    }
}

pub(in super::super) fn equal(a: String, b: String) -> String {
    match (a.as_str(), b.as_str()) {
        ("true", own) | (own, "true") => own.to_owned(),
        ("false", own) | (own, "false") => not(own),
        _ if b < a => format!("equal({b} {a})"),
        _ => format!("equal({a} {b})"),
    }
}

/// What both say, in whichever order.
pub(in super::super) fn all_of(name: &str, a: &str, b: &str) -> String {
    let mut all: Vec<&str> = [a, b].into_iter().flat_map(|it| parts(it, name).unwrap_or_else(|| vec![it])).collect();
    all.sort_unstable();
    if name == "and" {
        all.dedup();
    }
    match all.as_slice() {
        [only] => (*only).to_owned(),
        _ => format!("{name}({})", all.join(" ")),
    }
}

/// Whether something has no items or letters, where that is what a comparison says.
pub(super) fn is_empty(op: BinaryOp, a: &str, b: &str) -> Option<String> {
    let length = |it: &str| match parts(it, "length")?.as_slice() {
        [of] => Some(format!("empty({of})")),
        _ => None,
    };
    let (op, a, b) = match op {
        BinaryOp::Less => (BinaryOp::Greater, b, a),
        BinaryOp::LessOrEqual => (BinaryOp::GreaterOrEqual, b, a),
        _ => (op, a, b),
    };
    match (op, a, b) {
        (BinaryOp::Equal, "0", of) | (BinaryOp::Equal, of, "0") => length(of),
        (BinaryOp::NotEqual, "0", of) | (BinaryOp::NotEqual, of, "0") => length(of).map(|it| not(&it)),
        (BinaryOp::Greater, of, "0") | (BinaryOp::GreaterOrEqual, of, "1") => length(of).map(|it| not(&it)),
        (BinaryOp::Greater, "1", of) | (BinaryOp::GreaterOrEqual, "0", of) => length(of),
        (BinaryOp::Equal, "\"\"", of) | (BinaryOp::Equal, of, "\"\"") => Some(format!("empty({of})")),
        (BinaryOp::NotEqual, "\"\"", of) | (BinaryOp::NotEqual, of, "\"\"") => Some(format!("not(empty({of}))")),
        _ => None,
    }
}

/// Principals in one form: both of these are everybody.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
pub(super) fn everybody(text: String) -> String {
    if text == EVERYBODY { EVERYBODY.replace("AWS", "*") } else { text }
}

/// A dynamic block that is there once or not, and uses nothing of what it is repeated for: what that is says nothing.
pub(super) fn each_once(text: String) -> String {
    let found = || {
        let all = words(text.strip_prefix('{')?.strip_suffix('}')?)?;
        let own = all.iter().find_map(|it| it.strip_prefix("for_each=")).filter(|_| !text.contains('$'))?;
        let [condition, a, b] = parts(own, "if")?.try_into().ok()?;
        let one = |it: &str| {
            let is_literal =
                it.starts_with(|it: char| it == '"' || it.is_ascii_digit()) || matches!(it, "true" | "false");
            if is_literal { "1".to_owned() } else { it.to_owned() }
        };
        let once = either(condition, &one(a), &one(b));
        Some(text.replacen(&format!("for_each={own}"), &format!("for_each={once}"), 1))
    };
    found().unwrap_or_else(|| text.clone())
}

/// The parts of a text in this form that is a call of a name.
pub(super) fn parts<'t>(text: &'t str, name: &str) -> Option<Vec<&'t str>> {
    words(text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?)
}

/// The items of a text in this form that is a list; of any other only itself.
pub(super) fn items(text: &str) -> Vec<&str> {
    let inner = || text.strip_prefix('[')?.strip_suffix(']').and_then(words);
    inner().unwrap_or_else(|| vec![text]).into_iter().filter(|it| !it.is_empty()).collect()
}

/// Items as one set: of lists in lists those of each, in whichever order.
pub(super) fn set(all: &[String]) -> String {
    let mut all: Vec<&str> = all.iter().flat_map(|it| items(it)).collect();
    all.sort_unstable();
    all.dedup();
    match all.as_slice() {
        [only] => (*only).to_owned(),
        _ => format!("[{}]", all.join(" ")),
    }
}

/// A text, or a list of some, in one case: what else stands there has its own.
pub(super) fn lower(text: &str) -> String {
    let is_text = |it: &str| it.starts_with('"') && it.ends_with('"') && it.matches('"').count() == 2;
    let one = |it: &str| if is_text(it) { it.to_ascii_lowercase() } else { it.to_owned() };
    set(&items(text).into_iter().map(one).collect::<Vec<_>>())
}

fn words(inner: &str) -> Option<Vec<&str>> {
    let (mut all, mut start, mut depth, mut is_quoted, mut is_escaped) = (Vec::new(), 0, 0_usize, false, false);
    for (at, it) in inner.char_indices() {
        match it {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => (),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            ' ' if depth == 0 => {
                all.extend(inner.get(start..at));
                start = at + 1;
            }
            _ => (),
        }
    }
    all.extend(inner.get(start..));
    Some(all)
}

/// A text: where it is that of a truth value or number it stands for that.
pub(in super::super) fn quoted(text: &str) -> String {
    let is_number = text.parse::<i64>().is_ok_and(|it| it.to_string() == text);
    if is_number || matches!(text, "true" | "false") { text.to_owned() } else { format!("{text:?}") }
}

/// A key, without quotes.
pub(super) fn bare(text: String) -> String {
    match text.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
        Some(it) if !it.contains(['"', ' ']) => it.to_owned(),
        _ => text,
    }
}

/// The text of a template that has nothing else.
pub(super) fn literal(parts: &[TemplatePart]) -> Option<String> {
    let piece = |it: &TemplatePart| match it {
        TemplatePart::Literal(it) => Some(it.text.to_string()),
        _ => None,
    };
    parts.iter().map(piece).collect()
}

pub(in super::super) fn suffix(path: &[Step]) -> String {
    let step = |it: &Step| match it {
        Step::Key(it) => format!(".{it}"),
        Step::Any(it) => format!("[{it}]"),
        Step::Keys => ".keys()".to_owned(),
    };
    path.iter().map(step).collect()
}

/// A long text, told by its digest.
pub(in super::super) fn short(text: String) -> String {
    if text.len() <= MAX_TEXT { text } else { format!("long({})", digest(&BTreeSet::from([text]))) }
}
