//! An evaluated value → a policy. What is not understood becomes a note at its place or an unknown rest, never nothing.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use crate::value::{Attr, Cause, Guard, Kind, Map, Origin, SymStr, Val, Value, Why, json};

use super::parse_condition::conditions;
use super::parse_principal::principals;
use super::{Effect, Note, NoteKind, Patterns, Policy, Statement};

/// Parses a policy document: a map, a JSON text (symbolic or not), or the tree of one.
///
/// Null is an absent policy and an unknown is an unknown one. A text that is not JSON is a policy with a note and an
/// unknown rest: it is never taken for a policy without statements.
#[must_use]
pub fn parse(val: &Val) -> Attr<Policy> {
    let origin = val.origin.clone();
    match &val.kind {
        Kind::Null => Attr::absent(origin),
        Kind::Unknown(hole) => Attr::unknown(hole.why.clone(), origin),
        Kind::Json(inner) => Attr::known(document(inner, &origin), origin),
        Kind::Map(_) => Attr::known(document(val, &origin), origin),
        Kind::String(text) => from_text(text, origin),
        Kind::Choice(alternatives) => {
            let why = val.why().unwrap_or_else(|| Why::new(Cause::Conditional, "a condition", origin.span));
            let mut values = Vec::new();
            for alternative in alternatives.iter().filter(|it| it.guard != Guard::Never) {
                match parse(&alternative.value).value {
                    Value::OneOf(inner, _) => values.extend(inner),
                    other => values.push(other),
                }
            }
            Attr { value: Value::OneOf(values, why), origin }
        }
        Kind::Bool(_) | Kind::Number(_) | Kind::List(_) => {
            let note = note(NoteKind::JsonSyntax, "the policy is not a JSON object", &origin, None);
            Attr::known(broken(note, &origin), origin)
        }
    }
}

fn from_text(text: &SymStr, origin: Origin) -> Attr<Policy> {
    if text.known().is_some_and(|it| it.trim().is_empty()) {
        return Attr::absent(origin);
    }
    match json::decode(text, &origin) {
        Ok(tree) => match &tree.kind {
            Kind::Unknown(hole) => Attr::unknown(hole.why.clone(), origin),
            _ => Attr::known(document(&tree, &origin), origin),
        },
        Err(json::JsonError { why: Some(why), .. }) => Attr::unknown(why, origin),
        Err(error) => {
            let at = error.at.map_or_else(|| origin.clone(), Origin::at);
            let message = format!("the policy is not valid JSON: {}", error.message);
            Attr::known(broken(note(NoteKind::JsonSyntax, message, &at, None), &origin), origin)
        }
    }
}

fn broken(note: Note, origin: &Origin) -> Policy {
    Policy {
        origin: origin.clone(),
        version: Attr::absent(origin.clone()),
        id: Attr::absent(origin.clone()),
        statements: Vec::new(),
        rest: Some(Why::new(Cause::Syntax, "the policy", note.origin.span)),
        notes: vec![note],
        size: None,
    }
}

pub(super) fn note(kind: NoteKind, message: impl Into<String>, origin: &Origin, statement: Option<usize>) -> Note {
    Note { kind, message: message.into(), origin: origin.clone(), statement }
}

fn document(tree: &Val, origin: &Origin) -> Policy {
    let Kind::Map(map) = &tree.kind else {
        return broken(note(NoteKind::JsonSyntax, "the policy is not a JSON object", &tree.origin, None), origin);
    };
    let mut notes = Vec::new();
    duplicates(map, false, None, &mut notes);
    for entry in &map.entries {
        let Some(key) = entry.key.known() else { continue };
        if !matches!(key.as_str(), "Version" | "Id" | "Statement") {
            let message = format!("`{key}` is not an element of a policy");
            notes.push(note(NoteKind::MissingElements, message, &entry.key_origin, None));
        }
    }
    let mut rest = map.rest.clone();
    let mut statements = Vec::new();
    match map.get("Statement") {
        None => notes.push(note(NoteKind::MissingElements, "the policy has no `Statement`", origin, None)),
        Some(value) => collect(value, &Guard::always(), &mut statements, &mut rest, &mut notes),
    }
    let version = text_attr(map.get("Version"), origin);
    if version.as_known().is_some_and(|it| !matches!(it.as_str(), "2012-10-17" | "2008-10-17")) {
        notes.push(note(NoteKind::Version, "`Version` is neither 2012-10-17 nor 2008-10-17", &version.origin, None));
    }
    let size = json::encode(tree).and_then(|it| it.known()).map(|it| it.len());
    if size.is_some_and(|it| 20 * 1024 < it) {
        notes.push(note(NoteKind::Size, "the policy is larger than 20 KB; S3 refuses it", origin, None));
    }
    Policy { origin: origin.clone(), version, id: text_attr(map.get("Id"), origin), statements, rest, notes, size }
}

/// The statements of an element: one object, a list of them, or either under a condition.
fn collect(value: &Val, guard: &Guard, out: &mut Vec<Statement>, rest: &mut Option<Why>, notes: &mut Vec<Note>) {
    match &value.kind {
        Kind::Null => (),
        Kind::Map(map) => {
            let statement = statement(map, value, guard, out.len(), notes);
            out.push(statement);
        }
        Kind::List(list) => {
            for item in &list.items {
                collect(item, guard, out, rest, notes);
            }
            *rest = rest.take().or_else(|| list.rest.clone());
        }
        Kind::Choice(alternatives) => {
            for alternative in alternatives {
                collect(&alternative.value, &guard.and(&alternative.guard), out, rest, notes);
            }
        }
        Kind::Unknown(hole) => *rest = rest.take().or_else(|| Some(hole.why.clone())),
        Kind::Json(inner) => collect(inner, guard, out, rest, notes),
        Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
            if let Some(why) = value.why() {
                *rest = rest.take().or(Some(why));
            } else {
                let message = "a statement is not an object";
                notes.push(note(NoteKind::MissingElements, message, &value.origin, Some(out.len())));
                *rest = rest.take().or_else(|| Some(Why::new(Cause::Invalid, message, value.origin.span)));
            }
        }
    }
}

const ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

fn statement(map: &Map, value: &Val, guard: &Guard, index: usize, notes: &mut Vec<Note>) -> Statement {
    let origin = &value.origin;
    duplicates(map, false, Some(index), notes);
    for entry in &map.entries {
        let Some(key) = entry.key.known() else { continue };
        if !ELEMENTS.contains(&key.as_str()) {
            let near = ELEMENTS.iter().find(|it| it.eq_ignore_ascii_case(&key));
            let hint = near.map(|it| format!("; write `{it}`")).unwrap_or_default();
            let message = format!("`{key}` is not an element of a statement{hint}");
            notes.push(note(NoteKind::MissingElements, message, &entry.key_origin, Some(index)));
        }
    }
    let mut lacks = |what: &str| {
        if map.rest.is_none() {
            let message = format!("the statement has no {what}");
            notes.push(note(NoteKind::MissingElements, message, origin, Some(index)));
        }
    };
    let has = |key: &str| map.get(key).is_some_and(|it| it.kind != Kind::Null);
    if !has("Effect") {
        lacks("`Effect`");
    }
    if !has("Principal") && !has("NotPrincipal") {
        lacks("`Principal`");
    }
    if !has("Action") && !has("NotAction") {
        lacks("`Action`");
    }
    if !has("Resource") && !has("NotResource") {
        lacks("`Resource`");
    }
    for (one, other) in [("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")] {
        if has(one) && has(other) {
            let message = format!("the statement has both `{one}` and `{other}`");
            notes.push(note(NoteKind::MissingElements, message, origin, Some(index)));
        }
    }
    let principals = principals(map, origin, index, notes);
    let (conditions, conditions_rest) = conditions(map.get("Condition"), index, notes);
    let actions = patterns(map, "Action", "NotAction", origin);
    lint_actions(&actions, index, notes);
    Statement {
        index,
        origin: origin.clone(),
        exists: guard.clone(),
        sid: text_attr(map.get("Sid"), origin),
        effect: effect(map, origin, index, notes),
        principals,
        actions,
        resources: patterns(map, "Resource", "NotResource", origin),
        conditions,
        conditions_rest: conditions_rest.or_else(|| map.rest.clone()),
    }
}

fn effect(map: &Map, origin: &Origin, index: usize, notes: &mut Vec<Note>) -> Attr<Effect> {
    let Some(value) = map.get("Effect") else {
        let why = map.rest.clone().unwrap_or_else(|| Why::new(Cause::Invalid, "no Effect is given", origin.span));
        return Attr::unknown(why, origin.clone());
    };
    let origin = value.origin.clone();
    match (value.as_text().as_deref(), value.why()) {
        (Some("Allow"), _) => Attr::known(Effect::Allow, origin),
        (Some("Deny"), _) => Attr::known(Effect::Deny, origin),
        (None, Some(why)) => Attr::unknown(why, origin),
        (text, _) => {
            let message = format!("`Effect` must be `Allow` or `Deny`, not `{}`", text.unwrap_or("a collection"));
            notes.push(note(NoteKind::MissingElements, message.clone(), &origin, Some(index)));
            Attr::unknown(Why::new(Cause::Invalid, message, origin.span), origin)
        }
    }
}

fn patterns(map: &Map, plain: &str, negated: &str, origin: &Origin) -> Patterns {
    let found = [(plain, false), (negated, true)]
        .into_iter()
        .find_map(|(key, negated)| map.get(key).filter(|it| it.kind != Kind::Null).map(|it| (it, negated)));
    let Some((value, negated)) = found else {
        let rest = map.rest.clone();
        return Patterns { origin: origin.clone(), present: rest.is_some(), negated: false, items: Vec::new(), rest };
    };
    let (items, rest) = texts(value);
    Patterns { origin: value.origin.clone(), present: true, negated, items, rest }
}

/// The texts of a scalar or a list of scalars, and why there may be more.
pub(super) fn texts(value: &Val) -> (Vec<(SymStr, Origin)>, Option<Why>) {
    match &value.kind {
        Kind::List(list) => {
            let (mut items, mut rest) = (Vec::new(), list.rest.clone());
            for item in &list.items {
                let (more, why) = texts(item);
                items.extend(more);
                rest = rest.or(why);
            }
            (items, rest)
        }
        // A whole unknown may be one text or a list of them; when AWS or the tool generates it, it is one text.
        Kind::Unknown(hole) if hole.class == crate::value::Class::Any && hole.known.is_none() => {
            (Vec::new(), Some(hole.why.clone()))
        }
        Kind::String(text) if is_lone_unknown(text) => (Vec::new(), text.why().cloned()),
        Kind::Choice(_) => (Vec::new(), value.why()),
        Kind::Null => (Vec::new(), None),
        Kind::Map(_) => {
            let why = Why::new(Cause::Invalid, "an object stands where a text is expected", value.origin.span);
            (Vec::new(), Some(why))
        }
        _ => {
            let text = value.as_symstr().map(|it| (it, value.origin.clone()));
            (text.into_iter().collect(), None)
        }
    }
}

fn is_lone_unknown(text: &SymStr) -> bool {
    match text.segs() {
        [crate::value::Seg::Hole(hole)] => hole.class == crate::value::Class::Any && hole.known.is_none(),
        _ => false,
    }
}

fn text_attr(value: Option<&Val>, origin: &Origin) -> Attr<String> {
    let Some(value) = value.filter(|it| it.kind != Kind::Null) else { return Attr::absent(origin.clone()) };
    let origin = value.origin.clone();
    match (value.as_text(), value.why()) {
        (Some(text), _) => Attr::known(text, origin),
        (None, Some(why)) => Attr::unknown(why, origin),
        (None, None) => Attr::unknown(Why::new(Cause::Invalid, "not a text", origin.span), origin),
    }
}

/// Keys that stand twice; with `fold`, keys that differ only by case.
pub(super) fn duplicates(map: &Map, fold: bool, statement: Option<usize>, notes: &mut Vec<Note>) {
    let mut seen = std::collections::BTreeSet::new();
    for entry in &map.entries {
        let Some(key) = entry.key.known() else { continue };
        let folded = if fold { key.to_ascii_lowercase() } else { key.clone() };
        if !seen.insert(folded) {
            let message = format!("the key `{key}` stands here a second time; only the last one counts");
            notes.push(note(NoteKind::DuplicateKeys, message, &entry.key_origin, statement));
        }
    }
}

fn lint_actions(actions: &Patterns, index: usize, notes: &mut Vec<Note>) {
    for (action, origin) in &actions.items {
        let Some(text) = action.known() else { continue };
        let message = match text.split_once(':') {
            _ if text == "*" => continue,
            None => format!("`{text}` has no service prefix; write `s3:{text}`"),
            Some((service, _))
                if matches!(
                    service.to_ascii_lowercase().as_str(),
                    "s3" | "s3-object-lambda" | "s3express" | "s3-outposts"
                ) =>
            {
                if service.eq_ignore_ascii_case("s3") && !super::actions::matches_any(&text) {
                    format!("`{text}` is no S3 action that is known here")
                } else {
                    continue;
                }
            }
            Some(_) => format!("`{text}` is not an action of S3"),
        };
        notes.push(note(NoteKind::UnknownAction, message, origin, Some(index)));
    }
}
