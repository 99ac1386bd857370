//! One named instance of a block of which it is not known what instances there are.

use crate::source::Span;
use crate::value::{Alternative, Cause, Class, Entry, Hole, Kind, List, Map, Seg, SymStr, Val, Why};

use super::World;
use crate::frontend::terraform::instance::Member;

/// What an instance gives that is asked for by an index. Where the one that stands for all is not asked for by its own key, what is in
/// it is one each: what is said of a bucket need not hold for the others, and what has a name is not that of another.
pub(super) fn by_index(world: &World<'_>, one: &Member, (index, block): (&Val, &str), value: Val, at: Span) -> Val {
    if !one.is_several() || is_own_key(one, index) {
        return value;
    }
    let key = match index.as_text() {
        Some(text) if index.as_symstr().is_some_and(|it| it.why().is_none()) => match index.kind {
            Kind::Number(_) => format!("[{text}]"),
            _ => format!("[\"{text}\"]"),
        },
        _ => format!("[{}]", world.text_of(index)),
    };
    let several = format!("{block}{}", one.suffix);
    marked(value, &Instance { several: &several, one: &format!("{block}{key}"), at })
}

/// One instance, named where one that stands for several is.
struct Instance<'a> {
    several: &'a str,
    one: &'a str,
    at: Span,
}

/// Whether an index is the key of the instance, whatever that is. Items of a set are their own keys.
fn is_own_key(one: &Member, index: &Val) -> bool {
    let (Some(key), Some(index)) = (&one.key, index.as_symstr()) else { return false };
    if key.display() == index.display() {
        return true;
    }
    let item = |it: &SymStr| it.symbol().is_some_and(|it| &*it.attribute == "each.value");
    let entity = |it: &SymStr| it.symbol().map(|it| it.entity.clone());
    item(&index) && entity(key) == entity(&index)
}

/// The value with everything marked that stands for several.
fn marked(value: Val, by: &Instance<'_>) -> Val {
    let kind = match value.kind.clone() {
        Kind::String(text) => Kind::String(text.segs().iter().map(|it| marked_part(it, by)).collect()),
        Kind::Json(inner) => Kind::Json(Box::new(marked(*inner, by))),
        Kind::List(List { items, rest }) => {
            Kind::List(List { items: items.into_iter().map(|it| marked(it, by)).collect(), rest })
        }
        Kind::Map(Map { entries, rest }) => {
            let entry = |it: Entry| Entry { value: marked(it.value, by), ..it };
            Kind::Map(Map { entries: entries.into_iter().map(entry).collect(), rest })
        }
        Kind::Choice(all) => {
            let alternative = |it: Alternative| Alternative { value: marked(it.value, by), ..it };
            Kind::Choice(all.into_iter().map(alternative).collect())
        }
        Kind::Unknown(hole) => match by.hole(&hole) {
            Some(marked) => Kind::Unknown(marked.into()),
            None => Kind::Unknown(hole),
        },
        kind @ (Kind::Null | Kind::Bool(_) | Kind::Number(_)) => kind,
    };
    Val { kind, ..value }
}

fn marked_part(part: &Seg, by: &Instance<'_>) -> Seg {
    match part {
        Seg::Hole(hole) => by.hole(hole).map_or_else(|| part.clone(), Seg::hole),
        Seg::Lit(_) => part.clone(),
    }
}

impl Instance<'_> {
    /// What stands for something in several, marked; nothing for all else.
    fn hole(&self, hole: &Hole) -> Option<Hole> {
        let why = |subject: String| Why::new(Cause::Instance, subject, Some(self.at));
        let entity = &*hole.symbol.entity;
        if hole.class == Class::BucketName {
            let is_several = ["[*]", "[\"*\"]"].iter().any(|it| entity.contains(it));
            return is_several.then(|| Hole { why: why(self.one.to_owned()), ..hole.clone() });
        }
        // Within, it may have been named before.
        let named = if hole.why.cause() == Cause::Instance { hole.why.subject() } else { entity };
        let is_its = entity.contains(self.several);
        is_its.then(|| Hole { why: why(named.replacen(self.several, self.one, 1)), ..hole.clone() })
    }
}
