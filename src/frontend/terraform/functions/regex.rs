//! Regular expressions. Terraform's are RE2's; `regex-lite` reads the same syntax but for Unicode classes.

use regex_lite::{Captures, Match, Regex, RegexBuilder};

use crate::value::{Entry, Kind, Map, Origin, SymStr, Val};

use super::argument::{Call, Outcome, Stop};

/// Size of a compiled pattern, in bytes.
const MAX_SIZE: usize = 1 << 20;

/// The pattern in `/pattern/`.
pub(super) fn slashed(text: &str) -> Option<&str> {
    text.strip_prefix('/').and_then(|it| it.strip_suffix('/')).filter(|_| 1 < text.len())
}

fn compiled(cx: &Call, pattern: &str) -> Result<Regex, Stop> {
    let refused = || cx.refuse(0, format!("`{pattern}` is not a regular expression"));
    // RE2 has Unicode classes, this engine has not: not known, rather than refused.
    if pattern.contains("\\p") || pattern.contains("\\P") || pattern.contains("[[:^") {
        return Err(cx.open());
    }
    RegexBuilder::new(pattern).size_limit(MAX_SIZE).build().map_err(|_| refused())
}

pub(super) fn regex(cx: &Call) -> Outcome {
    let (pattern, text) = (cx.text(0)?, cx.text(1)?);
    let regex = compiled(cx, &pattern)?;
    match regex.captures(&text) {
        Some(found) => Ok(one(cx, &regex, &found)),
        None => Err(cx.refuse(1, "the pattern does not match")),
    }
}

pub(super) fn regexall(cx: &Call) -> Outcome {
    let (pattern, text) = (cx.text(0)?, cx.text(1)?);
    let regex = compiled(cx, &pattern)?;
    cx.list(regex.captures_iter(&text).map(|it| one(cx, &regex, &it)).collect(), None)
}

/// The whole match; a list of the groups, or a map where they have names.
fn one(cx: &Call, regex: &Regex, found: &Captures) -> Val {
    let group = |it: Option<Match>| it.map_or(Kind::Null, |it| Kind::String(SymStr::text(it.as_str())));
    let names: Vec<&str> = regex.capture_names().flatten().collect();
    if !names.is_empty() {
        let entry = |name: &&str| Entry {
            key: SymStr::text(*name),
            key_origin: Origin::at(cx.at),
            value: cx.value(group(found.name(name))),
        };
        return cx.value(Kind::Map(Map { entries: names.iter().map(entry).collect(), rest: None }));
    }
    if 1 < found.len() {
        let items = found.iter().skip(1).map(|it| cx.value(group(it))).collect();
        return cx.value(Kind::List(crate::value::List { items, rest: None }));
    }
    cx.value(group(found.get(0)))
}

/// `replace` with `/pattern/`; `$1` and `${name}` stand for groups.
pub(super) fn replace(cx: &Call, pattern: &str, to: &SymStr) -> Outcome {
    let (text, to) = (cx.text(0)?, to.known().ok_or_else(|| cx.open())?);
    cx.room(text.len() + 1, to.len() + 1)?;
    let regex = compiled(cx, pattern)?;
    cx.string(regex.replace_all(&text, to.as_str()).into_owned())
}
