//! Floor 3: the IAM policy language. Nothing here knows buckets, ACLs or Block Public Access.
//!
//! `parse` turns an evaluated [`Val`](crate::value::Val) into a [`Policy`] with lint notes; `public` is AWS's own
//! definition of a public policy; `decide` answers who can do what, with a witness request.

mod actions;
mod caller;
mod condition;
mod date;
mod decide;
mod evaluate;
mod excepted;
mod glob;
mod keys;
mod lint;
mod operator;
mod parse;
mod principal;
mod public;
mod resource;
mod told;
mod types;

pub use actions::{covers, targets};
pub use caller::{Roles, caller_keys, is_root, never_carries, roles_of, stays_with_root};
pub use decide::{grants, permits_beyond, permits_more, refuses, refuses_less};
pub use evaluate::{Decision, allows, allows_told, denies};
pub use excepted::as_narrow;
pub use glob::{glob, spelled};
pub use keys::{confines, is_key};
pub use lint::foreign_resources;
pub use parse::parse;
pub use principal::{is_log_delivery, is_unique_id};
pub use public::public_status;
pub use resource::{every_bucket, names as bucket_names, partition};
pub use told::told;

pub use types::{
    Audience, BucketId, Condition, Context, Effect, Grant, Note, NoteKind, Patterns, Policy, PolicyKind, Power,
    Principal, PrincipalKind, Principals, PublicStatus, Request, Statement, StatementStatus,
};
