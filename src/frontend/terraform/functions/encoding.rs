//! JSON, YAML, base64, regular expressions and files.

use crate::value::{Kind, List, Map, Number, Origin, SymStr, Val, json};

use super::{Call, Result};

pub(super) fn call(cx: &Call, args: &[Val]) -> Option<Result> {
    match (cx.name, args) {
        ("jsonencode", [value]) => match &value.kind {
            Kind::Unknown(_) => cx.open(args),
            _ => cx.done(Kind::Json(Box::new(value.clone()))),
        },
        ("jsondecode", [value]) => match &value.kind {
            Kind::Json(tree) => Some(Ok((**tree).clone())),
            // A collection is no text, whatever is in it.
            Kind::List(_) | Kind::Map(_) => cx.fail("needs a string"),
            _ => {
                let Some(text) = value.as_symstr() else { return cx.refuse(args, "needs a string") };
                match json::decode(&text, &value.origin) {
                    Ok(tree) => Some(Ok(tree)),
                    Err(error) if error.why.is_some() => cx.open(args),
                    Err(error) => cx.fail(error.message),
                }
            }
        },
        ("yamldecode", [value]) => match value.as_text() {
            Some(text) => match serde_yaml::from_str::<serde_yaml::Value>(&text) {
                Ok(tree) => match from_yaml(&tree, cx, 0) {
                    Some(value) => Some(Ok(value)),
                    None => cx.open(args),
                },
                Err(error) => cx.fail(error.to_string()),
            },
            None => cx.open(args),
        },
        ("base64encode", [value]) => match value.as_text() {
            Some(text) => cx.done(Kind::String(SymStr::text(base64(text.as_bytes())))),
            None => cx.open(args),
        },
        ("urlencode", [value]) => match value.as_text() {
            Some(text) => cx.done(Kind::String(SymStr::text(percent(&text)))),
            None => cx.open(args),
        },
        ("regex" | "regexall", [pattern, text]) => matches(cx, pattern, text, args),
        ("file", [path]) => match path.as_text() {
            Some(path) => match cx.host.read_file(&path) {
                Ok(value) => Some(Ok(value)),
                Err(message) => missing(cx, message),
            },
            None => cx.open(args),
        },
        ("fileexists", [path]) => match path.as_text() {
            Some(path) => cx.done(Kind::Bool(cx.host.file_exists(&path))),
            None => cx.open(args),
        },
        ("templatefile", [path, vars]) => match path.as_text() {
            Some(path) => match cx.host.render_template_file(&path, vars, cx.at) {
                Ok(value) => Some(Ok(value)),
                Err(message) => missing(cx, message),
            },
            None => cx.open(args),
        },
        _ => None,
    }
}

/// A file that is not here is unknown, not an error of the code: it may be made before deployment.
fn missing(cx: &Call, message: String) -> Option<Result> {
    use crate::value::{Cause, Class, Symbol, Why};
    let why = Why::new(Cause::MissingFile, message.clone(), Some(cx.at));
    Some(Ok(Val::unknown(Symbol::new(message, ""), Class::Any, why, Origin::at(cx.at))))
}

fn from_yaml(tree: &serde_yaml::Value, cx: &Call, depth: usize) -> Option<Val> {
    use serde_yaml::Value;
    if 64 < depth {
        return None;
    }
    let kind = match tree {
        Value::Null => Kind::Null,
        Value::Bool(it) => Kind::Bool(*it),
        Value::Number(it) => Kind::Number(Number::new(it.as_f64()?)),
        Value::String(it) => Kind::String(SymStr::text(it.as_str())),
        Value::Sequence(items) => {
            let items = items.iter().map(|it| from_yaml(it, cx, depth + 1)).collect::<Option<_>>()?;
            Kind::List(List { items, rest: None })
        }
        Value::Mapping(map) => {
            let mut entries = Vec::new();
            for (key, value) in map {
                let key = SymStr::text(from_yaml(key, cx, depth + 1)?.as_text()?);
                let value = from_yaml(value, cx, depth + 1)?;
                entries.push(crate::value::Entry { key, key_origin: Origin::at(cx.at), value });
            }
            Kind::Map(Map { entries, rest: None })
        }
        Value::Tagged(_) => return None,
    };
    Some(Val::new(kind, Origin::at(cx.at)))
}

/// A compiled pattern; Terraform's syntax is RE2's.
pub(super) fn regex(pattern: &str) -> Option<regex_lite::Regex> {
    regex_lite::RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()
}

fn matches(cx: &Call, pattern: &Val, text: &Val, args: &[Val]) -> Option<Result> {
    let (Some(pattern), Some(text)) = (pattern.as_text(), text.as_text()) else { return cx.open(args) };
    let Some(regex) = regex(&pattern) else { return cx.fail(format!("`{pattern}` is not a regular expression")) };
    let string = |it: &str| Val::string(it, Origin::at(cx.at));
    let one = |found: &regex_lite::Captures| {
        let names: Vec<_> = regex.capture_names().flatten().collect();
        let group = |it: Option<regex_lite::Match>| {
            it.map_or_else(|| Val::new(Kind::Null, Origin::at(cx.at)), |it| string(it.as_str()))
        };
        if !names.is_empty() {
            let entries = names.iter().map(|name| crate::value::Entry {
                key: SymStr::text(*name),
                key_origin: Origin::at(cx.at),
                value: group(found.name(name)),
            });
            return Val::new(Kind::Map(Map { entries: entries.collect(), rest: None }), Origin::at(cx.at));
        }
        if 1 < found.len() {
            let items = found.iter().skip(1).map(group).collect();
            return Val::new(Kind::List(List { items, rest: None }), Origin::at(cx.at));
        }
        group(found.get(0))
    };
    if cx.name == "regexall" {
        let items = regex.captures_iter(&text).map(|it| one(&it)).collect();
        return cx.done(Kind::List(List { items, rest: None }));
    }
    match regex.captures(&text) {
        Some(found) => Some(Ok(one(&found))),
        None => cx.fail("the pattern does not match"),
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = 0_u32;
        for index in 0..3 {
            word = word << 8 | u32::from(chunk.get(index).copied().unwrap_or(0));
        }
        for index in 0..4 {
            let digit = (word >> (18 - 6 * index) & 63) as usize;
            let letter = ALPHABET.get(digit).copied().unwrap_or(b'=');
            out.push(if index <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
