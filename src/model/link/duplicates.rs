//! Blocks that set the same feature of one bucket: each apply undoes what the other one said.

use crate::value::{Attr, Cause, Guard, Origin, Truth, Why};

use super::super::{Bucket, Duplicate};
use super::Candidate;

/// Notes pairs among the companions of one feature, and the bucket's own block where it says the feature inline.
///
/// Only companions that are certainly about this bucket count: of one whose bucket is not known it would be a guess.
pub(super) fn note(bucket: &mut Bucket, candidates: &[Candidate]) {
    let own = bucket.exists.clone();
    let mut certain: Vec<&Candidate> = candidates.iter().filter(|it| it.certain).collect();
    // As they stand in the code: the later block is the one too many.
    certain.sort_by_key(|it| it.origin.span);
    let Some(first) = certain.first() else { return };
    let field = first.feature.field();
    if let Some(origin) = inline(bucket, field)
        && let Some(perhaps) = together(&own, &Guard::always(), &first.exists, &first.origin)
    {
        bucket.duplicates.push(Duplicate {
            field,
            first: bucket.address.clone(),
            first_origin: origin,
            inline: true,
            second: first.address.clone(),
            second_origin: first.origin.clone(),
            perhaps,
        });
    }
    for (at, second) in certain.iter().enumerate() {
        // One finding for each block that is too many: the pair with the first that may exist beside it.
        let beside = certain
            .iter()
            .take(at)
            .find_map(|it| Some((it, together(&own, &it.exists, &second.exists, &second.origin)?)));
        if let Some((first, perhaps)) = beside {
            bucket.duplicates.push(Duplicate {
                field,
                first: first.address.clone(),
                first_origin: first.origin.clone(),
                inline: false,
                second: second.address.clone(),
                second_origin: second.origin.clone(),
                perhaps,
            });
        }
    }
}

/// `None` where both never exist at once, else why it is not certain that they do.
fn together(own: &Guard, a: &Guard, b: &Guard, at: &Origin) -> Option<Option<Why>> {
    let both = a.and(b);
    match (&both, own.implies(&both)) {
        (Guard::Never, _) => None,
        (_, Truth::Yes) => Some(None),
        (_, Truth::No) => None,
        (_, Truth::Unknown) => Some(Some(Why::new(Cause::Conditional, both.to_string(), at.span))),
    }
}

/// Where the bucket's own block says a feature. Object Lock is switched on there and configured by a companion, as it should be.
fn inline(bucket: &Bucket, field: &str) -> Option<Origin> {
    fn said<T>(attr: &Attr<T>) -> Option<Origin> {
        (!attr.is_absent()).then(|| attr.origin.clone())
    }
    if !bucket.is_source || bucket.kind != super::super::BucketKind::General {
        return None;
    }
    match field {
        "acl" => said(&bucket.acl),
        "policy" => said(&bucket.policy),
        "versioning" => said(&bucket.versioning),
        "encryption" => said(&bucket.encryption),
        "logging" => said(&bucket.logging),
        "lifecycle" => said(&bucket.lifecycle),
        "replication" => said(&bucket.replication),
        "cors" => said(&bucket.cors),
        "website" => said(&bucket.website),
        "acceleration" => said(&bucket.acceleration),
        _ => None,
    }
}
