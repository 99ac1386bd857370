//! Whom `--deployer` names: those who are expected to change the bucket.

use crate::policy::glob;
use crate::value::is_account_id;

/// Whether a pattern covers who called. A role of that name in another account is none of the bucket's own, unless the pattern has that
/// account's id.
pub(super) fn is_expected(patterns: &[String], actor: &str, own: Option<&str>) -> bool {
    let whose = if actor.starts_with("arn:") { actor.split(':').nth(4) } else { Some(actor) };
    let whose = whose.filter(|it| is_account_id(it));
    let is_written = |pattern: &str, id: &str| pattern.split(|it: char| !it.is_ascii_digit()).any(|it| it == id);
    patterns
        .iter()
        .filter(|it| glob(it, actor))
        .any(|it| whose.is_none_or(|whose| Some(whose) == own || is_written(it, whose)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_the_caller_is() {
        let of = |pattern: &str, actor: &str, own: Option<&str>| is_expected(&[pattern.to_owned()], actor, own);
        let role = "arn:aws:sts::999988887777:assumed-role/deploy/ci";
        let any = "*:assumed-role/deploy/*";
        for (pattern, own, expected) in [
            (any, Some("999988887777"), true),
            (any, Some("123456789012"), false),
            (any, None, false),
            ("*", Some("123456789012"), false),
            ("arn:*:999988887777:assumed-role/deploy/*", Some("123456789012"), true),
            ("arn:*:999988887777:assumed-role/deploy/*", None, true),
            ("arn:*:999988887777:assumed-role/other/*", Some("123456789012"), false),
        ] {
            assert_eq!(of(pattern, role, own), expected, "{pattern} {own:?}");
        }
        assert!(of("svc:*", "svc:x.amazonaws.com", None));
    }
}
