//! Terraform's functions, lifted over values that are partly known.
//! <https://developer.hashicorp.com/terraform/language/functions>
//!
//! A choice goes through alternative by alternative; a string keeps its holes; a list or map of which a part is unknown
//! stays open. What a function cannot say of an unknown is unknown, never a guess. `try` and `can` are forms of the
//! evaluator, not functions of values.

mod argument;
mod cidr;
mod conversion;
mod csv;
mod encoding;
mod files;
mod format;
mod json;
mod lists;
mod maps;
mod numbers;
mod opaque;
mod order;
mod regex;
mod sets;
mod strings;
mod table;
mod time;
mod verb;
mod yaml;

use crate::source::Span;
use crate::value::{Cause, Class, Kind, Origin, Symbol, Val, Why, ops};

use argument::{Call, Stop, canonical};
use table::{Choices, Function, find};

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

    /// `fileexists()`; `None` where we may not look.
    fn file_exists(&self, path: &str) -> Option<bool>;

    /// The name of one evaluation of the code at `at`: different in each module instance and in each round of a loop.
    fn place(&self, at: Span) -> String {
        format!("@{}:{}", at.file.0, at.start)
    }

    /// `templatestring()`: renders a text with variables.
    ///
    /// # Errors
    /// A sentence that says why not.
    fn render_template_text(&self, _template: &Val, _vars: &Val, _at: Span) -> std::result::Result<Val, String> {
        Err("a template in a string".to_owned())
    }

    /// `fileset()`: paths below `folder` that match a pattern, relative to it, in any order.
    ///
    /// # Errors
    /// A sentence that says why not.
    fn file_set(&self, folder: &str, _pattern: &str) -> std::result::Result<Vec<String>, String> {
        Err(format!("the files of `{folder}`"))
    }
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

/// Results larger than this are unknown (nodes and 64-byte pieces of text).
const MAX_WEIGHT: usize = 200_000;

/// Calls a function by name (`lower`, `core::lower`, `provider::aws::arn_parse`); `None` where there is no such function.
pub fn call(name: &str, args: &[Val], at: Span, host: &dyn Host) -> Option<Result> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    if name.contains("::") {
        return Some(Ok(opaque::provider(name, args, at, host)));
    }
    let function = find(name)?;
    if args.len() < function.least || function.most.is_some_and(|it| it < args.len()) {
        let message = format!("takes {} arguments, not {}", function.arity(), args.len());
        return Some(Err(FunctionError { message, argument: None }));
    }
    let origin = Origin::at(at);
    let hoisted: Option<Vec<Val>> = match function.choices {
        Choices::Inside => args.iter().map(ops::hoist).collect(),
        Choices::Outside | Choices::Kept => Some(args.to_vec()),
    };
    let Some(args) = hoisted else { return Some(Ok(ops::too_many(args, &origin))) };
    let one = |args: &[Val]| run(function, args, at, host);
    let result = match function.choices {
        Choices::Kept => one(&args),
        Choices::Inside | Choices::Outside => ops::lift(&args, &origin, &one),
    };
    let sensitive = !matches!(name, "nonsensitive" | "issensitive") && args.iter().any(|it| it.sensitive);
    Some(result.map(|it| with_set(name, Val { sensitive: it.sensitive || sensitive, ..it })))
}

/// Marks what is a set, and what is no set any more.
fn with_set(name: &str, value: Val) -> Val {
    let is_set = match name {
        "toset" | "setunion" | "setintersection" | "setsubtract" | "setproduct" => true,
        // These give the argument, or a part of it, as it is.
        "sensitive" | "nonsensitive" | "coalesce" | "element" | "lookup" | "one" | "ephemeralasnull" => return value,
        _ => false,
    };
    let kind = match value.kind {
        Kind::Choice(all) => Kind::Choice(
            all.into_iter().map(|it| crate::value::Alternative { value: with_set(name, it.value), ..it }).collect(),
        ),
        kind => kind,
    };
    let is_set = is_set && matches!(kind, Kind::List(_));
    Val { kind, is_set, ..value }
}

fn run(function: &Function, args: &[Val], at: Span, host: &dyn Host) -> Result {
    let cx = Call { name: function.name, args, at, host };
    let null = args.iter().position(|it| it.kind == Kind::Null);
    if let (Some(argument), false) = (null, function.nullable) {
        return Err(FunctionError { message: "an argument is null".to_owned(), argument: Some(argument) });
    }
    match (function.run)(&cx) {
        Ok(value) if MAX_WEIGHT < value.weight(MAX_WEIGHT) => {
            let why = Why::new(Cause::Limit, format!("the result of {}", cx.name), Some(at));
            Ok(unknown(&cx, Class::Any, why))
        }
        Ok(value) => Ok(value),
        Err(Stop::Open { why, class }) => Ok(unknown(&cx, class, why)),
        Err(Stop::Refused(error)) => Err(error),
    }
}

/// The result, named by the call: the same call of the same unknowns is the same value.
fn unknown(cx: &Call, class: Class, why: Why) -> Val {
    Val::unknown(Symbol::new(canonical(cx), ""), class, why, Origin::at(cx.at))
}

#[cfg(test)]
mod tests;
