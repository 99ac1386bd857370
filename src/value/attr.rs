//! One typed field of the model: known, absent or unknown, with its origin.

use super::{Cause, Origin, Truth, Why};

/// Three-valued, plus *one of several* for undecided conditions. No method turns unknown into a default.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<T> {
    /// Known.
    Known(T),
    /// Not written: the service's default applies.
    Absent,
    /// Not known, and why.
    Unknown(Why),
    /// One of these (none of them `OneOf`), by conditions that are not decided here, and which.
    OneOf(Vec<Value<T>>, Why),
}

/// A field: its value and where that comes from. An absent field's origin is the block that lacks it.
#[derive(Clone, Debug, PartialEq)]
pub struct Attr<T> {
    /// The value.
    pub value: Value<T>,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Attr<T> {
    /// A known value.
    #[must_use]
    pub fn known(value: T, origin: Origin) -> Self {
        Self { value: Value::Known(value), origin }
    }

    /// Not written; `origin` is the block that lacks it.
    #[must_use]
    pub fn absent(origin: Origin) -> Self {
        Self { value: Value::Absent, origin }
    }

    /// Not known.
    #[must_use]
    pub fn unknown(why: Why, origin: Origin) -> Self {
        Self { value: Value::Unknown(why), origin }
    }

    /// The known value. `None` means absent, unknown or undecided: ask [`Attr::holds`] before concluding anything.
    #[must_use]
    pub fn as_known(&self) -> Option<&T> {
        match &self.value {
            Value::Known(it) => Some(it),
            _ => None,
        }
    }

    /// Why it is not known, where it is not.
    #[must_use]
    pub fn why(&self) -> Option<&Why> {
        match &self.value {
            Value::Unknown(why) | Value::OneOf(_, why) => Some(why),
            _ => None,
        }
    }

    /// Whether every alternative is in force somewhere: those are what single instances say of a block that stands for several.
    /// What one of them opens is open; what one of them closes need not be.
    #[must_use]
    pub fn is_by_instance(&self) -> bool {
        matches!(&self.value, Value::OneOf(_, why) if why.cause() == Cause::Instance)
    }

    /// Whether it is certainly not written.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self.value, Value::Absent)
    }

    /// Whether code says it, known or not: input that has no word for it says nothing.
    #[must_use]
    pub fn is_said(&self) -> bool {
        !self.is_absent() && self.why().is_none_or(|it| it.cause() != Cause::NotInInput)
    }

    /// Whether a property holds; `absent` is its truth where nothing is written.
    pub fn holds(&self, absent: Truth, property: impl Fn(&T) -> Truth) -> Truth {
        self.value.holds(absent, &property)
    }

    /// Every value it may have among those written (known, or an alternative). Unknown gives none.
    pub fn possible(&self) -> Vec<&T> {
        match &self.value {
            Value::Known(it) => vec![it],
            Value::OneOf(all, _) => all
                .iter()
                .filter_map(|it| match it {
                    Value::Known(it) => Some(it),
                    _ => None,
                })
                .collect(),
            Value::Absent | Value::Unknown(_) => Vec::new(),
        }
    }

    /// The same field with its value converted.
    pub fn map<U>(self, convert: impl Fn(T) -> U) -> Attr<U> {
        Attr { value: self.value.map(&convert), origin: self.origin }
    }
}

impl<T> Value<T> {
    fn holds(&self, absent: Truth, property: &impl Fn(&T) -> Truth) -> Truth {
        match self {
            Self::Known(it) => property(it),
            Self::Absent => absent,
            Self::Unknown(_) => Truth::Unknown,
            Self::OneOf(all, _) => {
                let mut truths = all.iter().map(|it| it.holds(absent, property));
                match truths.next() {
                    Some(first) if truths.all(|it| it == first) => first,
                    _ => Truth::Unknown,
                }
            }
        }
    }

    fn map<U>(self, convert: &impl Fn(T) -> U) -> Value<U> {
        match self {
            Self::Known(it) => Value::Known(convert(it)),
            Self::Absent => Value::Absent,
            Self::Unknown(why) => Value::Unknown(why),
            Self::OneOf(all, why) => Value::OneOf(all.into_iter().map(|it| it.map(convert)).collect(), why),
        }
    }
}
