//! The `Conditions` section: formulas over undecided comparisons, decided where parameters allow it.
//!
//! A formula is kept without parameter defaults, and beside each comparison what the defaults would make of it: so an
//! `Fn::If` takes the default's branch (as an assumption), while a resource that only the default switches off stays in
//! the model under its guard.

use std::sync::Arc;

use crate::source::Span;
use crate::value::{Guard, Hop, Truth};

use super::worlds::Test;

/// A condition.
#[derive(Clone, Debug)]
pub(super) enum Formula {
    /// Decided by literals and given values.
    Known(bool),
    /// A comparison that is not decided without defaults.
    Leaf(Leaf),
    /// Not.
    Not(Arc<Formula>),
    /// All hold.
    And(Vec<Arc<Formula>>),
    /// Some hold.
    Or(Vec<Arc<Formula>>),
}

/// An undecided comparison.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// Canonical text: `Env == "prod"`.
    pub text: String,
    /// What it is when parameters have their defaults.
    pub by_default: Option<bool>,
    /// The default that decides.
    pub default_at: Option<(String, Option<Span>)>,
    /// What is compared, where both sides are understood.
    pub test: Option<Test>,
}

/// What a condition is under given assumptions.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    /// The verdict, defaults applied.
    pub truth: Truth,
    /// The default that it rests on: parameter and place.
    pub default_at: Option<(String, Option<Span>)>,
}

impl Formula {
    /// A comparison or condition of which only the name is known.
    pub fn opaque(text: impl Into<String>) -> Self {
        Self::Leaf(Leaf { text: text.into(), by_default: None, default_at: None, test: None })
    }

    /// Canonical text, the same for equal formulas whatever the order of their parts.
    pub fn text(&self) -> String {
        let join = |all: &[Arc<Self>], word: &str| {
            let mut texts: Vec<_> = all.iter().map(|it| it.text()).collect();
            texts.sort();
            texts.dedup();
            format!("({})", texts.join(word))
        };
        match self {
            Self::Known(it) => it.to_string(),
            Self::Leaf(it) => it.text.clone(),
            Self::Not(it) => format!("not {}", it.text()),
            Self::And(all) => join(all, " and "),
            Self::Or(all) => join(all, " or "),
        }
    }

    /// Decides it, given what is assumed.
    pub fn decide(&self, assume: &Guard) -> Decision {
        let plain = |truth| Decision { truth, default_at: None };
        if let Self::Known(it) = self {
            return plain((*it).into());
        }
        if *assume != Guard::always() {
            let text = self.text();
            if assume.implies(&Guard::when(text.as_str(), true)) == Truth::Yes {
                return plain(Truth::Yes);
            }
            if assume.implies(&Guard::when(text, false)) == Truth::Yes {
                return plain(Truth::No);
            }
        }
        match self {
            Self::Known(it) => plain((*it).into()),
            Self::Leaf(leaf) => match leaf.by_default {
                Some(it) => Decision { truth: it.into(), default_at: leaf.default_at.clone() },
                None => plain(Truth::Unknown),
            },
            Self::Not(it) => {
                let it = it.decide(assume);
                Decision { truth: !it.truth, default_at: it.default_at }
            }
            Self::And(all) => decide_all(all, assume, Truth::No),
            Self::Or(all) => decide_all(all, assume, Truth::Yes),
        }
    }

    /// When it has the value `holds`. Parts that already have the wanted value (by default too) add nothing.
    pub fn guard(&self, holds: bool, assume: &Guard) -> Guard {
        if self.decide(assume).truth == Truth::from(holds) {
            return Guard::always();
        }
        match self {
            Self::Known(it) => Guard::decided(*it == holds),
            Self::Not(it) => it.guard(!holds, assume),
            Self::And(all) if holds => all.iter().fold(Guard::always(), |out, it| out.and(&it.guard(true, assume))),
            Self::Or(all) if !holds => all.iter().fold(Guard::always(), |out, it| out.and(&it.guard(false, assume))),
            _ => Guard::when(self.text(), holds),
        }
    }

    /// Calls `each` with every comparison in it.
    pub fn each_leaf<'a>(&'a self, each: &mut dyn FnMut(&'a Leaf)) {
        match self {
            Self::Known(_) => (),
            Self::Leaf(it) => each(it),
            Self::Not(it) => it.each_leaf(each),
            Self::And(all) | Self::Or(all) => all.iter().for_each(|it| it.each_leaf(each)),
        }
    }

    /// How many comparisons it spells out to.
    pub fn leaves(&self) -> usize {
        match self {
            Self::Known(_) | Self::Leaf(_) => 1,
            Self::Not(it) => it.leaves(),
            Self::And(all) | Self::Or(all) => all.iter().fold(0, |sum, it| sum + it.leaves()),
        }
    }

    /// The truth without defaults.
    pub fn certain(&self) -> Truth {
        match self {
            Self::Known(it) => (*it).into(),
            Self::Leaf(_) => Truth::Unknown,
            Self::Not(it) => !it.certain(),
            Self::And(all) => Truth::all(all.iter().map(|it| it.certain())),
            Self::Or(all) => Truth::any(all.iter().map(|it| it.certain())),
        }
    }
}

/// `absorbing` decides alone (No for And, Yes for Or). A verdict that needs no default is preferred to one that does.
fn decide_all(all: &[Arc<Formula>], assume: &Guard, absorbing: Truth) -> Decision {
    let parts: Vec<_> = all.iter().map(|it| it.decide(assume)).collect();
    let decisive = parts.iter().filter(|it| it.truth == absorbing).min_by_key(|it| it.default_at.is_some());
    if let Some(it) = decisive {
        return it.clone();
    }
    if parts.iter().any(|it| it.truth == Truth::Unknown) {
        return Decision { truth: Truth::Unknown, default_at: None };
    }
    Decision { truth: !absorbing, default_at: parts.into_iter().find_map(|it| it.default_at) }
}

/// The hop that names a parameter's default.
pub(super) fn default_hop(name: &str, at: Option<Span>, next: Option<Arc<Hop>>) -> Arc<Hop> {
    Arc::new(Hop { kind: crate::value::HopKind::Default, name: format!("Parameters.{name}"), at, next })
}
