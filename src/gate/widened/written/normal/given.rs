//! What variables of the root module are given by files and arguments, where the run has them.

use crate::value::{Kind, Val, ops};

use super::{ABSENT, Normal, Step, suffix};

impl Normal<'_, '_> {
    /// What a variable is given, and of that what is looked up; nothing where that has no text of its own.
    pub(super) fn given(&self, name: &str, path: &[Step]) -> Option<String> {
        let given = self.modules.given().filter(|_| self.is_given)?;
        looked_up(given.get(name)?, path)
    }
}

fn looked_up(value: &Val, path: &[Step]) -> Option<String> {
    let whole = || {
        let said = ops::canonical("", std::slice::from_ref(value));
        (!said.anonymous).then(|| said.text + &suffix(path))
    };
    let [Step::Key(own), rest @ ..] = path else { return whole() };
    match &value.kind {
        Kind::Map(map) => match map.get(own) {
            Some(it) => looked_up(it, rest),
            None if map.rest.is_none() => Some(ABSENT.to_owned()),
            None => whole(),
        },
        Kind::List(list) => match own.parse::<usize>().ok().and_then(|it| list.items.get(it)) {
            Some(it) => looked_up(it, rest),
            None => whole(),
        },
        _ => whole(),
    }
}
