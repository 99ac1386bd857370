//! What all elements of a policy share: scalar or list, duplicates, unknown names, size.

use crate::value::{
    Alternative, Attr, Cause, Class, Entry, Guard, Hole, Kind, Map, Origin, Seg, SymStr, Symbol, Val, Value, Why,
};

use super::super::{Note, NoteKind};

/// A policy of 20 KB, the most that S3 takes, cannot have more texts: each is three bytes at least.
pub(super) const MAX_TEXTS: usize = 7_000;

/// No policy is nested deeper.
const MAX_DEPTH: usize = 32;

/// The entries that count, in order: of entries with the same known key the last one.
pub(super) fn last_entries(map: &Map) -> Vec<&Entry> {
    let mut out: Vec<&Entry> = Vec::with_capacity(map.entries.len());
    for entry in &map.entries {
        match out.iter_mut().find(|it| it.key == entry.key || same_text(&it.key, &entry.key)) {
            Some(earlier) => *earlier = entry,
            None => out.push(entry),
        }
    }
    out
}

fn same_text(a: &SymStr, b: &SymStr) -> bool {
    if let ([Seg::Lit(a)], [Seg::Lit(b)]) = (a.segs(), b.segs()) {
        return a.text == b.text;
    }
    matches!((a.known(), b.known()), (Some(a), Some(b)) if a == b)
}

/// Notes every key that stands twice.
pub(super) fn duplicates(map: &Map, statement: Option<usize>, notes: &mut Vec<Note>) {
    for (at, entry) in map.entries.iter().enumerate() {
        if map.entries.iter().take(at).any(|it| same_text(&it.key, &entry.key)) {
            let Some(key) = entry.key.known() else { continue };
            let message =
                format!("`{key}` stands twice in the same object: AWS rejects that, and JSON readers keep the last");
            let origin = entry.key_origin.clone();
            notes.push(Note { kind: NoteKind::DuplicateKeys, message, origin, statement, sure: true });
        }
    }
}

/// A note about an element name that does not exist, with the right one where it differs only in case.
pub(super) fn unknown_element(key: &str, known: &[&str], entry: &Entry, statement: Option<usize>) -> Note {
    let right = known.iter().find(|it| it.eq_ignore_ascii_case(key) || format!("{key}s").eq_ignore_ascii_case(it));
    let message = match right {
        Some(right) => format!("`{key}` is not an element of a policy: write `{right}`"),
        None => format!("`{key}` is not an element of a policy here"),
    };
    Note { kind: NoteKind::MissingElements, message, origin: entry.key_origin.clone(), statement, sure: true }
}

/// A scalar as text.
pub(super) fn text(val: &Val) -> Attr<String> {
    let origin = val.origin.clone();
    match &val.kind {
        Kind::Null => Attr::absent(origin),
        Kind::Choice(alternatives) => {
            let all =
                alternatives.iter().filter(|it| it.guard != Guard::Never).map(|it| text(&it.value).value).collect();
            let why = val.why().unwrap_or_else(|| Why::new(Cause::Conditional, "a condition", origin.span));
            Attr { value: Value::OneOf(all, why), origin }
        }
        _ => match val.as_symstr() {
            Some(it) => match (it.known(), it.why()) {
                (Some(known), _) => Attr::known(known, origin),
                (None, Some(why)) => Attr::unknown(why.clone(), origin),
                (None, None) => Attr::unknown(Why::new(Cause::Invalid, "no text", origin.span), origin),
            },
            None => Attr::unknown(
                Why::new(Cause::Invalid, "a list or object stands where text is due", origin.span),
                origin,
            ),
        },
    }
}

/// The texts of a scalar or list, and why there may be more.
#[derive(Default)]
pub(super) struct Texts {
    /// The texts with their places.
    pub(super) items: Vec<(SymStr, Origin)>,
    /// Why there may be more.
    pub(super) rest: Option<Why>,
    /// Something that is neither text nor a list of texts, with its place.
    pub(super) wrong: Option<Origin>,
}

/// Reads a scalar or a list of scalars.
pub(super) fn texts(val: &Val) -> Texts {
    let mut out = Texts::default();
    collect(val, 0, &mut out);
    if MAX_TEXTS < out.items.len() {
        out.items.truncate(MAX_TEXTS);
        out.rest = Some(Why::new(Cause::Limit, "the number of values", val.origin.span));
    }
    out
}

fn collect(val: &Val, depth: usize, out: &mut Texts) {
    match &val.kind {
        Kind::Null => {}
        Kind::List(_) | Kind::Choice(_) | Kind::Json(_) if MAX_DEPTH < depth => {
            out.rest = Some(Why::new(Cause::Limit, "the nesting of the policy", val.origin.span));
        }
        Kind::List(list) => {
            for item in &list.items {
                if matches!(item.kind, Kind::List(_)) {
                    out.wrong.get_or_insert_with(|| item.origin.clone());
                    let why = Why::new(Cause::Invalid, "a list stands in a list of texts", item.origin.span);
                    out.rest.get_or_insert(why);
                }
                collect(item, depth + 1, out);
            }
            out.rest = out.rest.take().or_else(|| list.rest.clone());
        }
        Kind::Choice(_) | Kind::Json(_) | Kind::Map(_) => {
            if let Kind::Choice(alternatives) = &val.kind
                && let Some(text) = one_of(alternatives, val)
            {
                return out.items.push((text, val.origin.clone()));
            }
            // Each may be there, so the list is not known.
            if matches!(val.kind, Kind::Map(_)) {
                out.wrong.get_or_insert_with(|| val.origin.clone());
            }
            let why = val.why().unwrap_or_else(|| {
                Why::new(Cause::Invalid, "an object stands where text or a list is due", val.origin.span)
            });
            out.rest = Some(why);
        }
        Kind::Unknown(hole) if depth == 0 && hole.class == Class::Any => {
            // Could be a list or a text: nothing is known of it.
            out.rest = Some(hole.why.clone());
        }
        Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Unknown(_) => {
            if let Some(text) = val.as_symstr() {
                // Most elements have one text.
                if out.items.is_empty() {
                    out.items.reserve_exact(1);
                }
                out.items.push((text, val.origin.clone()));
            }
        }
    }
}

/// One of several texts of which none has a wildcard: nobody knows which, but it is not everything.
fn one_of(alternatives: &[Alternative], val: &Val) -> Option<SymStr> {
    let texts: Option<Vec<String>> = alternatives.iter().map(|it| Some(it.value.as_text()?.to_string())).collect();
    let (texts, why) = (texts?, val.why()?);
    let class = Class::common(&texts);
    let shown: Vec<String> =
        alternatives.iter().zip(&texts).map(|(it, text)| format!("{text} ({})", it.guard)).collect();
    let symbol = Symbol::new(shown.join(", "), "value");
    (class != Class::Any && !texts.is_empty()).then(|| SymStr::hole(Hole { symbol, class, known: None, why }))
}

/// The length of the JSON text without white space; `None` where a part is not known.
pub(super) fn compact_size(kind: &Kind, depth: usize) -> Option<usize> {
    if MAX_DEPTH < depth {
        return None;
    }
    Some(match kind {
        Kind::Null => 4,
        Kind::Bool(it) => it.to_string().len(),
        Kind::Number(it) => it.to_string().len(),
        Kind::String(it) => quoted(it)?,
        Kind::List(it) if it.rest.is_some() => return None,
        Kind::List(it) => {
            let mut sum = 2 + it.items.len().saturating_sub(1);
            for item in &it.items {
                sum += compact_size(&item.kind, depth + 1)?;
            }
            sum
        }
        Kind::Map(it) => return compact_size_of(it, depth),
        Kind::Json(_) | Kind::Choice(_) | Kind::Unknown(_) => return None,
    })
}

/// The same for an object.
pub(super) fn compact_size_of(map: &Map, depth: usize) -> Option<usize> {
    if MAX_DEPTH < depth || map.rest.is_some() {
        return None;
    }
    let mut sum = 2 + map.entries.len().saturating_sub(1);
    for entry in &map.entries {
        sum += quoted(&entry.key)? + 1 + compact_size(&entry.value.kind, depth + 1)?;
    }
    Some(sum)
}

/// The length of a text as a JSON string.
fn quoted(text: &SymStr) -> Option<usize> {
    let is_bare = |it: u8| it < 0x20 || matches!(it, b'"' | b'\\');
    if let [Seg::Lit(only)] = text.segs()
        && !only.text.bytes().any(is_bare)
    {
        return Some(only.text.len() + 2);
    }
    let text = text.known()?;
    Some(serde_json::to_string(&text).map_or(text.len() + 2, |it| it.len()))
}
