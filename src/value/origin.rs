//! Where a value was used, and through which names it came.

use std::sync::Arc;

use crate::source::Span;

/// Where a value stands: the place of use, and the hops from there to where it was written.
///
/// `acl = local.acl` with `local.acl = var.acl` and a default in `variables.tf`: `span` is the expression `local.acl`,
/// `via` is `local.acl` (at its definition), then `var.acl` (at its default).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The place of use; `None` only for what no file says (a service default).
    pub span: Option<Span>,
    /// The first hop away from the place of use.
    pub via: Option<Arc<Hop>>,
}

/// One step of the way to where a value was written.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Hop {
    /// What kind of step.
    pub kind: HopKind,
    /// The name as written: `local.acl`, `var.acl`, `module.lake.policy_json`, `Parameters.Env`.
    pub name: String,
    /// The place that the name stands for.
    pub at: Option<Span>,
    /// The next step.
    pub next: Option<Arc<Hop>>,
}

/// Kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HopKind {
    /// A local value.
    Local,
    /// A variable or parameter given by a caller or the user.
    Argument,
    /// The default of a variable or parameter: an assumption, and a finding that rests on it says so.
    Default,
    /// An output of a module or nested stack.
    Output,
    /// An attribute of another block.
    Attribute,
    /// A file read by `file()` or `templatefile()`.
    File,
    /// A mapping, a condition, anything else with a place.
    Other,
}

impl Origin {
    /// Written right here.
    #[must_use]
    pub fn at(span: Span) -> Self {
        Self { span: Some(span), via: None }
    }

    /// The origin of a value used at `span` through `name`, whose definition has the origin `self`.
    #[must_use]
    pub fn used_at(&self, span: Span, kind: HopKind, name: impl Into<String>) -> Self {
        let hop = Hop { kind, name: name.into(), at: self.span, next: self.via.clone() };
        Self { span: Some(span), via: Some(Arc::new(hop)) }
    }

    /// The hops, from the place of use towards the literal.
    pub fn hops(&self) -> impl Iterator<Item = &Hop> {
        std::iter::successors(self.via.as_deref(), |hop| hop.next.as_deref())
    }

    /// Where the value was written in the end: the last hop with a place, or the place of use.
    #[must_use]
    pub fn written_at(&self) -> Option<Span> {
        self.hops().filter_map(|hop| hop.at).last().or(self.span)
    }

    /// Defaults that the value rests on.
    pub fn assumptions(&self) -> impl Iterator<Item = &Hop> {
        self.hops().filter(|hop| hop.kind == HopKind::Default)
    }
}
