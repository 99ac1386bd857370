//! `lifecycle { enabled = … }`: whether a single resource, data source or module is there at all.
//! <https://opentofu.org/docs/language/meta-arguments/enabled>

use crate::syntax::hcl::{Body, Expr, ExprKind};
use crate::value::{Alternative, Guard, Kind, Origin, Truth, Val};

use super::{Scope, World};
use crate::frontend::terraform::instance::Member;
use crate::frontend::terraform::module::{OPENTOFU, is_tofu};
use crate::source::Span;

impl World<'_> {
    /// When a block without `count` and `for_each` is there. Terraform has no such argument, and refuses what OpenTofu reads.
    pub(super) fn enabled(&self, body: &Body, scope: &Scope) -> Guard {
        let Some(written) = argument(body) else { return Guard::always() };
        if !is_tofu(&self.sources.file(written.span.file).path) {
            let message =
                "`enabled` of `lifecycle` is read as OpenTofu reads it (1.11 and later); Terraform refuses this block";
            self.note(OPENTOFU, written.span, message.to_owned());
        }
        let value = self.value(written, scope);
        match (value.as_bool(), &value.kind) {
            (Some(is_enabled), _) => Guard::decided(is_enabled),
            // OpenTofu refuses it.
            (None, Kind::Null) => Guard::always(),
            (None, _) => self.guard_of(&value, true),
        }
    }

    /// A whole block that may not be there is null then.
    pub(super) fn or_null(&self, one: &Member, scope: &Scope, value: Val, at: Span) -> Val {
        if scope.guard.implies(&one.guard) == Truth::Yes {
            return value;
        }
        let origin = value.origin.clone();
        let there = Alternative { guard: one.guard.clone(), value };
        let none = Alternative { guard: one.guard.negated(), value: Val::new(Kind::Null, Origin::at(at)) };
        Val::new(Kind::Choice(vec![there, none]), origin)
    }
}

/// The argument, which JSON writes in an object or a list of them.
fn argument(body: &Body) -> Option<&Expr> {
    let of_block = || body.blocks_of("lifecycle").find_map(|it| it.body.attribute("enabled"));
    of_block().map(|it| &it.value).or_else(|| in_object(&body.attribute("lifecycle")?.value))
}

fn in_object(value: &Expr) -> Option<&Expr> {
    match &value.kind {
        ExprKind::Object(items) => items.iter().rev().find(|it| it.key.name() == Some("enabled")).map(|it| &it.value),
        // A list holds objects only.
        ExprKind::List(all) => all.iter().filter(|it| matches!(it.kind, ExprKind::Object(_))).find_map(in_object),
        _ => None,
    }
}
