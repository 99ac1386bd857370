//! Public ACLs that the code asks for or lets others set: S3 refuses them where `block_public_acls` is on, and takes no notice of
//! them where `ignore_public_acls` is.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use crate::exposure::{Exposure, Route};
use crate::model::beside::{Beside, Document, DocumentKind, What};
use crate::model::{AclGrant, Bucket, Grantee, Object, ObjectOwnership};
use crate::policy::{Audience, Condition, Effect, Power, Statement, covers};
use crate::value::{Cause, SymStr, Truth, Value};

use super::{Planner, elsewhere};

/// What sets an ACL on a bucket or an object that is there.
const ACTIONS: [&str; 3] = ["s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutBucketAcl"];

/// Why public ACLs on the bucket or its objects may be wanted, one clause; `None` where nothing in the code says so.
pub(super) fn wanted(planner: &Planner<'_>, bucket: &Bucket, exposure: &Exposure) -> Option<String> {
    if bucket.ownership.as_known() == Some(&ObjectOwnership::BucketOwnerEnforced) {
        // There are no ACLs to be refused or ignored.
        return None;
    }
    own(bucket, exposure)
        .or_else(|| uploaded(planner, bucket))
        .or_else(|| by_policy(bucket, exposure))
        .or_else(|| by_identity(planner, bucket))
}

fn own(bucket: &Bucket, exposure: &Exposure) -> Option<String> {
    (exposure.acl_public != Truth::No && !bucket.acl.is_absent())
        .then(|| "the ACL is public, or may be: S3 would refuse it".to_owned())
}

/// An object of the code with an ACL that is public or not known, in this bucket or perhaps in it.
fn uploaded(planner: &Planner<'_>, bucket: &Bucket) -> Option<String> {
    let may_be_in = |it: &&Object| match &it.bucket_address {
        Some(address) => *address == bucket.address,
        None => match (it.bucket.as_known().and_then(SymStr::known), bucket.name.as_known().and_then(SymStr::known)) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        },
    };
    let all = planner.others().uploads.iter().filter_map(|at| planner.estate.objects.get(*at));
    let own = all.into_iter().filter(|it| it.namespace == bucket.namespace).find(may_be_in);
    let object = own.or_else(|| elsewhere::uploaded(planner, bucket))?;
    Some(format!("{} is uploaded with an ACL that S3 would refuse, or may be", object.address))
}

pub(super) fn is_private(object: &Object) -> bool {
    if object.acl.is_absent() {
        return true;
    }
    object.acl.as_known().is_some_and(|it| {
        let canned = it.canned.as_known().is_none_or(|it| !is_public_canned(it));
        canned && it.canned.why().is_none() && it.grants_rest.is_none() && !it.grants.iter().any(is_public)
    })
}

fn is_public(grant: &AclGrant) -> bool {
    let public = |it: &Grantee| matches!(it, Grantee::AllUsers | Grantee::AuthenticatedUsers);
    grant.grantee.as_known().is_none_or(public)
}

/// Canned ACLs as S3, Terraform (`public-read`) and CloudFormation (`PublicRead`) write them.
fn is_public_canned(canned: &str) -> bool {
    let name: String = canned.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    name.starts_with("public") || name == "authenticatedread"
}

/// A statement that asks for a public ACL, or lets outsiders set one.
pub(super) fn by_policy(bucket: &Bucket, exposure: &Exposure) -> Option<String> {
    let policy = match &bucket.policy.value {
        Value::Absent => return None,
        Value::Known(it) => it,
        // Input that has no word for policies says nothing.
        Value::Unknown(why) if why.cause() == Cause::NotInInput => return None,
        Value::Unknown(_) | Value::OneOf(..) => {
            return Some("the bucket policy is not known: it may ask for public ACLs".to_owned());
        }
    };
    if policy.rest.is_some() {
        return Some("a part of the bucket policy is not known: it may ask for public ACLs".to_owned());
    }
    let named =
        |it: &Statement| it.sid.as_known().filter(|it| !it.is_empty()).map_or(String::new(), |it| format!(" {it}"));
    if let Some(it) = policy.statements.iter().find(|it| asks(it)) {
        return Some(format!("the policy's statement{} asks for requests with a public ACL", named(it)));
    }
    let sets = policy.statements.iter().find(|it| sets_acls(it, is_outsiders(it, exposure)))?;
    Some(format!("the policy's statement{} lets others set ACLs, public ones too", named(sets)))
}

/// Whether a request gets through a statement with a public ACL rather than without: an Allow on that condition, or a Deny of all
/// else.
fn asks(statement: &Statement) -> bool {
    let effect = statement.effect.as_known();
    statement.conditions.iter().any(|it| {
        let key = it.key.known().map(|it| it.to_ascii_lowercase());
        let is_about = key.is_some_and(|it| it == "s3:x-amz-acl" || it.starts_with("s3:x-amz-grant-"));
        let operator = it.operator.to_ascii_lowercase();
        let negated = operator.contains("not");
        // `Null: false` wants the header, with whatever in it.
        let counts = effect.is_none() || negated == (effect == Some(&Effect::Deny)) || operator == "null";
        is_about && counts && may_be_public(it)
    })
}

fn may_be_public(condition: &Condition) -> bool {
    let groups = ["AllUsers", "AuthenticatedUsers"];
    let is_public = |(it, _): &(SymStr, _)| match it.known() {
        Some(text) => is_public_canned(&text) || text.contains(['*', '?']) || groups.iter().any(|it| text.contains(it)),
        None => true,
    };
    condition.rest.is_some()
        || condition.values.iter().any(is_public)
        || (condition.operator.eq_ignore_ascii_case("null") && condition.values.iter().any(|it| it.0.could_be("false")))
}

/// Whether a statement allows to set ACLs, by name, or by a wildcard too where that counts.
fn sets_acls(statement: &Statement, wildcards_count: bool) -> bool {
    if statement.effect.as_known() == Some(&Effect::Deny) || requires_private(statement) {
        return false;
    }
    let may = ACTIONS.iter().any(|it| covers(&statement.actions, it) != Truth::No);
    let by_name = || {
        !statement.actions.negated
            && statement.actions.items.iter().any(|it| it.0.display().to_ascii_lowercase().contains("acl"))
    };
    may && (wildcards_count || by_name())
}

/// Whether a condition lets only ACLs through that are not public.
fn requires_private(statement: &Statement) -> bool {
    statement.conditions.iter().any(|it| {
        let operator = it.operator.to_ascii_lowercase();
        it.key.known().is_some_and(|it| it.eq_ignore_ascii_case("s3:x-amz-acl"))
            && operator.starts_with("string")
            && !operator.contains("not")
            && !operator.ends_with("ifexists")
            && !may_be_public(it)
    })
}

/// Whether a statement is for people outside: not the own account, no service.
fn is_outsiders(statement: &Statement, exposure: &Exposure) -> bool {
    exposure.ways.iter().any(|it| {
        it.opened_by.route == Route::Policy(statement.index)
            && it.power == Power::Control
            && it.granted != Truth::No
            && !matches!(it.audience, Audience::Service(_))
    })
}

/// A policy of a user, group or role that lets it set ACLs there, by name.
fn by_identity(planner: &Planner<'_>, bucket: &Bucket) -> Option<String> {
    let found = elsewhere::setter(planner, bucket)?;
    Some(format!("{} lets its identity set ACLs, public ones too", found.address))
}

/// The statements of a user's, group's or role's policy that let it set ACLs by name.
pub(super) fn setting(beside: &Beside) -> impl Iterator<Item = &Statement> {
    let policy = match &beside.what {
        What::Document(Document { kind: DocumentKind::Identity, policy }) => Some(policy),
        _ => None,
    };
    let statements = policy.into_iter().flat_map(|it| it.possible()).flat_map(|it| &it.statements);
    statements.filter(|it| sets_acls(it, false))
}
