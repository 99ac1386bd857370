//! The verdict about one bucket.

use std::collections::BTreeSet;

use crate::model::{AclPermission, Grantee};
use crate::policy::{Audience, Power, PublicStatus, Request};
use crate::value::{Attr, Origin, Truth, Why};

/// What the code cannot say and the user may.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The own account id.
    pub own_account: Option<String>,
    /// Accounts that count as own.
    pub trusted_accounts: BTreeSet<String>,
    /// Organisation ids that count as own.
    pub trusted_organizations: BTreeSet<String>,
    /// VPC endpoints (`vpce-…`) and VPCs (`vpc-…`) that count as own; where one of a kind is named, others of it are foreign.
    pub trusted_networks: BTreeSet<String>,
    /// Whether account-wide Block Public Access is on outside this code; `None` where the user does not say.
    pub account_block: Option<bool>,
    /// Whether an organisation's S3 policy turns Block Public Access on or off for the account; `None` where there is none
    /// or the user does not say.
    pub organization_block: Option<bool>,
}

/// All facts about one bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The verdict.
    pub exposure: Exposure,
    /// The grants of the ACL, canned ACLs expanded.
    pub acl_grants: Vec<EffectiveGrant>,
    /// AWS's verdict about the policy and each statement; `None` where there is no known policy.
    pub policy_status: Option<PublicStatus>,
    /// The account that the bucket is in, where the code or the user says it.
    pub own_account: Option<String>,
    /// Further accounts that count as own.
    pub trusted_accounts: Vec<String>,
}

/// All facts about one access point.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessPointFacts {
    /// Whether AWS calls its policy public.
    pub public: Truth,
    /// The ways in through it.
    pub ways: Vec<Way>,
    /// AWS's verdict about its policy and each statement.
    pub policy_status: Option<PublicStatus>,
}

/// The verdict about one bucket. It judges the state that the code declares: policy, ACL and settings all in force.
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
    /// Every way in that holds, may hold, or is closed by a setting only (latent).
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
    /// Whether it is granted at all, settings aside.
    pub granted: Truth,
    /// Whether it is open.
    pub open: Truth,
    /// What opens it.
    pub opened_by: Opener,
    /// What closes it, or may: without these it would be open (*latent*).
    pub closed_by: Vec<Closer>,
    /// An example request.
    pub witness: Option<Request>,
    /// What is not known.
    pub why: Vec<Why>,
}

impl Way {
    /// Whether a setting alone keeps it shut: what grants access is still there.
    #[must_use]
    pub fn latent(&self) -> Truth {
        if self.open == Truth::No { self.granted } else { Truth::No }
    }

    /// Whether it is open to people whom nobody named: anyone, or any AWS account.
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(self.audience, Audience::Anonymous | Audience::AnyAccount)
    }
}

/// What opens a way.
#[derive(Clone, Debug, PartialEq)]
pub struct Opener {
    /// The route.
    pub route: Route,
    /// The place.
    pub origin: Origin,
    /// One clause: `statement "PublicRead"`, `grant READ to AllUsers`.
    pub text: String,
}

/// How a way leads to the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A statement of the bucket policy (zero-based).
    Policy(usize),
    /// A grant of the ACL: its position among the expanded grants.
    Acl(usize),
    /// An access point (its address) and the statement of its policy.
    AccessPoint(String, usize),
}

/// What closes a way.
#[derive(Clone, Debug, PartialEq)]
pub struct Closer {
    /// `restrict_public_buckets`, `ignore_public_acls`, `object_ownership`, `bucket_policy`; with `account.` before an
    /// account-wide setting, `organization.` before an organisation's and `access_point.` before one of an access point.
    pub setting: &'static str,
    /// Whether it is certainly in force.
    pub holds: Truth,
    /// The place; without a span where it is not written in the code.
    pub origin: Origin,
}

/// One grant of an ACL as it stands, canned ACLs expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveGrant {
    /// To whom.
    pub grantee: Attr<Grantee>,
    /// What.
    pub permission: Attr<AclPermission>,
    /// The canned ACL it comes from.
    pub canned: Option<String>,
    /// Its place.
    pub origin: Origin,
    /// Set where the grant is one of several alternatives: why it may not be there at all.
    pub perhaps: Option<Why>,
    /// Whether it is in force.
    pub open: Truth,
    /// What closes it, or may.
    pub closed_by: Vec<Closer>,
}
