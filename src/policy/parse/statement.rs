//! Statements: effect, principals, actions, resources, conditions.

use crate::value::{Alternative, Attr, Cause, Class, Entry, Guard, Kind, Map, Origin, SymStr, Val, Why};

use super::super::{
    Condition, Effect, Note, NoteKind, Patterns, Policy, Principal, PrincipalKind, Principals, Statement, lint,
};
use super::elements::{MAX_TEXTS, duplicates, last_entries, text, texts, unknown_element};

const ELEMENTS: [&str; 10] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Actions",
];
const MAX_DEPTH: usize = 16;
/// A policy of 20 KB cannot have more statements; expansions of an undecided condition might.
const MAX_STATEMENTS: usize = 5000;

/// Reads the `Statement` element into the policy: a list, or one object. S3 refuses the whole document where anything else
/// stands there: then none of its statements is in force.
pub(super) fn statements(val: &Val, policy: &mut Policy) {
    let mut refused = false;
    collect(val, Place { exists: &Guard::always(), depth: 0, in_list: false }, policy, &mut refused);
    if refused {
        policy.statements.clear();
        policy.notes.iter_mut().for_each(|it| it.statement = None);
    }
}

/// Where a value stands in the `Statement` element.
#[derive(Clone, Copy)]
struct Place<'a> {
    exists: &'a Guard,
    depth: usize,
    in_list: bool,
}

fn collect(val: &Val, place: Place<'_>, policy: &mut Policy, refused: &mut bool) {
    let Place { exists, depth, in_list } = place;
    let texts = || policy.statements.iter().map(texts_of).sum::<usize>();
    if MAX_DEPTH < depth || MAX_STATEMENTS < policy.statements.len() || MAX_TEXTS < texts() {
        policy.rest = Some(Why::new(Cause::Limit, "the number of statements", val.origin.span));
        return;
    }
    match &val.kind {
        Kind::Null => {}
        Kind::List(list) if !in_list => {
            policy.statements.reserve_exact(list.items.len().min(64));
            for item in &list.items {
                collect(item, Place { exists, depth: depth + 1, in_list: true }, policy, refused);
            }
            policy.rest = policy.rest.take().or_else(|| list.rest.clone());
        }
        Kind::Choice(alternatives) => {
            for Alternative { guard, value } in alternatives {
                match exists.and(guard) {
                    Guard::Never => {}
                    both => collect(value, Place { exists: &both, depth: depth + 1, in_list }, policy, refused),
                }
            }
        }
        Kind::Unknown(hole) => policy.rest = Some(hole.why.clone()),
        Kind::Map(map) => {
            let statement = statement(map, &val.origin, exists.clone(), policy.statements.len(), &mut policy.notes);
            lint::statement(&statement, &mut policy.notes);
            policy.statements.push(statement);
        }
        Kind::List(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Json(_) => {
            let what = match val.kind {
                Kind::List(_) => "a list stands in the list of statements, and S3 refuses such a policy: ",
                _ => "",
            };
            let message = format!("{what}a statement is an object with `Effect`, `Principal`, `Action` and `Resource`");
            let note = Note {
                kind: NoteKind::MissingElements,
                message,
                origin: val.origin.clone(),
                statement: None,
                sure: true,
            };
            policy.notes.push(note);
            let why = Why::new(Cause::Invalid, "a statement is not an object", val.origin.span);
            policy.rest = Some(why);
            // Where it is there on a condition only, the other statements are in force when it is not.
            *refused |= *exists == Guard::always();
        }
    }
}

/// How many texts a statement has.
fn texts_of(it: &Statement) -> usize {
    let values: usize = it.conditions.iter().map(|it| 1 + it.values.len()).sum();
    it.principals.items.len() + it.actions.items.len() + it.resources.items.len() + values
}

fn statement(map: &Map, origin: &Origin, exists: Guard, index: usize, notes: &mut Vec<Note>) -> Statement {
    duplicates(map, Some(index), notes);
    let patterns = || Patterns {
        origin: origin.clone(),
        present: false,
        negated: false,
        items: Vec::new(),
        rest: map.rest.clone(),
    };
    let mut out = Statement {
        index,
        origin: origin.clone(),
        exists,
        sid: Attr::absent(origin.clone()),
        effect: Attr::absent(origin.clone()),
        principals: Principals {
            origin: origin.clone(),
            present: false,
            negated: false,
            items: Vec::new(),
            rest: map.rest.clone(),
        },
        actions: patterns(),
        resources: patterns(),
        conditions: Vec::new(),
        conditions_rest: map.rest.clone(),
    };
    let mut both = |already: bool, entry: &Entry, a: &str| {
        if already {
            let message = format!("the statement has both `{a}` and `Not{a}`: AWS allows one of them");
            let origin = entry.key_origin.clone();
            notes.push(Note { kind: NoteKind::MissingElements, message, origin, statement: Some(index), sure: true });
        }
    };
    let mut late = Vec::new();
    for entry in last_entries(map) {
        let Some(key) = entry.key.known() else {
            let why = entry.key.why().cloned();
            out.conditions_rest = out.conditions_rest.or(why);
            continue;
        };
        // An element set to null is not written: Terraform's `jsonencode` users do that to leave it out.
        let value = &entry.value;
        if matches!(value.kind, Kind::Null) {
            continue;
        }
        match key.as_str() {
            "Sid" => out.sid = text(value),
            "Effect" => out.effect = effect(value, entry, index, &mut late),
            "Principal" | "NotPrincipal" => {
                both(out.principals.present, entry, "Principal");
                out.principals = principals(value, key == "NotPrincipal", index, &mut late);
            }
            "Action" | "NotAction" => {
                both(out.actions.present, entry, "Action");
                out.actions = read_patterns(value, &key, index, &mut late);
            }
            "Resource" | "NotResource" => {
                both(out.resources.present, entry, "Resource");
                out.resources = read_patterns(value, &key, index, &mut late);
            }
            "Condition" => conditions(value, &mut out, &mut late),
            _ => {
                late.push(unknown_element(&key, &ELEMENTS, entry, Some(index)));
                // A misspelt element may be a guard or a grant: what it would have said is not known.
                let why = Why::new(
                    Cause::Invalid,
                    format!("`{key}` is not an element of a statement"),
                    entry.key_origin.span,
                );
                out.conditions_rest.get_or_insert(why);
            }
        }
    }
    notes.extend(late);
    out
}

fn effect(val: &Val, entry: &Entry, index: usize, notes: &mut Vec<Note>) -> Attr<Effect> {
    let attr = text(val);
    let origin = attr.origin.clone();
    let mut wrong = |word: &str| {
        let message = format!("`{word}` is not an effect: write `Allow` or `Deny`");
        let origin = val.origin.span.map_or_else(|| entry.key_origin.clone(), |_| val.origin.clone());
        notes.push(Note { kind: NoteKind::MissingElements, message, origin, statement: Some(index), sure: true });
        crate::value::Value::Unknown(Why::new(Cause::Invalid, format!("`{word}` is not an effect"), val.origin.span))
    };
    let value = one_effect(attr.value, &mut wrong);
    Attr { value, origin }
}

fn one_effect(
    value: crate::value::Value<String>,
    wrong: &mut impl FnMut(&str) -> crate::value::Value<Effect>,
) -> crate::value::Value<Effect> {
    use crate::value::Value;
    match value {
        Value::Known(word) => match word.as_str() {
            "Allow" => Value::Known(Effect::Allow),
            "Deny" => Value::Known(Effect::Deny),
            word => wrong(word),
        },
        Value::Absent => Value::Absent,
        Value::Unknown(why) => Value::Unknown(why),
        Value::OneOf(all, why) => {
            let all: Vec<_> = all
                .into_iter()
                .map(|it| match it {
                    Value::OneOf(_, why) => Value::Unknown(why),
                    one => one_effect(one, wrong),
                })
                .collect();
            Value::OneOf(all, why)
        }
    }
}

fn principals(val: &Val, negated: bool, index: usize, notes: &mut Vec<Note>) -> Principals {
    let origin = val.origin.clone();
    let mut out = Principals { origin: origin.clone(), present: true, negated, items: Vec::new(), rest: None };
    let mut wrong = |message: String, origin: Origin| {
        notes.push(Note { kind: NoteKind::PrincipalFormat, message, origin, statement: Some(index), sure: true });
    };
    match &val.kind {
        Kind::Map(map) => {
            out.rest = map.rest.clone();
            let mut doubled = Vec::new();
            duplicates(map, Some(index), &mut doubled);
            for entry in last_entries(map) {
                let Some(key) = entry.key.known() else {
                    out.rest = out.rest.or(entry.key.why().cloned());
                    continue;
                };
                let kind = match key.as_str() {
                    "AWS" => PrincipalKind::Aws,
                    "Service" => PrincipalKind::Service,
                    "Federated" => PrincipalKind::Federated,
                    "CanonicalUser" => PrincipalKind::CanonicalUser,
                    _ => {
                        let message = format!(
                            "`{key}` is not a kind of principal: write `AWS`, `Service`, `Federated` or `CanonicalUser`"
                        );
                        wrong(message, entry.key_origin.clone());
                        PrincipalKind::Other
                    }
                };
                let found = texts(&entry.value);
                out.rest = out.rest.take().or(found.rest);
                for (text, origin) in found.items {
                    out.items.push(principal(kind, text, origin));
                }
            }
            notes.extend(doubled);
        }
        Kind::Unknown(hole) if hole.class == Class::Any => out.rest = Some(hole.why.clone()),
        _ => {
            let found = texts(val);
            out.rest = found.rest;
            for (text, origin) in found.items {
                if text.known().is_some_and(|it| it != "*") {
                    let message = format!(
                        "`{}` stands without a kind of principal: write `{{\"AWS\": \"{}\"}}`",
                        text.display(),
                        text.display()
                    );
                    wrong(message, origin.clone());
                    out.items.push(Principal { kind: PrincipalKind::Other, text, origin });
                } else {
                    out.items.push(principal(PrincipalKind::Aws, text, origin));
                }
            }
        }
    }
    out
}

/// `*` means everyone wherever AWS reads it as such: bare, and under `AWS`.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn principal(kind: PrincipalKind, text: SymStr, origin: Origin) -> Principal {
    let star = text.is("*");
    let kind = if star && kind == PrincipalKind::Aws { PrincipalKind::Anyone } else { kind };
    Principal { kind, text, origin }
}

fn read_patterns(val: &Val, key: &str, index: usize, notes: &mut Vec<Note>) -> Patterns {
    let found = texts(val);
    if let Some(origin) = found.wrong {
        let message = format!("`{key}` takes a text or a list of texts");
        notes.push(Note { kind: NoteKind::MissingElements, message, origin, statement: Some(index), sure: true });
    }
    let negated = key.starts_with("Not");
    Patterns { origin: val.origin.clone(), present: true, negated, items: found.items, rest: found.rest }
}

fn conditions(val: &Val, out: &mut Statement, notes: &mut Vec<Note>) {
    let index = out.index;
    let Kind::Map(map) = &val.kind else {
        let why = val.why().unwrap_or_else(|| {
            let message = "`Condition` takes an object of operators".to_owned();
            notes.push(Note {
                kind: NoteKind::MissingElements,
                message,
                origin: val.origin.clone(),
                statement: Some(index),
                sure: true,
            });
            Why::new(Cause::Invalid, "`Condition` is not an object", val.origin.span)
        });
        out.conditions_rest.get_or_insert(why);
        return;
    };
    duplicates(map, Some(index), notes);
    if let Some(why) = &map.rest {
        out.conditions_rest.get_or_insert(why.clone());
    }
    for entry in last_entries(map) {
        let Some(operator) = entry.key.known() else {
            if let Some(why) = entry.key.why() {
                out.conditions_rest.get_or_insert(why.clone());
            }
            continue;
        };
        let Kind::Map(keys) = &entry.value.kind else {
            let why = entry.value.why().unwrap_or_else(|| {
                let message = format!("`{operator}` takes an object of condition keys");
                let origin = entry.value.origin.clone();
                notes.push(Note {
                    kind: NoteKind::MissingElements,
                    message,
                    origin,
                    statement: Some(index),
                    sure: true,
                });
                Why::new(Cause::Invalid, format!("`{operator}` is not an object"), entry.value.origin.span)
            });
            out.conditions_rest.get_or_insert(why);
            continue;
        };
        if let Some(why) = &keys.rest {
            out.conditions_rest.get_or_insert(why.clone());
        }
        duplicates(keys, Some(index), notes);
        case_duplicates(keys, index, notes);
        for entry in last_entries(keys) {
            let found = texts(&entry.value);
            out.conditions.push(Condition {
                operator: operator.clone(),
                key: entry.key.clone(),
                values: found.items,
                rest: found.rest,
                origin: entry.key_origin.clone(),
            });
        }
    }
}

/// Condition keys are compared without regard to case: two spellings of one key are the same key twice.
fn case_duplicates(map: &Map, index: usize, notes: &mut Vec<Note>) {
    for (at, entry) in map.entries.iter().enumerate() {
        let Some(key) = entry.key.known() else { continue };
        let twin = |it: &&Entry| it.key.known().is_some_and(|it| it != key && it.eq_ignore_ascii_case(&key));
        if let Some(first) = map.entries.iter().take(at).find(twin) {
            let message =
                format!("`{key}` is the same condition key as `{}`: case does not count", first.key.display());
            let origin = entry.key_origin.clone();
            notes.push(Note { kind: NoteKind::DuplicateKeys, message, origin, statement: Some(index), sure: true });
        }
    }
}
