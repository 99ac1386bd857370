//! What expressions compute with: views of the model, never copies of it.

use std::borrow::Cow;

use crate::rules::schema::Object;
use crate::value::{Attr, Origin, SymStr, Value, Why};

/// A value of the model or of an expression.
#[derive(Clone, Debug)]
pub(crate) enum Fact<'m> {
    Bool(bool),
    Number(f64),
    Text(Cow<'m, str>),
    /// Text of which parts are not known.
    Symbolic(&'m SymStr),
    List(Vec<Item<'m>>, Option<Why>),
    Object(Object<'m>),
    /// Not written.
    Absent,
    /// Not known.
    Unknown(Vec<Why>),
    /// One of these, by conditions that are not decided.
    OneOf(Vec<Fact<'m>>, Why),
}

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Item<'m> {
    pub fact: Fact<'m>,
    pub origin: Option<&'m Origin>,
}

impl<'m> Item<'m> {
    pub fn new(fact: Fact<'m>) -> Self {
        Self { fact, origin: None }
    }

    pub fn at(fact: Fact<'m>, origin: &'m Origin) -> Self {
        Self { fact, origin: Some(origin) }
    }

    /// A field of the model.
    pub fn attr<T>(attr: &'m Attr<T>, view: impl Fn(&'m T) -> Fact<'m>) -> Self {
        Self::at(Fact::value(&attr.value, &view), &attr.origin)
    }
}

impl<'m> Fact<'m> {
    pub fn text(text: &'m str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub fn symbolic(text: &'m SymStr) -> Self {
        match text.known_text() {
            Some(text) => Self::Text(text),
            None => Self::Symbolic(text),
        }
    }

    pub fn list(items: impl IntoIterator<Item = Item<'m>>) -> Self {
        Self::List(items.into_iter().collect(), None)
    }

    fn value<T>(value: &'m Value<T>, view: &impl Fn(&'m T) -> Fact<'m>) -> Self {
        match value {
            Value::Known(it) => view(it),
            Value::Absent => Self::Absent,
            Value::Unknown(why) => Self::Unknown(vec![why.clone()]),
            Value::OneOf(all, why) => Self::OneOf(all.iter().map(|it| Self::value(it, view)).collect(), why.clone()),
        }
    }

    /// For messages.
    pub fn display(&self) -> String {
        match self {
            Self::Bool(it) => it.to_string(),
            Self::Number(it) => it.to_string(),
            Self::Text(it) => it.to_string(),
            Self::Symbolic(it) => it.display(),
            Self::List(items, _) => items.iter().map(|it| it.fact.display()).collect::<Vec<_>>().join(", "),
            Self::Object(object) => object.display(),
            Self::Absent => "nothing".to_owned(),
            Self::Unknown(_) => "something unknown".to_owned(),
            Self::OneOf(all, _) => all.iter().map(Self::display).collect::<Vec<_>>().join(" or "),
        }
    }
}
