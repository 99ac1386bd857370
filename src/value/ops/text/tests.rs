//! `?` is a hole of class `Any`, `#` one of class `AccountId`, `^` an ARN.

use super::*;
use crate::value::{Cause, Symbol, Why};

fn sym(text: &str) -> SymStr {
    let mut out = SymStr::default();
    let mut literal = String::new();
    for c in text.chars() {
        let class = match c {
            '?' => Class::Any,
            '#' => Class::AccountId,
            '^' => Class::Arn,
            _ => {
                literal.push(c);
                continue;
            }
        };
        out.push_str(&SymStr::text(std::mem::take(&mut literal)));
        let why = Why::new(Cause::NoDefault, "x", None);
        out.push(Seg::hole(Hole { symbol: Symbol::new(c.to_string(), ""), class, known: None, why }));
    }
    out.push_str(&SymStr::text(literal));
    out
}

#[test]
fn starting_ending_containing() {
    let check = |truth: Truth, expected| assert_eq!(truth, expected);
    check(starts_with(&sym("arn:?"), "arn:"), Truth::Yes);
    check(starts_with(&sym("arn:?"), "urn"), Truth::No);
    check(starts_with(&sym("ar?"), "arn:"), Truth::Unknown);
    check(starts_with(&sym("^"), "arn:"), Truth::Yes);
    check(starts_with(&sym("^"), "http"), Truth::No);
    check(starts_with(&sym("#"), "arn:"), Truth::No);
    check(ends_with(&sym("?/*"), "/*"), Truth::Yes);
    check(ends_with(&sym("?/*"), "*"), Truth::Yes);
    check(ends_with(&sym("?/a"), "*"), Truth::No);
    check(ends_with(&sym("#"), "*"), Truth::No);
    check(contains(&sym("a?b"), "b"), Truth::Yes);
    check(contains(&sym("a?b"), "x"), Truth::Unknown);
    check(contains(&sym("a#b"), "x"), Truth::No);
    check(contains(&sym("a#b"), "a1"), Truth::Unknown);
}

#[test]
fn replacing() {
    let check = |text, from, to, expected: &str| assert_eq!(replace(&sym(text), from, &sym(to)).display(), expected);
    check("arn:#/_X_/*", "_X_", "b", "arn:${#}/b/*");
    check("arn:?/_X_/*", "_X_", "?", "arn:${?}/${?}/*");
    check("arn:?/x/*", "x", "b", r#"arn:${replace(?, "x", "b")}/b/*"#);
    check("a:#:b", ":", "/", "a/${#}/b");
    check("ab?", "bc", "x", r#"${replace("ab${?}", "bc", "x")}"#);
}

#[test]
fn splitting() {
    let check = |text, separator, expected: &[&str], complete| {
        let (items, all) = split(&sym(text), separator);
        let items: Vec<String> = items.iter().map(SymStr::display).collect();
        assert_eq!(
            (items.as_slice(), all),
            (expected.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>().as_slice(), complete)
        );
    };
    check("a,b,,c", ",", &["a", "b", "", "c"], true);
    check("arn:aws:iam::#:root", ":", &["arn", "aws", "iam", "", "${#}", "root"], true);
    check("a:?:b", ":", &["a"], false);
    check("", ",", &[""], true);
}

#[test]
fn trimming() {
    let check = |found: Option<SymStr>, expected: &str| {
        assert_eq!(found.map_or_else(|| "unknown".to_owned(), |it| it.display()), expected);
    };
    check(strip_prefix(&sym("arn:?"), "arn:"), "${?}");
    check(strip_prefix(&sym("?"), "arn:"), "unknown");
    check(strip_prefix(&sym("#x"), "arn:"), "${#}x");
    check(strip_suffix(&sym("?/"), "/"), "${?}");
    check(strip_suffix(&sym("?"), "/"), "unknown");
    let space = |it: &str| trim(&sym(it), "trimspace(_)", true, true, &|c| c.is_whitespace());
    check(space("  a ?b  "), "a ${?}b");
    check(space(" # "), "${#}");
    check(space("a?\n"), "a${trimspace(?)}");
    check(space("a ?\n"), "unknown");
    check(space("   "), "");
}

#[test]
fn places_survive_cutting() {
    let text = SymStr::text_at("a/b/c", crate::source::Span::new(crate::source::FileId(0), 10, 15));
    let (items, _) = split(&text, "/");
    let places = items.iter().map(|it| match it.segs() {
        [Seg::Lit(lit)] => lit.at.map(|it| (it.start, it.end)),
        _ => None,
    });
    assert_eq!(places.collect::<Vec<_>>(), [Some((10, 11)), Some((12, 13)), Some((14, 15))]);
}
