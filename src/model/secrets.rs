//! Texts that code marks as sensitive: they decide, and are shown to nobody.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// What stands in the place of one.
pub const SENSITIVE: &str = "(sensitive)";

/// A shorter one stands in much that is no secret: it counts where it is all of a text, or in quotes.
const SHORTEST: usize = 8;

/// A text without secrets.
#[must_use]
pub fn masked<'t>(text: &'t str, secrets: &BTreeSet<String>) -> Cow<'t, str> {
    let mut out = Cow::Borrowed(text);
    // Where one holds another the longer one goes first.
    let mut all: Vec<&String> = secrets.iter().filter(|it| !it.is_empty() && text.contains(it.as_str())).collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.len()));
    for secret in all {
        if out == secret.as_str() {
            return Cow::Owned(SENSITIVE.to_owned());
        }
        if SHORTEST <= secret.len() {
            out = Cow::Owned(out.replace(secret.as_str(), SENSITIVE));
            continue;
        }
        for quote in ['"', '\'', '`'] {
            let quoted = format!("{quote}{secret}{quote}");
            if out.contains(&quoted) {
                out = Cow::Owned(out.replace(&quoted, &format!("{quote}{SENSITIVE}{quote}")));
            }
        }
    }
    out
}

/// Whether a value of an example was made of a secret: it is one, has one in it, or fits one that is a pattern.
#[must_use]
pub fn is_made_of(value: &str, secrets: &BTreeSet<String>) -> bool {
    const TELLING: usize = 4;
    let pieces = |it: &str| it.split(['*', '?']).map(str::len).max().unwrap_or(0);
    let is_own = |it: &String| {
        value == it
            || (TELLING <= it.len() && value.contains(it.as_str()))
            || (TELLING <= pieces(it) && crate::policy::glob(it, value))
    };
    secrets.iter().filter(|it| !it.is_empty()).any(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_not_shown() {
        let secrets: BTreeSet<String> = ["hunter2", "hunter2-and-more", "prod", "", "abcd*"].map(str::to_owned).into();
        let check = |text: &str, expected: &str| assert_eq!(masked(text, &secrets), expected);
        check("hunter2", SENSITIVE);
        check("with hunter2-and-more in it", "with (sensitive) in it");
        check("the value \"hunter2\" or `prod`", "the value \"(sensitive)\" or `(sensitive)`");
        // A short one is a word of many texts.
        check("aws_s3_bucket.prod is public", "aws_s3_bucket.prod is public");
        for (value, expected) in [("hunter2", true), ("x-hunter2", true), ("abcdef", true), ("other", false)] {
            assert_eq!(is_made_of(value, &secrets), expected, "{value}");
        }
    }
}
