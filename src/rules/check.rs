//! The check at load time: every name, field, function and argument count, with the nearest right name.

use crate::source::did_you_mean;

use super::expr::{Expr, ExprError, ExprKind};
use super::functions::{FUNCTIONS, METHODS};
use super::schema::{Kind, Type};

/// Names of a scope with their types.
pub(super) type Names<'n> = Vec<(&'n str, Type)>;

/// Macros within macros: five lists of a hundred entries each would be ten thousand million steps.
const MAX_NESTED: usize = 4;

/// Checks an expression.
///
/// # Errors
/// The first mistake with its place and a suggestion.
pub(super) fn check(expr: &Expr, names: &Names<'_>) -> Result<Option<Type>, ExprError> {
    typed(expr, names, 0)
}

fn typed(expr: &Expr, names: &Names<'_>, depth: usize) -> Result<Option<Type>, ExprError> {
    match &expr.kind {
        ExprKind::Bool(_) | ExprKind::Not(_) | ExprKind::Binary(..) => {
            children(expr).into_iter().try_for_each(|it| typed(it, names, depth).map(|_| ()))?;
            Ok(Some(Type::Bool))
        }
        ExprKind::Number(_) | ExprKind::Negate(_) => Ok(Some(Type::Number)),
        ExprKind::Text(_) => Ok(Some(Type::Text)),
        ExprKind::List(items) => {
            items.iter().try_for_each(|it| typed(it, names, depth).map(|_| ()))?;
            Ok(Some(Type::Texts))
        }
        ExprKind::Name(name) => match names.iter().rev().find(|(it, _)| *it == name.as_str()) {
            Some((_, kind)) => Ok(Some(*kind)),
            None => Err(unknown("there is no", name, names.iter().map(|(it, _)| *it), expr)),
        },
        ExprKind::Field(base, name) => match typed(base, names, depth)? {
            Some(Type::Object(kind)) => match kind.fields().iter().find(|it| it.name == name) {
                Some(field) => Ok(Some(field.kind)),
                None => {
                    let fields = kind.fields().iter().map(|it| it.name);
                    Err(unknown(&format!("{} has no field", kind.doc()), name, fields, expr))
                }
            },
            Some(_) => Err(error(format!("`{name}`: only an object has fields"), expr)),
            None => Ok(None),
        },
        ExprKind::Index(base, index) => {
            typed(index, names, depth)?;
            Ok(typed(base, names, depth)?.and_then(item))
        }
        ExprKind::Call(name, args) => {
            let Some((_, count, ..)) = FUNCTIONS.iter().find(|it| it.0 == name) else {
                return Err(unknown("there is no function", name, FUNCTIONS.iter().map(|it| it.0), expr));
            };
            arguments(name, *count, args, names, depth, expr)?;
            Ok(None)
        }
        ExprKind::Method(receiver, name, args) => {
            typed(receiver, names, depth)?;
            let Some((_, count, ..)) = METHODS.iter().find(|it| it.0 == name) else {
                return Err(unknown("there is no method", name, METHODS.iter().map(|it| it.0), expr));
            };
            arguments(name, *count, args, names, depth, expr)?;
            if let (ExprKind::Text(pattern), "matches") =
                (args.first().map_or(&expr.kind, |it| &it.kind), name.as_str())
                && let Err(mistake) = regex_lite::Regex::new(pattern)
            {
                return Err(error(format!("`{pattern}` is no regular expression: {mistake}"), expr));
            }
            Ok(None)
        }
        ExprKind::Macro(_, receiver, variable, body) => {
            if MAX_NESTED <= depth {
                let message =
                    format!("macros nested more than {MAX_NESTED} deep: the work would grow beyond all bounds");
                return Err(error(message, expr));
            }
            let Some(item) = typed(receiver, names, depth)?.and_then(item) else {
                return Err(error("this goes through lists only".to_owned(), receiver));
            };
            let mut inner = names.clone();
            inner.push((variable, item));
            typed(body, &inner, depth + 1)?;
            Ok(Some(Type::Bool))
        }
        ExprKind::Conditional(condition, yes, no) => {
            typed(condition, names, depth)?;
            typed(no, names, depth)?;
            typed(yes, names, depth)
        }
    }
}

fn arguments(
    name: &str,
    count: usize,
    args: &[Expr],
    names: &Names<'_>,
    depth: usize,
    expr: &Expr,
) -> Result<(), ExprError> {
    args.iter().try_for_each(|it| typed(it, names, depth).map(|_| ()))?;
    match args.len() == count {
        true => Ok(()),
        false => Err(error(format!("`{name}` takes {count} arguments, not {}", args.len()), expr)),
    }
}

fn item(list: Type) -> Option<Type> {
    match list {
        Type::Objects(kind) => Some(Type::Object(kind)),
        Type::Texts => Some(Type::Text),
        _ => None,
    }
}

fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Not(it) | ExprKind::Negate(it) => vec![it],
        ExprKind::Binary(_, a, b) => vec![a, b],
        _ => Vec::new(),
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
