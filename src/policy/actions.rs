//! The table of S3 actions (`actions.tsv`, written by `actions.py`) and matching action patterns against it.

use std::sync::OnceLock;

use crate::value::{SymStr, Truth};

use super::glob::{Pattern, Reading};
use super::{Patterns, Power};

/// Action names have wildcards but no policy variables:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>.
pub(super) const READING: Reading = Reading { wildcards: true, variables: false };

/// From when the table is, for messages.
pub(super) const KNOWN: &str = "as of 2026-08";

/// What is known of one S3 action.
#[derive(Clone, Debug)]
pub(super) struct Action {
    /// `s3:GetObject`.
    pub(super) name: String,
    /// Acts on the bucket itself.
    pub(super) on_bucket: bool,
    /// Acts on an object.
    pub(super) on_object: bool,
    /// What it can do to a bucket; `None` where no bucket policy can grant it.
    pub(super) power: Option<Power>,
    /// Condition keys in lower case, those that nearly all actions take included; `<key>` parts cut off after the slash.
    pub(super) keys: Vec<String>,
}

/// All S3 actions by name, without regard to case.
pub(super) fn table() -> &'static [Action] {
    static TABLE: OnceLock<Vec<Action>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let text = include_str!("actions.tsv");
        let common = text.lines().find_map(|it| it.strip_prefix("#common\t")).unwrap_or_default();
        text.lines().filter(|it| !it.starts_with('#')).filter_map(|line| action(line, common)).collect()
    })
}

/// Requests through an access point carry these, whatever they ask; the service reference lists them with access points.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-condition-keys>
const THROUGH_ACCESS_POINTS: [&str; 4] =
    ["s3:DataAccessPointArn", "s3:DataAccessPointAccount", "s3:AccessPointNetworkOrigin", "s3:AccessPointTag/"];

fn action(line: &str, common: &str) -> Option<Action> {
    let mut cells = line.split('\t');
    let (name, _level, kinds) = (cells.next()?, cells.next()?, cells.next()?);
    let (power, keys) = (cells.next()?, cells.next()?);
    let power = match power {
        "read" => Some(Power::Read),
        "list" => Some(Power::List),
        "write" => Some(Power::Write),
        "delete" => Some(Power::Delete),
        "control" => Some(Power::Control),
        "inspect" => Some(Power::Inspect),
        _ => None,
    };
    let has = |kind: &str| kinds.split(',').any(|it| it == kind);
    let keys = keys.split(',').chain(common.split(',')).chain(THROUGH_ACCESS_POINTS).filter(|it| *it != "-");
    Some(Action {
        name: format!("s3:{name}"),
        on_bucket: has("bucket"),
        on_object: has("object"),
        power,
        keys: keys.map(key_stem).collect(),
    })
}

/// Whether S3 has an action, and whether it acts on the bucket itself and on objects.
#[must_use]
pub fn targets(action: &str) -> Option<(bool, bool)> {
    table().iter().find(|it| it.name.eq_ignore_ascii_case(action)).map(|it| (it.on_bucket, it.on_object))
}

/// Whether a request for an action may carry a key; nobody knows of an action that is not in the table.
pub(super) fn may_carry(action: &str, stem: &str) -> bool {
    let found = table().iter().find(|it| it.name.eq_ignore_ascii_case(action));
    found.is_none_or(|it| it.keys.iter().any(|it| it == stem))
}

/// A condition key in lower case, without what follows a slash: `s3:ExistingObjectTag/<key>` is `s3:existingobjecttag/`.
pub(super) fn key_stem(key: &str) -> String {
    let mut key = key.to_ascii_lowercase();
    if let Some(slash) = key.find('/') {
        key.truncate(slash + 1);
    }
    key
}

/// Whether the patterns cover an action: `Action` lists what matches, `NotAction` all that does not. Without regard to
/// case. `Unknown` where it hangs on an unknown part.
#[must_use]
pub fn covers(patterns: &Patterns, action: &str) -> Truth {
    if !patterns.present {
        return Truth::No;
    }
    let listed = Truth::any(patterns.items.iter().map(|(it, _)| pattern_covers(it, action)));
    let listed = if patterns.rest.is_some() { listed.or(Truth::Unknown) } else { listed };
    if patterns.negated { !listed } else { listed }
}

fn pattern_covers(pattern: &SymStr, action: &str) -> Truth {
    Pattern::new(pattern, READING).matches(action, true)
}

#[cfg(test)]
mod tests {
    use crate::value::Origin;

    use super::*;

    #[test]
    fn table_is_read_whole() {
        assert!(160 < table().len());
        let get = table().iter().find(|it| it.name == "s3:GetObject").unwrap();
        assert_eq!((get.on_object, get.on_bucket, get.power), (true, false, Some(Power::Read)));
        assert!(get.keys.iter().any(|it| it == "s3:existingobjecttag/"), "{:?}", get.keys);
        assert!(get.keys.iter().any(|it| it == "s3:tlsversion"));
    }

    fn check(items: &[&str], negated: bool, action: &str, expected: Truth) {
        let items = items.iter().map(|it| (SymStr::text(*it), Origin::default())).collect();
        let patterns = Patterns { origin: Origin::default(), present: true, negated, items, rest: None };
        assert_eq!(covers(&patterns, action), expected);
    }

    #[test]
    fn action_patterns() {
        check(&["s3:get*"], false, "s3:GetObject", Truth::Yes);
        check(&["S3:GetObject?"], false, "s3:GetObject", Truth::No);
        check(&["*"], false, "s3:PutObject", Truth::Yes);
        check(&["s3:Get*"], true, "s3:GetObject", Truth::No);
        check(&["s3:Get*"], true, "s3:PutObject", Truth::Yes);
        check(&[], false, "s3:PutObject", Truth::No);
    }
}
