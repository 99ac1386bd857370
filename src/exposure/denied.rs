//! What the bucket policy denies of what an ACL or an access point grants: an explicit Deny wins, whatever allows the request.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html>
//!
//! A grant is written as an Allow beside the Deny statements, and the policy engine says what is left of it.

use crate::model::{AccessPoint, Bucket, Grantee};
use crate::policy::{
    self, Audience, Condition, Context, Effect, Grant, Patterns, Policy, Power, Principal, PrincipalKind, Principals,
    Statement,
};
use crate::value::{Attr, Guard, Origin, SymStr, Truth, Why};

use super::{Closer, Options};

/// The Deny statements of a bucket.
pub(super) struct Denials<'a> {
    bucket: &'a Bucket,
    context: Context,
}

/// What is left of one permission of a grant.
pub(super) struct Left {
    /// Whether anything is.
    pub holds: Truth,
    /// Who and with what request, as the engine found it.
    pub found: Option<Grant>,
    /// The statements that take it, or may.
    pub closed_by: Vec<Closer>,
    /// What is not known.
    pub why: Option<Why>,
}

impl<'a> Denials<'a> {
    /// Whether they leave nothing of whatever an ACL grants to everyone.
    pub fn leave_nothing(&self, permissions: &[(Power, &str)]) -> bool {
        let left = |it: &(Power, &str)| self.leave(&Grantee::AllUsers, it.0, it.1).holds;
        permissions.iter().all(|it| left(it) == Truth::No)
    }

    /// Those of a bucket; nothing where its policy can deny nothing.
    pub fn of(bucket: &'a Bucket, options: &Options) -> Option<Self> {
        let may_deny = |it: &Statement| it.effect.holds(Truth::Unknown, |it| (*it == Effect::Deny).into()) != Truth::No;
        let is_open = bucket.policy.as_known().is_none() && !bucket.policy.is_absent();
        let denies = bucket.policy.possible().iter().any(|it| it.rest.is_some() || it.statements.iter().any(may_deny));
        (is_open || denies).then(|| Self { bucket, context: super::bucket::context(bucket, options) })
    }

    /// What they leave of a permission for a grantee.
    pub fn leave(&self, grantee: &Grantee, power: Power, action: &str) -> Left {
        let all = Left { holds: Truth::Yes, found: None, closed_by: Vec::new(), why: None };
        let Some(allow) = allow(grantee, action) else { return all };
        let ask = |denies: &Policy, only: Option<usize>| {
            let mut policy = denies.clone();
            policy.statements.retain(|it| {
                let is_allow = it.effect.as_known() == Some(&Effect::Allow);
                !is_allow && only.is_none_or(|only| it.index == only)
            });
            // No statement that is there, or may be, has it.
            let index = denies.statements.iter().map(|it| it.index + 1).max().unwrap_or(0);
            policy.statements.push(Statement { index, ..allow.clone() });
            let mut found = policy::grants(&policy, &self.context);
            found.retain(|it| it.statement == index && it.power == power && is_person(&it.audience));
            found
        };
        // What the engine has no word for is not taken away by it.
        let nothing = Policy { statements: Vec::new(), rest: None, ..empty() };
        if ask(&nothing, None).is_empty() {
            return all;
        }
        let left = |policy: &Policy| best(ask(policy, None));
        let holds = |policy: &Policy| left(policy).map_or(Truth::No, |it| it.holds);
        let verdict = self.bucket.policy.holds(Truth::Yes, holds);
        let policies = self.bucket.policy.possible();
        let found = policies.first().and_then(|it| left(it));
        let mut closed_by = Vec::new();
        if verdict != Truth::Yes {
            for policy in &policies {
                let denies = policy.statements.iter().filter(|it| it.effect.as_known() != Some(&Effect::Allow));
                let alone: Vec<&Statement> = denies
                    .filter(|it| best(ask(&Policy { rest: None, ..(*policy).clone() }, Some(it.index))).is_none())
                    .collect();
                closed_by.extend(alone.iter().map(|it| closer(verdict, &it.origin)));
            }
            if closed_by.is_empty() {
                closed_by.push(closer(verdict, &self.bucket.policy.origin));
            }
        }
        let why = found.as_ref().and_then(|it| it.why.clone()).or_else(|| self.bucket.policy.why().cloned());
        Left { holds: verdict, found, closed_by, why: why.filter(|_| verdict == Truth::Unknown) }
    }
}

/// What comes by an access point is asked of the bucket's policy, too.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
impl Denials<'_> {
    /// What they leave of what an access point's policy grants.
    pub fn leave_of_point(&self, point: &AccessPoint, policy: &Policy) -> Attr<Vec<Grant>> {
        self.bucket.policy.clone().map(|it| self.left_of_point(&it, point, policy))
    }

    /// What closes a way that a statement of an access point's policy opens, by what is left of it.
    pub fn closer_of_point(&self, left: &Attr<Vec<Grant>>, grant: &Grant) -> Option<Closer> {
        let open = left.holds(Truth::Yes, |left| {
            match left.iter().filter(|it| is_alike(it, grant)).map(|it| it.holds).max() {
                Some(holds) if grant.holds <= holds => Truth::Yes,
                Some(_) => Truth::Unknown,
                None => Truth::No,
            }
        });
        (open != Truth::Yes).then(|| closer(open, &self.bucket.policy.origin))
    }

    fn left_of_point(&self, over: &Policy, point: &AccessPoint, policy: &Policy) -> Vec<Grant> {
        let mut asked = policy.clone();
        for it in &mut asked.statements {
            match self.bucket.name.as_known() {
                Some(name) => drop(super::as_of_bucket(&mut it.resources, name, &point.address)),
                None => it.resources = patterns(&["*"]),
            }
        }
        let next = asked.statements.iter().map(|it| it.index + 1).max().unwrap_or(0);
        let over = policy::told(over, &super::access_point::carried(point));
        let denies = over.statements.into_iter().filter(|it| it.effect.as_known() != Some(&Effect::Allow));
        asked.statements.extend(denies.zip(next..).map(|(it, index)| Statement { index, ..it }));
        asked.rest = asked.rest.or(over.rest);
        let mut left = policy::grants(&asked, &self.context);
        left.retain(|it| it.statement < next);
        left
    }
}

/// Whether two grants are of one statement, of the same to the same people.
pub(super) fn is_alike(a: &Grant, b: &Grant) -> bool {
    a.statement == b.statement && a.power == b.power && a.audience == b.audience
}

fn closer(left: Truth, origin: &Origin) -> Closer {
    Closer { setting: "bucket_policy", holds: !left, origin: origin.clone() }
}

/// Services that act for anyone are no people whom an ACL lets in.
fn is_person(audience: &Audience) -> bool {
    !matches!(audience, Audience::Service(_))
}

/// The widest of what is certain, else of what may be.
fn best(found: Vec<Grant>) -> Option<Grant> {
    let width = |it: &Grant| match it.audience {
        Audience::Anonymous => 2,
        Audience::AnyAccount => 1,
        Audience::Account(_) | Audience::Service(_) => 0,
    };
    found.into_iter().max_by_key(|it| (it.holds, width(it)))
}

fn empty() -> Policy {
    Policy {
        origin: Origin::default(),
        version: Attr::known("2012-10-17".to_owned(), Origin::default()),
        id: Attr::absent(Origin::default()),
        statements: Vec::new(),
        rest: None,
        notes: Vec::new(),
        size: None,
    }
}

/// What listing is: to deny one of them leaves the others.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>
const LISTING: [&str; 3] = ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"];

/// A permission of an ACL as a statement. `action` is the one that its examples have.
fn allow(grantee: &Grantee, action: &str) -> Option<Statement> {
    let everyone = || (PrincipalKind::Anyone, SymStr::text("*"));
    let ((kind, text), signed) = match grantee {
        Grantee::AllUsers => (everyone(), false),
        Grantee::AuthenticatedUsers => (everyone(), true),
        Grantee::CanonicalUser { own: false, id } => ((PrincipalKind::CanonicalUser, id.clone()), false),
        Grantee::Email(_) | Grantee::CanonicalUser { own: true, .. } | Grantee::LogDelivery | Grantee::Group(_) => {
            return None;
        }
    };
    let origin = Origin::default();
    // Whoever signs has an ARN.
    let condition = || Condition {
        operator: "StringLike".to_owned(),
        key: SymStr::text("aws:PrincipalArn"),
        values: vec![(SymStr::text("*"), Origin::default())],
        rest: None,
        origin: Origin::default(),
    };
    Some(Statement {
        index: 0,
        exists: Guard::always(),
        sid: Attr::absent(origin.clone()),
        effect: Attr::known(Effect::Allow, origin.clone()),
        principals: Principals {
            origin: origin.clone(),
            present: true,
            negated: false,
            items: vec![Principal { kind, text, origin: origin.clone() }],
            rest: None,
        },
        actions: if LISTING.contains(&action) { patterns(&LISTING) } else { patterns(&[action]) },
        resources: patterns(&["*"]),
        conditions: if signed { vec![condition()] } else { Vec::new() },
        conditions_rest: None,
        origin,
    })
}

fn patterns(texts: &[&str]) -> Patterns {
    Patterns {
        origin: Origin::default(),
        present: true,
        negated: false,
        items: texts.iter().map(|it| (SymStr::text(*it), Origin::default())).collect(),
        rest: None,
    }
}
