//! The check at load time: every name, field, function, argument and type, with the nearest right name.

use crate::source::did_you_mean;

use super::expr::{Expr, ExprError, ExprKind, Macro, Operator};
use super::functions::{FUNCTIONS, METHODS};
use super::schema::{Kind, Type};

/// Names of a scope with their types.
pub(super) type Names<'n> = Vec<(&'n str, Type)>;

/// Macros within macros: five lists of a hundred entries each would be ten thousand million steps.
const MAX_NESTED: usize = 4;

/// The type of an expression, where it is known before there is a bucket.
#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Bool,
    Number,
    Text,
    Object(Kind),
    List(Box<Shape>),
    /// Items of several types, or none.
    Any,
}

impl From<Type> for Shape {
    fn from(it: Type) -> Self {
        match it {
            Type::Bool => Self::Bool,
            Type::Number => Self::Number,
            Type::Text => Self::Text,
            Type::Texts => Self::List(Box::new(Self::Text)),
            Type::Object(kind) => Self::Object(kind),
            Type::Objects(kind) => Self::List(Box::new(Self::Object(kind))),
        }
    }
}

impl Shape {
    fn shown(&self) -> &'static str {
        match self {
            Self::Bool => "a truth value",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Object(kind) => kind.doc(),
            Self::List(_) => "a list",
            Self::Any => "a value",
        }
    }

    /// Whether a value of one may be one of the other.
    fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::List(a), Self::List(b)) => a.fits(b),
            (a, b) => a == b,
        }
    }
}

/// Checks an expression of any type.
///
/// # Errors
/// The first mistake with its place and a suggestion.
pub(super) fn check(expr: &Expr, names: &Names<'_>) -> Result<(), ExprError> {
    typed(expr, &shapes(names), 0).map(|_| ())
}

/// Checks a condition: what is true or not.
///
/// # Errors
/// The first mistake with its place and a suggestion.
pub(super) fn check_condition(expr: &Expr, names: &Names<'_>) -> Result<(), ExprError> {
    condition(expr, &shapes(names), 0)
}

type Shapes<'n> = Vec<(&'n str, Shape)>;

fn shapes<'n>(names: &Names<'n>) -> Shapes<'n> {
    names.iter().map(|(name, it)| (*name, Shape::from(*it))).collect()
}

fn typed(expr: &Expr, names: &Shapes<'_>, depth: usize) -> Result<Shape, ExprError> {
    match &expr.kind {
        ExprKind::Bool(_) => Ok(Shape::Bool),
        ExprKind::Number(_) => Ok(Shape::Number),
        ExprKind::Text(_) => Ok(Shape::Text),
        ExprKind::Not(it) => condition(it, names, depth).map(|()| Shape::Bool),
        ExprKind::Negate(it) => of(it, &Shape::Number, names, depth),
        ExprKind::Binary(operator, a, b) => binary(*operator, a, b, names, depth),
        ExprKind::List(items) => {
            let mut all = items.iter().map(|it| typed(it, names, depth)).collect::<Result<Vec<_>, _>>()?;
            all.dedup();
            Ok(Shape::List(Box::new(if all.len() == 1 { all.remove(0) } else { Shape::Any })))
        }
        ExprKind::Name(name) => match names.iter().rev().find(|(it, _)| *it == name.as_str()) {
            Some((_, shape)) => Ok(shape.clone()),
            None => Err(unknown("there is no", name, names.iter().map(|(it, _)| *it), expr)),
        },
        ExprKind::Field(base, name) => match typed(base, names, depth)? {
            Shape::Object(kind) => match kind.fields().iter().find(|it| it.name == name) {
                Some(field) => Ok(field.kind.into()),
                None => {
                    let fields = kind.fields().iter().map(|it| it.name);
                    Err(unknown(&format!("{} has no field", kind.doc()), name, fields, expr))
                }
            },
            Shape::Any => Ok(Shape::Any),
            _ => Err(error(format!("`{name}`: only an object has fields"), expr)),
        },
        ExprKind::Index(base, index) => {
            of(index, &Shape::Number, names, depth)?;
            list(base, names, depth)
        }
        ExprKind::Call(name, args) => call(name, args, expr, names, depth),
        ExprKind::Method(receiver, name, args) => method(receiver, name, args, expr, names, depth),
        ExprKind::Macro(kind, receiver, variable, body) => {
            if MAX_NESTED <= depth {
                let message =
                    format!("macros nested more than {MAX_NESTED} deep: the work would grow beyond all bounds");
                return Err(error(message, expr));
            }
            let item = list(receiver, names, depth)?;
            let mut inner = names.clone();
            inner.push((variable, item.clone()));
            match kind {
                Macro::Map => Ok(Shape::List(Box::new(typed(body, &inner, depth + 1)?))),
                Macro::Filter => condition(body, &inner, depth + 1).map(|()| Shape::List(Box::new(item))),
                Macro::All | Macro::Exists | Macro::ExistsOne => {
                    condition(body, &inner, depth + 1).map(|()| Shape::Bool)
                }
            }
        }
        ExprKind::Conditional(question, yes, no) => {
            condition(question, names, depth)?;
            let (yes, no) = (typed(yes, names, depth)?, typed(no, names, depth)?);
            Ok(if yes == no { yes } else { Shape::Any })
        }
    }
}

/// What must be true or not. An object or a text that is there would always be true.
fn condition(expr: &Expr, names: &Shapes<'_>, depth: usize) -> Result<(), ExprError> {
    match typed(expr, names, depth)? {
        Shape::Bool | Shape::Any => Ok(()),
        other => Err(error(
            format!("expected what is true or not, and this is {}: compare it, or ask `has(…)`", other.shown()),
            expr,
        )),
    }
}

fn of(expr: &Expr, wanted: &Shape, names: &Shapes<'_>, depth: usize) -> Result<Shape, ExprError> {
    let found = typed(expr, names, depth)?;
    match found.fits(wanted) {
        true => Ok(found),
        false => Err(error(format!("expected {}, and this is {}", wanted.shown(), found.shown()), expr)),
    }
}

/// The type of a list's items.
fn list(expr: &Expr, names: &Shapes<'_>, depth: usize) -> Result<Shape, ExprError> {
    match typed(expr, names, depth)? {
        Shape::List(item) => Ok(*item),
        Shape::Any => Ok(Shape::Any),
        other => Err(error(format!("this goes through lists only, and this is {}", other.shown()), expr)),
    }
}

fn binary(operator: Operator, a: &Expr, b: &Expr, names: &Shapes<'_>, depth: usize) -> Result<Shape, ExprError> {
    match operator {
        Operator::Or | Operator::And => {
            condition(a, names, depth)?;
            condition(b, names, depth)?;
        }
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            of(a, &Shape::Number, names, depth)?;
            of(b, &Shape::Number, names, depth)?;
        }
        Operator::Equal | Operator::NotEqual => {
            let first = typed(a, names, depth)?;
            if matches!(first, Shape::Object(_)) {
                return Err(error("an object is compared by its fields: name one, or ask `has(…)`".to_owned(), a));
            }
            of(b, &first, names, depth)?;
        }
        Operator::In => {
            let first = typed(a, names, depth)?;
            of(b, &Shape::List(Box::new(first)), names, depth)?;
        }
        Operator::Add => {
            let first = typed(a, names, depth)?;
            if matches!(first, Shape::Bool | Shape::Object(_)) {
                return Err(error(format!("`+` is for texts, numbers and lists, and this is {}", first.shown()), a));
            }
            of(b, &first, names, depth)?;
            return Ok(first);
        }
    }
    Ok(Shape::Bool)
}

fn call(name: &str, args: &[Expr], expr: &Expr, names: &Shapes<'_>, depth: usize) -> Result<Shape, ExprError> {
    let Some((_, count, ..)) = FUNCTIONS.iter().find(|it| it.0 == name) else {
        return Err(unknown("there is no function", name, FUNCTIONS.iter().map(|it| it.0), expr));
    };
    let given = arguments(name, *count, args, names, depth, expr)?;
    let first = match name {
        "allows" => Shape::Object(Kind::Statement),
        "refuses" | "refuses_when" => Shape::Object(Kind::Bucket),
        "glob" | "account" => Shape::Text,
        "size" => return sized(given.first(), expr),
        _ => Shape::Any,
    };
    let wanted = std::iter::once(&first).chain(std::iter::repeat(if name == "has" || name == "unknown" {
        &Shape::Any
    } else {
        &Shape::Text
    }));
    expected(args, &given, wanted)?;
    Ok(if name == "account" { Shape::Text } else { Shape::Bool })
}

fn method(
    receiver: &Expr,
    name: &str,
    args: &[Expr],
    expr: &Expr,
    names: &Shapes<'_>,
    depth: usize,
) -> Result<Shape, ExprError> {
    let own = typed(receiver, names, depth)?;
    let Some((_, count, ..)) = METHODS.iter().find(|it| it.0 == name) else {
        return Err(unknown("there is no method", name, METHODS.iter().map(|it| it.0), expr));
    };
    let given = arguments(name, *count, args, names, depth, expr)?;
    if name == "size" {
        return sized(Some(&own), receiver);
    }
    if !own.fits(&Shape::Text) {
        return Err(error(format!("`{name}` is a method of texts, and this is {}", own.shown()), receiver));
    }
    expected(args, &given, std::iter::repeat(&Shape::Text))?;
    if let (Some(ExprKind::Text(pattern)), "matches") = (args.first().map(|it| &it.kind), name)
        && let Err(mistake) = regex_lite::Regex::new(pattern)
    {
        return Err(error(format!("`{pattern}` is no regular expression: {mistake}"), expr));
    }
    Ok(if name == "lowerAscii" { Shape::Text } else { Shape::Bool })
}

fn sized(given: Option<&Shape>, expr: &Expr) -> Result<Shape, ExprError> {
    match given {
        Some(Shape::List(_) | Shape::Text | Shape::Any) | None => Ok(Shape::Number),
        Some(other) => Err(error(format!("`size` counts items or characters, and this is {}", other.shown()), expr)),
    }
}

fn expected<'s>(args: &[Expr], given: &[Shape], wanted: impl Iterator<Item = &'s Shape>) -> Result<(), ExprError> {
    for ((arg, given), wanted) in args.iter().zip(given).zip(wanted) {
        if !given.fits(wanted) {
            return Err(error(format!("expected {}, and this is {}", wanted.shown(), given.shown()), arg));
        }
    }
    Ok(())
}

fn arguments(
    name: &str,
    count: usize,
    args: &[Expr],
    names: &Shapes<'_>,
    depth: usize,
    expr: &Expr,
) -> Result<Vec<Shape>, ExprError> {
    let given = args.iter().map(|it| typed(it, names, depth)).collect::<Result<Vec<_>, _>>()?;
    match args.len() == count {
        true => Ok(given),
        false => Err(error(format!("`{name}` takes {count} arguments, not {}", args.len()), expr)),
    }
}

fn error(message: String, expr: &Expr) -> ExprError {
    ExprError { message, at: expr.at.clone() }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>, expr: &Expr) -> ExprError {
    error(format!("{what} `{name}`{}", did_you_mean(name, known)), expr)
}

/// What each scope names.
pub(super) fn scope_names(scope: super::page::Scope) -> Names<'static> {
    use super::page::Scope;
    let object = |name: &'static str, kind| (name, Type::Object(kind));
    let bucket = object("bucket", Kind::Bucket);
    match scope {
        Scope::Bucket => vec![bucket],
        Scope::Statement => vec![bucket, object("statement", Kind::Statement)],
        Scope::Grant => vec![bucket, object("grant", Kind::Grant)],
        Scope::Note => vec![bucket, object("note", Kind::Note)],
        Scope::AccessPoint => vec![bucket, object("access_point", Kind::AccessPoint)],
        Scope::Account => vec![object("account", Kind::Account)],
        Scope::Object => vec![bucket, object("object", Kind::UploadedObject)],
        Scope::Duplicate => vec![bucket, object("duplicate", Kind::Duplicate)],
        Scope::DocumentStatement => vec![object("document", Kind::Document), object("statement", Kind::Statement)],
        Scope::Trail => vec![bucket, object("trail", Kind::Trail)],
        Scope::Service => vec![object("service", Kind::Service)],
        Scope::Export => vec![bucket, object("export", Kind::Export)],
        Scope::Tier => vec![bucket, object("tier", Kind::Tier)],
        Scope::CdnOrigin => vec![bucket, object("cdn_origin", Kind::CdnOrigin)],
        Scope::MetricFilter => vec![object("metric_filter", Kind::MetricFilter)],
        Scope::Dangling => vec![object("dangling", Kind::Dangling)],
    }
}
