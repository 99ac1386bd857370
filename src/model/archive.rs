//! Archive rules of IAM Access Analyzer: whether one archives every finding about a public bucket unseen.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-filter-keys.html>

use crate::value::{Attr, Origin, Truth, Why};

/// One criterion of an archive rule: its property and the values that it may equal. Other comparisons have no values here.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// `isPublic`, `resourceType` …
    pub property: Attr<String>,
    /// The values of `eq`.
    pub equals: Attr<Vec<String>>,
}

impl Criterion {
    /// Whether an active finding about a bucket that is open to everyone meets it, whatever the bucket.
    fn met(&self) -> Truth {
        let wanted = |property: &str| match property {
            "isPublic" => Some("true"),
            "resourceType" => Some("AWS::S3::Bucket"),
            "status" => Some("ACTIVE"),
            _ => None,
        };
        self.property.holds(Truth::No, |property| match wanted(property) {
            Some(value) => self.equals.holds(Truth::No, |all| all.iter().any(|it| it == value).into()),
            None => Truth::No,
        })
    }
}

/// Whether findings about public buckets stay open under a rule of these criteria; `rest` is why there may be more of them.
#[must_use]
pub fn leaves_public_buckets(criteria: &[Criterion], rest: Option<Why>, origin: &Origin) -> Attr<bool> {
    let mut hides = if criteria.is_empty() { Truth::No } else { Truth::Yes };
    for criterion in criteria {
        hides = hides.and(criterion.met());
    }
    let narrowed = if rest.is_some() { Truth::Unknown } else { Truth::Yes };
    let why = criteria.iter().find_map(|it| it.property.why().or(it.equals.why())).cloned().or(rest);
    match (hides.and(narrowed), why) {
        (Truth::Unknown, Some(why)) => Attr::unknown(why, origin.clone()),
        (Truth::Yes, _) => Attr::known(false, origin.clone()),
        (Truth::No | Truth::Unknown, _) => Attr::known(true, origin.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Cause;

    fn criterion(property: &str, values: &[&str]) -> Criterion {
        let values = values.iter().map(|it| (*it).to_owned()).collect();
        let origin = Origin::default;
        Criterion { property: Attr::known(property.to_owned(), origin()), equals: Attr::known(values, origin()) }
    }

    #[test]
    fn what_a_rule_hides() {
        let why = || Why::new(Cause::NoDefault, "var.x", None);
        let leaves = |criteria: &[Criterion], rest| {
            let found = leaves_public_buckets(criteria, rest, &Origin::default());
            found.as_known().copied()
        };
        let (public, bucket) = (criterion("isPublic", &["true"]), criterion("resourceType", &["AWS::S3::Bucket"]));
        let named = criterion("resource", &["arn:aws:s3:::site-example"]);
        assert_eq!(leaves(std::slice::from_ref(&public), None), Some(false));
        assert_eq!(leaves(&[public.clone(), bucket.clone()], None), Some(false));
        assert_eq!(leaves(&[bucket.clone(), criterion("status", &["ACTIVE"])], None), Some(false));
        assert_eq!(leaves(&[public.clone(), named], None), Some(true), "one bucket");
        assert_eq!(leaves(&[criterion("isPublic", &["false"])], None), Some(true));
        assert_eq!(leaves(&[criterion("resourceType", &["AWS::SQS::Queue"]), public.clone()], None), Some(true));
        assert_eq!(leaves(&[], None), Some(true));
        assert_eq!(leaves(std::slice::from_ref(&public), Some(why())), None);
        let unknown = Criterion { equals: Attr::unknown(why(), Origin::default()), ..public };
        assert_eq!(leaves(&[unknown], None), None);
    }
}
