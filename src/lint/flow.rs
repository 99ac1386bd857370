//! The way to a finding: from where the values that decided it are written, through names, to where they take effect.

use crate::finding::Label;
use crate::rules::{Decider, Fact, Names, Rule, deciders};
use crate::source::Span;
use crate::value::Origin;

use super::finding::hop_text;

/// More deciding values than this are not shown: nobody follows them.
const MAX_DECIDERS: usize = 8;

/// The steps to a finding, the place that it points at last; empty where there is nothing but that place.
pub(super) fn flow(rule: &Rule, names: &Names<'_>, origin: &Origin, message: &str) -> Vec<Label> {
    let mut steps = Vec::new();
    let conditions = rule.applies.iter().chain([&rule.when]);
    let decided: Vec<Decider> = conditions.flat_map(|it| deciders(it, names)).collect();
    for decider in decided.iter().take(MAX_DECIDERS).filter(|it| !is_whole(&it.fact)) {
        way(decider.origin, &mut steps);
        step(decider.origin.span, text(decider), &mut steps);
    }
    way(origin, &mut steps);
    if let Some(at) = origin.span {
        steps.retain(|it| it.at != at);
        steps.push(Label { at, text: message.to_owned() });
    }
    if steps.len() < 2 { Vec::new() } else { steps }
}

/// The names that a value came through, the literal first.
fn way(origin: &Origin, steps: &mut Vec<Label>) {
    let mut hops: Vec<_> = origin.hops().collect();
    hops.reverse();
    for hop in hops {
        step(hop.at, hop_text(hop), steps);
    }
}

fn step(at: Option<Span>, text: String, steps: &mut Vec<Label>) {
    if let Some(at) = at
        && !steps.iter().any(|it| it.at == at)
    {
        steps.push(Label { at, text });
    }
}

/// A whole bucket or statement decides by its parts, which are named themselves.
fn is_whole(fact: &Fact) -> bool {
    matches!(fact, Fact::Object(_))
}

fn text(decider: &Decider) -> String {
    let path = &decider.path;
    match &decider.fact {
        Fact::Absent => format!("`{path}` is not set"),
        Fact::Unknown(_) => format!("`{path}` is not known"),
        Fact::Bool(_) | Fact::Number(_) | Fact::Text(_) | Fact::Symbolic(_) | Fact::OneOf(..) => {
            let shown = decider.fact.display();
            if shown.len() < 60 { format!("`{path}` is {shown}") } else { format!("`{path}` decides") }
        }
        Fact::List(items, None) if items.is_empty() => format!("`{path}` is empty"),
        Fact::List(items, _) => format!("`{path}` has {} elements", items.len()),
        Fact::Object(_) => format!("`{path}` decides"),
    }
}
