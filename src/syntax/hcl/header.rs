//! What a line of a body begins with: `name =`, or `kind "label" {`.

use std::ops::Range;

use super::scan::is_identifier_byte;

/// The beginning of an item of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// `name =`.
    Attribute {
        /// The name.
        name: Range<usize>,
        /// Where the value begins, right after `=`.
        value: usize,
    },
    /// `kind "label" {`.
    Block {
        /// The kind.
        kind: Range<usize>,
        /// The labels, quotes included.
        labels: Vec<Range<usize>>,
        /// The opening brace.
        brace: usize,
    },
}

/// Where the next thing begins that is neither space nor comment.
pub(super) fn skip_trivia(text: &str, pos: usize, end: usize) -> usize {
    trivia(text, pos, end).0
}

/// The same, and where a comment begins that does not end: all behind it is in it.
pub(super) fn trivia(text: &str, mut pos: usize, end: usize) -> (usize, Option<usize>) {
    let bytes = text.as_bytes().get(..end).unwrap_or_default();
    while let Some(rest) = bytes.get(pos..) {
        match rest {
            [b' ' | b'\t' | b'\r' | b'\n', ..] => pos += 1,
            [b'#', ..] | [b'/', b'/', ..] => pos = memchr::memchr(b'\n', rest).map_or(end, |it| pos + it),
            [b'/', b'*', comment @ ..] => match memchr::memmem::find(comment, b"*/") {
                Some(it) => pos += it + 4,
                None => return (end, Some(pos)),
            },
            _ => break,
        }
    }
    (pos, None)
}

/// What is said of a comment that does not end.
pub(super) const UNCLOSED_COMMENT: &str = "this comment is not closed: all that is behind it is in it";

/// Reads the header at `pos`, nothing where the text there is neither an argument nor a block.
pub(super) fn header(text: &str, pos: usize, end: usize) -> Option<Header> {
    let bytes = text.as_bytes().get(..end)?;
    let first = identifier(bytes, pos)?;
    let mut at = skip_inline(bytes, first.end);
    let mut labels = Vec::new();
    loop {
        match bytes.get(at)? {
            b'=' if labels.is_empty() && bytes.get(at + 1) != Some(&b'=') => {
                return Some(Header::Attribute { name: first, value: at + 1 });
            }
            b'{' => return Some(Header::Block { kind: first, labels, brace: at }),
            b'"' => labels.push(quoted(bytes, at)?),
            _ => labels.push(identifier(bytes, at)?),
        }
        at = skip_inline(bytes, labels.last()?.end);
    }
}

/// The next line from `pos` that begins, in its first column, with the header of a top-level block.
pub(super) fn next_top_block(text: &str, pos: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\n', bytes.get(pos..)?).map(|it| pos + it + 1).find(|line| {
        let Some(Header::Block { kind, labels, .. }) = header(text, *line, text.len()) else { return false };
        let labelled = labels.iter().any(|it| bytes.get(it.start) == Some(&b'"'));
        labelled || text.get(kind).is_some_and(|it| KINDS.contains(&it))
    })
}

/// Terraform's top-level blocks: <https://developer.hashicorp.com/terraform/language/syntax/configuration>.
const KINDS: [&str; 13] = [
    "resource",
    "data",
    "module",
    "variable",
    "output",
    "provider",
    "locals",
    "terraform",
    "moved",
    "import",
    "removed",
    "check",
    "ephemeral",
];

fn identifier(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = bytes.get(start..)?;
    if rest.first().is_none_or(|it| it.is_ascii_digit() || *it == b'-') {
        return None;
    }
    let length = rest.iter().take_while(|it| is_identifier_byte(**it)).count();
    (0 < length).then_some(start..start + length)
}

fn quoted(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let mut at = start + 1;
    loop {
        match bytes.get(at..)? {
            [b'"', ..] => return Some(start..at + 1),
            [b'\n', ..] | [b'$' | b'%', b'{', ..] | [] => return None,
            [b'\\', ..] => at += 2,
            _ => at += 1,
        }
    }
}

fn skip_inline(bytes: &[u8], mut pos: usize) -> usize {
    while let Some(rest) = bytes.get(pos..) {
        match rest {
            [b' ' | b'\t', ..] => pos += 1,
            // Bounded, because each line of a broken file may be tried as a header.
            [b'/', b'*', comment @ ..] => match memchr::memmem::find(comment.get(..4096).unwrap_or(comment), b"*/") {
                Some(length) => pos += length + 4,
                None => break,
            },
            _ => break,
        }
    }
    pos
}
