//! Which instance something is of, by the keys in its address.

use std::collections::BTreeMap;

use super::super::modules::{Modules, calls};
use super::Normal;

/// How the key of the thing itself is called among those of calls.
const OWN: &str = "";

impl<'m, 'a> Normal<'m, 'a> {
    /// For what tells an instance of an address from others: what is looked up by its keys is looked up by what they are.
    pub fn of_instance(modules: &'m Modules<'a>, address: &str) -> Self {
        let (mut keys, mut calls) = (BTreeMap::new(), Vec::new());
        let parts = keyed(address);
        let said = Self::new(modules, &[], "");
        for (at, (name, key)) in parts.iter().enumerate() {
            let is_call = at % 2 == 1 && parts.get(at - 1).is_some_and(|it| it.0 == "module") && calls.len() == at / 2;
            calls.extend(Some(name.as_str()).filter(|_| is_call));
            let own = if is_call { calls.join(".") } else { OWN.to_owned() };
            match key {
                Some(Key::Known(it)) => drop(keys.insert(own, it.clone())),
                Some(Key::Open(it)) => said.tell(format!("of {own} {it}")),
                Some(Key::Any) | None => (),
            }
        }
        Self { keys, is_given: true, ..said }
    }

    /// The key of the call that an address is of.
    pub fn call_key(&self, address: &str) -> Option<&String> {
        self.keys.get(&calls(address).join("."))
    }

    pub fn own_key(&self) -> Option<&String> {
        self.keys.get(OWN)
    }
}

/// A key in an address.
#[derive(PartialEq, Eq)]
enum Key {
    Known(String),
    /// What is not known, as it is written.
    Open(String),
    /// That of one that stands for several.
    Any,
}

impl Key {
    fn of(text: &str) -> Self {
        let is_quoted = 1 < text.len() && text.starts_with('"') && text.ends_with('"');
        match text {
            "*" | "\"*\"" => Self::Any,
            _ if is_quoted || text.parse::<u32>().is_ok() => Self::Known(text.trim_matches('"').to_owned()),
            _ => Self::Open(text.to_owned()),
        }
    }
}

/// The parts of an address, each with its key: `module.a["x.y"].aws_iam_role.b[0]` → `module`, `a` of `x.y`, `aws_iam_role`, `b` of
/// `0`.
fn keyed(address: &str) -> Vec<(String, Option<Key>)> {
    let mut all = Vec::new();
    let mut rest = address;
    while !rest.is_empty() {
        let (name, mut after) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
        let mut key = None;
        if let Some(length) = super::super::closing(after).filter(|_| after.starts_with('[')) {
            let (own, more) = after.split_at(length);
            key = own.get(1..length.saturating_sub(1)).map(Key::of);
            after = more;
        }
        all.push((name.to_owned(), key));
        rest = after.strip_prefix('.').unwrap_or_else(|| after.get(1..).unwrap_or_default());
    }
    all
}

/// Whether two addresses are of two instances of one block or module, by keys that are known.
pub(in super::super::super) fn are_instances(one: &str, other: &str) -> bool {
    let (one, other) = (keyed(one), keyed(other));
    one.iter().zip(&other).any(|(one, other)| match (&one.1, &other.1) {
        (Some(Key::Known(own)), Some(Key::Known(it))) => own != it,
        _ => false,
    })
}
