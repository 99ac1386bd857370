//! Texts with what data sources say in the places of their names: one that asks for the same gives the same, whatever it is called.

use super::modules::{MAX_INLINED, Modules, Named};
use super::replaced;
use crate::source::Span;

/// Data sources that are asked for by each other are followed so far.
const MAX_DEPTH: usize = 8;

impl Modules<'_> {
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
