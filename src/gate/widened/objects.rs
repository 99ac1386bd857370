//! Objects with an ACL of their own that nobody knows: whether what decides it is written otherwise.

use crate::finding::Finding;
use crate::model::{Bucket, BucketKind, Format, Moved, Object, ObjectOwnership};
use crate::policy::Context;
use crate::value::Truth;

use super::pairs::former;
use super::written::Written;
use super::{Both, State, accounts, settings};

/// Tells of objects that may be open to more than they were. What is known of one the rules judge.
pub(super) fn opened<'w>(
    (before, now): (State<'_>, State<'_>),
    written: Option<(&Written<'w>, &Written<'w>)>,
    found: &mut Vec<Finding>,
) {
    let moved: Vec<&Moved> = now.estate.moved.iter().collect();
    for new in now.estate.objects.iter().filter(|it| !settings::is_known(&it.acl)) {
        let bucket = new.bucket_address.as_deref().and_then(|it| now.estate.bucket(&new.namespace, it));
        if bucket.is_some_and(ignores_acls) {
            continue;
        }
        let is_it = |old: &&Object| {
            let mut all = former(&new.namespace, &new.address, &moved);
            old.namespace == new.namespace && all.any(|it| it == old.address)
        };
        let Some(old) = before.estate.objects.iter().find(is_it) else { continue };
        let (is, was) = (as_bucket(new), as_bucket(old));
        let both = Both { new: &is, old: &was, written, moved: &now.estate.moved, context: Context::default() };
        if settings::is_known(&old.acl) || both.is_setting_rewritten(settings::acl_places) {
            settings::tell_acl(&both, found);
        }
    }
}

/// Whether the ACLs of a bucket's objects certainly give nobody anything.
fn ignores_acls(bucket: &Bucket) -> bool {
    let is_owned = bucket.ownership.holds(Truth::No, |it| (*it == ObjectOwnership::BucketOwnerEnforced).into());
    is_owned.or(accounts::is_on(&bucket.public_access_block, |it| &it.ignore_public_acls)) == Truth::Yes
}

/// An object in the place of a bucket: what is compared of its ACL is the same.
fn as_bucket(object: &Object) -> Bucket {
    let mut it = Bucket::new(object.address.clone(), Format::Terraform, object.origin.clone());
    it.kind = BucketKind::PolicyOnly;
    object.namespace.clone_into(&mut it.namespace);
    it.acl = object.acl.clone();
    it
}
