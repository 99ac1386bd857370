//! What other root modules and templates of a run say of a bucket: they know it by its name, by a data source, or by something that is
//! given to them (a variable, a remote state, an export), which may be this bucket.

use crate::exposure::Exposure;
use crate::finding::Remedy;
use crate::model::beside::{Beside, What};
use crate::model::{Bucket, BucketKind, Format, Object, ObjectOwnership};
use crate::policy::Statement;
use crate::value::{Attr, Seg, SymStr, Value};

use super::{Planner, acls, safety};

/// What of a run may be about buckets of any root module: few, among much that never is. Places in the lists of the model.
pub(super) struct Others {
    /// Objects with an ACL that is not private.
    pub uploads: Vec<usize>,
    /// Policies of identities that let them set ACLs by name.
    pub setters: Vec<usize>,
    /// Origins of distributions that do not sign their requests, or may not.
    pub origins: Vec<usize>,
    /// Buckets that are declared elsewhere.
    pub foreign: Vec<usize>,
}

impl Others {
    pub fn of(planner: &Planner<'_>) -> Self {
        let estate = planner.estate;
        let beside = |is_one: &dyn Fn(&Beside) -> bool| -> Vec<usize> {
            estate.beside.iter().enumerate().filter(|it| is_one(it.1)).map(|it| it.0).collect()
        };
        let uploads = estate.objects.iter().enumerate().filter(|it| !acls::is_private(it.1)).map(|it| it.0);
        let foreign = estate.buckets.iter().enumerate().filter(|it| it.1.kind == BucketKind::PolicyOnly);
        Self {
            uploads: uploads.collect(),
            setters: beside(&|it| acls::setting(it).next().is_some()),
            origins: beside(&|it| match &it.what {
                What::CdnOrigin(origin) => origin.signs.as_known() != Some(&true),
                _ => false,
            }),
            foreign: foreign.map(|it| it.0).collect(),
        }
    }
}

/// Why a remedy is unsafe for what other code says of the bucket, or may say of it, one clause.
pub(super) fn against(planner: &Planner<'_>, remedy: Remedy, bucket: &Bucket) -> Option<String> {
    named(planner, remedy, bucket).or_else(|| unnamed(planner, remedy, bucket))
}

/// Of the bucket of this name, which is one in all of AWS.
fn named(planner: &Planner<'_>, remedy: Remedy, bucket: &Bucket) -> Option<String> {
    let name = bucket.name.as_known()?.known_text()?;
    let others = planner.memo.named(planner.estate, &name).iter().filter_map(|at| {
        let other = planner.estate.buckets.get(*at).filter(|it| !std::ptr::eq(*it, bucket))?;
        Some((other, planner.exposures.get(*at)?))
    });
    let against = |(other, exposure): (&Bucket, &Exposure)| {
        let why = match other.kind {
            BucketKind::PolicyOnly => of_companions(remedy, bucket, other, exposure),
            _ => safety::against_here(planner, remedy, other, exposure),
        }?;
        Some(format!("{} is about the same bucket: {why}", other.address))
    };
    others.into_iter().find_map(against)
}

/// Of a bucket whose name is not known here, or not there.
fn unnamed(planner: &Planner<'_>, remedy: Remedy, bucket: &Bucket) -> Option<String> {
    let is_known = |it: &Bucket| it.name.as_known().is_some_and(|it| it.known_text().is_some());
    planner.others().foreign.iter().find_map(|at| {
        let (other, exposure) = (planner.estate.buckets.get(*at)?, planner.exposures.get(*at)?);
        let is_compared = is_known(bucket) && is_known(other);
        if is_compared || other.namespace == bucket.namespace || !may_be(planner, bucket, &other.namespace, &other.name)
        {
            return None;
        }
        // S3 takes no policy whose statements are about another bucket.
        let is_foreign = |it: &Statement| !may_name(planner, it, &other.namespace, bucket);
        if other.policy.possible().iter().any(|it| it.statements.iter().any(is_foreign)) {
            return None;
        }
        let why = of_companions(remedy, bucket, other, exposure)?;
        Some(format!("{} may be about the same bucket: {why}", other.address))
    })
}

/// The same for companions of a bucket that is declared elsewhere: only what is written there is known of it.
fn of_companions(remedy: Remedy, bucket: &Bucket, other: &Bucket, exposure: &Exposure) -> Option<String> {
    let is_enforced =
        [bucket, other].iter().any(|it| it.ownership.as_known() == Some(&ObjectOwnership::BucketOwnerEnforced));
    let policy = || safety::public_policy(other, exposure).filter(|_| other.policy.is_said());
    let acl = || safety::open(exposure, true).filter(|_| other.acl.is_said());
    let asks = || acls::by_policy(other, exposure).filter(|_| !is_enforced);
    let site = || safety::website(other);
    match remedy {
        Remedy::BlockPublicPolicy | Remedy::RestrictPublicBuckets => policy().or_else(site),
        Remedy::BlockPublicAcls | Remedy::IgnorePublicAcls => acl().or_else(asks).or_else(site),
        _ => policy().or_else(acl).or_else(asks).or_else(site),
    }
}

/// An object that other code uploads with an ACL that is public or not known.
pub(super) fn uploaded<'a>(planner: &Planner<'a>, bucket: &Bucket) -> Option<&'a Object> {
    let all = planner.others().uploads.iter().filter_map(|at| planner.estate.objects.get(*at));
    all.into_iter().find(|it| it.namespace != bucket.namespace && may_be(planner, bucket, &it.namespace, &it.bucket))
}

/// A policy of an identity that lets it set ACLs there, of this code or other.
pub(super) fn setter<'a>(planner: &Planner<'a>, bucket: &Bucket) -> Option<&'a Beside> {
    let all = planner.others().setters.iter().filter_map(|at| planner.estate.beside.get(*at));
    all.into_iter().find(|own| acls::setting(own).any(|it| may_name(planner, it, &own.namespace, bucket)))
}

/// A distribution of CloudFront that does not sign its requests is a stranger.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>
pub(super) fn origin<'a>(planner: &Planner<'a>, bucket: &Bucket) -> Option<&'a Beside> {
    let is_own_hole = |seg: &Seg| matches!(seg, Seg::Hole(it) if *it.symbol.entity == *bucket.address);
    let is_own = |it: &&Beside| {
        let is_here = it.namespace == bucket.namespace;
        if is_here && it.bucket_address.as_ref() == Some(&bucket.address) {
            return true;
        }
        let Some(text) = it.bucket.as_known() else { return false };
        if is_here && text.segs().iter().any(is_own_hole) {
            return true;
        }
        let name = before_domain(text);
        match (name.known_text(), &it.what) {
            (Some(name), _) => bucket.name.as_known().and_then(SymStr::known_text).is_some_and(|it| it == name),
            (None, What::CdnOrigin(origin)) => {
                let may_be_bucket = origin.is_bucket.as_known() != Some(&false);
                !is_here && may_be_bucket && is_text(planner, bucket, &it.namespace, &name)
            }
            (None, _) => false,
        }
    };
    let all = planner.others().origins.iter().filter_map(|at| planner.estate.beside.get(*at));
    all.into_iter().find(is_own)
}

/// The name that a bucket's domain begins with: of `site.s3.eu-west-1.amazonaws.com` what stands before `.s3`.
fn before_domain(text: &SymStr) -> SymStr {
    let mut name = SymStr::default();
    for seg in text.segs() {
        match seg.known().and_then(|it| it.split_once(".s3").map(|it| it.0.to_owned())) {
            Some(last) => {
                name.push_str(&SymStr::text(last));
                break;
            }
            None => name.push(seg.clone()),
        }
    }
    name
}

/// Whether a name that other code has for its bucket may be this bucket's.
fn may_be(planner: &Planner<'_>, bucket: &Bucket, namespace: &str, name: &Attr<SymStr>) -> bool {
    match &name.value {
        Value::Absent => false,
        Value::Unknown(_) => true,
        Value::Known(it) => is_text(planner, bucket, namespace, it),
        Value::OneOf(..) => name.possible().into_iter().any(|it| is_text(planner, bucket, namespace, it)),
    }
}

fn is_text(planner: &Planner<'_>, bucket: &Bucket, namespace: &str, text: &SymStr) -> bool {
    if let Some(text) = text.known_text() {
        return is_name(planner, bucket, &text);
    }
    if text.unknown_holes().any(|it| is_declared(planner, namespace, &it.symbol.entity)) {
        return false;
    }
    match bucket.name.as_known() {
        Some(own) => own.known_text().map_or_else(|| begin_alike(own, text), |own| text.could_be(&own)),
        None => true,
    }
}

/// Whether a name may be the bucket's: the own one, or one that the code does not say whole and that no other bucket of the run has.
fn is_name(planner: &Planner<'_>, bucket: &Bucket, text: &str) -> bool {
    if let Some(own) = bucket.name.as_known().and_then(SymStr::known_text) {
        return own == text;
    }
    let is_general = |at: &usize| planner.estate.buckets.get(*at).is_some_and(|it| it.kind != BucketKind::PolicyOnly);
    if planner.memo.named(planner.estate, text).iter().any(is_general) {
        return false;
    }
    match (bucket.name.as_known(), bucket.format) {
        (Some(own), _) => {
            // Terraform makes up the name where none is written.
            let is_made_up = own.known_prefix().is_empty()
                && own.unknown_holes().all(|it| *it.symbol.entity == *bucket.address)
                && !text.starts_with("terraform-");
            !is_made_up && own.could_be(text)
        }
        // CloudFormation makes it of the stack's name, the logical id and something random.
        (None, Format::CloudFormation) => text.contains(&format!("-{}-", bucket.address.to_ascii_lowercase())),
        (None, _) => false,
    }
}

/// Whether a block of a root module or template is a bucket that it declares itself.
fn is_declared(planner: &Planner<'_>, namespace: &str, address: &str) -> bool {
    let found = planner.memo.bucket((planner.estate, planner.exposures), namespace, address);
    found.is_some_and(|it| it.0.kind != BucketKind::PolicyOnly)
}

/// Whether neither of two names that are not known whole contradicts the other.
fn begin_alike(one: &SymStr, other: &SymStr) -> bool {
    let (one, other) = (one.known_prefix(), other.known_prefix());
    one.starts_with(&other) || other.starts_with(&one)
}

/// Whether a statement's resources may be the bucket's. `namespace` is that of the code that the statement is in.
fn may_name(planner: &Planner<'_>, statement: &Statement, namespace: &str, bucket: &Bucket) -> bool {
    let is_here = namespace == bucket.namespace;
    let is_other = |address: &str| (!is_here || address != bucket.address) && is_declared(planner, namespace, address);
    let name = bucket.name.as_known().and_then(SymStr::known_text);
    let resources = &statement.resources;
    let may_be = |it: &SymStr| {
        if it.unknown_holes().any(|it| is_other(&it.symbol.entity)) {
            return false;
        }
        let text: String = it.segs().iter().map(|it| it.known().map_or("*", |it| &**it)).collect();
        let pattern = text.split_once(":::").map_or("*", |it| it.1);
        let pattern = pattern.split_once('/').map_or(pattern, |it| it.0);
        match &name {
            Some(name) => fits(name, pattern),
            None => pattern.contains(['*', '?']) || (!is_here && is_name(planner, bucket, pattern)),
        }
    };
    resources.negated || resources.rest.is_some() || resources.items.iter().any(|it| may_be(&it.0))
}

/// Whether a name is one that a pattern has; of a pattern with wildcards no more is asked than what stands before the first.
fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once(['*', '?']) {
        Some((start, _)) => name.starts_with(start),
        None => name == pattern,
    }
}
