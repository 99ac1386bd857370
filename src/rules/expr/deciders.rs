//! What decided an expression: the values of the model without which the result would be another.
//!
//! A second pass, made only for results that become findings, so that evaluation itself stays quick.

use crate::value::{Origin, Truth};

use super::ast::{Expr, ExprKind, Macro, Operator};
use super::{Fact, Item, Scope, evaluate, truth};

/// A value that decided.
#[derive(Clone, Debug)]
pub(crate) struct Decider<'m> {
    /// Its path as the rule writes it: `bucket.versioning.status`.
    pub path: String,
    /// The value.
    pub fact: Fact<'m>,
    /// Where it comes from.
    pub origin: &'m Origin,
}

/// The values that decided `expr`, in the order in which the rule names them, each once.
///
/// Of a false conjunction the operands that are false, of a true one all; the other way round for a disjunction; of a
/// true `exists` the first element that fits, of a false `all` the first that does not; else the collection as a whole.
pub(crate) fn deciders<'m>(expr: &'m Expr, scope: &Scope<'m>) -> Vec<Decider<'m>> {
    let mut found = Vec::new();
    collect(expr, scope, &mut found);
    let mut seen = Vec::new();
    found.retain(|it| {
        let key = (it.path.clone(), it.origin.span);
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new
    });
    found
}

fn collect<'m>(expr: &'m Expr, scope: &Scope<'m>, found: &mut Vec<Decider<'m>>) {
    match &expr.kind {
        ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) => (),
        ExprKind::Binary(Operator::And | Operator::Or, left, right) => {
            let decided = decision(expr, scope);
            for operand in [left, right] {
                if decision(operand, scope) == decided {
                    collect(operand, scope, found);
                }
            }
        }
        ExprKind::Binary(_, left, right) => {
            collect(left, scope, found);
            collect(right, scope, found);
        }
        ExprKind::Not(inner) | ExprKind::Negate(inner) => collect(inner, scope, found),
        ExprKind::List(items) => items.iter().for_each(|it| collect(it, scope, found)),
        ExprKind::Call(_, args) => args.iter().for_each(|it| collect(it, scope, found)),
        ExprKind::Method(receiver, _, args) => {
            collect(receiver, scope, found);
            args.iter().for_each(|it| collect(it, scope, found));
        }
        ExprKind::Conditional(condition, yes, no) => {
            collect(condition, scope, found);
            match decision(condition, scope) {
                Truth::Yes => collect(yes, scope, found),
                Truth::No => collect(no, scope, found),
                Truth::Unknown => (),
            }
        }
        ExprKind::Macro(kind, receiver, variable, body) => {
            let example = match kind {
                Macro::Exists => Some(Truth::Yes),
                Macro::All => Some(Truth::No),
                Macro::ExistsOne | Macro::Filter | Macro::Map => None,
            };
            let Some((item, inner)) = example.and_then(|it| element(it, receiver, variable, body, scope)) else {
                return collect(receiver, scope, found);
            };
            push(variable.clone(), item, found);
            collect(body, &inner, found);
        }
        ExprKind::Name(_) | ExprKind::Field(..) | ExprKind::Index(..) => {
            let item = evaluate(expr, scope);
            if let Some(path) = path(expr)
                && !is_only_its_owners(expr, &item, scope)
            {
                push(path, item, found);
            }
        }
    }
}

/// Whether a value is said nowhere but has its owner's place: what kind a bucket is. That something is not there has no
/// other place, and decides all the same.
fn is_only_its_owners<'m>(expr: &'m Expr, item: &Item<'m>, scope: &Scope<'m>) -> bool {
    let ExprKind::Field(base, _) = &expr.kind else { return false };
    let missing = match &item.fact {
        Fact::Absent | Fact::Unknown(_) => true,
        Fact::List(items, _) => items.is_empty(),
        _ => false,
    };
    let span = |it: Option<&Origin>| it.and_then(|it| it.span);
    !missing && span(item.origin) == span(evaluate(base, scope).origin)
}

/// The first element for which the body is so, and the scope with it.
fn element<'m>(
    wanted: Truth,
    receiver: &'m Expr,
    variable: &'m str,
    body: &'m Expr,
    scope: &Scope<'m>,
) -> Option<(Item<'m>, Scope<'m>)> {
    let Fact::List(items, _) = evaluate(receiver, scope).fact else { return None };
    let inner = items.into_iter().map(|it| (it.clone(), scope.clone().with(variable, it)));
    inner.into_iter().find(|(_, inner)| decision(body, inner) == wanted)
}

fn push<'m>(path: String, item: Item<'m>, found: &mut Vec<Decider<'m>>) {
    if let Some(origin) = item.origin.filter(|it| it.span.is_some()) {
        found.push(Decider { path, fact: item.fact, origin });
    }
}

fn decision<'m>(expr: &'m Expr, scope: &Scope<'m>) -> Truth {
    truth(&evaluate(expr, scope).fact).0
}

fn path(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Field(base, name) => Some(format!("{}.{name}", path(base)?)),
        ExprKind::Index(base, _) => path(base),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::expr::parse;
    use crate::source::{FileId, Span};
    use crate::value::{Cause, Why};

    fn at(start: usize) -> Origin {
        Origin::at(Span::of(FileId(0), start..start + 1))
    }

    /// The paths that decided `text`, with `yes`, `no`, `open` and the list `xs` = 1, 2, 3 as names.
    fn check(text: &str, expected: &[&str]) {
        let origins: Vec<Origin> = (0..8).map(at).collect();
        let item = |index: usize, fact| Item::at(fact, &origins[index]);
        let why = || Why::new(Cause::NoDefault, "x", None);
        let numbers = (1..=3).map(|it| item(4 + it, Fact::Number(f64::from(u8::try_from(it).unwrap()))));
        let scope = Scope::default()
            .with("yes", item(0, Fact::Bool(true)))
            .with("no", item(1, Fact::Bool(false)))
            .with("open", item(2, Fact::Unknown(vec![why()])))
            .with("also", item(3, Fact::Bool(true)))
            .with("xs", item(4, Fact::List(numbers.collect(), None)))
            .with("nowhere", Item::new(Fact::Bool(true)));
        let expr = parse(text).unwrap();
        let found: Vec<_> =
            deciders(&expr, &scope).iter().map(|it| format!("{}@{}", it.path, it.origin.span.unwrap().start)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn only_what_decided() {
        check("yes && also", &["yes@0", "also@3"]);
        check("yes && no", &["no@1"]);
        check("yes || no", &["yes@0"]);
        check("no || !yes", &["no@1", "yes@0"]);
        check("yes && open", &["open@2"]);
        check("no && open", &["no@1"]);
        check("yes && (no || also)", &["yes@0", "also@3"]);
        check("yes == true && yes", &["yes@0"]);
        check("yes ? also : no", &["yes@0", "also@3"]);
        check("nowhere && yes", &["yes@0"]);
        check("xs.exists(x, x == 2)", &["x@6"]);
        check("xs.exists(x, x == 4)", &["xs@4"]);
        check("xs.all(x, x < 3)", &["x@7"]);
        check("xs.all(x, x < 4)", &["xs@4"]);
        check("size(xs) == 3", &["xs@4"]);
        check("2 in xs", &["xs@4"]);
    }
}
