//! JSON with a span on every node, over `jsonc-parser`. Duplicate keys are kept; comments and trailing commas are read, and
//! said.

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use crate::source::{FileId, Piece, Span};

use super::data::{Node, NodeKind, Pair, Scalar, Style};
use super::{Parsed, SyntaxError};

/// Deeper nesting is refused before the (recursive) parser sees it.
const MAX_DEPTH: usize = 200;

/// Parses one JSON document. The tree is `None` for an empty text and where nothing was understood.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed<Option<Node>> {
    if let Some(at) = too_deep(text) {
        let error = error(Span::of(file, at..at + 1), format!("nested more than {MAX_DEPTH} levels deep"), true);
        return Parsed { tree: None, errors: vec![error] };
    }
    let collect = CollectOptions { comments: CommentCollectionStrategy::Separate, tokens: false };
    let mut errors = Vec::new();
    let parsed = match parse_to_ast(text, &collect, &options()) {
        Ok(parsed) => parsed,
        Err(failed) => {
            let range = failed.range();
            let at = Span::of(file, range.start..range.end.max(range.start + 1).min(text.len().max(range.start)));
            errors.push(error(at, lower_first(&failed.kind().to_string()), true));
            return Parsed { tree: None, errors };
        }
    };
    if let Some(comment) =
        parsed.comments.iter().flat_map(|it| it.values()).flat_map(|it| it.iter()).min_by_key(|it| it.range().start)
    {
        let range = comment.range();
        errors.push(error(Span::of(file, range.start..range.end), "JSON has no comments; AWS refuses them", false));
    }
    let tree = parsed.value.map(|value| Lower { file, text, errors: &mut errors }.node(&value));
    Parsed { tree, errors }
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

fn error(at: Span, message: impl Into<String>, loses: bool) -> SyntaxError {
    SyntaxError { at, message: message.into(), help: None, loses }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|it| it.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// The offset at which brackets nest too deeply, strings skipped.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                if MAX_DEPTH < depth {
                    return Some(at);
                }
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => (),
        }
    }
    None
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

/// The text of a JSON string without its quotes, in pieces: runs without an escape keep their place.
pub(crate) fn unescape(raw: &str, at: Span) -> Vec<Piece> {
    let mut pieces = Vec::new();
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
        pieces.push(Piece { text: decoded.to_string().into(), at: None });
        rest = rest.get(length..).unwrap_or_default();
        offset += step(length);
    }
    pieces
}

/// The character of the escape at the start, and the length of the escape.
fn escape(text: &str) -> (char, usize) {
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
