//! Holes and places survive the way through JSON.

use super::*;
use crate::source::FileId;
use crate::value::Symbol;

fn hole(name: &str) -> Seg {
    let why = Why::new(Cause::NoDefault, name, None);
    Seg::hole(Hole { symbol: Symbol::new(name, ""), class: Class::Any, known: None, why })
}

fn lit(text: &str) -> Seg {
    Seg::Lit(Piece { text: text.into(), at: None })
}

fn check(segs: Vec<Seg>, expected: &str) {
    let text: SymStr = segs.into_iter().collect();
    let shown = match decode(&text, &Origin::default()) {
        Ok(value) => encode(&value).map_or("open".to_owned(), |it| it.display()),
        Err(error) => format!("{}{}", error.message, if error.why.is_some() { " (unknown)" } else { "" }),
    };
    assert_eq!(shown, expected);
}

#[test]
fn holes_keep_their_place() {
    check(
        vec![lit("{\"a\": \"arn:"), hole("x"), lit("/*\", \"b\": "), hole("y"), lit("}")],
        "{\"a\":\"arn:${x}/*\",\"b\":${y}}",
    );
    check(vec![lit("{\"a\": 1 "), hole("x"), lit("}")], "expected `,` or `}` (unknown)");
    // A bare hole in an array may be any number of elements.
    check(vec![lit("{\"a\": [\"x\", "), hole("y"), lit(", \"z\"]}")], "open");
    check(vec![lit("{\"a\": [\"x\""), hole("y"), lit("]}")], "open");
    check(vec![lit("[1, 2.50, -3e2, true, null]")], "[1,2.50,-3e2,true,null]");
    check(vec![lit("{\"a\": \"\\u002a\\ud83d\\ude00\"}")], "{\"a\":\"*😀\"}");
    check(vec![lit("{\"a\" 1}")], "expected `:` after the key, found `1`");
    check(vec![lit("{\"a\": s3:*}")], "expected a value, found `s`");
    check(vec![lit("{\"a\": \"x\"")], "expected `,` or `}`, found the end of the text");
    check(vec![lit(&"[".repeat(10_000))], "nested more than 200 levels deep, found `[`");
}

#[test]
fn places_reach_inside() {
    let source = "xx{\"Effect\": \"Allow\"}";
    let at = Span::of(FileId(0), 2..source.len());
    let text = SymStr::text_at(&source[2..], at);
    let value = decode(&text, &Origin::default()).unwrap();
    let effect = value.get("Effect").unwrap();
    assert_eq!(&source[effect.origin.span.unwrap().range()], "\"Allow\"");
    let Kind::String(text) = &effect.kind else { panic!() };
    let Seg::Lit(piece) = &text.segs()[0] else { panic!() };
    assert_eq!(&source[piece.at.unwrap().range()], "Allow");
}

#[test]
fn known_elements_stay_beside_a_hole() {
    let segs = vec![lit("[\"a\", "), hole("x"), lit(", \"b\"]")];
    let value = decode(&segs.into_iter().collect(), &Origin::default()).unwrap();
    let Kind::List(list) = &value.kind else { panic!() };
    let known: Vec<_> = list.items.iter().filter_map(Val::as_text).collect();
    assert_eq!((known, list.rest.is_some()), (vec!["a".to_owned(), "b".to_owned()], true));
}

#[test]
fn the_way_of_the_text_is_the_way_of_its_parts() {
    let source = "{\"Effect\": \"Allow\"}";
    let at = Span::of(FileId(0), 0..source.len());
    let origin = Origin::at(at).used_at(at, crate::value::HopKind::Default, "var.policy");
    let value = decode(&SymStr::text_at(source, at), &origin).unwrap();
    assert_eq!(value.get("Effect").unwrap().origin.assumptions().count(), 1);
}
