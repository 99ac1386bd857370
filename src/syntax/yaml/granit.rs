//! Events of `granit-parser` → tree.

use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle};

use crate::source::{FileId, Span};
use crate::syntax::data::{Style, Tag};

use super::build::Builder;
use super::pieces::pieces;
use super::{MAX_DEPTH, Outcome, failure};

pub(super) fn parse(file: FileId, text: &str) -> Outcome {
    let mut builder = Builder::new(text);
    let mut parser = Parser::new_from_str(text);
    let mut failed = None;
    while let Some(next) = parser.next_event() {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0);
                failed = Some(failure(file, text, at, error.info().to_owned()));
                break;
            }
        };
        let start = span.start.byte_offset().unwrap_or(0);
        let end = span.end.byte_offset().unwrap_or(start);
        let place = Span::of(file, start..end);
        let ok = match event {
            Event::Scalar(value, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                let raw = text.get(start..end).unwrap_or_default();
                let pieces = pieces(file, raw, start, &value, style, false);
                builder.scalar(pieces, style, place, tag_of(tag, place), anchored(anchor));
                true
            }
            Event::SequenceStart(_, anchor, tag) => builder.open(false, place, tag_of(tag, place), anchored(anchor)),
            Event::MappingStart(_, anchor, tag) => builder.open(true, place, tag_of(tag, place), anchored(anchor)),
            Event::SequenceEnd | Event::MappingEnd => {
                builder.close(place);
                true
            }
            Event::Alias(anchor) => {
                builder.alias(anchor, place);
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

fn anchored(id: usize) -> Option<usize> {
    (id != 0).then_some(id)
}

fn tag_of(tag: Option<Cow<'_, granit_parser::Tag>>, span: Span) -> Option<Tag> {
    tag.map(|it| Tag { name: it.original(), span })
}
