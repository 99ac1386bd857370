//! Reads evaluated properties into typed fields of the model. A wrong shape is unknown, with a note; never a default.

use std::cell::RefCell;

use crate::source::{Diagnostic, Gravity};
use crate::value::{Attr, Cause, Guard, Hole, Kind, Map, Origin, SymStr, Val, Value, Why};

use super::lift::{alternatives, hoist_items};

/// Where complaints go.
pub(super) type Notes = RefCell<Vec<Diagnostic>>;

/// A map of properties: a resource's, or a part of it.
#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    map: Option<&'a Map>,
    /// Where what is absent is missed.
    pub owner: &'a Origin,
    /// Complaints.
    pub notes: &'a Notes,
    /// The values that a hole may have, where they are few.
    pub values: &'a dyn Fn(&Hole) -> Option<Val>,
}

impl<'a> Body<'a> {
    /// The properties of a resource.
    pub fn new(
        map: Option<&'a Map>,
        owner: &'a Origin,
        notes: &'a Notes,
        values: &'a dyn Fn(&Hole) -> Option<Val>,
    ) -> Self {
        Self { map, owner, notes, values }
    }

    /// A map inside this one.
    pub fn inside(&self, map: &'a Map, owner: &'a Origin) -> Self {
        Self { map: Some(map), owner, ..*self }
    }

    /// A field: absent where it is not written, unknown where a macro may write it.
    pub fn field<T: PartialEq>(&self, key: &str, read: impl Fn(&Val) -> Value<T>) -> Attr<T> {
        let Some(map) = self.map else { return Attr::absent(self.owner.clone()) };
        match (map.get(key), &map.rest) {
            (Some(val), _) => self.attr(&self.spelled_out(val), &read),
            (None, Some(why)) => Attr::unknown(why.clone(), self.owner.clone()),
            (None, None) => Attr::absent(self.owner.clone()),
        }
    }

    fn attr<T: PartialEq>(&self, val: &Val, read: &dyn Fn(&Val) -> Value<T>) -> Attr<T> {
        let value = value_of(val, read);
        let origin = if matches!(value, Value::Absent) { self.owner.clone() } else { val.origin.clone() };
        Attr { value, origin }
    }

    /// Text that must be wholly known.
    pub fn text(&self, key: &str) -> Attr<String> {
        self.field(key, |val| self.known_text(val))
    }

    /// Text that may have holes. A hole stays one, so that it can be matched by its symbol.
    pub fn symbolic(&self, key: &str) -> Attr<SymStr> {
        match self.raw(key) {
            Some(val) => self.attr(val, &|val| self.symstr(val)),
            None => self.field(key, |_| Value::Absent),
        }
    }

    /// A hole with few values as the choice of them.
    fn spelled_out(&self, val: &Val) -> Val {
        let Kind::Unknown(hole) = &val.kind else { return val.clone() };
        match (self.values)(hole) {
            Some(choice) => Val { origin: val.origin.clone(), ..choice },
            None => val.clone(),
        }
    }

    /// A boolean.
    pub fn flag(&self, key: &str) -> Attr<bool> {
        self.field(key, |val| self.boolean(val))
    }

    /// A number.
    pub fn number(&self, key: &str) -> Attr<f64> {
        self.field(key, |val| match &val.kind {
            Kind::Number(it) => Value::Known(it.value),
            _ => match self.known_text(val) {
                Value::Known(text) => match text.trim().parse() {
                    Ok(it) => Value::Known(it),
                    Err(_) => self.wrong(val, "a number"),
                },
                Value::Unknown(why) => Value::Unknown(why),
                _ => self.wrong(val, "a number"),
            },
        })
    }

    /// A part that is a map.
    pub fn part<T: PartialEq>(&self, key: &str, read: impl Fn(Body<'_>) -> Value<T>) -> Attr<T> {
        self.field(key, |val| self.with_map(val, &read))
    }

    /// Reads a value that must be a map.
    pub fn with_map<T>(&self, val: &Val, read: &dyn Fn(Body<'_>) -> Value<T>) -> Value<T> {
        match &val.kind {
            Kind::Map(map) => read(Body { map: Some(map), owner: &val.origin, notes: self.notes, values: self.values }),
            _ => self.wrong(val, "a map"),
        }
    }

    /// A list of which every item is read; an unknown item or rest makes the whole unknown.
    pub fn list<T: PartialEq>(&self, key: &str, read: impl Fn(&Val) -> Value<T>) -> Attr<Vec<T>> {
        let Some(val) = self.map.and_then(|it| it.get(key)) else { return self.field(key, |_| Value::Absent) };
        let one = |val: &Val| self.items(val, &read);
        // Conditions on items become a choice of lists.
        let lists = alternatives(val).into_iter().map(|(guard, list)| Some((guard, hoist_items(&list)?)));
        match lists.collect::<Option<Vec<_>>>() {
            Some(lists) => self.attr(&super::lift::choice(lists, val.origin.clone()), &one),
            None => Attr::unknown(Why::new(Cause::Limit, "conditions", val.origin.span), val.origin.clone()),
        }
    }

    /// A list of maps.
    pub fn parts<T: PartialEq>(&self, key: &str, read: impl Fn(Body<'_>) -> T) -> Attr<Vec<T>> {
        self.list(key, |val| self.with_map(val, &|body| Value::Known(read(body))))
    }

    /// A list of texts.
    pub fn texts(&self, key: &str) -> Attr<Vec<String>> {
        self.list(key, |val| self.known_text(val))
    }

    fn items<T>(&self, val: &Val, read: &dyn Fn(&Val) -> Value<T>) -> Value<Vec<T>> {
        let list = match &val.kind {
            Kind::List(it) => it,
            // CloudFormation takes a single item for a list of one.
            Kind::Map(_) | Kind::String(_) => {
                return match read(val) {
                    Value::Known(it) => Value::Known(vec![it]),
                    Value::Unknown(why) => Value::Unknown(why),
                    _ => self.wrong(val, "a list"),
                };
            }
            _ => return self.wrong(val, "a list"),
        };
        let mut out = Vec::new();
        for item in &list.items {
            match read(item) {
                Value::Known(it) => out.push(it),
                Value::Absent => (),
                Value::Unknown(why) | Value::OneOf(_, why) => return Value::Unknown(why),
            }
        }
        match &list.rest {
            Some(why) => Value::Unknown(why.clone()),
            None => Value::Known(out),
        }
    }

    fn known_text(&self, val: &Val) -> Value<String> {
        match self.symstr(val) {
            Value::Known(it) => match (it.known(), it.why()) {
                (Some(text), _) => Value::Known(text),
                (None, Some(why)) => Value::Unknown(why.clone()),
                (None, None) => self.wrong(val, "text"),
            },
            Value::Unknown(why) => Value::Unknown(why),
            _ => self.wrong(val, "text"),
        }
    }

    /// A symbolic string; an unknown is its one hole, so that it can be matched by its symbol.
    pub fn symstr(&self, val: &Val) -> Value<SymStr> {
        match val.as_symstr() {
            Some(it) => Value::Known(it),
            None => self.wrong(val, "text"),
        }
    }

    fn boolean(&self, val: &Val) -> Value<bool> {
        if let Some(it) = val.as_bool() {
            return Value::Known(it);
        }
        match self.known_text(val) {
            // YAML 1.1 spellings, which CloudFormation's parser takes.
            Value::Known(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Value::Known(true),
                "false" | "no" | "off" => Value::Known(false),
                _ => self.wrong(val, "true or false"),
            },
            Value::Unknown(why) => Value::Unknown(why),
            _ => self.wrong(val, "true or false"),
        }
    }

    /// A value of the wrong shape: unknown for a reason that is already known, else invalid with a note.
    pub fn wrong<T>(&self, val: &Val, expected: &str) -> Value<T> {
        if let Kind::Unknown(hole) = &val.kind {
            return Value::Unknown(hole.why.clone());
        }
        let message = format!("this must be {expected}");
        if let Some(at) = val.origin.span {
            let note = Diagnostic::at("invalid-value", Gravity::Note, at, message.as_str());
            let mut notes = self.notes.borrow_mut();
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        Value::Unknown(Why::new(Cause::Invalid, message, val.origin.span))
    }

    /// The value of a key as evaluated.
    pub fn raw(&self, key: &str) -> Option<&'a Val> {
        self.map.and_then(|it| it.get(key))
    }

    /// All of it as evaluated.
    pub fn tree(&self) -> Result<Val, String> {
        match self.map {
            Some(map) => Ok(Val::new(Kind::Map(map.clone()), self.owner.clone())),
            None => Err("it has no properties".to_owned()),
        }
    }

    /// Why further properties may be there.
    pub fn rest(&self) -> Option<&'a Why> {
        self.map.and_then(|it| it.rest.as_ref())
    }
}

/// The typed value of a value that may be a choice. Alternatives that read alike are one.
fn value_of<T: PartialEq>(val: &Val, read: &dyn Fn(&Val) -> Value<T>) -> Value<T> {
    match &val.kind {
        Kind::Null => Value::Absent,
        Kind::Choice(_) => {
            let mut all: Vec<Value<T>> = Vec::new();
            let mut condition = None;
            for (guard, value) in alternatives(val) {
                if let Guard::When(_) = &guard {
                    condition.get_or_insert_with(|| guard.to_string());
                }
                let value = if value.kind == Kind::Null { Value::Absent } else { read(&value) };
                match value {
                    Value::OneOf(inner, _) => all.extend(inner),
                    it if !all.contains(&it) => all.push(it),
                    _ => (),
                }
            }
            let why = Why::new(Cause::Conditional, condition.unwrap_or_default(), val.origin.span);
            if all.len() == 1 { all.swap_remove(0) } else { Value::OneOf(all, why) }
        }
        _ => read(val),
    }
}

/// The same field for a wrapper around a list: `{ Rules: […] }` → the rules.
pub(super) fn wrapped<T, U>(list: Attr<Vec<T>>, wrap: impl Fn(Vec<T>) -> U) -> Value<U> {
    if list.is_absent() { Value::Known(wrap(Vec::new())) } else { list.map(wrap).value }
}
