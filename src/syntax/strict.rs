//! JSON exactly as its standard has it → tree, in one pass. What is anything else is left to the lenient parser, which says why.
//!
//! Plans, snapshots and policies are written by programs and nearly always pass here, several times faster.
//! <https://www.rfc-editor.org/rfc/rfc8259>

use crate::source::{FileId, Piece, Span};

use super::data::{Node, NodeKind, Pair, Scalar, Style};
use super::json::{MAX_DEPTH, unescape};

/// The tree of a text that begins at the byte `start` of a file. `None` where it is not strict JSON, is nested too deeply, or has
/// a key twice.
pub(super) fn parse(file: FileId, text: &str, start: u32) -> Option<Node> {
    // The places of what follows must fit.
    start.checked_add(u32::try_from(text.len()).ok()?)?;
    let mut parser = Parser { file, text, bytes: text.as_bytes(), start, at: 0 };
    parser.space();
    let node = parser.value(0)?;
    parser.space();
    (parser.at == text.len()).then_some(node)
}

struct Parser<'t> {
    file: FileId,
    text: &'t str,
    bytes: &'t [u8],
    start: u32,
    at: usize,
}

impl Parser<'_> {
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

    fn span(&self, from: usize, to: usize) -> Span {
        let place = |at: usize| self.start + u32::try_from(at).unwrap_or(0);
        Span::new(self.file, place(from), place(to))
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        let from = self.at;
        let kind = match self.peek()? {
            b'"' => return self.string(),
            b'{' if depth < MAX_DEPTH => self.object(depth)?,
            b'[' if depth < MAX_DEPTH => self.array(depth)?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return None,
        };
        Some(Node { kind, span: self.span(from, self.at), tag: None })
    }

    fn object(&mut self, depth: usize) -> Option<NodeKind> {
        self.at += 1;
        let mut pairs: Vec<Pair> = Vec::new();
        if self.eat(b'}') {
            return Some(NodeKind::Mapping(pairs));
        }
        loop {
            self.space();
            let key = self.string()?;
            if !self.eat(b':') {
                return None;
            }
            self.space();
            pairs.push(Pair { key, value: self.value(depth + 1)? });
            if self.eat(b',') {
                continue;
            }
            let is_over = self.eat(b'}') && !has_duplicates(&pairs);
            return is_over.then_some(NodeKind::Mapping(pairs));
        }
    }

    fn array(&mut self, depth: usize) -> Option<NodeKind> {
        self.at += 1;
        let mut items = Vec::new();
        if self.eat(b']') {
            return Some(NodeKind::Sequence(items));
        }
        loop {
            self.space();
            items.push(self.value(depth + 1)?);
            if self.eat(b',') {
                continue;
            }
            return self.eat(b']').then_some(NodeKind::Sequence(items));
        }
    }

    fn string(&mut self) -> Option<Node> {
        let from = self.at;
        if self.peek() != Some(b'"') {
            return None;
        }
        self.at += 1;
        let mut is_plain = true;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    is_plain = false;
                    self.escape()?;
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
        let inner = self.text.get(from + 1..self.at)?;
        let place = self.span(from + 1, self.at);
        self.at += 1;
        let pieces = match inner {
            "" => Vec::new(),
            _ if is_plain => vec![Piece { text: inner.into(), at: Some(place) }],
            _ => unescape(inner, place),
        };
        let kind = NodeKind::Scalar(Scalar { pieces, style: Style::Quoted });
        Some(Node { kind, span: self.span(from, self.at), tag: None })
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

    fn word(&mut self, word: &str) -> Option<NodeKind> {
        let from = self.at;
        self.at += word.len();
        (self.text.get(from..self.at) == Some(word)).then(|| self.plain(from))
    }

    fn number(&mut self) -> Option<NodeKind> {
        let from = self.at;
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
        Some(self.plain(from))
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|it| it.is_ascii_digit()) {
            self.at += 1;
        }
        (from < self.at).then_some(())
    }

    fn plain(&self, from: usize) -> NodeKind {
        let text = self.text.get(from..self.at).unwrap_or_default();
        let pieces = vec![Piece { text: text.into(), at: Some(self.span(from, self.at)) }];
        NodeKind::Scalar(Scalar { pieces, style: Style::Plain })
    }
}

/// Whether a key stands twice, or may: keys with escapes are not compared here.
fn has_duplicates(pairs: &[Pair]) -> bool {
    let mut keys: Vec<&str> = Vec::with_capacity(pairs.len());
    for pair in pairs {
        match &pair.key.kind {
            NodeKind::Scalar(Scalar { pieces, .. }) => match pieces.as_slice() {
                [] => keys.push(""),
                [Piece { text, at: Some(_) }] => keys.push(text),
                _ => return true,
            },
            NodeKind::Sequence(_) | NodeKind::Mapping(_) => return true,
        }
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
