//! Texts with what names stand for in their places: locals and variables that pass something on, and data sources, of which one that
//! asks for the same gives the same, whatever it is called.

use std::rc::Rc;

use crate::source::Span;

use super::modules::{Modules, Named, Place};
use super::{names, reference, replaced};

/// So often a value is passed on.
const MAX_PASSED: usize = 32;

/// Of so many bytes a text may be with what its locals say.
const MAX_INLINED: usize = 20_000;

/// Data sources that are asked for by each other are followed so far.
const MAX_DEPTH: usize = 8;

impl Modules<'_> {
    /// A text with what its locals say in their places: what those are called says nothing.
    pub(super) fn inlined(&self, place: &Rc<Place>, text: String, known: &[Span]) -> String {
        let mut whole = text.clone();
        for _ in 0..MAX_PASSED {
            let value = |name: &Vec<String>| {
                let [first, own, ..] = name.as_slice() else { return None };
                let values = (first == "local").then(|| self.named(place, &["local", own], known))?;
                let [(_, value)] = values.as_slice() else { return None };
                let value = reference(value).map_or_else(|| format!("({value})"), |it| it.join("."));
                Some((format!("local.{own}"), value))
            };
            let Some((name, value)) = names(&whole).iter().find_map(value) else { return whole };
            whole = replaced(&whole, &name, &value, |_| false);
            if MAX_INLINED < whole.len() {
                break;
            }
        }
        text
    }

    /// A text with what only passes a value on replaced by what it passes on, and the names that it has then, each with its module: an
    /// expression says the same behind a local, and in a module that is given it.
    pub(super) fn passed_on(&self, at: &Rc<Place>, mut text: String, known: &[Span]) -> (String, Vec<Named>) {
        let mut all = Vec::new();
        for name in names(&text) {
            let (mut place, mut last) = (Rc::clone(at), name.clone());
            for _ in 0..MAX_PASSED {
                let parts: Vec<&str> = last.iter().map(String::as_str).collect();
                let (["local" | "var", _], true) = (parts.as_slice(), name.len() == 2) else { break };
                let values = self.named(&place, &parts, known);
                let [(from, value)] = values.as_slice() else { break };
                let Some(next) = reference(value) else { break };
                (place, last) = (Rc::clone(from), next);
            }
            if last != name {
                text = replaced(&text, &name.join("."), &last.join("."), |it| matches!(it, '.' | '['));
            }
            all.push((place, last));
        }
        (text, all)
    }

    /// A text without the names of data sources. `names` are those of the text, each with its module.
    pub(super) fn unnamed(&self, text: String, names: &[Named], known: &[Span]) -> String {
        self.within(&text, names, known, 0).unwrap_or(text)
    }

    /// Nothing where it is too long.
    fn within(&self, text: &str, names: &[Named], known: &[Span], depth: usize) -> Option<String> {
        let mut whole = text.to_owned();
        for (place, name) in names {
            let [data, kind, own, ..] = name.as_slice() else { continue };
            let bodies = if data == "data" { self.named(place, &[data, kind, own], known) } else { Vec::new() };
            let [(place, body)] = bodies.as_slice() else { continue };
            if MAX_DEPTH < depth {
                return None;
            }
            let body = self.inlined(place, body.clone(), known);
            let (body, names) = self.passed_on(place, body, known);
            let body = self.within(&body, &names, known, depth + 1)?;
            whole = replaced(&whole, &format!("data.{kind}.{own}"), &format!("data.{kind}.{{{body}"), |_| false);
            if MAX_INLINED < whole.len() {
                return None;
            }
        }
        Some(whole)
    }
}
