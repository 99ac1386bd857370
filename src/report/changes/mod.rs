//! The answer of `diff` of two sources: as text, Markdown and JSON.

mod json;
mod markdown;
mod text;

use crate::incident::diff::{AccessChange, BucketDiff, Direction, SettingChange, Undecided};
use crate::policy::{Audience, Request};
use crate::value::Truth;

use super::shared::Places;

pub use json::render as json;
pub use markdown::render as markdown;
pub use text::render as text;

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
    pub(super) fn of(&self, direction: Direction) -> &Places<'a> {
        match direction {
            Direction::Gained => &self.new,
            Direction::Lost => &self.old,
        }
    }
}

/// One clause: what happened, to whom, through what.
pub(super) fn sentence(it: &AccessChange) -> String {
    let verb = match (it.direction, it.holds) {
        (Direction::Gained, Truth::Yes) => "gained",
        (Direction::Lost, Truth::Yes) => "lost",
        (Direction::Gained, _) => "may gain",
        (Direction::Lost, _) => "may lose",
    };
    format!("{verb} {} for {} through {}", it.power.as_str(), who(&it.audience), it.via)
}

pub(super) fn who(audience: &Audience) -> String {
    match audience {
        Audience::Anonymous => "anyone".to_owned(),
        Audience::AnyAccount => "any AWS account".to_owned(),
        Audience::Account(who) | Audience::Service(who) => who.clone(),
    }
}

pub(super) fn request(it: &Request) -> String {
    let mut out = format!("{} → {} on {}", it.principal, it.action, it.resource);
    for (key, values) in &it.context {
        out.push_str(&format!(", {key} = {}", values.join(" ")));
    }
    out
}
