//! JSON with a span on every node: `strict` where it is JSON to the letter, else over `jsonc-parser`. Duplicate keys are kept; comments and trailing commas are read, and
//! said.

use std::sync::Arc;

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use crate::source::{FileId, Piece, Span};

use super::data::{Node, NodeKind, Pair, Scalar, Style};
use super::{ErrorKind, Parsed, SyntaxError};

/// Deeper nesting is refused before the (recursive) parser sees it.
pub(super) const MAX_DEPTH: usize = 200;

/// Parses one JSON document. The tree is `None` for an empty text and where nothing was understood.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed<Option<Node>> {
    match super::strict::parse(file, text, 0) {
        Some(tree) => Parsed { tree: Some(tree), errors: Vec::new() },
        None => lenient(file, text),
    }
}

/// The same for any text, with what is wrong about it.
pub(super) fn lenient(file: FileId, text: &str) -> Parsed<Option<Node>> {
    let look = look(text);
    if let Some(at) = look.too_deep {
        let error =
            error(Span::of(file, at..at + 1), format!("nested more than {MAX_DEPTH} levels deep"), ErrorKind::Loses);
        return Parsed { tree: None, errors: vec![error] };
    }
    let collect = CollectOptions { comments: CommentCollectionStrategy::Separate, tokens: false };
    let mut errors = Vec::new();
    let parsed = match parse_to_ast(text, &collect, &options()) {
        Ok(parsed) => parsed,
        Err(failed) => {
            let range = failed.range();
            let at = Span::of_char(file, text, range.start);
            let at = if text.is_char_boundary(range.end) { at.to(Span::of(file, range.start..range.end)) } else { at };
            errors.push(error(at, lower_first(&failed.kind().to_string()), ErrorKind::Loses));
            return Parsed { tree: None, errors };
        }
    };
    if let Some(comment) =
        parsed.comments.iter().flat_map(|it| it.values()).flat_map(|it| it.iter()).min_by_key(|it| it.range().start)
    {
        let range = comment.range();
        errors.push(error(Span::of(file, range.start..range.end), "JSON has no comments", ErrorKind::Refused));
    }
    for (at, message) in [
        (look.trailing_comma, "JSON has no comma after the last element"),
        (look.control, "a JSON string has no line breaks and control characters; write `\\n`"),
    ] {
        errors.extend(at.map(|at| error(Span::of(file, at..at + 1), message, ErrorKind::Refused)));
    }
    let tree = parsed.value.map(|value| Lower { file, text, errors: &mut errors }.node(&value));
    Parsed { tree, errors }
}

/// Parses a part of a file that begins at the byte `start`: a document of its own within a larger one.
#[must_use]
pub fn parse_part(file: FileId, part: &str, start: u32) -> Parsed<Option<Node>> {
    if let Some(tree) = super::strict::parse(file, part, start) {
        return Parsed { tree: Some(tree), errors: Vec::new() };
    }
    let mut parsed = lenient(file, part);
    if let Some(tree) = &mut parsed.tree {
        tree.shift(start);
    }
    for error in &mut parsed.errors {
        error.at = error.at.shifted(start);
    }
    parsed
}

fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn error(at: Span, message: impl Into<String>, kind: ErrorKind) -> SyntaxError {
    SyntaxError { at, message: message.into(), help: None, kind }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|it| it.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// What a look at the bytes tells: offsets of the first occurrence.
#[derive(Default)]
struct Look {
    /// Brackets nest too deeply for the (recursive) parser.
    too_deep: Option<usize>,
    /// A comma before a closing bracket, which the parser lets pass.
    trailing_comma: Option<usize>,
    /// A control character within a string, which the parser lets pass.
    control: Option<usize>,
}

fn look(text: &str) -> Look {
    let bytes = text.as_bytes();
    let mut look = Look::default();
    let (mut depth, mut comma) = (0_usize, None);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at, &mut look.control);
                comma = None;
            }
            b'/' if matches!(bytes.get(at + 1), Some(b'/')) => {
                let rest = bytes.get(at..).unwrap_or_default();
                at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            }
            b'/' if matches!(bytes.get(at + 1), Some(b'*')) => {
                let rest = bytes.get(at..).unwrap_or_default();
                at += memchr::memmem::find(rest, b"*/").map_or(rest.len(), |it| it + 1);
            }
            b'[' | b'{' => {
                (depth, comma) = (depth + 1, None);
                if MAX_DEPTH < depth {
                    look.too_deep = Some(at);
                    return look;
                }
            }
            b']' | b'}' => {
                look.trailing_comma = look.trailing_comma.or(comma.take());
                depth = depth.saturating_sub(1);
            }
            b',' => comma = Some(at),
            b' ' | b'\t' | b'\r' | b'\n' => (),
            _ => comma = None,
        }
        at += 1;
    }
    look
}

/// The offset of the quote that ends a string.
fn string_end(bytes: &[u8], start: usize, control: &mut Option<usize>) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 1,
            0..0x20 => *control = control.or(Some(at)),
            _ => (),
        }
        at += 1;
    }
    at
}

struct Lower<'a> {
    file: FileId,
    text: &'a str,
    errors: &'a mut Vec<SyntaxError>,
}

impl Lower<'_> {
    fn node(&mut self, value: &Value) -> Node {
        let range = value.range();
        let span = Span::of(self.file, range.start..range.end);
        let kind = match value {
            Value::StringLit(_) => self.string(span),
            Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => {
                let text = self.text.get(span.range()).unwrap_or_default();
                NodeKind::Scalar(Scalar {
                    pieces: vec![Piece { text: text.into(), at: Some(span) }],
                    style: Style::Plain,
                })
            }
            Value::Array(array) => NodeKind::Sequence(array.elements.iter().map(|it| self.node(it)).collect()),
            Value::Object(object) => {
                let pairs: Vec<_> = object.properties.iter().map(|it| self.pair(it)).collect();
                super::data::note_duplicates(&pairs, self.text, self.errors);
                NodeKind::Mapping(pairs)
            }
        };
        Node { kind, span, tag: None }
    }

    fn pair(&mut self, property: &jsonc_parser::ast::ObjectProp) -> Pair {
        let range = match &property.name {
            ObjectPropName::String(it) => it.range(),
            ObjectPropName::Word(it) => it.range(),
        };
        let span = Span::of(self.file, range.start..range.end);
        let key = Node { kind: self.string(span), span, tag: None };
        Pair { key, value: self.node(&property.value) }
    }

    fn string(&mut self, span: Span) -> NodeKind {
        let inner = Span::new(span.file, span.start + 1, span.end.saturating_sub(1));
        let text = self.text.get(inner.range()).unwrap_or_default();
        NodeKind::Scalar(Scalar { pieces: unescape(text, inner), style: Style::Quoted })
    }
}

thread_local! {
    /// Of a policy in a string every second piece is a quote: each thread shares one, for a count shared by all cores costs more than a copy.
    static QUOTE: Arc<str> = Arc::from("\"");
}

/// The text of a JSON string without its quotes, in pieces: runs without an escape keep their place.
pub(crate) fn unescape(raw: &str, at: Span) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(2 * memchr::memchr_iter(b'\\', raw.as_bytes()).count() + 1);
    let mut rest = raw;
    let mut offset = at.start;
    let step = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    while !rest.is_empty() {
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        if 0 < plain {
            let (head, tail) = rest.split_at(plain);
            let end = offset + step(plain);
            pieces.push(Piece { text: head.into(), at: Some(Span::new(at.file, offset, end)) });
            (rest, offset) = (tail, end);
            continue;
        }
        let (decoded, length) = escape(rest);
        let text = match decoded {
            '"' => QUOTE.with(Arc::clone),
            other => (&*other.encode_utf8(&mut [0; 4])).into(),
        };
        pieces.push(Piece { text, at: None });
        rest = rest.get(length..).unwrap_or_default();
        offset += step(length);
    }
    pieces
}

/// The character of the escape at the start, and the length of the escape.
pub(crate) fn escape(text: &str) -> (char, usize) {
    let mut chars = text.chars();
    chars.next();
    let simple = match chars.next() {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('u') => return unicode(text),
        Some(other) => return (other, 1 + other.len_utf8()),
        None => return ('\\', 1),
    };
    (simple, 2)
}

fn unicode(text: &str) -> (char, usize) {
    let unit = |from: usize| text.get(from..from + 4).and_then(|it| u32::from_str_radix(it, 16).ok());
    let Some(first) = unit(2) else { return ('\u{fffd}', text.len().min(2)) };
    if let Some(found) = char::from_u32(first) {
        return (found, 6);
    }
    let second =
        text.get(6..8).filter(|it| *it == "\\u").and_then(|_| unit(8)).filter(|it| (0xdc00..0xe000).contains(it));
    match second {
        Some(low) if (0xd800..0xdc00).contains(&first) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(code).unwrap_or('\u{fffd}'), 12)
        }
        _ => ('\u{fffd}', 6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(usize, ErrorKind)]) {
        let found: Vec<_> = parse(FileId(0), text).errors.iter().map(|it| (it.at.range().start, it.kind)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_others_refuse_is_said_once_with_its_place() {
        use ErrorKind::{DuplicateKey, Loses, Refused};
        check(r#"{"a": [1, 2], "b": {}}"#, &[]);
        check(r#"{"a": [1, 2,], "b": {},}"#, &[(11, Refused)]);
        check("{\"a\": \"x,]\\\"y\\n\"}", &[]);
        check("{\"a\": \"x\ny\"}", &[(8, Refused)]);
        check("{\"a\": 1 // don't, \"\n}", &[(8, Refused)]);
        check("{\"a\": [1 /* , */ , // x\n ]}", &[(9, Refused), (17, Refused)]);
        check(r#"{"a": 1, "a": 2}"#, &[(9, DuplicateKey)]);
        check("{\"a\": ", &[(6, Loses)]);
        check("[[[\"", &[(3, Loses)]);
    }
}
