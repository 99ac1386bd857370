//! Text from the input, made safe to print: control characters and bidirectional overrides would let a file rewrite the
//! terminal or hide what it says.

use std::borrow::Cow;

/// Replaces control characters (except new line and tab) and bidirectional controls by U+FFFD.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|it| if is_unsafe(it) { char::REPLACEMENT_CHARACTER } else { it }).collect())
}

/// Like [`clean`], for a text that is one line: a new line, a tab or a return in it is shown as `\\n`, `\\t`, `\\r`.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    let cleaned = clean(text);
    if !cleaned.contains(['\n', '\t', '\r']) {
        return cleaned;
    }
    Cow::Owned(cleaned.replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r"))
}

/// Like [`clean`], but every replacement has as many bytes as what it replaces, so that byte offsets stay true.
/// A return that ends no line goes too: a terminal would write over what stands before it.
#[must_use]
pub fn clean_same_length(text: &str) -> Option<String> {
    let has_returns = memchr::memchr_iter(b'\r', text.as_bytes()).any(|at| text.as_bytes().get(at + 1) != Some(&b'\n'));
    if !has_returns && (is_plain(text) || !text.chars().any(is_unsafe)) {
        return None;
    }
    let same_length = |it: char| match it.len_utf8() {
        _ if !is_unsafe(it) => it,
        1 => '?',
        2 => '·',
        _ => char::REPLACEMENT_CHARACTER,
    };
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        out.push(if it == '\r' && chars.peek() != Some(&'\n') { '?' } else { same_length(it) });
    }
    Some(out)
}

/// Whether no byte of a text can be part of an unsafe character: most texts are so, and a plan has a hundred million bytes.
fn is_plain(text: &str) -> bool {
    let may_be = |it: u8| match it {
        b'\n' | b'\t' | b'\r' => false,
        // What the encodings of C1 controls and of the characters that change direction begin with.
        0xc2 | 0xd8 | 0xe2 => true,
        it => it < 0x20 || it == 0x7f,
    };
    text.as_bytes().chunks(4096).all(|chunk| !chunk.iter().fold(false, |any, it| any | may_be(*it)))
}

/// C0 and C1 controls, DEL, and the characters of Unicode that change the direction of text.
fn is_unsafe(it: char) -> bool {
    match it {
        '\n' | '\t' | '\r' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{2028}' | '\u{2029}' => true,
        _ => it.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_replaced() {
        assert_eq!(clean("plain ü\n\t"), "plain ü\n\t");
        assert_eq!(clean("\u{1b}[31mred \u{202e}evil"), "\u{fffd}[31mred \u{fffd}evil");
    }

    #[test]
    fn one_line_is_one() {
        assert_eq!(one_line("a\nb\r\tc\u{1b}"), "a\\nb\\r\\tc\u{fffd}");
        assert_eq!(one_line("plain"), "plain");
    }

    #[test]
    fn every_unsafe_character_has_a_byte_that_tells() {
        let unsafe_ones: Vec<char> =
            (0..=0x10_ffff_u32).filter_map(char::from_u32).filter(|it| is_unsafe(*it)).collect();
        assert!(60 < unsafe_ones.len());
        for it in unsafe_ones {
            assert!(!is_plain(&format!("plain ä {it}")), "{it:?}");
        }
        assert!(is_plain("plain ä\r\n\t"));
    }

    #[test]
    fn offsets_stay_true() {
        let text = "\u{1b}a\u{9b}b\u{202e}c\u{61c}";
        let cleaned = clean_same_length(text).unwrap();
        assert_eq!(cleaned.len(), text.len());
        assert_eq!(cleaned, "?a·b\u{fffd}c·");
        assert_eq!(clean_same_length("fine\r\n"), None);
        assert_eq!(clean_same_length("a\rb\r\nc\r").as_deref(), Some("a?b\r\nc?"));
    }
}
