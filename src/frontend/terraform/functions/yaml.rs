//! `yamldecode` and `yamlencode`.

use crate::value::{Entry, Kind, List, Map, Number, Origin, SymStr, Val, json};

use super::argument::{Call, Outcome, sorted};

/// Deeper documents are unknown.
const MAX_DEPTH: usize = 64;

pub(super) fn decode(cx: &Call) -> Outcome {
    let text = cx.text(0)?;
    if text.trim().is_empty() {
        return Err(cx.refuse(0, "is empty"));
    }
    match serde_yaml::from_str::<serde_yaml::Value>(&text) {
        Ok(tree) => from_yaml(&tree, cx, &text, 0).ok_or_else(|| cx.open()),
        Err(error) => Err(cx.refuse(0, error.to_string())),
    }
}

fn from_yaml(tree: &serde_yaml::Value, cx: &Call, source: &str, depth: usize) -> Option<Val> {
    use serde_yaml::Value;
    if MAX_DEPTH < depth {
        return None;
    }
    let kind = match tree {
        Value::Null => Kind::Null,
        Value::Bool(it) => Kind::Bool(*it),
        Value::Number(it) => Kind::Number(Number::new(it.as_f64()?)),
        Value::String(it) => plain(it, source)?,
        Value::Sequence(items) => {
            let items = items.iter().map(|it| from_yaml(it, cx, source, depth + 1)).collect::<Option<_>>()?;
            Kind::List(List { items, rest: None })
        }
        Value::Mapping(map) => {
            let mut entries = Vec::new();
            for (key, value) in map {
                let key = SymStr::text(from_yaml(key, cx, source, depth + 1)?.as_text()?);
                let value = from_yaml(value, cx, source, depth + 1)?;
                entries.push(Entry { key, key_origin: Origin::at(cx.at), value });
            }
            Kind::Map(Map { entries, rest: None })
        }
        Value::Tagged(_) => return None,
    };
    Some(Val::new(kind, Origin::at(cx.at)))
}

/// A text that Terraform reads as something else where it stands without quotes (it reads YAML 1.1's booleans). `None`
/// where it is not clear whether it has quotes.
fn plain(text: &str, source: &str) -> Option<Kind> {
    let lower = text.to_ascii_lowercase();
    let number = text.len() > 1 && text.starts_with('0') && text.bytes().all(|it| it.is_ascii_digit());
    let date = text.len() >= 8 && text.starts_with(|it: char| it.is_ascii_digit()) && text.split('-').count() == 3;
    let kind = match lower.as_str() {
        "y" | "yes" | "on" => Some(Kind::Bool(true)),
        "n" | "no" | "off" => Some(Kind::Bool(false)),
        _ if number => Some(Kind::Number(Number::new(text.parse().ok()?))),
        _ if date => None,
        _ => return Some(Kind::String(SymStr::text(text))),
    };
    let quoted = source.contains(&format!("\"{text}\"")) || source.contains(&format!("'{text}'"));
    if quoted { None } else { kind }
}

/// Terraform's own style: keys and strings in quotes, two spaces for each level. Holes stand in their strings.
pub(super) fn encode(cx: &Call) -> Outcome {
    let value = cx.arg(0)?;
    let mut out = SymStr::default();
    if write(value, &mut out, 0, Place::Top).is_none() {
        return Err(cx.open());
    }
    if matches!(value.kind, Kind::Null | Kind::Bool(_) | Kind::Number(_)) {
        push(&mut out, "...\n");
    }
    cx.done(Kind::String(out))
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Top,
    /// After `- `.
    Item,
    /// After `key:`.
    Entry,
}

fn write(value: &Val, out: &mut SymStr, depth: usize, place: Place) -> Option<()> {
    if MAX_DEPTH < depth {
        return None;
    }
    let pad = |out: &mut SymStr, depth: usize| push(out, &"  ".repeat(depth));
    match &value.kind {
        Kind::List(List { items, rest: None }) if !items.is_empty() => {
            if place == Place::Entry {
                push(out, "\n");
            }
            // A list under a key is not indented more than the key.
            let depth = if place == Place::Entry { depth - 1 } else { depth };
            for (index, item) in items.iter().enumerate() {
                if 0 < index || place != Place::Item {
                    pad(out, depth);
                }
                push(out, "- ");
                write(item, out, depth + 1, Place::Item)?;
            }
        }
        Kind::Map(map) if map.rest.is_none() && !map.entries.is_empty() => {
            let (entries, true) = sorted(map) else { return None };
            if place == Place::Entry {
                push(out, "\n");
            }
            for (index, entry) in entries.iter().enumerate() {
                if 0 < index || place != Place::Item {
                    pad(out, depth);
                }
                text(&entry.key, out, depth)?;
                push(out, ":");
                write(&entry.value, out, depth + 1, Place::Entry)?;
            }
        }
        _ => {
            if place == Place::Entry {
                push(out, " ");
            }
            match &value.kind {
                Kind::String(it) => text(it, out, depth)?,
                Kind::List(List { rest: None, .. }) => push(out, "[]"),
                Kind::Map(Map { rest: None, .. }) => push(out, "{}"),
                Kind::Json(_) => text(&crate::value::ops::to_string(value)?, out, depth)?,
                Kind::Null | Kind::Bool(_) | Kind::Number(_) => out.push_str(&json::encode(value)?),
                _ => return None,
            }
            push(out, "\n");
        }
    }
    Some(())
}

fn push(out: &mut SymStr, text: &str) {
    out.push_str(&SymStr::text(text));
}

/// In quotes, or as a block where it has several lines and ends with a line break.
fn text(it: &SymStr, out: &mut SymStr, depth: usize) -> Option<()> {
    if let Some(known) = it.known()
        && known.contains('\n')
        && !known.starts_with([' ', '\n'])
        && known.chars().all(|it| it == '\n' || (!it.is_control() && it.is_ascii()))
    {
        let body = known.strip_suffix('\n');
        if body.is_some_and(|it| it.ends_with('\n')) {
            return None;
        }
        push(out, if body.is_some() { "|" } else { "|-" });
        for line in body.unwrap_or(&known).split('\n') {
            push(out, "\n");
            if !line.is_empty() {
                push(out, &format!("{}{line}", "  ".repeat(depth.max(1))));
            }
        }
        return Some(());
    }
    let quoted = json::encode(&Val::new(Kind::String(it.clone()), Origin::default()))?;
    // YAML needs no escapes for what HTML would mind.
    let plain = |it: &str| it.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&");
    out.push_str(&crate::value::ops::map_literals(&quoted, "_", plain, |_| true));
    Some(())
}
