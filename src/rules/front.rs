//! The front matter of a rule page: as people write it, in YAML, and as `build.rs` lays it down, in JSON, which is read several
//! times faster at each start.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::finding::Mend;
use crate::source::nearest;

use super::page::{Scope, line_of};

/// The front matter of a page, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Front {
    pub id: String,
    pub title: String,
    pub severity: SeverityFront,
    #[serde(default)]
    pub status: StatusFront,
    pub profiles: Vec<String>,
    pub r#for: Scope,
    pub r#if: Option<String>,
    pub when: String,
    pub at: String,
    pub message: String,
    pub help: Option<String>,
    pub fix: Option<Mend>,
    #[serde(default)]
    pub related: Vec<RelatedFront>,
    #[serde(default)]
    pub concepts: Vec<String>,
    #[serde(default)]
    pub equivalents: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub broader: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub narrower: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub frameworks: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub references: Vec<String>,
}

/// One severity, or conditions by severity.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum SeverityFront {
    One(String),
    ByCondition(BTreeMap<String, String>),
}

/// What a finding of the rule says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StatusFront {
    #[default]
    Violated,
    Unknown,
}

/// A related place and what it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RelatedFront {
    pub at: String,
    pub text: String,
}

/// The front matter and the body of a page.
///
/// # Errors
/// The first mistake with its line.
pub(super) fn read(text: &str) -> Result<(Front, &str), (usize, String)> {
    let Some((front, body)) = split(text) else {
        return Err((1, "a rule page begins with front matter between lines of `---`".to_owned()));
    };
    let front = serde_yaml::from_str(front).map_err(|error| {
        let message = error.to_string();
        // The library counts lines of the front matter, whose first is the page's second; of a severity of the wrong shape it
        // knows none. A lone carriage return is a line for it, and for no editor.
        let last = text.lines().count();
        let line = match message.contains("SeverityFront") {
            true => line_of(text, "severity"),
            false => error.location().map_or(1, |it| (it.line() + 1).min(last)),
        };
        (line, friendly(message.split(" at line ").next().unwrap_or(&message)))
    })?;
    Ok((front, body.trim()))
}

/// Front matter and body.
fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let end = rest.find("\n---")?;
    let (front, body) = rest.split_at(end);
    Some((front, body.trim_start_matches("\n---").trim_start_matches(['\r', '\n'])))
}

/// The library lists every name that there is; the nearest one is what people look for.
fn friendly(message: &str) -> String {
    if message.contains("untagged enum SeverityFront") {
        return "`severity` is one of the five names, or a map from such names to conditions".to_owned();
    }
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let Some((wrong, known)) = quoted.split_first() else { return message.to_owned() };
    let what = match (message.contains("unknown field"), message.contains("unknown variant")) {
        (true, _) => "there is no key",
        (_, true) => "there is no scope or status",
        _ => return message.to_owned(),
    };
    match nearest(wrong, known.iter().copied()) {
        Some(near) => format!("{what} `{wrong}`; did you mean `{near}`?"),
        None => format!("{what} `{wrong}`; there are {}", known.join(", ")),
    }
}
