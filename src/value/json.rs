//! JSON text with holes ↔ values: `decode` keeps structure and places through unknown parts, `encode` is its inverse.

mod document;
mod strict;

use crate::source::{Piece, Span};
use std::sync::Arc;

use super::{Cause, Class, Entry, Hole, Kind, List, Map, Number, Origin, Seg, SymStr, Val, Why};

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 200;

/// A longer JSON text (bytes) is not written into another as a string.
const MAX_INNER: usize = 1 << 20;

/// A JSON text that does not parse, or whose structure is not known.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// What was expected, without a final dot.
    pub message: String,
    /// Where, when that stands in a file.
    pub at: Option<Span>,
    /// Set where the text is not wrong but unknown: a hole stands where structure is.
    pub why: Option<Why>,
}

/// Decodes a symbolic JSON text. A hole inside a string becomes a hole of that string; a hole in place of a value becomes
/// an unknown value. Duplicate keys are kept. `origin` is the text's own: inner nodes have the places of their text,
/// or this origin where the file does not have it.
///
/// # Errors
/// [`JsonError`] with the place; `why` tells unknown from wrong.
pub fn decode(text: &SymStr, origin: &Origin) -> Result<Val, JsonError> {
    match strict::decode(text, origin) {
        Some(value) => Ok(value),
        None => decode_any(text, origin),
    }
}

/// The same for any text, character by character, with what is wrong about it.
fn decode_any(text: &SymStr, origin: &Origin) -> Result<Val, JsonError> {
    let mut reader = Reader { tokens: tokens(text), at: 0, origin };
    let value = reader.value(0)?;
    reader.skip_space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.error("expected the end of the JSON document")),
    }
}

/// One character with its place, or a hole.
#[derive(Clone)]
enum Token<'s> {
    Char(char, Option<Span>),
    Hole(&'s Arc<Hole>),
}

fn tokens(text: &SymStr) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for seg in text.segs() {
        match seg {
            Seg::Hole(hole) => tokens.push(Token::Hole(hole)),
            Seg::Lit(Piece { text, at }) => {
                for (index, c) in text.char_indices() {
                    let place = at.map(|at| {
                        let start = at.start + u32::try_from(index).unwrap_or(0);
                        Span::new(at.file, start, start + u32::try_from(c.len_utf8()).unwrap_or(1))
                    });
                    tokens.push(Token::Char(c, place));
                }
            }
        }
    }
    tokens
}

struct Reader<'s> {
    tokens: Vec<Token<'s>>,
    at: usize,
    origin: &'s Origin,
}

impl<'s> Reader<'s> {
    fn peek(&self) -> Option<&Token<'s>> {
        self.tokens.get(self.at)
    }

    fn next_char(&self) -> Option<char> {
        match self.peek() {
            Some(Token::Char(c, _)) => Some(*c),
            _ => None,
        }
    }

    fn skip_space(&mut self) {
        while self.next_char().is_some_and(|it| matches!(it, ' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn place(&self, at: usize) -> Option<Span> {
        match self.tokens.get(at) {
            Some(Token::Char(_, place)) => *place,
            _ => None,
        }
    }

    /// The place of a run of tokens: from the first placed one to the last.
    fn span(&self, from: usize, to: usize) -> Origin {
        let tokens = self.tokens.get(from..to).unwrap_or_default();
        let place = |it: &Token| match it {
            Token::Char(_, place) => *place,
            Token::Hole(_) => None,
        };
        let first = tokens.iter().find_map(place);
        let last = tokens.iter().rev().find_map(place);
        match (first, last) {
            (Some(first), Some(last)) if first.file == last.file && first.start <= last.start => {
                Origin { span: Some(first.to(last)), via: self.origin.via.clone() }
            }
            _ => self.origin.clone(),
        }
    }

    fn error(&self, message: &str) -> JsonError {
        let place = self.place(self.at).or_else(|| (0..self.at).rev().find_map(|it| self.place(it)));
        let why = match self.peek() {
            Some(Token::Hole(hole)) => Some(hole.why.clone()),
            _ => None,
        };
        let found = match self.peek() {
            None => ", found the end of the text".to_owned(),
            Some(Token::Char(c, _)) => format!(", found `{}`", c.escape_debug()),
            Some(Token::Hole(_)) => String::new(),
        };
        JsonError { message: format!("{message}{found}"), at: place.or(self.origin.span), why }
    }

    fn value(&mut self, depth: usize) -> Result<Val, JsonError> {
        if MAX_DEPTH < depth {
            return Err(self.error(&format!("nested more than {MAX_DEPTH} levels deep")));
        }
        self.skip_space();
        let start = self.at;
        let kind = match self.peek() {
            Some(Token::Hole(hole)) => {
                let hole = Arc::clone(hole);
                self.at += 1;
                bare(hole)
            }
            Some(Token::Char('{', _)) => self.object(depth)?,
            Some(Token::Char('[', _)) => self.array(depth)?,
            Some(Token::Char('"', _)) => Kind::String(self.string()?),
            _ => self.word()?,
        };
        Ok(Val::new(kind, self.span(start, self.at)))
    }

    fn object(&mut self, depth: usize) -> Result<Kind, JsonError> {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.skip_space();
            if entries.is_empty() && self.next_char() == Some('}') {
                break;
            }
            let start = self.at;
            if self.next_char() != Some('"') {
                return Err(self.error("expected a key in double quotes"));
            }
            let key = self.string()?;
            let key_origin = self.span(start, self.at);
            self.skip_space();
            if self.next_char() != Some(':') {
                return Err(self.error("expected `:` after the key"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            entries.push(Entry { key, key_origin, value });
            self.skip_space();
            match self.next_char() {
                Some(',') => self.at += 1,
                Some('}') => break,
                _ => return Err(self.error("expected `,` or `}`")),
            }
        }
        self.at += 1;
        Ok(Kind::Map(Map { entries, rest: None }))
    }

    fn array(&mut self, depth: usize) -> Result<Kind, JsonError> {
        self.at += 1;
        let (mut items, mut rest) = (Vec::new(), None);
        loop {
            self.skip_space();
            if items.is_empty() && rest.is_none() && self.next_char() == Some(']') {
                break;
            }
            // Joined texts make several elements of one hole: `[${join(",", local.quoted)}]`.
            match self.peek() {
                Some(Token::Hole(hole)) if hole.known.is_none() => {
                    rest.get_or_insert_with(|| hole.why.clone());
                    self.at += 1;
                }
                _ => items.push(self.value(depth + 1)?),
            }
            self.skip_space();
            match self.peek() {
                Some(Token::Char(',', _)) => self.at += 1,
                Some(Token::Char(']', _)) => break,
                Some(Token::Hole(hole)) if hole.known.is_none() => (),
                _ => return Err(self.error("expected `,` or `]`")),
            }
        }
        self.at += 1;
        Ok(Kind::List(List { items, rest }))
    }

    fn string(&mut self) -> Result<SymStr, JsonError> {
        self.at += 1;
        let mut out = Pieces::default();
        loop {
            match self.peek().cloned() {
                None => return Err(self.error("expected `\"` at the end of the string")),
                Some(Token::Hole(hole)) => {
                    self.at += 1;
                    out.hole(hole.clone());
                }
                Some(Token::Char('"', _)) => {
                    self.at += 1;
                    return Ok(out.finish());
                }
                Some(Token::Char('\\', _)) => {
                    let c = self.escape()?;
                    out.char(c, None);
                }
                Some(Token::Char(c, _)) if c < ' ' => {
                    return Err(self.error("expected no line break or control character in a string"));
                }
                Some(Token::Char(c, place)) => {
                    self.at += 1;
                    out.char(c, place);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let c = match self.next_char() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.error("expected a valid escape after `\\`")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.unit()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let low_follows = self.next_char() == Some('\\')
            && matches!(self.tokens.get(self.at + 1), Some(Token::Char('u', _)))
            && (0xd800..0xdc00).contains(&first);
        if !low_follows {
            return Ok('\u{fffd}');
        }
        self.at += 2;
        let low = self.unit()?;
        let code = low.checked_sub(0xdc00).map(|it| 0x10000 + ((first - 0xd800) << 10) + it);
        Ok(code.and_then(char::from_u32).unwrap_or('\u{fffd}'))
    }

    fn unit(&mut self) -> Result<u32, JsonError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.next_char().and_then(|it| it.to_digit(16));
            let Some(digit) = digit else { return Err(self.error("expected four hexadecimal digits")) };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    fn word(&mut self) -> Result<Kind, JsonError> {
        let start = self.at;
        let mut text = String::new();
        while let Some(c) = self.next_char().filter(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '+' | '.')) {
            text.push(c);
            self.at += 1;
        }
        let kind = match text.as_str() {
            "null" => Some(Kind::Null),
            "true" => Some(Kind::Bool(true)),
            "false" => Some(Kind::Bool(false)),
            _ => number(&text),
        };
        kind.ok_or_else(|| {
            self.at = start;
            self.error("expected a value")
        })
    }
}

/// A JSON number; its spelling is kept.
fn number(text: &str) -> Option<Kind> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let starts = digits.starts_with(|it: char| it.is_ascii_digit());
    let leading_zero =
        digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") && !digits.starts_with("0e");
    if !starts || leading_zero {
        return None;
    }
    let value = text.parse().ok()?;
    Some(Kind::Number(Number { value, raw: Some(text.into()) }))
}

/// A hole in place of a value: its known text decides the type as the JSON text would.
fn bare(hole: Arc<Hole>) -> Kind {
    match hole.known.as_deref() {
        Some("true") => Kind::Bool(true),
        Some("false") => Kind::Bool(false),
        Some("null") => Kind::Null,
        Some(text) => number(text).unwrap_or(Kind::Unknown(hole)),
        None => Kind::Unknown(hole),
    }
}

/// Joins characters into pieces: neighbours in the file stay one placed piece.
#[derive(Default)]
struct Pieces {
    done: SymStr,
    text: String,
    at: Option<Span>,
    placed: bool,
}

impl Pieces {
    fn char(&mut self, c: char, place: Option<Span>) {
        self.run(c.encode_utf8(&mut [0; 4]), place);
    }

    /// Text that stands at `place` letter for letter, or nowhere.
    fn run(&mut self, text: &str, place: Option<Span>) {
        let joins = match (self.at, place) {
            (Some(own), Some(next)) => self.placed && own.file == next.file && own.end == next.start,
            (None, None) => !self.placed && !self.text.is_empty(),
            _ => false,
        };
        if !joins {
            self.flush();
            self.placed = place.is_some();
        }
        self.at = match (self.at, place) {
            (Some(own), Some(next)) => Some(own.to(next)),
            (_, next) => next,
        };
        self.text.push_str(text);
    }

    fn hole(&mut self, hole: Arc<Hole>) {
        self.flush();
        self.done.push(Seg::Hole(hole));
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let at = self.at.take();
        self.done.push(Seg::Lit(Piece { text: text.into(), at }));
    }

    fn finish(mut self) -> SymStr {
        self.flush();
        self.done
    }
}

/// The compact JSON text of a value, as Terraform's `jsonencode` writes it (`<`, `>` and `&` escaped). Unknown values
/// become holes; `None` where the structure itself is open or undecided.
#[must_use]
pub fn encode(value: &Val) -> Option<SymStr> {
    encode_at(value, 0)
}

fn encode_at(value: &Val, depth: usize) -> Option<SymStr> {
    let mut out = SymStr::default();
    write(value, &mut out, depth)?;
    Some(out)
}

fn write(value: &Val, out: &mut SymStr, depth: usize) -> Option<()> {
    if MAX_DEPTH < depth {
        return None;
    }
    match &value.kind {
        Kind::Null => push(out, "null"),
        Kind::Bool(it) => push(out, if *it { "true" } else { "false" }),
        Kind::Number(it) => push(out, &it.to_string()),
        Kind::String(text) => write_string(text, out),
        // A whole unknown may be a text or anything else: it stands bare, and decoding gives it back.
        Kind::Unknown(hole) => out.push(Seg::Hole(hole.clone())),
        Kind::Json(inner) => {
            // A text in a text in a text: each level doubles the backslashes.
            let text = encode_at(inner, depth + 1)?;
            if MAX_INNER < length(&text) {
                return None;
            }
            write_string(&text, out);
        }
        Kind::List(list) => {
            if list.rest.is_some() {
                return None;
            }
            push(out, "[");
            for (index, item) in list.items.iter().enumerate() {
                push(out, if index == 0 { "" } else { "," });
                write(item, out, depth + 1)?;
            }
            push(out, "]");
        }
        Kind::Map(map) => {
            if map.rest.is_some() {
                return None;
            }
            push(out, "{");
            for (index, entry) in map.entries.iter().enumerate() {
                push(out, if index == 0 { "" } else { "," });
                write_string(&entry.key, out);
                push(out, ":");
                write(&entry.value, out, depth + 1)?;
            }
            push(out, "}");
        }
        Kind::Choice(_) => return None,
    }
    Some(())
}

fn length(text: &SymStr) -> usize {
    text.segs().iter().map(|it| if let Seg::Lit(piece) = it { piece.text.len() } else { 1 }).sum()
}

fn push(out: &mut SymStr, text: &str) {
    out.push(Seg::Lit(Piece { text: text.into(), at: None }));
}

fn write_string(text: &SymStr, out: &mut SymStr) {
    push(out, "\"");
    for seg in text.segs() {
        match seg {
            Seg::Hole(hole) => out.push(Seg::Hole(hole.clone())),
            Seg::Lit(piece) => push(out, &escape_text(&piece.text)),
        }
    }
    push(out, "\"");
}

fn escape_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// The hole that stands for the JSON text of a value that cannot be written down.
#[must_use]
pub fn opaque(value: &Val) -> Hole {
    let why = value.why().unwrap_or_else(|| Why::new(Cause::Limit, "the JSON text", value.origin.span));
    let symbol = super::Symbol::new(format!("jsonencode@{:?}", value.origin.span), "");
    Hole { symbol, class: Class::Any, known: None, why }
}

pub use document::of_document;
pub use strict::parse_part;

#[cfg(test)]
mod tests;
