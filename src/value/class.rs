//! What the text behind a hole may be, and whether a symbolic string can be a given text.

use super::Seg;

/// What is known about the text behind a hole, although the text itself is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Nothing: could be any text, `*` included.
    Any,
    /// An S3 bucket name: `[a-z0-9.-]{3,63}`.
    BucketName,
    /// Twelve digits.
    AccountId,
    /// An AWS region.
    Region,
    /// `aws`, `aws-cn`, `aws-us-gov` …
    Partition,
    /// An ARN of one concrete thing (a role, a key, a distribution): never a wildcard.
    Arn,
    /// An identifier that AWS or a provider generates: not empty, no `*`, no `?`.
    Identifier,
}

/// The texts of a class: `prefix`, then characters that are `allowed`, between `least` and `most` bytes in all.
struct Shape {
    prefix: &'static str,
    allowed: fn(u8) -> bool,
    least: usize,
    most: usize,
}

/// Whether a text is the id of an account.
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html>
#[must_use]
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit())
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Any, Self::BucketName, Self::AccountId, Self::Region, Self::Partition, Self::Arn, Self::Identifier];

    fn shape(self) -> Shape {
        let concrete: fn(u8) -> bool = |c| !matches!(c, b'*' | b'?');
        let shape = |prefix, allowed, least, most| Shape { prefix, allowed, least, most };
        match self {
            Self::Any => shape("", |_| true, 0, usize::MAX),
            Self::BucketName => shape("", |c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_'), 1, 63),
            Self::AccountId => shape("", |c| c.is_ascii_digit(), 12, 12),
            Self::Region => shape("", |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-', 1, usize::MAX),
            Self::Partition => shape("aws", |c| c.is_ascii_lowercase() || c == b'-', 3, usize::MAX),
            Self::Arn => shape("arn:", concrete, 4, usize::MAX),
            Self::Identifier => shape("", concrete, 1, usize::MAX),
        }
    }

    /// The name in files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::BucketName => "bucket-name",
            Self::AccountId => "account-id",
            Self::Region => "region",
            Self::Partition => "partition",
            Self::Arn => "arn",
            Self::Identifier => "identifier",
        }
    }

    /// The class of a name.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// What some texts have in common: account ids, ARNs, or at least that none has a wildcard.
    #[must_use]
    pub fn common(texts: &[String]) -> Self {
        let all = |class: &Self| texts.iter().all(|it| class.admits(it));
        [Self::AccountId, Self::Arn, Self::Identifier].into_iter().find(all).unwrap_or(Self::Any)
    }

    /// Whether a text can belong to the class.
    #[must_use]
    pub fn admits(self, text: &str) -> bool {
        let Shape { prefix, allowed, least, most } = self.shape();
        let rest = text.strip_prefix(prefix);
        (least..=most).contains(&text.len()) && rest.is_some_and(|it| it.bytes().all(allowed))
    }
}

/// Whether some filling of the holes gives `text`, as far as the classes tell. Time: pieces × length of the text; the
/// places where a piece can end are carried from piece to piece.
pub(super) fn could_be(segs: &[Seg], text: &str) -> bool {
    let mut reached = vec![false; text.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for seg in segs {
        reached = match (seg.known(), seg) {
            (Some(known), _) => after_text(&reached, known, text),
            (None, Seg::Hole(hole)) => after_class(&reached, &hole.class.shape(), text),
            (None, Seg::Lit(_)) => reached,
        };
    }
    reached.last() == Some(&true)
}

fn after_text(reached: &[bool], piece: &str, text: &str) -> Vec<bool> {
    let mut next = vec![false; reached.len()];
    for (start, _) in reached.iter().enumerate().filter(|(_, it)| **it) {
        if text.as_bytes().get(start..).is_some_and(|it| it.starts_with(piece.as_bytes()))
            && let Some(end) = next.get_mut(start + piece.len())
        {
            *end = true;
        }
    }
    next
}

/// A class gives an interval of ends for each start; the intervals are added up as differences.
fn after_class(reached: &[bool], shape: &Shape, text: &str) -> Vec<bool> {
    let bytes = text.as_bytes();
    // Where the run of allowed bytes that holds a position ends.
    let mut run_end = vec![bytes.len(); reached.len()];
    for at in (0..bytes.len()).rev() {
        let end = match bytes.get(at) {
            Some(byte) if (shape.allowed)(*byte) => run_end.get(at + 1).copied().unwrap_or(at),
            _ => at,
        };
        if let Some(slot) = run_end.get_mut(at) {
            *slot = end;
        }
    }
    let mut changes = vec![0_i64; reached.len() + 1];
    for (start, _) in reached.iter().enumerate().filter(|(_, it)| **it) {
        if !bytes.get(start..).is_some_and(|it| it.starts_with(shape.prefix.as_bytes())) {
            continue;
        }
        let run = run_end.get(start + shape.prefix.len()).copied().unwrap_or(start);
        let (first, last) = (start.saturating_add(shape.least), run.min(start.saturating_add(shape.most)));
        if first <= last {
            if let Some(it) = changes.get_mut(first) {
                *it += 1;
            }
            if let Some(it) = changes.get_mut(last + 1) {
                *it -= 1;
            }
        }
    }
    let mut open = 0;
    let ends = changes.iter().zip(0..reached.len()).map(|(change, at)| {
        open += change;
        0 < open && text.is_char_boundary(at)
    });
    ends.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::could_be;
    use crate::value::{Cause, Class, Hole, Seg, SymStr, Symbol, Why};

    fn hole(class: Class) -> Seg {
        let why = Why::new(Cause::NoDefault, "x", None);
        Seg::hole(Hole { symbol: Symbol::new("x", ""), class, known: None, why })
    }

    fn literal(text: &str) -> SymStr {
        SymStr::text(text)
    }

    /// By trying every cut: what the fast way must agree with.
    fn slow(segs: &[Seg], text: &str) -> bool {
        match segs {
            [] => text.is_empty(),
            [Seg::Lit(lit), rest @ ..] => text.strip_prefix(&*lit.text).is_some_and(|it| slow(rest, it)),
            [Seg::Hole(hole), rest @ ..] => {
                let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
                ends.into_iter().any(|end| {
                    let (head, tail) = text.split_at(end);
                    hole.class.admits(head) && slow(rest, tail)
                })
            }
        }
    }

    #[test]
    fn many_holes_are_quick() {
        let mut segs = Vec::new();
        for _ in 0..200 {
            segs.push(hole(Class::Any));
            segs.extend(literal("a").segs().iter().cloned());
        }
        assert!(!could_be(&segs, &"a".repeat(199)));
        assert!(could_be(&segs, &"a".repeat(4000)));
    }

    proptest! {
        #[test]
        fn agrees_with_trying_every_cut(
            parts in prop::collection::vec((0..9_usize, "[a1.*é:-]{0,3}"), 0..5),
            text in "(aws|arn:|123456789012|[a1.*é:-]){0,5}",
        ) {
            let mut segs = Vec::new();
            for (which, text) in &parts {
                match Class::ALL.get(*which) {
                    Some(class) => segs.push(hole(*class)),
                    None => segs.extend(literal(text).segs().iter().cloned()),
                }
            }
            prop_assert_eq!(could_be(&segs, &text), slow(&segs, &text));
        }
    }
}
