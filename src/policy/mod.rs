//! Floor 3: the IAM policy language. Nothing here knows buckets, ACLs or Block Public Access.
//!
//! [`parse`] turns an evaluated [`Val`](crate::value::Val) into a [`Policy`] with lint notes; [`public_status`] is AWS's own
//! definition of a public policy; [`grants`] answers who can do what, with a witness request.

mod actions;
mod compare;
mod date;
mod decide;
mod evaluate;
mod glob;
mod ip;
mod operator;
mod outsider;
mod parse;
mod parse_condition;
mod parse_principal;
mod public;
mod types;

pub use actions::covers;
pub use decide::grants;
pub use glob::glob;
pub use parse::parse;
pub use public::public_status;
pub use types::{
    Audience, BucketId, Condition, Context, Effect, Grant, Note, NoteKind, Patterns, Policy, PolicyKind, Power,
    Principal, PrincipalKind, Principals, PublicStatus, Request, Statement, StatementStatus,
};

#[cfg(test)]
mod tests;
