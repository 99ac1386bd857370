//! `try` and `can`: what Terraform would refuse, under the conditions under which it would.

use crate::source::Span;
use crate::syntax::hcl::Expr;
use crate::value::{Alternative, Cause, Class, Guard, Kind, Origin, Symbol, Val, Why};

use super::{Evaluated, Failure, Scope, World, failure, is_unknown, why_of};

/// The name of the entity that a refused value has.
const REFUSED: &str = "what Terraform refuses";

/// Alternatives of more than so many are unknown.
const MAX_ALTERNATIVES: usize = 64;

/// An alternative that Terraform would refuse: stands for a [`Failure`] among alternatives, inside `try` and `can` only.
pub(super) fn refused(message: &str, at: Span) -> Val {
    let why = Why::new(Cause::Invalid, message, Some(at));
    Val::unknown(Symbol::new(REFUSED, ""), Class::Any, why, Origin::at(at))
}

fn is_refused(value: &Val) -> bool {
    matches!(&value.kind, Kind::Unknown(hole) if &*hole.symbol.entity == REFUSED)
}

/// What an evaluation gives, and the guards under which it gives nothing.
fn split(value: Val) -> (Vec<Alternative>, Vec<Guard>) {
    match value.kind {
        Kind::Choice(all) if all.iter().any(|it| is_refused(&it.value)) => {
            let (refused, given): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| is_refused(&it.value));
            (given, refused.into_iter().map(|it| it.guard).collect())
        }
        _ if is_refused(&value) => (Vec::new(), vec![Guard::always()]),
        _ => (vec![Alternative { guard: Guard::always(), value }], Vec::new()),
    }
}

impl World<'_> {
    /// Evaluates where a refusal is caught.
    fn attempt(&self, expr: &Expr, scope: &Scope) -> Evaluated {
        self.trying.set(self.trying.get() + 1);
        let value = self.eval(expr, scope);
        self.trying.set(self.trying.get() - 1);
        value
    }

    /// The first argument that is not refused: under each guard its own.
    pub(super) fn try_call(&self, args: &[Expr], at: Span, scope: &Scope) -> Evaluated {
        let mut last = None;
        let mut found: Vec<Alternative> = Vec::new();
        let mut open = vec![Guard::always()];
        for arg in args {
            let (given, refused) = match self.attempt(arg, scope) {
                Ok(value) => split(value),
                Err(failure) => {
                    last = Some(failure);
                    continue;
                }
            };
            for guard in &open {
                for it in &given {
                    match &it.value.kind {
                        Kind::Choice(inner) if inner.iter().all(|it| !is_refused(&it.value)) => {
                            let both = guard.and(&it.guard);
                            found.extend(
                                inner
                                    .iter()
                                    .map(|it| Alternative { guard: both.and(&it.guard), value: it.value.clone() }),
                            );
                        }
                        _ => found.push(Alternative { guard: guard.and(&it.guard), value: it.value.clone() }),
                    }
                }
            }
            open = open
                .iter()
                .flat_map(|own| refused.iter().map(|it| own.and(it)))
                .filter(|it| *it != Guard::Never)
                .collect();
            if open.is_empty() || MAX_ALTERNATIVES < found.len() {
                break;
            }
        }
        found.retain(|it| it.guard != Guard::Never);
        if MAX_ALTERNATIVES < found.len() {
            let symbol = self.here("try", at, scope);
            return Ok(super::unknown(symbol, Cause::Limit, "the number of alternatives", at));
        }
        match found.as_slice() {
            [] => {
                Err(last
                    .unwrap_or_else(|| failure(at, "try needs an argument that Terraform does not refuse".to_owned())))
            }
            [first, rest @ ..] if rest.iter().all(|it| super::same(&it.value, &first.value)) => Ok(first.value.clone()),
            _ => {
                // Inside another `try` what is left is caught there.
                if 0 < self.trying.get() {
                    found.extend(
                        open.into_iter().map(|guard| Alternative { guard, value: refused("no argument of try", at) }),
                    );
                }
                Ok(Val::new(Kind::Choice(found), Origin::at(at)))
            }
        }
    }

    /// Whether Terraform would not refuse the expression.
    pub(super) fn can_call(&self, args: &[Expr], at: Span, scope: &Scope) -> Val {
        let bool = |it: bool| Val::new(Kind::Bool(it), Origin::at(at));
        let Some(Ok(value)) = args.first().map(|it| self.attempt(it, scope)) else { return bool(false) };
        if is_unknown(&value) && !is_refused(&value) {
            let symbol = Symbol::new(format!("can({})", self.text_of(&value)), "");
            return Val::unknown(symbol, Class::Any, why_of(&value, at), Origin::at(at));
        }
        let (given, refused) = split(value);
        match (given.is_empty(), refused.is_empty()) {
            (true, _) => bool(false),
            (false, true) => bool(true),
            (false, false) => {
                let all = given.into_iter().map(|it| (it.guard, true)).chain(refused.into_iter().map(|it| (it, false)));
                let all = all.map(|(guard, holds)| Alternative { guard, value: bool(holds) });
                Val::new(Kind::Choice(all.collect()), Origin::at(at))
            }
        }
    }

    /// A failure of one of several alternatives: caught by a `try` around it, else a failure of all.
    pub(super) fn refusal(&self, failure: Failure) -> Evaluated {
        if self.trying.get() == 0 { Err(failure) } else { Ok(refused(&failure.message, failure.at)) }
    }
}
