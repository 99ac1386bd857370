//! Terraform's functions, lifted over values that are partly known.
//! <https://developer.hashicorp.com/terraform/language/functions>
//!
//! A choice goes through alternative by alternative; a string keeps its holes; a list or map of which a part is unknown
//! stays open. What a function cannot say of an unknown is unknown, never a guess.

mod collections;
mod conversion;
mod encoding;
mod numbers;
mod opaque;
mod strings;

use crate::source::Span;
use crate::value::{Alternative, Class, Guard, Hole, Kind, Origin, Symbol, Val, Why};

/// What functions need from outside.
pub trait Host {
    /// `file()`: the content of a file, its text placed in that file.
    ///
    /// # Errors
    /// A sentence that says why not.
    fn read_file(&self, path: &str) -> std::result::Result<Val, String>;
    /// `templatefile()`: renders a file with variables.
    ///
    /// # Errors
    /// A sentence that says why not.
    fn render_template_file(&self, path: &str, vars: &Val, at: Span) -> std::result::Result<Val, String>;
    /// `fileexists()`.
    fn file_exists(&self, path: &str) -> bool;
}

/// Why a function refuses its arguments, as Terraform would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// One clause without a final dot.
    pub message: String,
    /// The argument at fault.
    pub argument: Option<usize>,
}

/// The result of a function.
pub(super) type Result = std::result::Result<Val, FunctionError>;

/// Alternatives are followed up to this many.
const MAX_ALTERNATIVES: usize = 64;

/// Calls a function by name; `None` where there is no such function.
pub fn call(name: &str, args: &[Val], at: Span, host: &dyn Host) -> Option<Result> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    if name.contains("::") {
        return Some(Ok(opaque::provider(name, at)));
    }
    let cx = Call { name, at, host };
    match name {
        // These look at whether an argument is known, or take it whole.
        "jsonencode" | "sensitive" | "nonsensitive" | "issensitive" | "type" | "coalesce" | "templatefile" => (),
        _ => {
            if let Some(result) = over_choices(name, args, at, host) {
                return result;
            }
        }
    }
    let found = strings::call(&cx, args)
        .or_else(|| collections::call(&cx, args))
        .or_else(|| numbers::call(&cx, args))
        .or_else(|| conversion::call(&cx, args))
        .or_else(|| encoding::call(&cx, args))
        .or_else(|| opaque::call(&cx, args))?;
    let found = found.map(|it| bounded(it, &cx));
    let sensitive = name != "nonsensitive" && args.iter().any(|it| it.sensitive);
    Some(found.map(|it| Val { sensitive: it.sensitive || sensitive, ..it }))
}

/// Results larger than this are unknown.
const MAX_WEIGHT: usize = 200_000;

fn bounded(value: Val, cx: &Call) -> Val {
    if value.weight(MAX_WEIGHT) <= MAX_WEIGHT {
        return value;
    }
    let why = Why::new(crate::value::Cause::Limit, format!("the result of {}", cx.name), Some(cx.at));
    Val::unknown(Symbol::new(format!("{}@{:?}", cx.name, cx.at), ""), Class::Any, why, Origin::at(cx.at))
}

/// One call: its name and place, and the door to files.
pub(super) struct Call<'a> {
    pub name: &'a str,
    pub at: Span,
    pub host: &'a dyn Host,
}

impl Call<'_> {
    pub fn done(&self, kind: Kind) -> Option<Result> {
        Some(Ok(Val::new(kind, Origin::at(self.at))))
    }

    pub fn fail(&self, message: impl Into<String>) -> Option<Result> {
        Some(Err(FunctionError { message: message.into(), argument: None }))
    }

    /// Unknown because an argument is.
    pub fn open(&self, args: &[Val]) -> Option<Result> {
        let why = args.iter().find_map(Val::why);
        let why = why.unwrap_or_else(|| {
            Why::new(crate::value::Cause::Unsupported, format!("{} of such values", self.name), Some(self.at))
        });
        let shown: Vec<String> = args.iter().map(shown).collect();
        let symbol = Symbol::new(format!("{}({})", self.name, shown.join(", ")), "");
        Some(Ok(Val::unknown(symbol, Class::Any, why, Origin::at(self.at))))
    }

    /// Refused where all is known, unknown otherwise.
    pub fn refuse(&self, args: &[Val], message: &str) -> Option<Result> {
        if args.iter().any(|it| it.why().is_some()) { self.open(args) } else { self.fail(message) }
    }
}

/// Canonical text of an argument, for symbols.
fn shown(value: &Val) -> String {
    match &value.kind {
        Kind::Unknown(Hole { symbol, .. }) if symbol.attribute.is_empty() => symbol.entity.to_string(),
        Kind::Unknown(Hole { symbol, .. }) => format!("{}.{}", symbol.entity, symbol.attribute),
        Kind::String(text) => format!("\"{}\"", text.display()),
        Kind::Number(it) => it.to_string(),
        Kind::Bool(it) => it.to_string(),
        Kind::List(list) => format!("[{}]", list.items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        _ => "…".to_owned(),
    }
}

/// Applies a function to each alternative of an undecided argument.
fn over_choices(name: &str, args: &[Val], at: Span, host: &dyn Host) -> Option<Option<Result>> {
    let index = args.iter().position(|it| matches!(it.kind, Kind::Choice(_)))?;
    let Some(Val { kind: Kind::Choice(alternatives), .. }) = args.get(index) else { return None };
    let mut results = Vec::new();
    for alternative in alternatives.iter().filter(|it| it.guard != Guard::Never) {
        let mut one = args.to_vec();
        if let Some(slot) = one.get_mut(index) {
            *slot = alternative.value.clone();
        }
        match call(name, &one, at, host)? {
            Ok(value) => match value.kind {
                Kind::Choice(inner) => results.extend(
                    inner
                        .into_iter()
                        .map(|it| Alternative { guard: alternative.guard.and(&it.guard), value: it.value }),
                ),
                _ => results.push(Alternative { guard: alternative.guard.clone(), value }),
            },
            Err(error) => return Some(Some(Err(error))),
        }
    }
    results.retain(|it| it.guard != Guard::Never);
    let cx = Call { name, at, host };
    if MAX_ALTERNATIVES < results.len() {
        return Some(cx.open(args));
    }
    Some(cx.done(Kind::Choice(results)))
}

#[cfg(test)]
mod tests;
