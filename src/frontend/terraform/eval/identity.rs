//! Names of what is not known: equal names for equal values only, or two different unknowns would be taken for one.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::frontend::terraform::instance::Scope;
use crate::source::Span;
use crate::value::{Guard, Kind, Symbol, Val, Why, ops};

use super::World;

impl World<'_> {
    /// The name of one evaluation of the code at `at`: different in each module instance, and in each round of a loop.
    pub(super) fn place(&self, at: Span, scope: &Scope) -> String {
        let spot = self.spots.borrow_mut().name(self.sources, at);
        let mut place = scope.instance.address(&format!("@{spot:x}"));
        if !scope.names.is_empty() {
            let mut hasher = DefaultHasher::new();
            for (name, value) in &*scope.names {
                (name, self.text_of(value)).hash(&mut hasher);
            }
            place.push_str(&format!("#{:x}", hasher.finish()));
        }
        place
    }

    /// The symbol of what `what` gives at this place and nowhere else.
    pub(super) fn here(&self, what: &str, at: Span, scope: &Scope) -> Symbol {
        Symbol::new(format!("{what}{}", self.place(at, scope)), "")
    }

    /// Canonical text of a value, for conditions and symbols. What has no name of its own is told apart by all that is known of it, and by
    /// where it is made: a line above changes nothing of that.
    pub(in crate::frontend::terraform) fn text_of(&self, value: &Val) -> String {
        let ops::Canonical { mut text, anonymous } = ops::canonical("", std::slice::from_ref(value));
        if anonymous {
            let mut hasher = DefaultHasher::new();
            self.hash(value, &mut hasher);
            text.push_str(&format!(" #{:x}", hasher.finish()));
        }
        text
    }

    fn hash(&self, value: &Val, hasher: &mut DefaultHasher) {
        let spot = |at: Span| self.spots.borrow_mut().name(self.sources, at);
        let rest = |rest: &Option<Why>, hasher: &mut DefaultHasher| {
            let Some(why) = rest else { return };
            let hops = value.origin.hops().map(|it| it.at);
            let places: Vec<u64> = [value.origin.span, why.at()].into_iter().chain(hops).flatten().map(spot).collect();
            (why.cause(), why.subject(), places).hash(hasher);
        };
        (std::mem::discriminant(&value.kind), value.is_set).hash(hasher);
        match &value.kind {
            Kind::Null => (),
            Kind::Bool(it) => it.hash(hasher),
            Kind::Number(it) => it.to_string().hash(hasher),
            Kind::String(it) => it.display().hash(hasher),
            Kind::Unknown(it) => it.symbol.hash(hasher),
            Kind::Json(tree) => self.hash(tree, hasher),
            Kind::List(list) => {
                list.items.iter().for_each(|it| self.hash(it, hasher));
                rest(&list.rest, hasher);
            }
            Kind::Map(map) => {
                for it in &map.entries {
                    it.key.display().hash(hasher);
                    self.hash(&it.value, hasher);
                }
                rest(&map.rest, hasher);
            }
            Kind::Choice(all) => {
                for it in all {
                    it.guard.hash(hasher);
                    self.hash(&it.value, hasher);
                }
            }
        }
    }

    /// The guard under which an undecided condition has a value.
    pub(in crate::frontend::terraform) fn guard_of(&self, condition: &Val, holds: bool) -> Guard {
        if let Kind::Choice(all) = &condition.kind {
            let mut fitting = all.iter().filter(|it| it.value.as_bool() == Some(holds));
            if let (Some(only), None) = (fitting.next(), fitting.next())
                && all.iter().all(|it| it.value.as_bool().is_some())
            {
                return only.guard.clone();
            }
        }
        let mut text = self.text_of(condition);
        let mut holds = holds;
        while let Some(inner) = text.strip_prefix("!(").and_then(|it| it.strip_suffix(')')).filter(|it| closes(it)) {
            (text, holds) = (inner.to_owned(), !holds);
        }
        Guard::when(text, holds)
    }
}

/// Whether no bracket closes in a text that was not opened there.
fn closes(text: &str) -> bool {
    let mut depth = 0_i32;
    text.chars().all(|it| {
        depth += i32::from(it == '(') - i32::from(it == ')');
        0 <= depth
    })
}

/// Whether two values are the same, places aside.
pub(in crate::frontend::terraform) fn same(a: &Val, b: &Val) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Null, Kind::Null) => true,
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::Number(a), Kind::Number(b)) => a.value == b.value,
        (Kind::String(a), Kind::String(b)) => a.display() == b.display(),
        (Kind::Unknown(a), Kind::Unknown(b)) => a.symbol == b.symbol,
        (Kind::Json(a), Kind::Json(b)) => same(a, b),
        (Kind::List(a), Kind::List(b)) => {
            a.rest.is_none()
                && b.rest.is_none()
                && a.items.len() == b.items.len()
                && a.items.iter().zip(&b.items).all(|(a, b)| same(a, b))
        }
        (Kind::Map(a), Kind::Map(b)) => {
            a.rest.is_none()
                && b.rest.is_none()
                && a.entries.len() == b.entries.len()
                && a.entries
                    .iter()
                    .zip(&b.entries)
                    .all(|(a, b)| a.key.display() == b.key.display() && same(&a.value, &b.value))
        }
        _ => false,
    }
}
