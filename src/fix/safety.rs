//! What a remedy would take away: access that the code declares, deployments that work.

use crate::exposure::{Exposure, Route};
use crate::finding::Remedy;
use crate::model::{Acl, Bucket, Estate};
use crate::value::{Cause, Truth, Value};

use super::bucket::FLAGS;
use super::{Planner, acls, elsewhere};

/// Why a remedy is unsafe for a bucket, one clause; `None` where nothing in the code speaks against it, wherever that says it of the bucket
/// of this name.
pub(super) fn against(planner: &Planner<'_>, remedy: Remedy, bucket: &Bucket, exposure: &Exposure) -> Option<String> {
    let closes = remedy == Remedy::PublicAccessBlock || FLAGS.iter().any(|it| it.0 == remedy);
    against_here(planner, remedy, bucket, exposure)
        .or_else(|| elsewhere::against(planner, remedy, bucket).filter(|_| closes))
        .or_else(|| served(planner, bucket).filter(|_| closes))
}

fn served(planner: &Planner<'_>, bucket: &Bucket) -> Option<String> {
    let found = elsewhere::origin(planner, bucket)?;
    Some(format!("{} reaches the bucket without signing its requests, or may, as any stranger does", found.address))
}

/// The same for what the bucket's own code says of it.
pub(super) fn against_here(
    planner: &Planner<'_>,
    remedy: Remedy,
    bucket: &Bucket,
    exposure: &Exposure,
) -> Option<String> {
    match remedy {
        Remedy::BlockPublicPolicy => public_policy(bucket, exposure).or_else(|| website(bucket)),
        Remedy::RestrictPublicBuckets => {
            public_policy(bucket, exposure).or_else(|| open(exposure, false)).or_else(|| website(bucket))
        }
        Remedy::BlockPublicAcls => acls::wanted(planner, bucket, exposure).or_else(|| website(bucket)),
        Remedy::IgnorePublicAcls => {
            acls::wanted(planner, bucket, exposure).or_else(|| open(exposure, true)).or_else(|| website(bucket))
        }
        Remedy::PublicAccessBlock => {
            let flags = [
                Remedy::BlockPublicPolicy,
                Remedy::RestrictPublicBuckets,
                Remedy::BlockPublicAcls,
                Remedy::IgnorePublicAcls,
            ];
            flags.into_iter().find_map(|it| against_here(planner, it, bucket, exposure))
        }
        Remedy::OwnershipEnforced => acl_in_use(bucket),
        _ => None,
    }
}

/// S3 refuses a public policy where `block_public_policy` is on, and serves strangers no more where
/// `restrict_public_buckets` is.
pub(super) fn public_policy(bucket: &Bucket, exposure: &Exposure) -> Option<String> {
    if bucket.policy.is_absent() {
        return None;
    }
    match exposure.aws_policy_public {
        Truth::No => None,
        Truth::Yes => Some("the bucket policy is public: S3 would refuse it, or serve strangers no more".to_owned()),
        Truth::Unknown => {
            Some("the bucket policy may be public: S3 would refuse it, or serve strangers no more".to_owned())
        }
    }
}

/// Ways in that are open now: by an ACL, or by anything else.
pub(super) fn open(exposure: &Exposure, by_acl: bool) -> Option<String> {
    let way = exposure
        .ways
        .iter()
        .find(|it| it.open != Truth::No && it.is_public() && matches!(it.opened_by.route, Route::Acl(_)) == by_acl)?;
    Some(format!("it closes access that the code gives ({})", way.opened_by.text))
}

/// S3's website endpoint serves only what is public.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteAccessPermissionsReqd.html>
pub(super) fn website(bucket: &Bucket) -> Option<String> {
    // One that may be is one.
    bucket.website.is_said().then(|| "the bucket is a website, whose endpoint serves only what is public".to_owned())
}

/// `BucketOwnerEnforced` turns ACLs off. Deliveries that go by the bucket's ACL end.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
fn acl_in_use(bucket: &Bucket) -> Option<String> {
    bucket.is_log_target.then(|| "it receives logs, which may be delivered by its ACL".to_owned())
}

/// Why a deployment would fail after a remedy, one clause: then it is none. `BucketOwnerEnforced` beside an ACL is refused
/// (`AccessControlListNotSupported`): S3 takes a bucket that is created `private`, but no request that sets an ACL, and no upload with one
/// but `bucket-owner-full-control`. `is_own` says that the ACL is an argument of the bucket itself.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html>
pub(super) fn refused(bucket: &Bucket, estate: &Estate, is_own: bool) -> Option<String> {
    let is_default = |it: &Acl| {
        it.grants.is_empty() && it.grants_rest.is_none() && is_canned(it, &["private", "bucketownerfullcontrol"])
    };
    let harmless = match &bucket.acl.value {
        Value::Absent => true,
        Value::Known(it) => is_own && is_default(it),
        // Input that has no word for ACLs says nothing.
        Value::Unknown(why) => why.cause() == Cause::NotInInput,
        Value::OneOf(..) => false,
    };
    if !harmless {
        return Some(format!("{} sets an ACL, or may, which S3 would refuse: take it out first", bucket.address));
    }
    let taken =
        |it: &Acl| it.grants.is_empty() && it.grants_rest.is_none() && is_canned(it, &["bucketownerfullcontrol"]);
    let object = estate.objects.iter().find(|it| {
        it.namespace == bucket.namespace
            && it.bucket_address.as_deref() == Some(bucket.address.as_str())
            && !it.acl.is_absent()
            && !it.acl.as_known().is_some_and(taken)
    })?;
    Some(format!("{} is uploaded with an ACL, which S3 would refuse: take that out first", object.address))
}

/// Whether an ACL is one of some canned ones, in whatever spelling: `bucket-owner-full-control`, `BucketOwnerFullControl`.
fn is_canned(acl: &Acl, names: &[&str]) -> bool {
    let plain = |it: &String| it.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    acl.canned.as_known().is_some_and(|it| names.contains(&plain(it).as_str()))
}
