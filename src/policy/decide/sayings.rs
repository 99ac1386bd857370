//! Whether statements of two policies say the same, each spelled once.

use std::collections::HashMap;

use crate::value::{Cause, Guard, Truth, Why};

use super::super::{Patterns, Statement};
use super::compiled::Ready;

/// What the statements of a policy say, places and order aside. The same unknown is the same; variables are the same only in policies of the
/// same version.
pub(super) struct Sayings<'a> {
    pub each: Vec<Saying<'a>>,
    by_text: HashMap<(bool, String), Vec<&'a Statement>>,
}

/// What one of them says.
pub(super) struct Saying<'a> {
    statement: &'a Statement,
    text: (bool, String),
}

impl<'a> Sayings<'a> {
    pub fn of(all: &[Ready<'a>]) -> Self {
        let each = all.iter().map(|it| Saying { statement: it.statement, text: (it.variables, spelled(it.statement)) });
        let mut out = Self { each: each.collect(), by_text: HashMap::new() };
        for it in &out.each {
            out.by_text.entry(it.text.clone()).or_default().push(it.statement);
        }
        out
    }

    pub fn has(&self, it: &Saying<'_>) -> bool {
        let alike = self.by_text.get(&it.text).into_iter().flatten();
        let own = it.statement;
        alike.into_iter().any(|it| it.effect.value == own.effect.value && is_one(&it.exists, &own.exists))
    }
}

/// Whether two guards hold in the same worlds.
fn is_one(a: &Guard, b: &Guard) -> bool {
    a == b || (a.implies(b) == Truth::Yes && b.implies(a) == Truth::Yes)
}

/// Whether what is not known depends on one condition, however that is written.
pub(super) fn is_one_condition(a: &Why, b: &Why) -> bool {
    let guard = |it: &Why| match it.subject().strip_prefix("not ") {
        Some(it) => Guard::when(it, false),
        None => Guard::when(it.subject(), true),
    };
    // A reason says what decides, and not which of the two it gives.
    let is_it = |b: &Guard| is_one(&guard(a), b) || is_one(&guard(a), &b.negated());
    [a, b].iter().all(|it| it.cause() == Cause::Conditional) && is_it(&guard(b))
}

/// A statement but for its effect and for when it is there, the same text for the same.
fn spelled(statement: &Statement) -> String {
    fn sorted(all: impl Iterator<Item = String>) -> Vec<String> {
        let mut all: Vec<String> = all.collect();
        all.sort();
        all
    }
    // Where a reason comes from is a place, too.
    let said = |it: &Option<Why>| it.as_ref().map(|it| (it.cause(), it.subject().to_owned()));
    let patterns = |it: &Patterns, spell: fn(String) -> String| {
        let items = it.items.iter().map(|(text, _)| spell(text.display()));
        (it.present, it.negated, said(&it.rest), sorted(items))
    };
    // Names of actions and condition keys are the same in any case, those of what is not known are not.
    let caseless = |it: String| if it.contains("${") { it } else { it.to_ascii_lowercase() };
    let who = &statement.principals;
    let named = sorted(who.items.iter().map(|own| format!("{:?} {}", own.kind, own.text.display())));
    let conditions = statement.conditions.iter().map(|it| {
        let values = sorted(it.values.iter().map(|(text, _)| text.display()));
        format!("{} {} {values:?} {:?}", it.operator, caseless(it.key.display()), it.rest)
    });
    format!(
        "{:?}",
        (
            (who.present, who.negated, said(&who.rest), named),
            patterns(&statement.actions, caseless),
            patterns(&statement.resources, |it| it),
            (said(&statement.conditions_rest), sorted(conditions)),
        )
    )
}
