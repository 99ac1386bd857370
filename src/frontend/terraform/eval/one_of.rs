//! One named instance of a block of which it is not known what instances there are.

use crate::source::Span;
use crate::value::{Alternative, Cause, Class, Entry, Hole, Kind, List, Map, Seg, SymStr, Val, Why};

use super::text_of;
use crate::frontend::terraform::instance::Member;

/// What an instance gives that is asked for by an index. Where the one that stands for all is not asked for by its own key, the
/// buckets in it are one each: what is said of them need not hold for the others.
pub(super) fn by_index(one: &Member, index: &Val, block: &str, value: Val, at: Span) -> Val {
    if !one.is_several() || is_own_key(one, index) {
        return value;
    }
    let subject = match index.as_text() {
        Some(text) if index.as_symstr().is_some_and(|it| it.why().is_none()) => match index.kind {
            Kind::Number(_) => format!("{block}[{text}]"),
            _ => format!("{block}[\"{text}\"]"),
        },
        _ => format!("{block}[{}]", text_of(index)),
    };
    marked(value, &Why::new(Cause::Instance, subject, Some(at)))
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

/// The value with every identity of a bucket that stands for several marked.
fn marked(value: Val, why: &Why) -> Val {
    let kind = match value.kind.clone() {
        Kind::String(text) => Kind::String(text.segs().iter().map(|it| marked_part(it, why)).collect()),
        Kind::Json(inner) => Kind::Json(Box::new(marked(*inner, why))),
        Kind::List(List { items, rest }) => {
            Kind::List(List { items: items.into_iter().map(|it| marked(it, why)).collect(), rest })
        }
        Kind::Map(Map { entries, rest }) => {
            let entry = |it: Entry| Entry { value: marked(it.value, why), ..it };
            Kind::Map(Map { entries: entries.into_iter().map(entry).collect(), rest })
        }
        Kind::Choice(all) => {
            let alternative = |it: Alternative| Alternative { value: marked(it.value, why), ..it };
            Kind::Choice(all.into_iter().map(alternative).collect())
        }
        kind @ (Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Unknown(_)) => kind,
    };
    Val { kind, ..value }
}

fn marked_part(part: &Seg, why: &Why) -> Seg {
    match part {
        Seg::Hole(hole) if stands_for_several(hole) => Seg::hole(Hole { why: why.clone(), ..Hole::clone(hole) }),
        _ => part.clone(),
    }
}

fn stands_for_several(hole: &Hole) -> bool {
    hole.class == Class::BucketName && ["[*]", "[\"*\"]"].iter().any(|it| hole.symbol.entity.contains(it))
}
