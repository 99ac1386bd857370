//! What a function sees of its call: arguments of the type it needs, or the reason to stop.

use crate::source::Span;
use crate::value::{Cause, Class, Kind, List, Map, Origin, SymStr, Val, Why, ops};

use super::{FunctionError, Host};

/// One call: its name, arguments and place, and the door to files.
pub(super) struct Call<'a> {
    pub name: &'a str,
    pub args: &'a [Val],
    pub at: Span,
    pub host: &'a dyn Host,
}

/// Why a function gives no value.
pub(super) enum Stop {
    /// Terraform would refuse the arguments.
    Refused(FunctionError),
    /// It depends on what is not known.
    Open { why: Why, class: Class },
}

/// What functions return.
pub(super) type Outcome = std::result::Result<Val, Stop>;

/// Longer texts are not made.
const MAX_TEXT: usize = 1 << 24;

impl<'a> Call<'a> {
    pub fn done(&self, kind: Kind) -> Outcome {
        Ok(Val::new(kind, Origin::at(self.at)))
    }

    pub fn string(&self, text: impl Into<std::sync::Arc<str>>) -> Outcome {
        self.done(Kind::String(SymStr::text(text)))
    }

    pub fn bool(&self, it: bool) -> Outcome {
        self.done(Kind::Bool(it))
    }

    /// A truth as a boolean; unknown because of the arguments.
    pub fn truth(&self, truth: crate::value::Truth) -> Outcome {
        match truth {
            crate::value::Truth::Yes => self.bool(true),
            crate::value::Truth::No => self.bool(false),
            crate::value::Truth::Unknown => Err(self.open()),
        }
    }

    pub fn number(&self, it: f64) -> Outcome {
        self.done(Kind::Number(crate::value::Number::new(it)))
    }

    pub fn count(&self, it: usize) -> Outcome {
        self.number(f64::from(u32::try_from(it).unwrap_or(u32::MAX)))
    }

    pub fn list(&self, items: Vec<Val>, rest: Option<Why>) -> Outcome {
        self.done(Kind::List(List { items, rest }))
    }

    pub fn value(&self, kind: Kind) -> Val {
        Val::new(kind, Origin::at(self.at))
    }

    pub fn refuse(&self, argument: usize, message: impl Into<String>) -> Stop {
        Stop::Refused(FunctionError { message: message.into(), argument: Some(argument) })
    }

    /// Unknown because an argument is.
    pub fn open(&self) -> Stop {
        self.open_as(Class::Any)
    }

    pub fn open_as(&self, class: Class) -> Stop {
        let why = self.args.iter().find_map(Val::why);
        let unsupported = || Why::new(Cause::Unsupported, format!("{} of such values", self.name), Some(self.at));
        Stop::Open { why: why.unwrap_or_else(unsupported), class }
    }

    /// Unknown because it is larger than what is made.
    pub fn too_large(&self) -> Stop {
        let why = Why::new(Cause::Limit, format!("the result of {}", self.name), Some(self.at));
        Stop::Open { why, class: Class::Any }
    }

    /// Stops before a text of more than [`MAX_TEXT`] bytes is made.
    pub fn room(&self, count: usize, bytes: usize) -> Result<(), Stop> {
        if count.saturating_mul(bytes) <= MAX_TEXT {
            return Ok(());
        }
        Err(self.too_large())
    }

    pub fn arg(&self, index: usize) -> Result<&'a Val, Stop> {
        self.args.get(index).ok_or_else(|| self.refuse(index, "an argument is missing"))
    }

    /// Text, with holes.
    pub fn sym(&self, index: usize) -> Result<SymStr, Stop> {
        self.sym_of(self.arg(index)?, index)
    }

    pub fn sym_of(&self, value: &Val, index: usize) -> Result<SymStr, Stop> {
        match &value.kind {
            Kind::Choice(_) => Err(self.open()),
            _ => ops::to_string(value).ok_or_else(|| self.refuse(index, "needs a string")),
        }
    }

    /// Text that is wholly known.
    pub fn text(&self, index: usize) -> Result<String, Stop> {
        self.sym(index)?.known().ok_or_else(|| self.open())
    }

    pub fn float(&self, index: usize) -> Result<f64, Stop> {
        self.float_of(self.arg(index)?, index)
    }

    pub fn float_of(&self, value: &Val, index: usize) -> Result<f64, Stop> {
        match ops::to_number(value) {
            Some(it) => Ok(it.value),
            None if value.why().is_some() => Err(self.open()),
            None => Err(self.refuse(index, "needs a number")),
        }
    }

    /// A whole number.
    pub fn whole(&self, index: usize) -> Result<i64, Stop> {
        let it = self.float(index)?;
        if it.fract() != 0.0 || it.abs() > 9e15 {
            return Err(self.refuse(index, "needs a whole number"));
        }
        Ok(it as i64)
    }

    /// A list, perhaps open at its end.
    pub fn items(&self, index: usize) -> Result<&'a List, Stop> {
        match &self.arg(index)?.kind {
            Kind::List(list) => Ok(list),
            Kind::Unknown(_) | Kind::Choice(_) => Err(self.open()),
            _ => Err(self.refuse(index, "needs a list")),
        }
    }

    /// A list of which all items are known to be there.
    pub fn closed(&self, index: usize) -> Result<&'a [Val], Stop> {
        match self.items(index)? {
            List { items, rest: None } => Ok(items),
            _ => Err(self.open()),
        }
    }

    pub fn map(&self, index: usize) -> Result<&'a Map, Stop> {
        match &self.arg(index)?.kind {
            Kind::Map(map) => Ok(map),
            Kind::Unknown(_) | Kind::Choice(_) => Err(self.open()),
            _ => Err(self.refuse(index, "needs a map")),
        }
    }
}

/// Entries by key, the last of duplicates, sorted as Terraform sorts them; and whether every key is known.
pub(super) fn sorted(map: &Map) -> (Vec<&crate::value::Entry>, bool) {
    let mut by_key = std::collections::BTreeMap::new();
    let mut known = true;
    for entry in &map.entries {
        known &= entry.key.known().is_some();
        by_key.insert(entry.key.display(), entry);
    }
    (by_key.into_values().collect(), known)
}

/// The call as text, equal for equal calls only. What is open has no identity but its place.
pub(super) fn canonical(cx: &Call) -> String {
    let ops::Canonical { mut text, anonymous } = ops::canonical(cx.name, cx.args);
    if anonymous {
        text.push_str(&cx.host.place(cx.at));
    }
    text
}
