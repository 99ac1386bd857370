//! Events of `libyaml-safer` → tree: the fallback for layouts that libyaml, and so CloudFormation, accepts.

use std::collections::BTreeMap;
use std::io::Read as _;

use libyaml_safer::{EventData, Parser, ScalarStyle};

use crate::source::{FileId, Span};
use crate::syntax::data::{Style, Tag};

use super::build::Builder;
use super::pieces::pieces;
use super::{MAX_DEPTH, Outcome, failure};

/// Reads all documents, up to the first error.
///
/// libyaml-safer 0.3 panics on two kinds of text: a block scalar that ends without a line break (one is appended), and
/// a tag before a comma (refused here). What else may be in it is caught, where panics unwind.
pub(super) fn parse(file: FileId, text: &str) -> Outcome {
    let refused = |message: &str| {
        let failed = failure(file, text, 0, message.to_owned());
        Outcome { documents: Vec::new(), errors: Vec::new(), failure: Some(failed) }
    };
    if has_tag_before_comma(text) {
        return refused("a tag before a comma");
    }
    std::panic::catch_unwind(|| read(file, text)).unwrap_or_else(|_| refused("a text that cannot be read"))
}

/// Whether a tag is followed by a comma before any blank or quote.
fn has_tag_before_comma(text: &str) -> bool {
    let (mut tag, mut before) = (false, b' ');
    text.bytes().any(|byte| {
        if tag && byte == b',' {
            return true;
        }
        let starts = byte == b'!' && (before.is_ascii_whitespace() || matches!(before, b'[' | b'{' | b',' | b':'));
        tag = starts || (tag && !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\''));
        before = byte;
        false
    })
}

fn read(file: FileId, text: &str) -> Outcome {
    let mut builder = Builder::new(text);
    let mut anchors = Anchors::default();
    let mut parser = Parser::new();
    let ending: &[u8] = if text.ends_with('\n') { b"" } else { b"\n" };
    parser.set_input(text.as_bytes().chain(ending));
    let mut failed = None;
    loop {
        let event = match parser.parse() {
            Ok(event) => event,
            Err(error) => {
                let at = error.problem_mark().map_or(0, |it| usize::try_from(it.index).unwrap_or(0));
                failed = Some(failure(file, text, at, error.to_string()));
                break;
            }
        };
        let offset = |it: u64| usize::try_from(it).unwrap_or(usize::MAX).min(text.len());
        let (start, end) = (offset(event.start_mark.index), offset(event.end_mark.index));
        let place = Span::of(file, start..end);
        let ok = match event.data {
            EventData::StreamEnd => break,
            EventData::Scalar { anchor, tag, mut value, style, .. } => {
                // The line break that was appended is not part of a block scalar's last line.
                let appended = usize::try_from(event.end_mark.index).is_ok_and(|it| text.len() < it);
                if appended && !text.ends_with([' ', '\t']) && value.ends_with('\n') {
                    value.pop();
                }
                let style = match style {
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                    _ => Style::Plain,
                };
                // The event starts at the anchor or tag; the value begins behind them.
                let skipped = properties(text.get(start..end).unwrap_or_default());
                let raw = text.get(start + skipped..end).unwrap_or_default();
                let pieces = pieces(file, raw, start + skipped, &value, style, true);
                let place = Span::of(file, start + skipped..end);
                builder.scalar(pieces, style, place, tag_of(tag, place), anchors.define(anchor));
                true
            }
            EventData::SequenceStart { anchor, tag, .. } => {
                builder.open(false, place, tag_of(tag, place), anchors.define(anchor))
            }
            EventData::MappingStart { anchor, tag, .. } => {
                builder.open(true, place, tag_of(tag, place), anchors.define(anchor))
            }
            EventData::SequenceEnd | EventData::MappingEnd => {
                builder.close(place);
                true
            }
            EventData::Alias { anchor } => {
                builder.alias(anchors.find(&anchor), place);
                true
            }
            _ => true,
        };
        if !ok {
            failed = Some(failure(file, text, start, format!("nested more than {MAX_DEPTH} levels deep")));
            break;
        }
    }
    Outcome { documents: builder.documents, errors: builder.errors, failure: failed }
}

/// Length of anchors and tags at the start of a scalar's text.
fn properties(raw: &str) -> usize {
    let mut rest = raw;
    while rest.starts_with(['!', '&']) {
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        rest = rest.get(word..).unwrap_or_default().trim_start();
    }
    raw.len() - rest.len()
}

#[derive(Default)]
struct Anchors {
    ids: BTreeMap<String, usize>,
    next: usize,
}

impl Anchors {
    fn define(&mut self, name: Option<String>) -> Option<usize> {
        let name = name?;
        self.next += 1;
        self.ids.insert(name, self.next);
        Some(self.next)
    }

    fn find(&self, name: &str) -> usize {
        self.ids.get(name).copied().unwrap_or(0)
    }
}

fn tag_of(tag: Option<String>, span: Span) -> Option<Tag> {
    tag.map(|name| Tag { name, span })
}
