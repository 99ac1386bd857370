//! The parsed policy and the answers about it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::value::{Attr, Guard, Origin, SymStr, Truth, Why};

/// A resource policy, parsed. Whatever was not understood is in `notes` or `rest`, never dropped.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The document.
    pub origin: Origin,
    /// The `Version` element.
    pub version: Attr<String>,
    /// The `Id` element.
    pub id: Attr<String>,
    /// The statements in order.
    pub statements: Vec<Statement>,
    /// Why there may be further statements that are not known.
    pub rest: Option<Why>,
    /// What is wrong or odd about the document.
    pub notes: Vec<Note>,
    /// Size in bytes of the document as AWS counts it (without white space), where wholly known.
    pub size: Option<usize>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Zero-based position in the document.
    pub index: usize,
    /// The statement's place.
    pub origin: Origin,
    /// When the statement is part of the document.
    pub exists: Guard,
    /// The `Sid` element.
    pub sid: Attr<String>,
    /// The `Effect` element.
    pub effect: Attr<Effect>,
    /// `Principal` or `NotPrincipal`.
    pub principals: Principals,
    /// `Action` or `NotAction`.
    pub actions: Patterns,
    /// `Resource` or `NotResource`.
    pub resources: Patterns,
    /// The conditions: all must hold.
    pub conditions: Vec<Condition>,
    /// Why there may be further conditions that are not known.
    pub conditions_rest: Option<Why>,
}

impl Statement {
    /// The texts of its principals, actions, resources and conditions.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &SymStr> {
        let patterns = self.actions.items.iter().chain(&self.resources.items).map(|it| &it.0);
        let values = self.conditions.iter().flat_map(|it| it.values.iter().map(|it| &it.0).chain([&it.key]));
        self.principals.items.iter().map(|it| &it.text).chain(patterns).chain(values)
    }

    /// Why there may be more principals, actions, resources or conditions, or values of one.
    pub(crate) fn rests(&self) -> impl Iterator<Item = &Why> {
        let own = [&self.principals.rest, &self.actions.rest, &self.resources.rest, &self.conditions_rest];
        own.into_iter().chain(self.conditions.iter().map(|it| &it.rest)).flatten()
    }
}

/// Allow or Deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Allow.
    Allow,
    /// Deny.
    Deny,
}

/// The `Principal` or `NotPrincipal` element.
#[derive(Clone, Debug, PartialEq)]
pub struct Principals {
    /// The element's place; the statement where it is missing.
    pub origin: Origin,
    /// Whether the element is there at all.
    pub present: bool,
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// The principals.
    pub items: Vec<Principal>,
    /// Why there may be further principals that are not known.
    pub rest: Option<Why>,
}

/// One principal.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// Its kind.
    pub kind: PrincipalKind,
    /// Its text as written: `*`, an ARN, an account id, a service name.
    pub text: SymStr,
    /// Its place.
    pub origin: Origin,
}

/// Kinds of principals, by the key they stand under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PrincipalKind {
    /// `"*"`, or `*` under `AWS`: everyone, anonymous callers included.
    Anyone,
    /// Under `AWS`: account, user, role, session, or unique id.
    Aws,
    /// Under `Service`.
    Service,
    /// Under `Federated`.
    Federated,
    /// Under `CanonicalUser`.
    CanonicalUser,
    /// Under a key that is not known here.
    Other,
}

/// `Action`/`NotAction` or `Resource`/`NotResource`: glob patterns.
#[derive(Clone, Debug, PartialEq)]
pub struct Patterns {
    /// The element's place; the statement where it is missing.
    pub origin: Origin,
    /// Whether the element is there at all.
    pub present: bool,
    /// Whether it is the `Not…` form.
    pub negated: bool,
    /// The patterns, each with its place.
    pub items: Vec<(SymStr, Origin)>,
    /// Why there may be further patterns that are not known.
    pub rest: Option<Why>,
}

/// One operator–key pair of a `Condition` block; its values are alternatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The operator as written: `StringEquals`, `ForAllValues:StringLikeIfExists`.
    pub operator: String,
    /// The key as written; compared without regard to case.
    pub key: SymStr,
    /// The values.
    pub values: Vec<(SymStr, Origin)>,
    /// Why there may be further values that are not known.
    pub rest: Option<Why>,
    /// The key's place.
    pub origin: Origin,
}

/// Something wrong or odd about a policy document. Rules of the policy lint group select notes by kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// What kind.
    pub kind: NoteKind,
    /// One sentence without a final dot, naming the text at fault.
    pub message: String,
    /// The exact place.
    pub origin: Origin,
    /// The statement it is in.
    pub statement: Option<usize>,
    /// Wrong for certain. Not so where a name may be newer than our tables, or where a setting elsewhere decides.
    pub sure: bool,
}

/// Kinds of notes, named after the catalogue's concepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the catalogue's concept ids without the prefix `policy-`")]
pub enum NoteKind {
    JsonSyntax,
    DuplicateKeys,
    MissingElements,
    UnknownAction,
    ActionResourceMismatch,
    ResourceForeign,
    ArnFormat,
    PrincipalFormat,
    OrphanPrincipalId,
    UnknownConditionKey,
    UnknownOperator,
    OperatorTypeMismatch,
    WildcardWithoutLike,
    ForallvaluesSingleKey,
    NullIfexistsMisuse,
    MfaPattern,
    SourceIpPrivate,
    CidrHostBits,
    VpcIdFormat,
    PairedKeys,
    TagConditionUnsupported,
    Version,
    Sid,
    Variables,
    Size,
    RedundantEmpty,
    DateValue,
}

impl NoteKind {
    /// The catalogue's concept id without the prefix `policy-`: `json-syntax`, `duplicate-keys` …
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::JsonSyntax => "json-syntax",
            Self::DuplicateKeys => "duplicate-keys",
            Self::MissingElements => "missing-elements",
            Self::UnknownAction => "unknown-action",
            Self::ActionResourceMismatch => "action-resource-mismatch",
            Self::ResourceForeign => "resource-foreign",
            Self::ArnFormat => "arn-format",
            Self::PrincipalFormat => "principal-format",
            Self::OrphanPrincipalId => "orphan-principal-id",
            Self::UnknownConditionKey => "unknown-condition-key",
            Self::UnknownOperator => "unknown-operator",
            Self::OperatorTypeMismatch => "operator-type-mismatch",
            Self::WildcardWithoutLike => "wildcard-without-like",
            Self::ForallvaluesSingleKey => "forallvalues-single-key",
            Self::NullIfexistsMisuse => "null-ifexists-misuse",
            Self::MfaPattern => "mfa-pattern",
            Self::SourceIpPrivate => "source-ip-private",
            Self::CidrHostBits => "cidr-host-bits",
            Self::VpcIdFormat => "vpc-id-format",
            Self::PairedKeys => "paired-keys",
            Self::TagConditionUnsupported => "tag-condition-unsupported",
            Self::Version => "version",
            Self::Sid => "sid",
            Self::Variables => "variables",
            Self::Size => "size",
            Self::RedundantEmpty => "redundant-empty",
            Self::DateValue => "date-value",
        }
    }
}

/// The bucket that a policy is attached to, for matching `Resource` patterns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BucketId {
    /// Its instance address: the `entity` of the holes that stand for its name.
    pub entity: Option<Arc<str>>,
    /// Its name, symbolic where parts are unknown.
    pub name: Option<SymStr>,
}

/// What a policy is attached to. The rules of "public" differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyKind {
    /// A bucket.
    #[default]
    Bucket,
    /// An access point.
    AccessPoint,
}

/// What is known around a policy.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// What it is attached to.
    pub kind: PolicyKind,
    /// The bucket.
    pub bucket: BucketId,
    /// The own account id, where known.
    pub own_account: Option<String>,
    /// Accounts that count as own.
    pub trusted_accounts: BTreeSet<String>,
    /// Organisation ids that count as own.
    pub trusted_organizations: BTreeSet<String>,
    /// VPC endpoints (`vpce-…`) and VPCs (`vpc-…`) that count as own.
    pub trusted_networks: BTreeSet<String>,
    /// The partition of AWS, where it is known otherwise than by the policy: that of example requests.
    pub partition: Option<String>,
}

/// AWS's verdict about a policy document ("the meaning of public").
#[derive(Clone, Debug, PartialEq)]
pub struct PublicStatus {
    /// Whether AWS calls the policy public.
    pub public: Truth,
    /// The verdict per statement (Deny statements are never public).
    pub statements: Vec<StatementStatus>,
}

/// AWS's verdict about one statement.
#[derive(Clone, Debug, PartialEq)]
pub struct StatementStatus {
    /// Position of the statement.
    pub index: usize,
    /// Whether it makes the policy public.
    pub public: Truth,
    /// Why, in one clause: what confines it, or why the condition does not.
    pub reason: String,
    /// The element that decides (the principal, the condition).
    pub origin: Origin,
    /// What is not known, where the verdict is `Unknown`.
    pub why: Option<Why>,
}

/// Who can make a request, widest last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// An AWS service acting for someone (its name).
    Service(String),
    /// A named account that is neither own nor trusted (account id, ARN or canonical id as written).
    Account(String),
    /// Any principal of any AWS account.
    AnyAccount,
    /// Anyone on the internet, without credentials.
    Anonymous,
}

impl Audience {
    /// Whether everyone of another audience is of this one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match self {
            Self::Anonymous => true,
            Self::AnyAccount => matches!(other, Self::AnyAccount | Self::Account(_)),
            Self::Service(it) if it == "*" => matches!(other, Self::Service(_)),
            Self::Account(_) | Self::Service(_) => self == other,
        }
    }
}

/// What a request can do to a bucket, by AWS's access levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Power {
    /// Read objects.
    Read,
    /// List keys, versions or uploads.
    List,
    /// Create or overwrite objects.
    Write,
    /// Delete objects, versions or the bucket.
    Delete,
    /// Change policy, ACL, Block Public Access, encryption, versioning, logging, lifecycle, replication, ownership …
    Control,
    /// Read the bucket's configuration.
    Inspect,
}

impl Power {
    /// `read`, `list`, `write`, `delete`, `control`, `inspect`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Control => "control",
            Self::Inspect => "inspect",
        }
    }
}

/// A concrete request: the witness of a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `anonymous`, or an ARN.
    pub principal: String,
    /// `s3:GetObject`.
    pub action: String,
    /// The resource ARN; the bucket's name is symbolic text where it is not known.
    pub resource: String,
    /// Condition keys that the request carries.
    pub context: BTreeMap<String, Vec<String>>,
}

/// One way in that a policy opens (Deny statements already taken off).
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Who.
    pub audience: Audience,
    /// What.
    pub power: Power,
    /// Whether it certainly holds. Grants that certainly do not hold are not listed.
    pub holds: Truth,
    /// The statement that allows it.
    pub statement: usize,
    /// The element that opens it, for the code frame.
    pub origin: Origin,
    /// An example request that is allowed; `None` only where `holds` is `Unknown`.
    pub witness: Option<Request>,
    /// What is not known, where `holds` is `Unknown`.
    pub why: Option<Why>,
}
