//! A value as text that is equal for equal values only: names of unknowns and conditions are made of it.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::value::{Kind, Val, Why};

/// Longer texts are cut, and a hash stands for the rest.
const MAX_TEXT: usize = 400;
/// Values nested more deeply have no canonical text.
const MAX_DEPTH: usize = 64;

/// The canonical text of values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Canonical {
    /// The text. Holes are named by their symbols.
    pub text: String,
    /// Some part has no name of its own (the unknown rest of a list): two values with this text may differ, and only
    /// the place where they are written can tell them apart.
    pub anonymous: bool,
}

/// The canonical text of `name(values)`, of the one value where `name` is empty.
#[must_use]
pub fn canonical(name: &str, values: &[Val]) -> Canonical {
    let mut out = Canonical::default();
    for (index, value) in values.iter().enumerate() {
        out.text.push_str(if index == 0 { "" } else { ", " });
        out.show(value, 0);
    }
    if !name.is_empty() {
        out.text = format!("{name}({})", out.text);
    }
    if MAX_TEXT < out.text.len() {
        let mut hasher = DefaultHasher::new();
        out.text.hash(&mut hasher);
        let head: String = out.text.chars().take(MAX_TEXT / 2).collect();
        out.text = format!("{head}… #{:016x}", hasher.finish());
    }
    out
}

impl Canonical {
    fn show(&mut self, value: &Val, depth: usize) {
        if MAX_DEPTH < depth {
            self.anonymous = true;
            return self.text.push('…');
        }
        match &value.kind {
            Kind::Null => self.text.push_str("null"),
            Kind::Bool(it) => self.text.push_str(&it.to_string()),
            Kind::Number(it) => self.text.push_str(&it.to_string()),
            Kind::String(it) => self.text.push_str(&format!("{:?}", it.display())),
            Kind::Unknown(hole) => {
                self.text.push_str(&hole.symbol.entity);
                if !hole.symbol.attribute.is_empty() {
                    self.text.push('.');
                    self.text.push_str(&hole.symbol.attribute);
                }
            }
            Kind::Json(tree) => {
                self.text.push_str("jsonencode(");
                self.show(tree, depth + 1);
                self.text.push(')');
            }
            Kind::List(list) => {
                self.text.push('[');
                for (index, item) in list.items.iter().enumerate() {
                    self.text.push_str(if index == 0 { "" } else { ", " });
                    self.show(item, depth + 1);
                }
                self.rest(list.rest.as_ref());
                self.text.push(']');
            }
            Kind::Map(map) => {
                self.text.push('{');
                for (index, entry) in map.entries.iter().enumerate() {
                    self.text.push_str(if index == 0 { "" } else { ", " });
                    self.text.push_str(&format!("{:?} = ", entry.key.display()));
                    self.show(&entry.value, depth + 1);
                }
                self.rest(map.rest.as_ref());
                self.text.push('}');
            }
            Kind::Choice(all) => {
                for (index, it) in all.iter().enumerate() {
                    self.text.push_str(if index == 0 { "" } else { " or " });
                    self.show(&it.value, depth + 1);
                    self.text.push_str(&format!(" if {}", it.guard));
                }
            }
        }
    }

    fn rest(&mut self, why: Option<&Why>) {
        if let Some(why) = why {
            self.anonymous = true;
            self.text.push_str(&format!("… {}", why.subject()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use crate::value::{Cause, Kind, List, Origin, SymStr, Val, Why};

    fn list(items: &[&str], rest: Option<Why>) -> Val {
        let item = |it: &&str| Val::new(Kind::String(SymStr::text(*it)), Origin::default());
        Val::new(Kind::List(List { items: items.iter().map(item).collect(), rest }), Origin::default())
    }

    #[test]
    fn collections_are_told_apart_by_content() {
        let one = canonical("f", &[list(&["a", "b"], None)]);
        assert_eq!((one.text.as_str(), one.anonymous), ("f([\"a\", \"b\"])", false));
        assert_ne!(one, canonical("f", &[list(&["a", "c"], None)]));
        assert_ne!(one, canonical("f", &[list(&["a\", \"b"], None)]));
    }

    #[test]
    fn an_unknown_rest_has_no_name() {
        let why = Why::new(Cause::NoDefault, "var.x", None);
        assert!(canonical("", &[list(&["a"], Some(why))]).anonymous);
    }

    #[test]
    fn long_texts_stay_different() {
        let long = |end: &str| canonical("", &[list(&[&format!("{}{end}", "x".repeat(1000))], None)]);
        assert_ne!(long("a"), long("b"));
        assert!(long("a").text.len() < 600);
    }
}
