//! The name that was meant: for messages about a name that is not known.

/// The nearest of some names, where it is near enough to be a slip; letters' case does not count.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Names are short; a text that is not is no slip of one.
    if 80 < name.len() {
        return None;
    }
    let own = name.to_ascii_lowercase();
    let far = |it: &str| strsim::osa_distance(&own, &it.to_ascii_lowercase());
    let near = known.into_iter().map(|it| (far(it), it)).min()?;
    (near.0 <= 1 + name.len() / 5).then_some(near.1)
}

/// Whether one of two names is the other with two slips at most: letters' case does not count.
#[must_use]
pub fn is_slip(name: &str, meant: &str) -> bool {
    name.len().abs_diff(meant.len()) <= 2
        && strsim::osa_distance(&name.to_ascii_lowercase(), &meant.to_ascii_lowercase()) <= 2
}

/// The end of a message about a name that is not known: ``; did you mean `x`?``, or nothing where none is near.
#[must_use]
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map(|it| format!("; did you mean `{it}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips() {
        let known = ["block_public_acls", "block_public_policy", "bucket"];
        assert_eq!(nearest("block_public_acl", known), Some("block_public_acls"));
        assert_eq!(nearest("BlockPublicPolicy", known), Some("block_public_policy"));
        assert_eq!(nearest("bukcet", known), Some("bucket"));
        assert_eq!(nearest("bucket_namespace", known), None);
        assert_eq!(did_you_mean("bukcet", known), "; did you mean `bucket`?");
        assert_eq!(did_you_mean("bucket_namespace", known), "");
        assert!(is_slip("bukcet", "bucket") && !is_slip("PutBucketAbac", "PutBucketAcl"));
        assert_eq!(nearest("x", []), None);
        assert_eq!(nearest(&"bucket".repeat(1000), known), None);
    }
}
