//! Buckets that only values make which the run is not given: no rule judges them.

use crate::exposure::{Exposure, Way};
use crate::finding::Finding;
use crate::model::Bucket;
use crate::value::Truth;

use super::pairs::{Was, may_be, name};
use super::{State, way_opened};

/// Tells of a bucket that was not there before, or that had another name, where it is open to everyone, and is not with the values that
/// the run is given. Whether it is.
pub(super) fn opened<'a>(
    (bucket, exposure): (&Bucket, &Exposure),
    was: &Was<'_>,
    (before, judged): (State<'a>, &[State<'a>]),
    found: &mut Vec<Finding>,
) -> bool {
    let is_renamed = matches!(was, Was::Bucket(old, _) if !may_be(bucket, old));
    if !is_renamed && !matches!(was, Was::New) {
        return false;
    }
    let is_own = |it: &Bucket| {
        (&it.namespace, &it.address) == (&bucket.namespace, &bucket.address) && (!is_renamed || may_be(it, bucket))
    };
    // Under another address it may have been there before.
    let is_known = |it: &Bucket| name(bucket).is_some_and(|own| name(it) == Some(own));
    let of = |it: &State<'a>| it.estate.buckets.iter().zip(it.exposures);
    let given = judged.iter().flat_map(of).filter(|it| is_own(it.0));
    let known: Vec<&Exposure> = given.chain(of(&before).filter(|it| is_known(it.0))).map(|it| it.1).collect();
    let mut more = Vec::new();
    for way in exposure.ways.iter().filter(|it| it.is_public() && it.open != Truth::No) {
        let is_it = |it: &Way| (&it.audience, it.power) == (&way.audience, way.power) && way.open <= it.open;
        if !known.iter().any(|it| it.ways.iter().any(is_it)) {
            let note = if is_renamed { "the bucket had another name before" } else { "the bucket is new" };
            let mut one = way_opened(bucket, way, note);
            one.beyond = true;
            more.push(one);
        }
    }
    let count = more.len().saturating_sub(1);
    let Some(mut first) = more.into_iter().next() else { return false };
    if 0 < count {
        first.message.push_str(&format!("; and {count} more"));
    }
    found.push(first);
    true
}
