//! The verdict about one bucket.

use std::collections::BTreeSet;

use crate::policy::{Audience, Power, Request};
use crate::value::{Origin, Truth, Why};

/// What the code cannot say and the user may.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The own account id.
    pub own_account: Option<String>,
    /// Accounts that count as own.
    pub trusted_accounts: BTreeSet<String>,
    /// Organisation ids that count as own.
    pub trusted_organizations: BTreeSet<String>,
    /// Whether account-wide Block Public Access is on outside this code; `Unknown` unless the user says.
    pub account_block: Option<bool>,
}

/// The verdict about one bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// Whether anyone outside (anonymous, or any AWS account) can do something to the bucket.
    pub public: Truth,
    /// Whether AWS calls the bucket policy public.
    pub aws_policy_public: Truth,
    /// Whether AWS calls the ACL public.
    pub acl_public: Truth,
    /// Whether a named foreign account can do something.
    pub cross_account: Truth,
    /// Every way in that holds, may hold, or is closed by a setting (`latent`).
    pub ways: Vec<Way>,
    /// What is not known and would change the verdict.
    pub unknown: Vec<Why>,
}

/// A way in.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// Who.
    pub audience: Audience,
    /// What.
    pub power: Power,
    /// Whether it is open now.
    pub open: Truth,
    /// What opens it.
    pub opened_by: Opener,
    /// What closes it, where something does: without it, it would be open (*latent*).
    pub closed_by: Vec<Closer>,
    /// An example request.
    pub witness: Option<Request>,
    /// What is not known.
    pub why: Vec<Why>,
}

/// What opens a way.
#[derive(Clone, Debug, PartialEq)]
pub struct Opener {
    /// The route.
    pub route: Route,
    /// The place.
    pub origin: Origin,
    /// One clause: `statement "PublicRead" of aws_s3_bucket_policy.this`, `grant READ to AllUsers`.
    pub text: String,
}

/// How a way leads to the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A statement of the bucket policy (zero-based).
    Policy(usize),
    /// The ACL: the canned one, or a grant (zero-based).
    Acl(Option<usize>),
    /// An access point (its address).
    AccessPoint(String),
}

/// What closes a way.
#[derive(Clone, Debug, PartialEq)]
pub struct Closer {
    /// `restrict_public_buckets`, `ignore_public_acls`, `object_ownership`, with `account.` before an account-wide one.
    pub setting: &'static str,
    /// The place; without a span where it is the service's default.
    pub origin: Origin,
}
