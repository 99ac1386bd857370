//! JSON exactly as its standard has it, in one pass. What is anything else is left to the lenient parser, which says why.
//!
//! Plans, snapshots and policies are written by programs and nearly always pass here, several times faster. The caller says what is
//! made of what is read: a [`Node`] here, a value one floor up, without a tree between them.
//! <https://www.rfc-editor.org/rfc/rfc8259>

use std::ops::Range;

use crate::source::{FileId, Piece, Span};

use super::data::{Node, NodeKind, Pair, Scalar, Style};
use super::json::{MAX_DEPTH, unescape};

/// What is made of the parts of a text; places are bytes of it.
pub(crate) trait Build {
    /// Any value.
    type Value;
    /// A member of an object.
    type Entry;
    /// A string whose quotes stand at `at`.
    fn string(&mut self, text: Quoted<'_>, at: Range<usize>) -> Self::Value;
    /// A number, `true`, `false` or `null`.
    fn word(&mut self, text: &str, at: Range<usize>) -> Self::Value;
    /// An array.
    fn list(&mut self, items: Vec<Self::Value>, at: Range<usize>) -> Self::Value;
    /// A member; `at` is the place of the key.
    fn entry(&mut self, key: Quoted<'_>, at: Range<usize>, value: Self::Value) -> Self::Entry;
    /// An object.
    fn map(&mut self, entries: Vec<Self::Entry>, at: Range<usize>) -> Self::Value;
}

/// What stands between the quotes of a string.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'t> {
    /// As written.
    pub raw: &'t str,
    /// Whether it has escapes; they are valid, and none is half of a pair.
    pub has_escapes: bool,
}

/// The tree of a text that begins at the byte `start` of a file. `None` where it is not strict JSON, is nested too deeply, or has
/// a key twice.
pub(super) fn parse(file: FileId, text: &str, start: u32) -> Option<Node> {
    read(text, &mut Nodes(Base::new(file, text, start)?))
}

/// The same, for whatever is to be made of it.
pub(crate) fn read<B: Build>(text: &str, build: &mut B) -> Option<B::Value> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, keys: Vec::new(), build };
    parser.space();
    let value = parser.value(0)?;
    parser.space();
    (parser.at == text.len()).then_some(value)
}

/// Where a text stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base {
    file: FileId,
    start: u32,
}

impl Base {
    /// A text that begins at the byte `start` of a file; `None` where the places of what follows do not fit.
    pub fn new(file: FileId, text: &str, start: u32) -> Option<Self> {
        start.checked_add(u32::try_from(text.len()).ok()?)?;
        Some(Self { file, start })
    }

    /// The place of a part of it.
    pub fn span(self, at: Range<usize>) -> Span {
        let place = |at: usize| self.start + u32::try_from(at).unwrap_or(0);
        Span::new(self.file, place(at.start), place(at.end))
    }

    /// The pieces of a string, quotes at `at`.
    pub fn pieces(self, text: Quoted<'_>, at: Range<usize>) -> Vec<Piece> {
        let place = self.span(at.start + 1..at.end - 1);
        match text.raw {
            "" => Vec::new(),
            raw if text.has_escapes => unescape(raw, place),
            raw => vec![Piece { text: raw.into(), at: Some(place) }],
        }
    }
}

struct Nodes(Base);

impl Nodes {
    fn scalar(&self, pieces: Vec<Piece>, style: Style, at: Range<usize>) -> Node {
        Node { kind: NodeKind::Scalar(Scalar { pieces, style }), span: self.0.span(at), tag: None }
    }
}

impl Build for Nodes {
    type Value = Node;
    type Entry = Pair;

    fn string(&mut self, text: Quoted<'_>, at: Range<usize>) -> Node {
        self.scalar(self.0.pieces(text, at.clone()), Style::Quoted, at)
    }

    fn word(&mut self, text: &str, at: Range<usize>) -> Node {
        let pieces = vec![Piece { text: text.into(), at: Some(self.0.span(at.clone())) }];
        self.scalar(pieces, Style::Plain, at)
    }

    fn list(&mut self, items: Vec<Node>, at: Range<usize>) -> Node {
        Node { kind: NodeKind::Sequence(items), span: self.0.span(at), tag: None }
    }

    fn entry(&mut self, key: Quoted<'_>, at: Range<usize>, value: Node) -> Pair {
        Pair { key: self.string(key, at), value }
    }

    fn map(&mut self, entries: Vec<Pair>, at: Range<usize>) -> Node {
        Node { kind: NodeKind::Mapping(entries), span: self.0.span(at), tag: None }
    }
}

struct Parser<'t, 'b, B> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// The keys of the objects that are open.
    keys: Vec<&'t str>,
    build: &'b mut B,
}

impl<'t, B: Build> Parser<'t, '_, B> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The next byte behind space, where it is this one.
    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let is_it = self.peek() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    fn value(&mut self, depth: usize) -> Option<B::Value> {
        let from = self.at;
        match self.peek()? {
            b'"' => {
                let text = self.string()?;
                return Some(self.build.string(text, from..self.at));
            }
            b'{' if depth < MAX_DEPTH => {
                let entries = self.object(depth)?;
                return Some(self.build.map(entries, from..self.at));
            }
            b'[' if depth < MAX_DEPTH => {
                let items = self.array(depth)?;
                return Some(self.build.list(items, from..self.at));
            }
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return None,
        }
        let text = self.text.get(from..self.at)?;
        Some(self.build.word(text, from..self.at))
    }

    fn object(&mut self, depth: usize) -> Option<Vec<B::Entry>> {
        self.at += 1;
        let mut entries = Vec::new();
        if self.eat(b'}') {
            return Some(entries);
        }
        // Most objects have one or two members.
        entries.reserve_exact(2);
        let own = self.keys.len();
        loop {
            self.space();
            let from = self.at;
            let key = self.string()?;
            let to = self.at;
            // Keys with escapes are not compared here.
            if key.has_escapes {
                return None;
            }
            self.keys.push(key.raw);
            if !self.eat(b':') {
                return None;
            }
            self.space();
            let value = self.value(depth + 1)?;
            entries.push(self.build.entry(key, from..to, value));
            if self.eat(b',') {
                continue;
            }
            let is_over = self.eat(b'}') && !has_duplicates(self.keys.get_mut(own..)?);
            self.keys.truncate(own);
            return is_over.then_some(entries);
        }
    }

    fn array(&mut self, depth: usize) -> Option<Vec<B::Value>> {
        self.at += 1;
        let mut items = Vec::new();
        if self.eat(b']') {
            return Some(items);
        }
        loop {
            self.space();
            items.push(self.value(depth + 1)?);
            if self.eat(b',') {
                continue;
            }
            return self.eat(b']').then_some(items);
        }
    }

    fn string(&mut self) -> Option<Quoted<'t>> {
        let from = self.at;
        if self.peek() != Some(b'"') {
            return None;
        }
        self.at += 1;
        let mut has_escapes = false;
        loop {
            self.at = plain_run(self.bytes, self.at);
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    has_escapes = true;
                    self.escape()?;
                }
                _ => return None,
            }
        }
        let raw = self.text.get(from + 1..self.at)?;
        self.at += 1;
        Some(Quoted { raw, has_escapes })
    }

    fn escape(&mut self) -> Option<()> {
        let length = match self.bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' => {
                let digits =
                    self.text.get(self.at + 2..self.at + 6).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))?;
                // Halves of a pair are the lenient parser's business.
                char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
                6
            }
            _ => return None,
        };
        self.at += length;
        Some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let from = self.at;
        self.at += word.len();
        (self.text.get(from..self.at) == Some(word)).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|it| it.is_ascii_digit()) {
            self.at += 1;
        }
        (from < self.at).then_some(())
    }
}

/// The first byte from `at` on that does not stand for itself in a string: a quote, a backslash or a control character; the end
/// where there is none. Eight bytes at a time.
#[inline]
pub(super) fn plain_run(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // A byte is zero where taking one from it borrows. Above such a byte this may err; the first one is right.
    let zero = |it: u64| it.wrapping_sub(ONES) & !it;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let quote = zero(word ^ (ONES * u64::from(b'"')));
        let slash = zero(word ^ (ONES * u64::from(b'\\')));
        let found = (control | quote | slash) & HIGH;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let is_plain = |it: &&u8| !matches!(**it, 0..0x20 | b'"' | b'\\');
    at + bytes.get(at..).unwrap_or_default().iter().take_while(is_plain).count()
}

/// Whether a key stands twice.
fn has_duplicates(keys: &mut [&str]) -> bool {
    /// So many are compared each with each.
    const FEW: usize = 12;
    if keys.len() <= FEW {
        return keys.iter().enumerate().any(|(at, it)| keys.iter().take(at).any(|other| other == it));
    }
    keys.sort_unstable();
    keys.windows(2).any(|it| it.first() == it.last())
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    /// Both parsers agree on a text, and the strict one reads it or leaves it.
    fn check(text: &str, is_strict: bool) {
        let strict = parse(FileId(3), text, 0);
        assert_eq!(strict.is_some(), is_strict, "{text}");
        let lenient = json::lenient(FileId(3), text);
        if is_strict {
            assert_eq!(strict, lenient.tree, "{text}");
            assert!(lenient.errors.is_empty(), "{text}: {:?}", lenient.errors);
        }
    }

    #[test]
    fn the_trees_are_those_of_the_lenient_parser() {
        for text in [
            r#"{"a": [1, -2.5e+3, 0, true, false, null], "b": {}, "c": [], "": "", "d": "x\n\"y\" \u00e9 é 𝄞"}"#,
            " [ ] ",
            "\"text\"",
            "-0.1E-7",
            "{\"a\":{\"b\":{\"c\":[[[\"deep\"]]]}}}\r\n",
        ] {
            check(text, true);
        }
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "'x'",
            "01",
            "1.",
            "-",
            "+1",
            "tru",
            "\"a\nb\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud834\\udd1e\"",
            "[1] 2",
            "{\"a\":1,\"a\":2}",
            "{\"\\u0061\":1}",
            "// x\n1",
            "[1 2]",
            "{\"a\" 1}",
            "\"open",
            "\u{feff}1",
        ] {
            check(text, false);
        }
        let deep = |by: usize| format!("{}1{}", "[".repeat(by), "]".repeat(by));
        check(&deep(MAX_DEPTH), true);
        check(&deep(MAX_DEPTH + 1), false);
    }

    #[test]
    fn places_count_from_the_start_of_the_file() {
        let node = parse(FileId(3), "{\"a\": \"b\"}", 100);
        let value = node.as_ref().and_then(|it| it.get("a")).map(|it| it.span);
        assert_eq!(value, Some(Span::new(FileId(3), 106, 109)));
    }
}
