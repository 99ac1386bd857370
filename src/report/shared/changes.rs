//! The answer of `diff` of two sources, as every format of it tells it.

use serde_json::{Value as Json, json};

use crate::incident::diff::{AccessChange, BucketDiff, Direction, SettingChange, StatementChange, Undecided};
use crate::policy::{Audience, Request};
use crate::value::Truth;

use super::Places;

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Changes {
    /// The old source, as the user named it.
    pub old: String,
    /// The new source.
    pub new: String,
    /// Buckets about which there is something to say, by name.
    pub buckets: Vec<BucketDiff>,
    /// Account-wide settings.
    pub account: Vec<SettingChange>,
    /// Account-wide settings that could not be compared.
    pub account_undecided: Vec<Undecided>,
    /// What kept buckets from being compared at all.
    pub problems: Vec<String>,
    /// What was not compared and decides no access.
    pub notes: Vec<String>,
    /// Buckets that both sources have.
    pub compared: usize,
}

/// The places of either source.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// Of the old source.
    pub old: Places<'a>,
    /// Of the new source.
    pub new: Places<'a>,
}

impl<'a> Sides<'a> {
    /// What is gained stands on the new side, what is lost on the old.
    pub(in crate::report) fn of(&self, direction: Direction) -> &Places<'a> {
        match direction {
            Direction::Gained => &self.new,
            Direction::Lost => &self.old,
        }
    }
}

/// One clause: what happened, to whom, through what.
pub(in crate::report) fn sentence(it: &AccessChange) -> String {
    let verb = match (it.direction, it.holds) {
        (Direction::Gained, Truth::Yes) => "gained",
        (Direction::Lost, Truth::Yes) => "lost",
        (Direction::Gained, _) => "may gain",
        (Direction::Lost, _) => "may lose",
    };
    format!("{verb} {} for {} through {}", it.power.as_str(), who(&it.audience), it.via)
}

pub(in crate::report) fn who(audience: &Audience) -> String {
    match audience {
        Audience::Anonymous => "anyone".to_owned(),
        Audience::AnyAccount => "any AWS account".to_owned(),
        Audience::Account(who) | Audience::Service(who) => who.clone(),
    }
}

pub(in crate::report) fn request(it: &Request) -> String {
    let mut out = format!("{} → {} on {}", it.principal, it.action, it.resource);
    for (key, values) in &it.context {
        out.push_str(&format!(", {key} = {}", values.join(" ")));
    }
    out
}

/// How a statement changed, for people.
pub(in crate::report) fn statement_text(it: &StatementChange) -> String {
    match (&it.old, &it.new) {
        (None, Some(new)) => format!("  ~ statement added: {}\n      {new}\n", it.name),
        (Some(old), None) => format!("  ~ statement removed: {}\n      {old}\n", it.name),
        (Some(old), Some(new)) => format!("  ~ statement changed: {}\n      old {old}\n      new {new}\n", it.name),
        (None, None) => String::new(),
    }
}

/// The same for programs.
pub(in crate::report) fn statement_json(it: &StatementChange) -> Json {
    json!({
        "name": it.name,
        "change": match (&it.old, &it.new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        },
        "old": it.old,
        "new": it.new,
    })
}
