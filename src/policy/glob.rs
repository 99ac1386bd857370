//! Glob patterns over symbolic text: `*`, `?`, policy variables, and holes whose text is not known.

use crate::value::{Class, Seg, SymStr, Truth, Why};

/// Whether `pattern` matches the whole of `text`. Linear in the product of the lengths at worst, without recursion.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (Some(b'*'), _) if p + 1 == pattern.len() => return true,
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

/// One token of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tok {
    /// Exactly this character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any text.
    Many,
    /// A policy variable: its key in lower case, and its default.
    Variable(String, Option<String>),
    /// Text that is not known and may contain wildcards.
    Unknown(Why),
}

/// A compiled pattern.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pattern {
    /// Its tokens.
    pub(super) tokens: Vec<Tok>,
}

/// What a request carries under a key, for policy variables.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lookup {
    /// Nothing.
    Absent,
    /// This.
    Value(String),
    /// Not known.
    Unknown,
}

/// How to read a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// `*` and `?` are wildcards.
    pub(super) wildcards: bool,
    /// `${…}` is a policy variable (only in documents of version 2012-10-17, see
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>).
    pub(super) variables: bool,
}

/// The name that an unknown identifier goes by: the same unknown has the same name, and no other text equals it.
pub(super) fn placeholder(entity: &str, attribute: &str) -> String {
    let dot = if attribute.is_empty() { "" } else { "." };
    // Colons and slashes separate the fields of an ARN: the name must not add any.
    format!("${{{entity}{dot}{attribute}}}").replace([':', '/'], ".")
}

/// The text with a name in place of each part that is not known, as requests that are made up carry it.
#[must_use]
pub fn spelled(text: &SymStr) -> String {
    let part = |seg: &Seg| match seg {
        Seg::Lit(lit) => lit.text.to_string(),
        Seg::Hole(hole) => match &hole.known {
            Some(known) => known.to_string(),
            None => placeholder(&hole.symbol.entity, &hole.symbol.attribute),
        },
    };
    text.segs().iter().map(part).collect()
}

/// The text with a name in place of each unknown identifier; `Err` where a part may be any text.
pub(super) fn plain(text: &SymStr) -> Result<String, Why> {
    let mut out = String::new();
    for seg in text.segs() {
        match seg {
            Seg::Lit(lit) => out.push_str(&lit.text),
            Seg::Hole(hole) => match &hole.known {
                Some(known) => out.push_str(known),
                None if hole.class == Class::Any => return Err(hole.why.clone()),
                None => out.push_str(&placeholder(&hole.symbol.entity, &hole.symbol.attribute)),
            },
        }
    }
    Ok(out)
}

impl Pattern {
    /// Compiles a symbolic text.
    pub(super) fn new(text: &SymStr, reading: Reading) -> Self {
        let mut pattern = Self::default();
        for seg in text.segs() {
            match seg {
                Seg::Lit(lit) => pattern.push(&lit.text, reading),
                Seg::Hole(hole) => match &hole.known {
                    Some(known) => pattern.push(known, reading),
                    // Where `*` is no wildcard, a value that is not known is some fixed text all the same: policy
                    // variables are written in policies, not handed to them.
                    None if hole.class == Class::Any && reading.wildcards => {
                        pattern.tokens.push(Tok::Unknown(hole.why.clone()));
                    }
                    None => {
                        let name = placeholder(&hole.symbol.entity, &hole.symbol.attribute);
                        pattern.tokens.extend(name.chars().map(Tok::Char));
                    }
                },
            }
        }
        pattern
    }

    /// Compiles known text.
    pub(super) fn text(text: &str, reading: Reading) -> Self {
        let mut pattern = Self::default();
        pattern.push(text, reading);
        pattern
    }

    /// Text that matches only itself.
    pub(super) fn literal(text: &str) -> Self {
        Self { tokens: text.chars().map(Tok::Char).collect() }
    }

    fn push(&mut self, text: &str, reading: Reading) {
        self.tokens.reserve(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            rest = after;
            let token = match c {
                '*' if reading.wildcards => Tok::Many,
                '?' if reading.wildcards => Tok::One,
                '$' if reading.variables => match variable(after) {
                    Some((token, remaining)) => {
                        rest = remaining;
                        token
                    }
                    None => Tok::Char('$'),
                },
                c => Tok::Char(c),
            };
            if token != Tok::Many || self.tokens.last() != Some(&Tok::Many) {
                self.tokens.push(token);
            }
        }
    }

    /// The only text that it matches, where it has no wildcard, variable or unknown part.
    pub(super) fn as_literal(&self) -> Option<String> {
        self.tokens.iter().map(|it| if let Tok::Char(c) = it { Some(*c) } else { None }).collect()
    }

    /// The pattern for [`glob`]: `None` where it has more than ASCII characters and wildcards.
    pub(super) fn as_glob(&self) -> Option<String> {
        let char = |it: &Tok| match it {
            Tok::Char(c) if c.is_ascii() && !matches!(c, '*' | '?') => Some(*c),
            Tok::One => Some('?'),
            Tok::Many => Some('*'),
            Tok::Char(_) | Tok::Variable(..) | Tok::Unknown(_) => None,
        };
        self.tokens.iter().map(char).collect()
    }

    /// The pattern as text: unknown parts and variables as `*`.
    pub(super) fn to_text(&self) -> String {
        let char = |it: &Tok| match it {
            Tok::Char(c) => *c,
            Tok::One => '?',
            Tok::Many | Tok::Variable(..) | Tok::Unknown(_) => '*',
        };
        self.tokens.iter().map(char).collect()
    }

    /// The pattern cut at the first five colons.
    pub(super) fn arn_fields(&self) -> Vec<Self> {
        self.tokens.splitn(6, |it| *it == Tok::Char(':')).map(|it| Self { tokens: it.to_vec() }).collect()
    }

    /// Whether it has a policy variable.
    pub(super) fn has_variable(&self) -> bool {
        self.tokens.iter().any(|it| matches!(it, Tok::Variable(..)))
    }

    /// Whether it is nothing but one of these policy variables.
    pub(super) fn is_variable(&self, keys: &[&str]) -> bool {
        matches!(self.tokens.as_slice(), [Tok::Variable(key, None)] if keys.contains(&key.as_str()))
    }

    /// Whether there is a wildcard, a variable or an unknown part among the first four characters.
    pub(super) fn has_wildcard_start(&self) -> bool {
        self.tokens.iter().take(4).any(|it| !matches!(it, Tok::Char(_)))
    }

    /// Whether it has `*` or `?`.
    pub(super) fn has_wildcard(&self) -> bool {
        self.tokens.iter().any(|it| matches!(it, Tok::One | Tok::Many))
    }

    /// Why it is not wholly known.
    pub(super) fn why(&self) -> Option<&Why> {
        self.tokens.iter().find_map(|it| if let Tok::Unknown(why) = it { Some(why) } else { None })
    }

    /// The pattern with its variables replaced; `None` where the request lacks one: then nothing matches.
    pub(super) fn resolve(&self, lookup: &dyn Fn(&str) -> Lookup) -> Option<Self> {
        let mut tokens = Vec::with_capacity(self.tokens.len());
        for token in &self.tokens {
            match token {
                Tok::Variable(key, default) => {
                    let text = match lookup(key) {
                        Lookup::Value(text) => text,
                        Lookup::Absent => default.clone()?,
                        Lookup::Unknown => {
                            tokens.push(token.clone());
                            continue;
                        }
                    };
                    tokens.extend(text.chars().map(Tok::Char));
                }
                token => tokens.push(token.clone()),
            }
        }
        Some(Self { tokens })
    }

    /// Whether it matches `text`: `Unknown` where that hangs on an unknown part or a variable.
    pub(super) fn matches(&self, text: &str, ignore_case: bool) -> Truth {
        let known = |it: &Tok| matches!(it, Tok::Char(_) | Tok::One | Tok::Many);
        let yes = matches_tokens(&self.tokens, text, ignore_case);
        if yes && !self.tokens.iter().all(known) { Truth::Unknown } else { yes.into() }
    }
}

/// The special characters `${*}`, `${?}`, `${$}`, or a variable with an optional default, and the text after it.
fn variable(after: &str) -> Option<(Tok, &str)> {
    let (name, rest) = after.strip_prefix('{')?.split_once('}')?;
    let token = match name {
        "*" => Tok::Char('*'),
        "?" => Tok::Char('?'),
        "$" => Tok::Char('$'),
        _ => {
            let (key, default) = match name.split_once(',') {
                Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\'').to_owned())),
                None => (name, None),
            };
            Tok::Variable(key.to_ascii_lowercase(), default)
        }
    };
    Some((token, rest))
}

/// Glob matching with one point of return: linear in practice, `O(pattern × text)` at worst. Unknown parts match any text.
fn matches_tokens(tokens: &[Tok], text: &str, ignore_case: bool) -> bool {
    let (mut at, mut rest) = (0, text);
    let mut back: Option<(usize, &str)> = None;
    loop {
        let head = rest.chars().next();
        let step = match (tokens.get(at), head) {
            (None, None) => return true,
            (Some(Tok::Many | Tok::Variable(..) | Tok::Unknown(_)), _) => {
                back = Some((at, rest));
                at += 1;
                continue;
            }
            (Some(Tok::One), Some(_)) => true,
            (Some(Tok::Char(c)), Some(d)) => *c == d || ignore_case && c.eq_ignore_ascii_case(&d),
            _ => false,
        };
        if let (true, Some(c)) = (step, head) {
            at += 1;
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        }
        // The last `*` takes one more character.
        let Some((star, from)) = back else { return false };
        let Some(c) = from.chars().next() else { return false };
        rest = from.get(c.len_utf8()..).unwrap_or_default();
        back = Some((star, rest));
        at = star + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Reading = Reading { wildcards: true, variables: true };

    fn check(pattern: &str, text: &str, expected: bool) {
        let got = Pattern::text(pattern, ALL).matches(text, false);
        assert_eq!(got, Truth::from(expected), "{pattern} ~ {text}");
    }

    #[test]
    fn globs() {
        check("", "", true);
        check("*", "", true);
        check("a*b*c", "axxbyyc", true);
        check("a*b*c", "axxbyy", false);
        check("a?c", "aéc", true);
        check("a?c", "ac", false);
        check("*ab", "aab", true);
        check("${*}", "*", true);
        check("${*}", "x", false);
        check("${$}{", "${", true);
        check("$x", "$x", true);
    }

    #[test]
    fn variables_resolve_or_match_nothing() {
        let pattern = Pattern::text("home/${aws:username}/*", ALL);
        assert_eq!(pattern.matches("home/ann/x", false), Truth::Unknown);
        assert_eq!(pattern.matches("work/ann/x", false), Truth::No);
        let resolved = pattern.resolve(&|_| Lookup::Value("ann".to_owned())).unwrap();
        assert_eq!(resolved.matches("home/ann/x", false), Truth::Yes);
        assert_eq!(pattern.resolve(&|_| Lookup::Absent), None);
        let default = Pattern::text("${aws:PrincipalTag/team, 'none'}", ALL);
        assert_eq!(default.resolve(&|_| Lookup::Absent).unwrap().as_literal().as_deref(), Some("none"));
    }
}
