//! Lists in brackets, of JSON and of Terraform alike: an element more, an element less.

use std::ops::Range;

use super::text::{after, before, indent, is_first, slice};

/// Where an element goes behind the one at `range`, and its text there with what separates it. `element` makes it, over
/// lines where it is given an indentation.
pub(super) fn insert(
    text: &str,
    range: Range<usize>,
    element: &dyn Fn(Option<&str>) -> String,
) -> Option<(usize, String)> {
    let is_long = slice(text, range.clone()).contains('\n');
    let (next, byte) = after(text, range.end)?;
    let column = indent(text, if is_long { range.end } else { range.start }).to_owned();
    let new = element(is_long.then_some(&column));
    let between = if is_first(text, range.start) { format!("\n{column}") } else { " ".to_owned() };
    match byte {
        // A comma behind the last element stays one behind the last.
        b',' if after(text, next + 1).is_some_and(|it| it.1 == b']') => Some((next + 1, format!("{between}{new},"))),
        b',' | b']' => Some((range.end, format!(",{between}{new}"))),
        _ => None,
    }
}

/// What goes with the element at `range`: it, one comma, and the space between.
pub(super) fn remove(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let (next, byte) = after(text, range.end)?;
    match before(text, range.start)? {
        (comma, b',') => Some(comma..range.end),
        (bracket, b'[') if byte == b',' => {
            let (second, byte) = after(text, next + 1)?;
            // The comma of an only element goes with the brackets' content.
            if byte == b']' { Some(bracket + 1..next + 1) } else { Some(range.start..second) }
        }
        (_, b'[') if byte == b']' => Some(range),
        _ => None,
    }
}

/// Whether the element at `range` is the only one of its list; `None` where it is in no list.
pub(super) fn is_only(text: &str, range: Range<usize>) -> Option<bool> {
    let (next, byte) = after(text, range.end)?;
    let first = before(text, range.start)?.1 == b'[';
    let last = byte == b']' || (byte == b',' && after(text, next + 1)?.1 == b']');
    (first || before(text, range.start)?.1 == b',').then_some(first && last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, one: &str, longer: &str, shorter: &str) {
        let start = text.find(one).unwrap();
        let range = start..start + one.len();
        let (at, new) = insert(text, range.clone(), &|_| "N".to_owned()).unwrap();
        assert_eq!(format!("{}{new}{}", &text[..at], &text[at..]), longer);
        let gone = remove(text, range).unwrap();
        assert_eq!(format!("{}{}", &text[..gone.start], &text[gone.end..]), shorter);
    }

    #[test]
    fn elements_come_and_go_with_their_commas() {
        check("[a, b]", "b", "[a, b, N]", "[a]");
        check("[a, b]", "a", "[a, N, b]", "[b]");
        check("[a]", "a", "[a, N]", "[]");
        check("[\n  a,\n  b,\n]", "b", "[\n  a,\n  b,\n  N,\n]", "[\n  a,\n]");
        check("[\n  a,\n  b\n]", "a", "[\n  a,\n  N,\n  b\n]", "[\n  b\n]");
        check("[{\n}, {\n}]", "{\n}", "[{\n}, N, {\n}]", "[{\n}]");
    }

    #[test]
    fn alone_or_not() {
        assert_eq!(is_only("[a, b]", 1..2), Some(false));
        assert_eq!(is_only("[ a, ]", 2..3), Some(true));
        assert_eq!(is_only("x = a\n", 4..5), None);
    }
}
