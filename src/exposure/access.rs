//! Would this request be allowed, and by what? Layer by layer, as S3 asks.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html>

use crate::model::{AclPermission, Bucket, Estate, Grantee};
use crate::policy::{self, Decision, Request};
use crate::value::{Cause, Origin, Truth, Why, is_account_id};

use super::settings::{IGNORE_PUBLIC_ACLS, RESTRICT_PUBLIC_BUCKETS, closed, ownership_closer};
use super::{Closer, Options, acl, by_point};

/// What a layer says to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// `bucket-policy`, `acl`, `access-point`, `identity`.
    pub name: &'static str,
    /// Whether it lets the request in.
    pub allows: Truth,
    /// Whether it forbids the request whatever other layers say.
    pub denies: Truth,
    /// One sentence.
    pub text: String,
    /// Where that stands.
    pub origin: Origin,
    /// Settings that take the layer's effect, or may.
    pub closed_by: Vec<Closer>,
    /// What is not known.
    pub why: Option<Why>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// Whether the request is allowed.
    pub allowed: Truth,
    /// The layers in the order in which they are asked.
    pub layers: Vec<Layer>,
}

impl Layer {
    /// A layer that may allow the request, as far as is known.
    #[must_use]
    pub fn unknown(name: &'static str, text: impl Into<String>) -> Self {
        Self {
            name,
            allows: Truth::Unknown,
            denies: Truth::No,
            text: text.into(),
            origin: Origin::default(),
            closed_by: Vec::new(),
            why: None,
        }
    }
}

/// Who asks, as far as layers tell callers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Anonymous,
    Service,
    Own,
    Foreign,
    /// Of an account, while the own one is not known.
    Signed,
}

/// The question.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The request.
    pub request: &'a Request,
    /// The caller's own policies allow it; they are not looked at.
    pub identity_allows: bool,
    /// Whether the request certainly lacks a key that its context does not have; of others the value is not known.
    pub is_told: &'a dyn Fn(&str) -> bool,
}

/// Decides a request to a bucket, or by one of its access points.
///
/// Object ACLs, service and resource control policies and KMS are not part of the question.
#[must_use]
pub fn explain_access(bucket: &Bucket, estate: &Estate, options: &Options, asked: &Asked<'_>) -> Access {
    let request = asked.request;
    let own = options.own_account.as_ref().or(bucket.account.as_ref());
    let caller = caller(&request.principal, own);
    // What the root user asks for needs no policy of its own.
    let is_root = request.principal.ends_with(":root");
    let identity_allows = asked.identity_allows || is_root;
    let identity = identity_layer(caller, asked.identity_allows, is_root);
    let mut layers = Vec::new();
    let (by_resource, direct) = match by_point::layers(bucket, estate, options, asked, caller) {
        Some([policy, point]) => {
            let both = (policy.0.allows.and(point.0.allows), policy.1.and(point.1));
            layers.extend([policy.0, point.0]);
            both
        }
        None => {
            let policy = policy_layer(bucket, estate, options, asked, caller);
            let acl = acl_layer(bucket, estate, options, request);
            let both = (policy.0.allows.or(acl.allows), policy.1.or(acl.allows));
            layers.extend([policy.0, acl]);
            both
        }
    };
    let denied = Truth::any(layers.iter().map(|it| it.denies));
    layers.push(identity);
    let with = |it: Truth| if identity_allows { it } else { Truth::No };
    // In one account either side suffices; an account named as a whole leaves it to the caller's own policies.
    let in_own = direct.or(Truth::from(identity_allows));
    let allowed = match caller {
        Caller::Anonymous | Caller::Service => by_resource,
        Caller::Own => in_own,
        Caller::Foreign => with(by_resource),
        Caller::Signed if in_own == with(by_resource) => in_own,
        Caller::Signed => Truth::Unknown,
    };
    let keeps = caller == Caller::Own && is_root && policy::stays_with_root(&request.action);
    Access { allowed: if keeps { Truth::Yes } else { allowed.and(!denied) }, layers }
}

fn caller(principal: &str, own: Option<&String>) -> Caller {
    if principal == "anonymous" {
        return Caller::Anonymous;
    }
    let account =
        if principal.starts_with("arn:") { principal.split(':').nth(4).unwrap_or_default() } else { principal };
    match own {
        _ if !is_account_id(account) => Caller::Service,
        Some(own) if own == account => Caller::Own,
        Some(_) => Caller::Foreign,
        None => Caller::Signed,
    }
}

/// The bucket policy, and whether it lets the caller in without the caller's own policies.
pub(super) fn policy_layer(
    bucket: &Bucket,
    estate: &Estate,
    options: &Options,
    asked: &Asked<'_>,
    caller: Caller,
) -> (Layer, Truth) {
    let context = super::bucket::context(bucket, options);
    let decide = |it: &policy::Policy| decide(it, asked, &context);
    let decisions: Vec<Decision> = bucket.policy.possible().into_iter().map(decide).collect();
    let of = |read: fn(&Decision) -> Truth| bucket.policy.holds(Truth::No, |it| read(&decide(it)));
    let public = bucket.policy.holds(Truth::No, |it| policy::public_status(it, &context).public);
    // A public policy of a restricted bucket serves the own account and AWS services.
    let limited = !matches!(caller, Caller::Own | Caller::Service) && public != Truth::No;
    let mut closed_by = if limited { RESTRICT_PUBLIC_BUCKETS.closers(bucket, estate, options) } else { Vec::new() };
    for closer in &mut closed_by {
        closer.holds = closer.holds.and(public);
        if caller == Caller::Signed {
            closer.holds = closer.holds.and(Truth::Unknown);
        }
    }
    let open = !closed(&closed_by);
    let statement = decisions.first().and_then(|it| it.statement);
    let found = bucket.policy.possible().first().and_then(|it| it.statements.get(statement?).cloned());
    let (allows, denies) = (of(|it| it.allowed), of(|it| it.denied));
    let named = || {
        let sid = found.as_ref().and_then(|it| it.sid.as_known().cloned()).filter(|it| !it.is_empty());
        sid.map_or_else(
            || format!("statement {}", statement.map_or(1, |it| it + 1)),
            |it| format!("statement \"{it}\""),
        )
    };
    let text = match (denies, allows) {
        (Truth::Yes, _) => format!("{} denies it", named()),
        (Truth::Unknown, _) => format!("{} may deny it", named()),
        (_, Truth::Yes) if open == Truth::No => format!("{} allows it, without effect", named()),
        (_, Truth::Yes) => format!("{} allows it", named()),
        (_, Truth::Unknown) => "whether a statement allows it is not known".to_owned(),
        _ if bucket.policy.is_absent() => "there is no bucket policy".to_owned(),
        _ => "no statement allows it".to_owned(),
    };
    let origin = found.map_or_else(|| bucket.policy.origin.clone(), |it| it.origin);
    let why = decisions.into_iter().find_map(|it| it.why).or_else(|| bucket.policy.why().cloned());
    let layer = Layer { name: "bucket-policy", allows: allows.and(open), denies, text, origin, closed_by, why };
    (layer, of(|it| it.direct).and(open))
}

/// What a policy says, where a Deny with `NotPrincipal` that does not except the caller for certain may deny.
pub(super) fn decide(policy: &policy::Policy, asked: &Asked<'_>, context: &policy::Context) -> Decision {
    let request = asked.request;
    let decision = policy::allows_told(policy, request, context, asked.is_told);
    if decision.denied != Truth::No {
        return decision;
    }
    let Some(narrow) = policy::as_narrow(policy, &request.principal, &[]) else { return decision };
    let narrow = policy::allows_told(&narrow, request, context, asked.is_told);
    if narrow.denied == Truth::No {
        return decision;
    }
    let subject = "`NotPrincipal` does not list both the caller and the caller's account: AWS may deny it";
    let origin = narrow.statement.and_then(|it| policy.statements.get(it)).and_then(|it| it.origin.span);
    Decision {
        allowed: decision.allowed.and(Truth::Unknown),
        denied: Truth::Unknown,
        direct: decision.direct.and(Truth::Unknown),
        statement: narrow.statement,
        why: Some(Why::new(Cause::Invalid, subject, origin)),
    }
}

fn acl_layer(bucket: &Bucket, estate: &Estate, options: &Options, request: &Request) -> Layer {
    let anonymous = request.principal == "anonymous";
    let signed = request.principal.starts_with("arn:");
    let mut layer = Layer {
        name: "acl",
        allows: Truth::No,
        denies: Truth::No,
        text: "no grant covers it".to_owned(),
        origin: bucket.acl.origin.clone(),
        closed_by: Vec::new(),
        why: bucket.acl.why().cloned(),
    };
    for grant in acl::effective_grants(bucket, estate, options) {
        let to = grant.grantee.holds(Truth::No, |it| match it {
            Grantee::AllUsers => Truth::Yes,
            Grantee::AuthenticatedUsers => (!anonymous && signed).into(),
            // Canonical ids and accounts are not compared here.
            Grantee::CanonicalUser { own: false, .. } | Grantee::Email(_) if signed => Truth::Unknown,
            _ => Truth::No,
        });
        let covers = grant.permission.holds(Truth::No, |it| covers(*it, &request.action).into());
        let grants = to.and(covers);
        if grants == Truth::No {
            continue;
        }
        let effect = grants.and(grant.open);
        if layer.allows < effect || layer.origin == bucket.acl.origin {
            let by = grant.canned.as_ref().map_or("a grant".to_owned(), |it| format!("canned ACL `{it}`"));
            layer.text = match (effect, grants) {
                (Truth::Yes, _) => format!("{by} allows it"),
                (Truth::No, _) => format!("{by} allows it, without effect"),
                _ => format!("{by} may allow it"),
            };
            layer.origin = grant.origin.clone();
            layer.closed_by.clone_from(&grant.closed_by);
        }
        layer.allows = layer.allows.or(effect);
    }
    // A policy by itself is judged by itself.
    if bucket.format == crate::model::Format::Policy {
        layer.text = "the ACL is not part of the input".to_owned();
        return layer;
    }
    let mut closers = IGNORE_PUBLIC_ACLS.closers(bucket, estate, options);
    closers.extend(ownership_closer(bucket));
    if acl::is_unknown(&bucket.acl) && closed(&closers) != Truth::Yes {
        layer.allows = layer.allows.or(Truth::Unknown);
        layer.text = "the ACL is not known".to_owned();
    }
    layer
}

/// What a permission on a bucket lets do. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>
fn covers(permission: AclPermission, action: &str) -> bool {
    let is = |all: &[&str]| all.iter().any(|it| it.eq_ignore_ascii_case(action));
    let read = || is(&["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"]);
    let write = || is(&["s3:PutObject"]);
    let read_acp = || is(&["s3:GetBucketAcl"]);
    let write_acp = || is(&["s3:PutBucketAcl"]);
    match permission {
        AclPermission::Read => read(),
        AclPermission::Write => write(),
        AclPermission::ReadAcp => read_acp(),
        AclPermission::WriteAcp => write_acp(),
        AclPermission::FullControl => read() || write() || read_acp() || write_acp(),
    }
}

fn identity_layer(caller: Caller, allows: bool, is_root: bool) -> Layer {
    let (allows, text) = match (caller, allows) {
        (Caller::Anonymous, _) => (Truth::No, "an anonymous caller has no policies"),
        (Caller::Service, _) => (Truth::No, "a service has no policies here"),
        (_, false) if is_root => (Truth::Yes, "the root user of an account needs no policy"),
        (_, true) => (Truth::Yes, "the caller's own policies allow it (--identity-allows)"),
        (_, false) => (Truth::No, "the caller's own policies are not said to allow it (--identity-allows)"),
    };
    Layer {
        name: "identity",
        allows,
        denies: Truth::No,
        text: text.to_owned(),
        origin: Origin::default(),
        closed_by: Vec::new(),
        why: None,
    }
}
