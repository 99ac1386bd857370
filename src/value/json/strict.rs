//! JSON to the letter → values in one pass: what stands in a file, and what stands in the strings of a value.

use std::ops::Range;

use crate::source::{FileId, Piece, Span};
use crate::syntax::strict::{Base, Build, Quoted, read};
use crate::syntax::{Parsed, json};

use super::super::{Entry, Kind, List, Map, Number, Origin, Seg, SymStr, Val, from_node};
use super::Pieces;

/// The value of a part of a file that begins at the byte `start`: a document of its own within a larger one.
#[must_use]
pub fn parse_part(file: FileId, part: &str, start: u32) -> Parsed<Option<Val>> {
    if let Some(base) = Base::new(file, part, start)
        && let Some(value) = read(part, &mut InFile(base))
    {
        return Parsed { tree: Some(value), errors: Vec::new() };
    }
    let parsed = json::parse_part(file, part, start);
    Parsed { tree: parsed.tree.as_ref().map(from_node), errors: parsed.errors }
}

/// What all of JSON's values have in common here.
trait Places {
    fn origin(&self, at: Range<usize>) -> Origin;
    fn text(&self, text: Quoted<'_>, at: Range<usize>) -> SymStr;
}

struct InFile(Base);

impl Places for InFile {
    fn origin(&self, at: Range<usize>) -> Origin {
        Origin::at(self.0.span(at))
    }

    fn text(&self, text: Quoted<'_>, at: Range<usize>) -> SymStr {
        if !text.has_escapes {
            return SymStr::text_at(text.raw, self.0.span(at.start + 1..at.end - 1));
        }
        SymStr::of_pieces(self.0.pieces(text, at))
    }
}

impl<P: Places> Build for P {
    type Value = Val;
    type Entry = Entry;

    fn string(&mut self, text: Quoted<'_>, at: Range<usize>) -> Val {
        Val::new(Kind::String(self.text(text, at.clone())), self.origin(at))
    }

    fn word(&mut self, text: &str, at: Range<usize>) -> Val {
        let kind = match text {
            "null" => Kind::Null,
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            _ => Kind::Number(Number { value: text.parse().unwrap_or(f64::NAN), raw: Some(text.into()) }),
        };
        Val::new(kind, self.origin(at))
    }

    fn list(&mut self, items: Vec<Val>, at: Range<usize>) -> Val {
        Val::new(Kind::List(List { items, rest: None }), self.origin(at))
    }

    fn entry(&mut self, key: Quoted<'_>, at: Range<usize>, value: Val) -> Entry {
        Entry { key: self.text(key, at.clone()), key_origin: self.origin(at), value }
    }

    fn map(&mut self, entries: Vec<Entry>, at: Range<usize>) -> Val {
        Val::new(Kind::Map(Map { entries, rest: None }), self.origin(at))
    }
}

/// The value of a text without holes that is JSON to the letter; `None` leaves it to [`super::decode_any`], which gives the same.
pub(super) fn decode(text: &SymStr, origin: &Origin) -> Option<Val> {
    let mut parts = Vec::with_capacity(text.segs().len());
    let mut joined = String::new();
    let mut end = 0;
    for seg in text.segs() {
        let Seg::Lit(Piece { text, at }) = seg else { return None };
        parts.push(Part { at: end..end + text.len(), place: *at });
        end += text.len();
    }
    let whole = match text.segs() {
        [Seg::Lit(only)] => &*only.text,
        all => {
            joined.reserve(end);
            for seg in all {
                if let Seg::Lit(piece) = seg {
                    joined.push_str(&piece.text);
                }
            }
            joined.as_str()
        }
    };
    read(whole, &mut InText { parts, origin })
}

/// A part of a decoded text.
struct Part {
    at: Range<usize>,
    /// Where it stands letter for letter.
    place: Option<Span>,
}

impl Part {
    /// The place of what lies in it of a range.
    fn of(&self, at: &Range<usize>) -> Option<Span> {
        let place = self.place?;
        let step = |at: usize| place.start + u32::try_from(at - self.at.start).unwrap_or(0);
        let (from, to) = (at.start.clamp(self.at.start, self.at.end), at.end.clamp(self.at.start, self.at.end));
        (from < to).then(|| Span::new(place.file, step(from), step(to)))
    }
}

/// A text whose parts stand in files, or nowhere.
struct InText<'a> {
    parts: Vec<Part>,
    origin: &'a Origin,
}

impl InText<'_> {
    /// The parts that a range lies in.
    fn within(&self, at: &Range<usize>) -> &[Part] {
        let from = self.parts.partition_point(|it| it.at.end <= at.start);
        let rest = self.parts.get(from..).unwrap_or_default();
        let most = rest.iter().take_while(|it| it.at.start < at.end).count();
        rest.get(..most).unwrap_or_default()
    }
}

impl Places for InText<'_> {
    /// From the first character with a place to the last.
    fn origin(&self, at: Range<usize>) -> Origin {
        let from = self.parts.partition_point(|it| it.at.end <= at.start);
        let to = self.parts.partition_point(|it| it.at.start < at.end);
        let within = self.parts.get(from..to).unwrap_or_default();
        let first = within.iter().find_map(|it| it.of(&at));
        let last = within.iter().rev().find_map(|it| it.of(&at));
        match (first, last) {
            (Some(first), Some(last)) if first.file == last.file && first.start < last.end => {
                Origin { span: Some(first.to(last)), via: self.origin.via.clone() }
            }
            _ => self.origin.clone(),
        }
    }

    fn text(&self, text: Quoted<'_>, at: Range<usize>) -> SymStr {
        let inner = at.start + 1..at.end - 1;
        let parts = self.within(&inner);
        if let ([only], false) = (parts, text.has_escapes) {
            return match only.of(&inner) {
                Some(place) => SymStr::text_at(text.raw, place),
                None => SymStr::text(text.raw),
            };
        }
        let mut out = Pieces::default();
        let run = |from: usize, to: usize, out: &mut Pieces| {
            for part in parts {
                let (from, to) = (from.max(part.at.start), to.min(part.at.end));
                if from < to {
                    let piece = text.raw.get(from - inner.start..to - inner.start).unwrap_or_default();
                    out.run(piece, part.of(&(from..to)));
                }
            }
        };
        let mut from = inner.start;
        let raw = |from: usize| text.raw.get(from - inner.start..).unwrap_or_default();
        while let Some(escape) = memchr::memchr(b'\\', raw(from).as_bytes()).filter(|_| text.has_escapes) {
            run(from, from + escape, &mut out);
            let (decoded, length) = json::escape(raw(from + escape));
            out.char(decoded, None);
            from += escape + length;
        }
        run(from, inner.end, &mut out);
        out.finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::decode_any;
    use super::*;

    /// Both ways give the same value, places included; whether the quick one takes the text.
    fn check(segs: Vec<Seg>, is_quick: bool) {
        let text: SymStr = segs.into_iter().collect();
        let origin = Origin::at(Span::of(FileId(7), 3..9));
        let quick = decode(&text, &origin);
        assert_eq!(quick.is_some(), is_quick, "{}", text.display());
        if let Some(quick) = quick {
            assert_eq!(Ok(quick), decode_any(&text, &origin), "{}", text.display());
        }
    }

    fn at(text: &str, start: u32) -> Seg {
        let place = Span::new(FileId(1), start, start + u32::try_from(text.len()).unwrap());
        Seg::Lit(Piece { text: text.into(), at: Some(place) })
    }

    fn nowhere(text: &str) -> Seg {
        Seg::Lit(Piece { text: text.into(), at: None })
    }

    #[test]
    fn the_values_are_those_of_the_slow_way() {
        let policy = r#"{"Version": "2012-10-17", "n": [-0.5e3, true, null, {}, []], "é": "x\u0041\/\n\"", "": ""}"#;
        check(vec![at(policy, 40)], true);
        check(vec![nowhere(policy)], true);
        for cut in 0..=policy.len() {
            let Some((a, b)) = policy.split_at_checked(cut) else { continue };
            check(vec![at(a, 40), at(b, 40 + u32::try_from(cut).unwrap())], true);
            check(vec![at(a, 90), nowhere(b)], true);
            check(vec![at(a, 300), at(b, 10)], true);
        }
        // As a text within a text: each quote is an escape of its own.
        let mut start = 0;
        let segs = policy.split_inclusive('"').flat_map(|it| {
            let (text, quote) = it.strip_suffix('"').map_or((it, ""), |it| (it, "\""));
            start += u32::try_from(it.len()).unwrap() + 1;
            [at(text, start), nowhere(quote)]
        });
        check(segs.collect(), true);
        for text in ["{\"a\":1,\"a\":2}", "{\"a\"", "\"\\ud83d\\ude00\"", "[1,]", "{\"\\u0061\":1}", "01", ""] {
            check(vec![at(text, 0)], false);
        }
    }

    #[test]
    fn what_stands_in_a_file_is_what_its_tree_says() {
        let text = r#"{"a": [1, 2.50, true, null, "x\n\"y"], "b": {"c": ""}, "d": "plain é"}"#;
        let value = parse_part(FileId(2), text, 17);
        let tree = json::parse_part(FileId(2), text, 17).tree;
        assert_eq!(value.tree, tree.as_ref().map(from_node));
        let twice = parse_part(FileId(2), "{\"a\": 1, \"a\": 2}", 0);
        assert_eq!((twice.tree.is_some(), twice.errors.len()), (true, 1));
    }

    proptest! {
        #[test]
        fn any_cut_of_any_text_is_the_same(
            text in r#"[ \[\]{}:,"\\a1é-]{0,24}"#,
            cuts in proptest::collection::vec((0..8_usize, proptest::option::of(0..40_u32)), 0..6),
        ) {
            let mut segs = Vec::new();
            let mut rest = text.as_str();
            for (length, place) in cuts {
                let Some((head, tail)) = rest.split_at_checked(length) else { continue };
                segs.push(place.map_or_else(|| nowhere(head), |it| at(head, it)));
                rest = tail;
            }
            segs.push(nowhere(rest));
            let text: SymStr = segs.into_iter().collect();
            let origin = Origin::at(Span::of(FileId(7), 3..9));
            if let Some(quick) = decode(&text, &origin) {
                prop_assert_eq!(Ok(quick), decode_any(&text, &origin));
            }
        }
    }
}
