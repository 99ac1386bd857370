//! The wildcards of the policy language: `*` is any run of characters, `?` is one.

use crate::value::{Hole, Seg, SymStr, Truth};

/// Whether `pattern` matches the whole of `text`. Linear in the product of the lengths at worst, without recursion.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (Some(b'*'), _) => {
                star = Some((p + 1, t));
                p += 1;
            }
            (Some(b'?'), Some(first)) => {
                p += 1;
                // One character, not one byte.
                t += utf8_length(*first);
            }
            (Some(a), Some(b)) if a == b => {
                p += 1;
                t += 1;
            }
            (None, None) => return true,
            _ => match star {
                Some((after, from)) if from < text.len() => {
                    star = Some((after, from + 1));
                    (p, t) = (after, from + 1);
                }
                _ => return false,
            },
        }
    }
}

fn utf8_length(first: u8) -> usize {
    match first {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}

/// The same for a pattern with unknown parts: `No` where no filling matches, `Unknown` where some might.
#[must_use]
pub fn glob_symbolic(pattern: &SymStr, text: &str) -> Truth {
    if let Some(known) = pattern.known() {
        return glob(&known, text).into();
    }
    if glob(&widened(pattern), text) { Truth::Unknown } else { Truth::No }
}

/// The pattern with each unknown part replaced by `*`.
pub(crate) fn widened(pattern: &SymStr) -> String {
    let mut out = String::new();
    for seg in pattern.segs() {
        match seg {
            Seg::Lit(lit) => out.push_str(&lit.text),
            Seg::Hole(Hole { known: Some(text), .. }) => out.push_str(text),
            Seg::Hole(_) => out.push('*'),
        }
    }
    out
}

/// A text that the pattern matches: `*` becomes `filler`, `?` becomes `x`.
#[must_use]
pub(crate) fn instance(pattern: &str, filler: &str) -> String {
    pattern.replace('*', filler).replace('?', "x")
}

/// Whether a text holds a wildcard.
pub(crate) fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("s3:Get*", "s3:GetObject", true),
            ("s3:Get*", "s3:PutObject", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
            ("?", "ü", true),
            ("??", "ü", false),
            ("a?c", "abc", true),
            ("", "", true),
            ("", "a", false),
            ("*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
