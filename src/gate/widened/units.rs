//! What other units of Terragrunt give that a policy names: with the same name, the output of another unit is something else.

use std::borrow::Cow;

use crate::policy::Policy;
use crate::value::{Hole, Seg, SymStr, Symbol};

use super::Both;
use super::names::BEFORE;
use super::pairs::with_texts;
use super::written::parts;

/// How the evaluation calls what a unit depends on.
const DEPENDENCY: &str = "dependency of ";

/// A policy of before with the names of now for the outputs of the same units, and with others for those that are not the same.
pub(super) fn followed<'p>(old: &'p Policy, new: &Policy, both: &Both<'_, '_>) -> Cow<'p, Policy> {
    let Some((now, then)) = both.written.filter(|_| parts(old).any(is_of_unit)) else {
        return Cow::Borrowed(old);
    };
    let path = |it: &Hole| format!("{}.{}", it.symbol.entity, it.symbol.attribute);
    let news: Vec<(&Hole, Option<String>)> = parts(new)
        .filter(|it| is_of_unit(it))
        .map(|it| (it, now.of_dependency(&both.new.namespace, &path(it))))
        .collect();
    let symbol = |it: &Hole| {
        let says = then.of_dependency(&both.old.namespace, &path(it))?;
        let is_it = |own: &&(&Hole, Option<String>)| own.1.as_ref() == Some(&says);
        let is_named = |own: &&(&Hole, Option<String>)| is_it(own) && own.0.symbol.attribute == it.symbol.attribute;
        match news.iter().find(is_named).or_else(|| news.iter().find(is_it)) {
            Some((own, _)) => Some(own.symbol.clone()),
            None => Some(Symbol::new(format!("{}{BEFORE}", it.symbol.entity), it.symbol.attribute.to_string())),
        }
    };
    let seg = |seg: &Seg| match seg {
        Seg::Hole(hole) if is_of_unit(hole) => match symbol(hole) {
            Some(symbol) => Seg::hole(Hole { symbol, ..Hole::clone(hole) }),
            None => seg.clone(),
        },
        _ => seg.clone(),
    };
    let text = |it: &SymStr| it.segs().iter().map(seg).collect();
    Cow::Owned(with_texts(old, &text))
}

fn is_of_unit(it: &Hole) -> bool {
    it.symbol.entity.starts_with(DEPENDENCY)
}
