//! The scanner: walks text and reports what opens and closes, knowing strings, nested templates, heredocs and comments.
//! It never recurses, so that no nesting overflows the stack, and it looks at each byte once.

use std::ops::Range;

/// What encloses a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// `{ … }` of a block, an object or an object `for`.
    Brace,
    /// `( … )`.
    Paren,
    /// `[ … ]`.
    Bracket,
    /// `${ … }` or `%{ … }`.
    Interpolation,
    /// `" … "`.
    Quote,
    /// `<<X … X`.
    Heredoc {
        /// Where the delimiter stands after `<<`.
        delimiter: Range<usize>,
        /// Whether the next byte begins a line.
        line_start: bool,
    },
    /// A text that is a template throughout.
    Text,
}

/// Kinds of tokens; what is none of these is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A frame begins; the token is its opening mark (of a heredoc: up to and including the newline).
    Open(Frame),
    /// A frame ends; the token is its closing mark, empty where the mark is missing.
    Close(Frame),
    /// A newline in code.
    Newline,
    /// A comment, without the newline that ends it.
    Comment,
    /// `,`, `=` or `:` in code; only where asked for.
    Mark(u8),
}

/// A token and its byte range in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// The scanner.
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    pos: usize,
    interesting: &'static [bool; 256],
    /// The open frames, outermost first.
    pub stack: Vec<Frame>,
    /// Where something did not match for the first time: a string without its end, a closing bracket of another kind.
    pub damage: Option<usize>,
}

#[expect(clippy::indexing_slicing, reason = "runs while compiling, where no iterator can")]
const fn table(extra: &[u8]) -> [bool; 256] {
    let mut out = [false; 256];
    let base = b"\n\"#/()[]{}<";
    let mut at = 0;
    while at < base.len() {
        out[base[at] as usize] = true;
        at += 1;
    }
    at = 0;
    while at < extra.len() {
        out[extra[at] as usize] = true;
        at += 1;
    }
    out
}

static COARSE: [bool; 256] = table(b"");
static FINE: [bool; 256] = table(b",=:");

impl<'a> Scanner<'a> {
    /// Scans `range` of `text`: brackets, strings, comments and newlines.
    pub fn new(text: &'a str, range: Range<usize>) -> Self {
        let bytes = text.as_bytes().get(..range.end).unwrap_or(text.as_bytes());
        Self { bytes, pos: range.start, interesting: &COARSE, stack: Vec::new(), damage: None }
    }

    /// Reports `,`, `=` and `:` as well.
    pub fn fine(mut self) -> Self {
        self.interesting = &FINE;
        self
    }

    /// Begins inside a template.
    pub fn template(mut self) -> Self {
        self.stack.push(Frame::Text);
        self
    }

    fn at(&self, offset: usize) -> Option<u8> {
        self.bytes.get(offset).copied()
    }

    fn token(&mut self, kind: Kind, start: usize, end: usize) -> Option<Token> {
        self.pos = end;
        Some(Token { kind, start, end })
    }

    fn open(&mut self, frame: Frame, start: usize, end: usize) -> Option<Token> {
        self.stack.push(frame.clone());
        self.token(Kind::Open(frame), start, end)
    }

    fn close(&mut self, start: usize, end: usize) -> Option<Token> {
        let frame = self.stack.pop()?;
        self.token(Kind::Close(frame), start, end)
    }

    fn damaged(&mut self, at: usize) {
        self.damage = self.damage.or(Some(at));
    }

    /// The next token, or nothing at the end.
    pub fn next(&mut self) -> Option<Token> {
        match self.stack.last() {
            Some(Frame::Quote | Frame::Text | Frame::Heredoc { .. }) => self.literal(),
            _ => self.code(),
        }
    }

    fn code(&mut self) -> Option<Token> {
        loop {
            let rest = self.bytes.get(self.pos..)?;
            let skip = rest.iter().position(|it| self.interesting.get(usize::from(*it)) == Some(&true))?;
            let start = self.pos + skip;
            self.pos = start + 1;
            match self.at(start)? {
                b'\n' => return self.token(Kind::Newline, start, start + 1),
                b'"' => return self.open(Frame::Quote, start, start + 1),
                b'(' => return self.open(Frame::Paren, start, start + 1),
                b'[' => return self.open(Frame::Bracket, start, start + 1),
                b'{' => return self.open(Frame::Brace, start, start + 1),
                b'#' => return self.line_comment(start),
                b'/' => match self.at(start + 1) {
                    Some(b'/') => return self.line_comment(start),
                    Some(b'*') => return self.block_comment(start),
                    _ => (),
                },
                b'<' => {
                    if let Some((delimiter, end)) = self.heredoc_start(start) {
                        return self.open(Frame::Heredoc { delimiter, line_start: true }, start, end);
                    }
                }
                mark @ (b',' | b'=' | b':') => return self.token(Kind::Mark(mark), start, start + 1),
                closing => {
                    if let Some(token) = self.closing(closing, start) {
                        return Some(token);
                    }
                }
            }
        }
    }

    /// A closing brace closes what was left open inside it; other closing brackets of the wrong kind are passed over.
    fn closing(&mut self, byte: u8, start: usize) -> Option<Token> {
        match (byte, self.stack.last()) {
            (b')', Some(Frame::Paren))
            | (b']', Some(Frame::Bracket))
            | (b'}', Some(Frame::Brace | Frame::Interpolation)) => self.close(start, start + 1),
            (b'}', Some(Frame::Paren | Frame::Bracket)) => {
                self.damaged(start);
                self.close(start, start)
            }
            _ => {
                self.damaged(start);
                None
            }
        }
    }

    fn line_comment(&mut self, start: usize) -> Option<Token> {
        let rest = self.bytes.get(start..)?;
        let end = memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |it| start + it);
        self.token(Kind::Comment, start, end)
    }

    fn block_comment(&mut self, start: usize) -> Option<Token> {
        let rest = self.bytes.get(start + 2..)?;
        let end = memchr::memmem::find(rest, b"*/").map(|it| start + it + 4);
        if end.is_none() {
            self.damaged(start);
        }
        self.token(Kind::Comment, start, end.unwrap_or(self.bytes.len()))
    }

    /// `<<X⏎` or `<<-X⏎`: the delimiter's range, and where the content begins.
    fn heredoc_start(&self, start: usize) -> Option<(Range<usize>, usize)> {
        if self.at(start + 1) != Some(b'<') {
            return None;
        }
        let from = if self.at(start + 2) == Some(b'-') { start + 3 } else { start + 2 };
        let rest = self.bytes.get(from..)?;
        let length = rest.iter().take_while(|it| is_identifier_byte(**it)).count();
        if length == 0 || self.at(from).is_some_and(|it| it.is_ascii_digit() || it == b'-') {
            return None;
        }
        let end = from + length;
        match (self.at(end), self.at(end + 1)) {
            (Some(b'\n'), _) => Some((from..end, end + 1)),
            (Some(b'\r'), Some(b'\n')) => Some((from..end, end + 2)),
            _ => None,
        }
    }

    fn literal(&mut self) -> Option<Token> {
        loop {
            if let Some((start, end)) = self.heredoc_end() {
                return self.close(start, end);
            }
            let quoted = self.stack.last() == Some(&Frame::Quote);
            let rest = self.bytes.get(self.pos..)?;
            let stops = |it: &u8| matches!(it, b'$' | b'%' | b'\n') || quoted && matches!(it, b'"' | b'\\');
            let Some(skip) = rest.iter().position(stops) else {
                self.pos = self.bytes.len();
                return None;
            };
            let start = self.pos + skip;
            if let (Some(Frame::Heredoc { line_start, .. }), true) = (self.stack.last_mut(), 0 < skip) {
                *line_start = false;
            }
            match self.at(start)? {
                b'"' => return self.close(start, start + 1),
                b'\\' => self.pos = start + 2,
                b'\n' if quoted => {
                    self.damaged(start);
                    return self.close(start, start);
                }
                b'\n' => {
                    self.pos = start + 1;
                    if let Some(Frame::Heredoc { line_start, .. }) = self.stack.last_mut() {
                        *line_start = true;
                    }
                }
                sign => {
                    if let Some(Frame::Heredoc { line_start, .. }) = self.stack.last_mut() {
                        *line_start = false;
                    }
                    if self.at(start + 1) == Some(b'{') {
                        return self.open(Frame::Interpolation, start, start + 2);
                    }
                    let escaped = self.at(start + 1) == Some(sign) && self.at(start + 2) == Some(b'{');
                    self.pos = start + if escaped { 3 } else { 1 };
                }
            }
        }
    }

    /// The closing line of the heredoc on top, where the position stands at it: it holds the delimiter and nothing else.
    fn heredoc_end(&self) -> Option<(usize, usize)> {
        let Some(Frame::Heredoc { delimiter, line_start: true }) = self.stack.last() else { return None };
        let rest = self.bytes.get(self.pos..)?;
        let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len()))?;
        if line.trim_ascii() != self.bytes.get(delimiter.clone())? {
            return None;
        }
        let start = self.pos + (line.len() - line.trim_ascii_start().len());
        Some((start, start + delimiter.len()))
    }
}

/// Whether a byte can stand in an identifier; every byte beyond ASCII counts, the parser decides later.
pub(super) fn is_identifier_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || !byte.is_ascii()
}
