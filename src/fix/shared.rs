//! Code that makes several things: instances of `count` and `for_each`, calls of one module, a document that is used twice. What
//! is taken out of it is taken from all of them, also from those for which it is no fault.

use crate::exposure::{Exposure, Route};
use crate::finding::Remedy;
use crate::model::beside::What;
use crate::model::{AclGrant, Bucket, BucketKind, Format, Grantee};
use crate::policy::{Policy, Principals, Statement};
use crate::source::Span;
use crate::value::{Attr, Truth, Value};

use super::bucket::FLAGS;
use super::memo::first_call;
use super::{Planner, safety};

/// Why a setting that is turned where it is written is unsafe for another bucket that the same code is about, one clause.
pub(super) fn setting(planner: &Planner<'_>, remedy: Remedy, bucket: &Bucket) -> Option<String> {
    let at = match FLAGS.iter().find(|it| it.0 == remedy) {
        Some(flag) => bucket.public_access_block.as_known().and_then(|it| flag.3(it).origin.span),
        None if remedy == Remedy::OwnershipEnforced => bucket.ownership.origin.span,
        None => bucket.origin.span,
    }?;
    planner.memo.shared(at, remedy, || {
        let all = planner.memo.written(planner.estate, at);
        all.iter().find_map(|it| against(planner, remedy, *it, "the same code is about"))
    })
}

/// The same for what is set in a call of a module: that is about all buckets of the call that lack it.
pub(super) fn argument(planner: &Planner<'_>, remedy: Remedy, bucket: &Bucket, at: Span) -> Option<String> {
    let name = first_call(&bucket.address)?;
    let is_on = |it: &Bucket| match FLAGS.iter().find(|it| it.0 == remedy) {
        Some(flag) => it.public_access_block.as_known().is_some_and(|it| flag.3(it).as_known() == Some(&true)),
        None => remedy == Remedy::PublicAccessBlock && it.public_access_block.as_known().is_some(),
    };
    planner.memo.shared(at, remedy, || {
        let all = planner.memo.called(planner.estate, &bucket.namespace, name).iter();
        let mut lacking = all.filter(|it| planner.estate.buckets.get(**it).is_some_and(|it| !is_on(it)));
        lacking.find_map(|it| against(planner, remedy, *it, "the call is about"))
    })
}

/// Whether what a remedy writes would be deployed, for all buckets that the same code is about. What is set in a call of a module is
/// another matter: the module may make no ACL then.
pub(super) fn refused(planner: &Planner<'_>, remedy: Remedy, bucket: &Bucket) -> Result<(), String> {
    if remedy != Remedy::OwnershipEnforced {
        return Ok(());
    }
    let at = bucket.ownership.origin.span;
    let kin = at.map(|at| planner.memo.written(planner.estate, at)).unwrap_or_default();
    let others = kin.iter().filter_map(|it| planner.estate.buckets.get(*it));
    match std::iter::once(bucket).chain(others).find_map(|it| planner.refused(it)) {
        Some(why) => Err(why),
        None => Ok(()),
    }
}

/// Whether a bucket's ACL is an argument of the bucket itself: then S3 is given it when the bucket is created.
pub(super) fn is_own_acl(planner: &Planner<'_>, bucket: &Bucket) -> bool {
    let Some(at) = bucket.acl.origin.span else { return false };
    if bucket.format == Format::CloudFormation {
        return true;
    }
    bucket.origin.span.is_some_and(|own| own.file == at.file && own.start <= at.start && at.end <= own.end)
        || is_bucket_block(planner, at)
}

fn is_bucket_block(planner: &Planner<'_>, at: Span) -> bool {
    let path = planner.sources.file(at.file).path.clone();
    let is_code = path.extension().is_some_and(|it| it == "tf" || it == "tofu");
    let block = is_code.then(|| planner.code(at.file).top_at(at)).flatten();
    block.is_some_and(|it| it.kind == "resource" && it.labels.first().is_some_and(|it| it == "aws_s3_bucket"))
}

fn against(planner: &Planner<'_>, remedy: Remedy, number: usize, what: &str) -> Option<String> {
    let (bucket, exposure) = (planner.estate.buckets.get(number)?, planner.exposures.get(number)?);
    if bucket.kind != BucketKind::General {
        return None;
    }
    let why = safety::against(planner, remedy, bucket, exposure)?;
    Some(format!("{what} {} too: {why}", bucket.address))
}

/// Whether a statement may be taken out: wherever else the code at its place ends up, it lets the same people in, or anyone.
pub(super) fn statement(planner: &Planner<'_>, bucket: &Bucket, own: &Statement, at: Span) -> Result<(), String> {
    let is_self = |it: &Bucket| it.namespace == bucket.namespace && it.address == bucket.address;
    let is_kin = |it: &Bucket| bucket.origin.span.is_some() && it.origin.span == bucket.origin.span;
    // Instances are many, and mostly alike: each is compared with each only where they are not.
    let are_alike = planner.memo.alike((at, bucket.origin.span), || {
        let mut first = None;
        planner.estate.buckets.iter().all(|it| {
            (!is_kin(it) || is_decided(&it.policy))
                && written_at(&it.policy, at).all(|it| same(first.get_or_insert(it), it))
        })
    });
    let others = planner.estate.buckets.iter().zip(planner.exposures);
    for (other, exposure) in others.filter(|it| !are_alike && !is_self(it.0)) {
        if let Some(it) = written_at(&other.policy, at).find(|it| !same(own, it) && !is_open(exposure, it.index)) {
            return Err(format!("the same code makes {} for {}, which is not open to all", name(it), other.address));
        }
        if is_kin(other) && !is_decided(&other.policy) {
            return Err(format!("the same code may make the policy of {}, which is not known", other.address));
        }
    }
    let points = planner.estate.access_points.iter().map(|it| (&it.policy, &it.address));
    let documents = planner.estate.beside.iter().filter_map(|it| match &it.what {
        What::Document(document) => Some((&document.policy, &it.address)),
        _ => None,
    });
    for (policy, address) in points.chain(documents) {
        if written_at(policy, at).next().is_some() {
            return Err(format!("the same code is a statement of {address}"));
        }
    }
    Ok(())
}

/// Whether a grant's block may be taken out: it stands for a public grant wherever else it ends up.
pub(super) fn grant(planner: &Planner<'_>, at: Span) -> Result<(), String> {
    let is_public = |it: &AclGrant| {
        it.grantee.as_known().is_some_and(|it| matches!(it, Grantee::AllUsers | Grantee::AuthenticatedUsers))
    };
    let buckets = planner.estate.buckets.iter().map(|it| (&it.acl, &it.address));
    let objects = planner.estate.objects.iter().map(|it| (&it.acl, &it.address));
    for (acl, address) in buckets.chain(objects) {
        let mut grants = acl.possible().into_iter().flat_map(|it| &it.grants);
        if grants.any(|it| it.origin.span == Some(at) && !is_public(it)) {
            return Err(format!("the same code makes a grant of {address} that is not public"));
        }
    }
    Ok(())
}

fn written_at(policy: &Attr<Policy>, at: Span) -> impl Iterator<Item = &Statement> {
    policy.possible().into_iter().flat_map(|it| &it.statements).filter(move |it| it.origin.span == Some(at))
}

fn is_decided(policy: &Attr<Policy>) -> bool {
    match &policy.value {
        Value::Absent => true,
        Value::Known(it) => it.rest.is_none(),
        Value::Unknown(_) | Value::OneOf(..) => false,
    }
}

fn is_open(exposure: &Exposure, index: usize) -> bool {
    let own = |it: &&crate::exposure::Way| it.opened_by.route == Route::Policy(index);
    exposure.ways.iter().filter(own).any(|it| it.is_public() && it.granted == Truth::Yes)
}

/// Whether two statements let the same people in: whom they name, and on which conditions.
fn same(a: &Statement, b: &Statement) -> bool {
    let who = |it: &Principals| -> Vec<_> { it.items.iter().map(|it| (it.kind, it.text.clone())).collect() };
    let when = |it: &Statement| -> Vec<_> {
        let values = |it: &crate::policy::Condition| it.values.iter().map(|it| it.0.clone()).collect::<Vec<_>>();
        it.conditions.iter().map(|it| (it.operator.clone(), it.key.clone(), values(it))).collect()
    };
    let is_whole = |it: &Statement| it.principals.rest.is_none() && it.conditions_rest.is_none();
    a.principals.negated == b.principals.negated
        && who(&a.principals) == who(&b.principals)
        && when(a) == when(b)
        && is_whole(a)
        && is_whole(b)
}

fn name(it: &Statement) -> String {
    match it.sid.as_known().filter(|it| !it.is_empty()) {
        Some(sid) => format!("the statement {sid}"),
        None => "a statement".to_owned(),
    }
}
