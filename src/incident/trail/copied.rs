//! Where replication copies new objects to.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Destination.html>

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value as Json;

use super::fold::replicating;

/// A destination outside of the bucket's account, or of which that is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Copied {
    /// The bucket, as the rule has it.
    pub bucket: String,
    /// Its account, where the rule says it: only who wants the copies owned by that account does.
    pub account: Option<String>,
}

impl fmt::Display for Copied {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.account {
            Some(account) => write!(out, "{} of account {account}", self.bucket),
            None => write!(out, "{}, and whose that is is not known", self.bucket),
        }
    }
}

/// The destinations of the rules that are on, without those in the own account. `document` has a `ReplicationConfiguration`, be it S3's or
/// CloudTrail's form of it; `homes` are buckets of the own account.
#[must_use]
pub fn copied_to(document: &Json, own: Option<&str>, homes: &BTreeSet<String>) -> BTreeSet<Copied> {
    let other = |it: &Json| {
        let to = it.get("Destination")?;
        let bucket = to.get("Bucket").and_then(Json::as_str);
        let is_home = bucket.is_some_and(|it| homes.contains(it.rsplit(':').next().unwrap_or(it)));
        let account = to.get("Account").and_then(Json::as_str).map(str::to_owned);
        let is_own = if account.is_some() { account.as_deref() == own } else { is_home };
        let bucket = bucket.unwrap_or("a bucket that is not said").to_owned();
        (!is_own).then_some(Copied { bucket, account })
    };
    replicating(document).into_iter().flatten().filter_map(other).collect()
}
