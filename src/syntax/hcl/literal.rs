//! Literal text of templates: escapes, trim markers and the dedent of `<<-`, all as pieces that keep their places.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Strip};

use super::text::Text;
use crate::source::Piece;

/// Literal text up to the end of its line, or a control sequence, in the order written.
enum Token {
    Line(Range<usize>),
    Control { trims_before: bool, trims_after: bool },
}

/// What is cut from a line of literal text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cut {
    trims_start: bool,
    trims_end: bool,
    dedent: usize,
}

/// What is cut from each line, by the offset at which the line's literal text begins.
pub(super) type Cuts = BTreeMap<usize, Cut>;

/// Works out trim markers and, for `<<-`, the dedent of a template whose offsets are shifted by `base`.
pub(super) fn cuts(text: &Text, elements: &[&Element], base: usize, indented: bool) -> Cuts {
    let mut tokens = Vec::new();
    for element in elements {
        flatten(text, element, base, &mut tokens);
    }
    let mut cuts = Cuts::new();
    for pair in tokens.windows(2) {
        match pair {
            [Token::Control { trims_after: true, .. }, Token::Line(line)] => {
                cuts.entry(line.start).or_default().trims_start = true
            }
            [Token::Line(line), Token::Control { trims_before: true, .. }] => {
                cuts.entry(line.start).or_default().trims_end = true
            }
            _ => (),
        }
    }
    if indented {
        dedent(text, &tokens, &mut cuts);
    }
    cuts
}

/// HCL's own rule (`flushHeredocTemplateParts`): the smallest indentation of the lines that are not blank.
fn dedent(text: &Text, tokens: &[Token], cuts: &mut Cuts) {
    let mut smallest = usize::MAX;
    let mut adjusted = Vec::new();
    let mut line_start = true;
    for token in tokens {
        let trimmed = match token {
            Token::Control { .. } => None,
            Token::Line(line) => {
                Some((line.start, cuts.get(&line.start).copied().unwrap_or_default().of(text.slice(line.clone()))))
            }
        };
        if line_start {
            match trimmed {
                None => smallest = 0,
                Some((_, it)) if it.trim_start().is_empty() && it.ends_with('\n') => (),
                Some((start, it)) => {
                    smallest = smallest.min(it.chars().take_while(|it| it.is_whitespace()).count());
                    adjusted.push(start);
                }
            }
        }
        line_start = trimmed.is_some_and(|it| it.1.ends_with('\n'));
    }
    for start in adjusted {
        cuts.entry(start).or_default().dedent = smallest;
    }
}

impl Cut {
    fn of(self, line: &str) -> &str {
        let line = if self.trims_start { line.trim_start() } else { line };
        if self.trims_end { line.trim_end() } else { line }
    }
}

fn flatten(text: &Text, element: &Element, base: usize, out: &mut Vec<Token>) {
    let control = |strip: Strip| Token::Control {
        trims_before: matches!(strip, Strip::Start | Strip::Both),
        trims_after: matches!(strip, Strip::End | Strip::Both),
    };
    match element {
        Element::Literal(literal) => {
            if let Some(span) = literal.span() {
                out.extend(lines(text, span.start + base..span.end + base).map(Token::Line));
            }
        }
        Element::Interpolation(it) => out.push(control(it.strip)),
        Element::Directive(directive) => match &**directive {
            Directive::If(it) => {
                out.push(control(it.if_expr.strip));
                it.if_expr.template.iter().for_each(|element| flatten(text, element, base, out));
                if let Some(otherwise) = &it.else_expr {
                    out.push(control(otherwise.strip));
                    otherwise.template.iter().for_each(|element| flatten(text, element, base, out));
                }
                out.push(control(it.endif_expr.strip));
            }
            Directive::For(it) => {
                out.push(control(it.for_expr.strip));
                it.for_expr.template.iter().for_each(|element| flatten(text, element, base, out));
                out.push(control(it.endfor_expr.strip));
            }
        },
    }
}

/// The lines of a range, newlines included.
fn lines(text: &Text, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut start = range.start;
    text.slice(range).split_inclusive('\n').map(move |line| {
        let from = start;
        start += line.len();
        from..start
    })
}

/// The literal text of a range, unescaped; `quoted` text knows backslash escapes.
pub(super) fn pieces(text: &Text, range: Range<usize>, cuts: &Cuts, quoted: bool) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut plain = range.start;
    for line in lines(text, range.clone()) {
        // Lines without a cut are kept in one piece: most heredocs are then a single one.
        let Some(cut) = cuts.get(&line.start).copied().filter(|it| *it != Cut::default()) else { continue };
        out.extend(unescape(text, plain..line.start, quoted));
        plain = line.end;
        let start = text.slice(line.clone()).chars().take(cut.dedent).map(char::len_utf8).sum::<usize>();
        let mut part = if cut.trims_start {
            let mut part = unescape(text, line, quoted);
            trim_start(&mut part, usize::MAX);
            trim_start(&mut part, cut.dedent);
            part
        } else {
            unescape(text, line.start + start..line.end, quoted)
        };
        if cut.trims_end {
            trim_end(&mut part);
        }
        out.extend(part);
    }
    out.extend(unescape(text, plain..range.end, quoted));
    out
}

fn trim_start(pieces: &mut Vec<Piece>, limit: usize) {
    let mut left = limit;
    while let Some(first) = pieces.first_mut() {
        let count =
            first.text.chars().take(left).take_while(|it| it.is_whitespace()).map(char::len_utf8).sum::<usize>();
        left = left.saturating_sub(count);
        let rest = first.text.get(count..).unwrap_or_default().to_owned();
        if !rest.is_empty() {
            if let Some(at) = &mut first.at {
                at.start += u32::try_from(count).unwrap_or(0);
            }
            first.text = rest.into();
            return;
        }
        pieces.remove(0);
    }
}

fn trim_end(pieces: &mut Vec<Piece>) {
    while let Some(last) = pieces.last_mut() {
        let rest = last.text.trim_end().to_owned();
        if !rest.is_empty() {
            if let Some(at) = &mut last.at {
                at.end = at.start + u32::try_from(rest.len()).unwrap_or(0);
            }
            last.text = rest.into();
            return;
        }
        pieces.pop();
    }
}

fn unescape(text: &Text, range: Range<usize>, quoted: bool) -> Vec<Piece> {
    let bytes = text.slice(range.clone()).as_bytes();
    let mut out = Vec::new();
    let (mut plain, mut at) = (0, 0);
    while let Some(skip) = bytes.get(at..).and_then(|rest| memchr::memchr3(b'\\', b'$', b'%', rest)) {
        at += skip;
        let rest = bytes.get(at..).unwrap_or_default();
        let keep = |range_end: usize| range.start + plain..range.start + range_end;
        match rest {
            // `$${` stands for `${`: the second sign and the brace are in the file as they are.
            [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => {
                out.extend(text.verbatim(keep(at)));
                plain = at + 1;
                at += 3;
            }
            [b'\\', ..] if quoted => {
                out.extend(text.verbatim(keep(at)));
                let (unescaped, length) = escape(rest);
                out.extend(unescaped.map(|it| Piece { text: it.to_string().into(), at: None }));
                at += length;
                plain = at;
            }
            _ => at += 1,
        }
    }
    out.extend(text.verbatim(range.start + plain.min(bytes.len())..range.end));
    out
}

/// The character of a backslash escape, and the escape's length in bytes.
fn escape(bytes: &[u8]) -> (Option<char>, usize) {
    let hex = |digits: usize| {
        let code = bytes.get(2..2 + digits).and_then(|it| std::str::from_utf8(it).ok());
        (code.and_then(|it| u32::from_str_radix(it, 16).ok()).and_then(char::from_u32), 2 + digits)
    };
    match bytes.get(1) {
        Some(b'n') => (Some('\n'), 2),
        Some(b'r') => (Some('\r'), 2),
        Some(b't') => (Some('\t'), 2),
        Some(b'u') => hex(4),
        Some(b'U') => hex(8),
        Some(other @ (b'"' | b'\\')) => (Some(char::from(*other)), 2),
        _ => (None, 2),
    }
}
