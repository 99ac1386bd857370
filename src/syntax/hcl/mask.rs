//! A copy of a text that hcl-edit can parse, of the same length, so that offsets stay those of the original.
//!
//! What hcl-edit would refuse or misread is replaced by a number of the same width, a *hole*, and parsed on its own:
//! heredocs (hcl-edit ends them at a line that merely begins with the delimiter), brackets nested beyond its limit of 64,
//! and earlier occurrences of an object's key (Terraform takes the last). Where a first try failed, newlines and comments
//! that Terraform ignores are blanked as well (a newline after `:` of a conditional inside an object `for`).

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::header::skip_trivia;
use super::scan::{Frame, Kind, Scanner, is_identifier_byte};

/// What stands in a place that the copy shows as a number.
#[derive(Clone, Debug)]
pub(super) enum Hole {
    /// A heredoc.
    Heredoc {
        /// From `<<` to the closing delimiter.
        whole: Range<usize>,
        /// The lines between.
        content: Range<usize>,
        /// The delimiter after `<<`.
        delimiter: Range<usize>,
        /// Whether it is `<<-`.
        indented: bool,
    },
    /// One expression.
    Expression(Range<usize>),
    /// The arguments of a call; the range has the parentheses.
    Arguments(Range<usize>),
    /// The key of an object's item that is repeated further down.
    Key(Range<usize>),
}

/// A masked copy.
pub(super) struct Masked {
    /// The copy of the range, without what stands before it.
    pub text: String,
    /// The holes by the offset (in the original) at which the copy shows a number.
    pub holes: BTreeMap<usize, Hole>,
}

/// What the range holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// Arguments and blocks.
    Body,
    /// One expression.
    Expression,
    /// A template without quotes.
    Template,
}

/// How many brackets deep a part may be before it is parsed on its own: each costs hcl-edit up to three of its 64 levels.
pub(super) const DEPTH: usize = 16;

/// Where the scanner's innermost frame stands, and what its newlines mean.
struct Place {
    role: Role,
    start: usize,
    inner: usize,
    /// In an object: where the key begins that is being read.
    key: Option<usize>,
    key_end: Option<usize>,
    keys: HashMap<String, Range<usize>>,
    repeated: Vec<Range<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Block,
    Object,
    ForObject,
    List,
    Index,
    Group,
    Call,
    Interpolation,
    Literal,
}

impl Role {
    fn ignores_newlines(self) -> bool {
        !matches!(self, Self::Block | Self::Object | Self::Literal)
    }
}

/// Masks a range of `text`; `thorough` blanks newlines and repeated keys too.
pub(super) fn mask(text: &str, range: Range<usize>, grammar: Grammar, thorough: bool) -> Masked {
    let copy = text.get(range.clone()).unwrap_or_default().as_bytes().to_vec();
    let mut masker = Masker { text, base: range.start, copy, holes: BTreeMap::new(), places: Vec::new() };
    let outermost = match grammar {
        Grammar::Body => Role::Block,
        Grammar::Expression => Role::Group,
        Grammar::Template => Role::Literal,
    };
    let mut scanner = Scanner::new(text, range.clone());
    if grammar == Grammar::Template {
        scanner = scanner.template();
    }
    if thorough {
        scanner = scanner.fine();
    }
    masker.run(scanner, outermost, thorough);
    Masked { text: String::from_utf8(masker.copy).unwrap_or_default(), holes: masker.holes }
}

struct Masker<'a> {
    text: &'a str,
    base: usize,
    copy: Vec<u8>,
    holes: BTreeMap<usize, Hole>,
    places: Vec<Place>,
}

impl Masker<'_> {
    fn run(&mut self, mut scanner: Scanner<'_>, outermost: Role, thorough: bool) {
        let mut hole: Option<usize> = None;
        while let Some(token) = scanner.next() {
            let inside_hole = hole.is_some();
            match token.kind {
                Kind::Open(ref frame) => {
                    let role = self.role(frame, token.start);
                    let deep = DEPTH < self.places.len() && role != Role::Block && role != Role::Literal;
                    if hole.is_none() && (deep || matches!(frame, Frame::Heredoc { .. })) {
                        hole = Some(self.places.len());
                    }
                    let key = (role == Role::Object).then_some(token.end);
                    let (start, inner) = (token.start, token.end);
                    self.places.push(Place {
                        role,
                        start,
                        inner,
                        key,
                        key_end: None,
                        keys: HashMap::new(),
                        repeated: Vec::new(),
                    });
                }
                Kind::Close(frame) => {
                    let place = self.places.pop();
                    if let (Some(place), false) = (&place, inside_hole) {
                        self.rename(place);
                    }
                    if let (Some(place), true) = (place, hole == Some(self.places.len())) {
                        hole = None;
                        self.dig(&frame, &place, token.start, token.end);
                    }
                }
                Kind::Newline | Kind::Comment if thorough && !inside_hole => {
                    let role = self.places.last().map_or(outermost, |it| it.role);
                    if role.ignores_newlines() {
                        let returns = token.kind == Kind::Newline
                            && self.text.as_bytes().get(token.start.wrapping_sub(1)) == Some(&b'\r');
                        self.fill(token.start - usize::from(returns)..token.end, "");
                    }
                    self.next_key(token.start, token.end, token.kind == Kind::Newline);
                }
                Kind::Mark(b',') if !inside_hole => self.next_key(token.start, token.end, true),
                Kind::Mark(_) if !inside_hole => self.end_key(token.start),
                _ => (),
            }
        }
    }

    fn role(&self, frame: &Frame, start: usize) -> Role {
        let before = self.text.get(..start).unwrap_or_default().trim_end_matches([' ', '\t']);
        let last = before.bytes().next_back().unwrap_or(b'\n');
        let word = || before.rsplit(|it: char| !it.is_alphanumeric() && it != '_').next().unwrap_or_default();
        let follows_name = is_identifier_byte(last) && last != b'-' && !matches!(word(), "in" | "if");
        match frame {
            Frame::Brace if follows_name || last == b'"' => Role::Block,
            Frame::Brace => {
                let first = skip_trivia(self.text, start + 1, self.text.len());
                let rest = self.text.as_bytes().get(first..).unwrap_or_default();
                let is_for = rest.starts_with(b"for") && rest.get(3).is_some_and(|it| !is_identifier_byte(*it));
                if is_for { Role::ForObject } else { Role::Object }
            }
            Frame::Paren if follows_name => Role::Call,
            Frame::Paren => Role::Group,
            Frame::Bracket if follows_name || matches!(last, b')' | b']' | b'}' | b'"' | b'*') => Role::Index,
            Frame::Bracket => Role::List,
            Frame::Interpolation => Role::Interpolation,
            Frame::Quote | Frame::Text | Frame::Heredoc { .. } => Role::Literal,
        }
    }

    /// Replaces a frame that has just been closed by a hole.
    fn dig(&mut self, frame: &Frame, place: &Place, close: usize, end: usize) {
        if let Frame::Heredoc { delimiter, .. } = frame {
            let line = memchr::memrchr(b'\n', self.text.as_bytes().get(..close).unwrap_or_default());
            let content = place.inner..line.map_or(close, |it| it + 1).max(place.inner);
            let indented = delimiter.start == place.start + 3;
            let whole = place.start..end;
            self.fill(whole.clone(), "0");
            let delimiter = delimiter.clone();
            self.holes.insert(place.start, Hole::Heredoc { whole, content, delimiter, indented });
            return;
        }
        let bytes = self.text.as_bytes();
        let mut inner = place.inner..close;
        if place.role == Role::Interpolation {
            inner.start += usize::from(bytes.get(inner.start) == Some(&b'~'));
            inner.end -= usize::from(inner.start < inner.end && bytes.get(inner.end - 1) == Some(&b'~'));
        }
        let is_directive = place.role == Role::Interpolation && bytes.get(place.start) == Some(&b'%');
        let is_splat = self.text.get(inner.clone()).is_none_or(|it| matches!(it.trim(), "" | "*"));
        if is_directive || is_splat {
            return;
        }
        let (range, hole) = match place.role {
            Role::List | Role::Object | Role::ForObject => (place.start..end, Hole::Expression(place.start..end)),
            Role::Call => (inner, Hole::Arguments(place.start..end)),
            _ => (inner.clone(), Hole::Expression(inner)),
        };
        self.holes.insert(range.start, hole);
        self.fill(range, "0");
    }

    /// Gives each earlier occurrence of a key a number that is no key of the object.
    fn rename(&mut self, place: &Place) {
        let mut number = 0;
        for key in &place.repeated {
            while place.keys.contains_key(&number.to_string()) {
                number += 1;
            }
            let name = number.to_string();
            number += 1;
            // A key too short for another number stays as it is: hcl-edit will refuse it, and the value is then unknown.
            if name.len() <= key.len() {
                self.holes.insert(key.start, Hole::Key(key.clone()));
                self.fill(key.clone(), &name);
            }
        }
    }

    fn next_key(&mut self, start: usize, at: usize, separates: bool) {
        let text = self.text;
        let Some(place) = self.places.last_mut() else { return };
        if place.role != Role::Object {
            return;
        }
        let blank = place.key.is_some_and(|it| skip_trivia(text, it, at) == at);
        if separates || blank {
            place.key = Some(at);
            place.key_end = None;
        } else {
            // A comment between a key and its equals sign.
            place.key_end = place.key_end.or(Some(start));
        }
    }

    fn end_key(&mut self, at: usize) {
        let text = self.text;
        let Some(place) = self.places.last_mut() else { return };
        let Some(start) = place.key.take().filter(|_| place.role == Role::Object) else { return };
        let at = place.key_end.take().unwrap_or(at);
        let start = skip_trivia(text, start, at);
        let Some(key) = text.get(start..at) else { return };
        let range = start..start + key.trim_end().len();
        if let Some(earlier) = place.keys.insert(key.trim_end().to_owned(), range) {
            place.repeated.push(earlier);
        }
    }

    fn fill(&mut self, range: Range<usize>, with: &str) {
        let (Some(start), Some(end)) = (range.start.checked_sub(self.base), range.end.checked_sub(self.base)) else {
            return;
        };
        let Some(bytes) = self.copy.get_mut(start..end) else { return };
        bytes.fill(b' ');
        for (to, from) in bytes.iter_mut().zip(with.bytes()) {
            *to = from;
        }
    }
}
