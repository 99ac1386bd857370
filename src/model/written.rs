//! Features that the model keeps a summary of, in the words of the S3 API: what `aws s3api` takes and prints.
//!
//! The languages say the same things under other names. A frontend has a table of names ([`Member`]) and the tree that it
//! evaluated; what the table has no word for makes the document [`Written::Part`], never a document that lacks it.

use crate::value::{Entry, Kind, List, Map, Number, Origin, SymStr, Val};

/// What code writes of a feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// All of it; texts may have holes.
    Whole(Val),
    /// Not all of it can be said in the API's words: why.
    Part(String),
}

/// One name of a language, and the API's.
#[derive(Debug)]
pub struct Member {
    /// In the language.
    pub from: &'static str,
    /// In the API; empty where it says nothing that is set (a provider's own bookkeeping).
    pub to: &'static str,
    /// What it holds.
    pub shape: Shape,
}

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A number of which zero says that there is none.
    Positive,
    /// A flag of which `false` says nothing.
    On,
    /// A flag that the API spells `Enabled` and `Disabled`.
    Status,
    /// Texts; one text is a list of one.
    Texts,
    /// A map of tags.
    Tags,
    /// One map.
    One(&'static [Member]),
    /// One map of which the API wants this member only: `index_document = "x"` is `{"Suffix": "x"}`.
    Inside(&'static str),
    /// The same of a number, of which zero says that there is none.
    Days(&'static str),
    /// A list of maps; one map is a list of one.
    Many(&'static [Member]),
    /// Text of JSON, in the API's own words.
    Json,
    /// Nothing that the API is told.
    Ignored,
}

/// A short way to write a table.
#[must_use]
pub const fn member(from: &'static str, to: &'static str, shape: Shape) -> Member {
    Member { from, to, shape }
}

type Made = Result<Option<Val>, String>;

impl Written {
    /// Translates a map, and finishes it where the table alone cannot.
    #[must_use]
    pub fn of(tree: Result<Val, String>, members: &[Member], finish: fn(Val) -> Result<Val, String>) -> Self {
        match tree.and_then(|it| translate(&it, members)).and_then(finish) {
            Ok(val) => Self::Whole(val),
            Err(why) => Self::Part(why),
        }
    }

    /// The document, where it is whole.
    ///
    /// # Errors
    /// Why it is not.
    pub fn whole(&self) -> Result<&Val, &str> {
        match self {
            Self::Whole(it) => Ok(it),
            Self::Part(why) => Err(why),
        }
    }
}

/// Nothing more to do.
///
/// # Errors
/// Never.
pub fn as_is(val: Val) -> Result<Val, String> {
    Ok(val)
}

fn translate(val: &Val, members: &[Member]) -> Result<Val, String> {
    let Kind::Map(map) = &val.kind else { return Err(unfit(val, "a map")) };
    if let Some(why) = &map.rest {
        return Err(why.to_string());
    }
    for entry in &map.entries {
        let name = entry.key.known().ok_or_else(|| "a name in it is not known".to_owned())?;
        if entry.value.kind != Kind::Null && !members.iter().any(|it| it.from == name) {
            return Err(format!("this version does not translate `{name}`"));
        }
    }
    let mut out = Vec::new();
    for it in members {
        let Some(value) = map.get(it.from).filter(|it| it.kind != Kind::Null) else { continue };
        if let Some(value) = shaped(value, it.shape).map_err(|why| format!("`{}`: {why}", it.from))? {
            out.push(entry(it.to, value));
        }
    }
    Ok(Val::new(Kind::Map(Map { entries: out, rest: None }), val.origin.clone()))
}

/// An entry under a known name.
#[must_use]
pub fn entry(name: &str, value: Val) -> Entry {
    Entry { key: SymStr::text(name), key_origin: value.origin.clone(), value }
}

/// A map of known names.
#[must_use]
pub fn map(entries: Vec<(&str, Val)>, origin: &Origin) -> Val {
    let entries = entries.into_iter().map(|(name, value)| entry(name, value)).collect();
    Val::new(Kind::Map(Map { entries, rest: None }), origin.clone())
}

/// A list.
#[must_use]
pub fn list(items: Vec<Val>, origin: &Origin) -> Val {
    Val::new(Kind::List(List { items, rest: None }), origin.clone())
}

/// Takes a member out of a map.
pub fn take(val: &mut Val, name: &str) -> Option<Val> {
    let Kind::Map(map) = &mut val.kind else { return None };
    let at = map.entries.iter().position(|it| it.key.is(name))?;
    Some(map.entries.remove(at).value)
}

/// Adds a member to a map.
pub fn put(val: &mut Val, name: &str, value: Val) {
    if let Kind::Map(map) = &mut val.kind {
        map.entries.push(entry(name, value));
    }
}

fn unfit(val: &Val, expected: &str) -> String {
    val.why().map_or_else(|| format!("{expected} was expected"), |it| it.to_string())
}

fn shaped(value: &Val, shape: Shape) -> Made {
    if value.sensitive {
        return Err("it is marked sensitive".to_owned());
    }
    let flag = || value.as_bool().ok_or_else(|| unfit(value, "true or false"));
    let at = &value.origin;
    Ok(match shape {
        Shape::Ignored => None,
        Shape::Text => text(value)?,
        Shape::Number => Some(number(value)?),
        Shape::Positive => Some(number(value)?).filter(|it| !matches!(&it.kind, Kind::Number(it) if it.value <= 0.0)),
        Shape::On => flag()?.then(|| Val::new(Kind::Bool(true), at.clone())),
        Shape::Status => Some(Val::string(if flag()? { "Enabled" } else { "Disabled" }, at.clone())),
        Shape::Texts => {
            let mut all = Vec::new();
            for it in items(value)? {
                all.extend(text(it)?);
            }
            (!all.is_empty()).then(|| list(all, at))
        }
        Shape::Tags => tags(value)?,
        Shape::One(members) => match items(value)?.as_slice() {
            [] => None,
            [one] => Some(translate(one, members)?),
            _ => return Err("more than one".to_owned()),
        },
        Shape::Days(name) => shaped(value, Shape::Positive)?.map(|it| map(vec![(name, it)], at)),
        Shape::Inside(name) => text(value)?.map(|it| map(vec![(name, it)], at)),
        Shape::Many(members) => {
            let all = items(value)?.into_iter().map(|it| translate(it, members)).collect::<Result<Vec<_>, _>>()?;
            (!all.is_empty()).then(|| list(all, at))
        }
        Shape::Json => json(value)?,
    })
}

/// The items of a list; anything else but an unknown is a list of one.
fn items(value: &Val) -> Result<Vec<&Val>, String> {
    match &value.kind {
        Kind::List(list) => match &list.rest {
            Some(why) => Err(why.to_string()),
            None => Ok(list.items.iter().filter(|it| it.kind != Kind::Null).collect()),
        },
        Kind::Choice(_) => Err(unfit(value, "one value")),
        _ => Ok(vec![value]),
    }
}

/// Text, symbolic where it is; empty text is none.
fn text(value: &Val) -> Made {
    if value.sensitive {
        return Err("it is marked sensitive".to_owned());
    }
    let text = value.as_symstr().ok_or_else(|| unfit(value, "text"))?;
    let is_empty = text.known().is_some_and(|it| it.is_empty());
    Ok((!is_empty).then(|| Val::new(Kind::String(text), value.origin.clone())))
}

fn number(value: &Val) -> Result<Val, String> {
    match &value.kind {
        Kind::Number(_) => Ok(value.clone()),
        _ => {
            let found = value.as_text().and_then(|it| it.trim().parse::<f64>().ok()).filter(|it| it.is_finite());
            let found = found.ok_or_else(|| unfit(value, "a number"))?;
            Ok(Val::new(Kind::Number(Number::new(found)), value.origin.clone()))
        }
    }
}

fn tags(value: &Val) -> Made {
    let Kind::Map(tags) = &value.kind else { return Err(unfit(value, "a map of tags")) };
    if let Some(why) = &tags.rest {
        return Err(why.to_string());
    }
    let at = &value.origin;
    let one = |it: &Entry| {
        let key = Val::new(Kind::String(it.key.clone()), it.key_origin.clone());
        let text = text(&it.value)?.unwrap_or_else(|| Val::string("", at.clone()));
        Ok(map(vec![("Key", key), ("Value", text)], at))
    };
    let all = tags.entries.iter().map(one).collect::<Result<Vec<_>, String>>()?;
    Ok((!all.is_empty()).then(|| list(all, at)))
}

fn json(value: &Val) -> Made {
    if let Kind::Json(inner) = &value.kind {
        return Ok(Some((**inner).clone()));
    }
    let text = value.as_symstr().ok_or_else(|| unfit(value, "text of JSON"))?;
    if text.known().is_some_and(|it| it.trim().is_empty()) {
        return Ok(None);
    }
    crate::value::json::decode(&text, &value.origin).map(Some).map_err(|_| "it is not JSON".to_owned())
}

/// A lifecycle rule's filter as the API has it: one condition stands alone, several stand in `And`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRuleFilter.html>
///
/// # Errors
/// Never: what is there is kept.
pub fn lifecycle_rule(mut rule: Val) -> Result<Val, String> {
    let at = rule.origin.clone();
    let is_empty = |it: &Val| matches!(&it.kind, Kind::Map(map) if map.entries.is_empty());
    if let Some(filter) = take(&mut rule, "Filter").filter(|it| !is_empty(it)) {
        put(&mut rule, "Filter", filter);
        return Ok(rule);
    }
    let mut single = Vec::new();
    let mut both = Vec::new();
    for name in ["Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan"] {
        if let Some(value) = take(&mut rule, name) {
            single.push((name, value.clone()));
            both.push((name, value));
        }
    }
    if let Some(tags) = take(&mut rule, "Tags") {
        if let Kind::List(all) = &tags.kind {
            single.extend(all.items.iter().map(|it| ("Tag", it.clone())));
        }
        both.push(("Tags", tags));
    }
    let filter = match single.len() {
        0 => map(vec![("Prefix", Val::string("", at.clone()))], &at),
        1 => map(single, &at),
        _ => map(vec![("And", map(both, &at))], &at),
    };
    put(&mut rule, "Filter", filter);
    Ok(rule)
}
