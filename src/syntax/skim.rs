//! JSON to the letter, read along without a tree: the members and items that somebody wants, and all between them passed over, yet
//! checked.
//!
//! A Terraform plan has a hundred megabytes of which a hundredth concerns S3. <https://www.rfc-editor.org/rfc/rfc8259>

use std::borrow::Cow;

use crate::source::{FileId, Span};

use super::json::unescape;
use super::strict::plain_run;

/// Where a text is not JSON, or not the JSON that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct Wrong {
    /// Byte of the text.
    pub at: usize,
    /// What was expected there.
    pub expected: Cow<'static, str>,
}

/// A result of reading along.
pub type Read<T> = Result<T, Wrong>;

/// A value as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'t>(&'t str);

impl<'t> Raw<'t> {
    /// The text.
    #[must_use]
    pub fn get(self) -> &'t str {
        self.0
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// The members of an object in their order; none of anything else.
    #[must_use]
    pub fn members(self) -> Vec<(Cow<'t, str>, Raw<'t>)> {
        let mut all = Vec::new();
        let mut skim = Skim::new(self.0);
        // It was checked when it was passed over, so that nothing but another type ends it.
        let _ = skim.members(|skim, key| {
            all.push((key, skim.value()?));
            Ok(())
        });
        all
    }

    /// The value of a member: of two with one name the last.
    #[must_use]
    pub fn member(self, name: &str) -> Option<Raw<'t>> {
        let mut found = None;
        let mut skim = Skim::new(self.0);
        let _ = skim.members(|skim, key| {
            let value = skim.value()?;
            if key == name {
                found = Some(value);
            }
            Ok(())
        });
        found
    }

    /// The items of an array; `None` of anything else.
    #[must_use]
    pub fn items(self) -> Option<Vec<Raw<'t>>> {
        let mut all = Vec::new();
        let mut skim = Skim::new(self.0);
        let read = skim.items(|skim| {
            all.push(skim.value()?);
            Ok(())
        });
        read.is_ok().then_some(all)
    }

    /// The text of a string.
    #[must_use]
    pub fn text(self) -> Option<Cow<'t, str>> {
        Skim::new(self.0).text().ok()
    }
}

/// A place in a text of JSON.
#[derive(Clone, Debug)]
pub struct Skim<'t> {
    text: &'t str,
    at: usize,
    /// Of what is open and passed over: whether it is an object.
    open: Vec<bool>,
    /// What was expected where passing over stopped.
    expected: &'static str,
}

impl<'t> Skim<'t> {
    /// Begins with the value of a text.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self::from(text, 0)
    }

    /// Begins with a value within a text.
    #[must_use]
    pub fn from(text: &'t str, at: usize) -> Self {
        Self { text, at, open: Vec::new(), expected: "a value" }
    }

    /// The byte that is next, behind space.
    pub fn place(&mut self) -> usize {
        self.space();
        self.at
    }

    /// Whether `null` stands here.
    pub fn is_null(&mut self) -> bool {
        self.space();
        self.text.as_bytes().get(self.at..).is_some_and(|it| it.starts_with(b"null"))
    }

    /// Takes an object member by member; `each` takes the value of the one that is named.
    ///
    /// # Errors
    /// Where the text is no object.
    pub fn members(&mut self, mut each: impl FnMut(&mut Self, Cow<'t, str>) -> Read<()>) -> Read<()> {
        self.expect(b'{', "an object")?;
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            let key = self.text()?;
            self.expect(b':', COLON)?;
            self.space();
            each(self, key)?;
            if !self.eat(b',') {
                return self.expect(b'}', "`,` or `}`");
            }
        }
    }

    /// Takes an array item by item.
    ///
    /// # Errors
    /// Where the text is no array.
    pub fn items(&mut self, mut each: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.expect(b'[', "an array")?;
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            self.space();
            each(self)?;
            if !self.eat(b',') {
                return self.expect(b']', "`,` or `]`");
            }
        }
    }

    /// The text of a string.
    ///
    /// # Errors
    /// Where the text has another value here.
    pub fn text(&mut self) -> Read<Cow<'t, str>> {
        self.space();
        let from = self.at;
        let Ok(has_escapes) = self.pass_string() else { return self.failed() };
        let raw = self.text.get(from + 1..self.at - 1).unwrap_or_default();
        if !has_escapes {
            return Ok(Cow::Borrowed(raw));
        }
        let pieces = unescape(raw, Span::head(FileId(0)));
        Ok(Cow::Owned(pieces.iter().map(|it| &*it.text).collect()))
    }

    /// Passes over a value.
    ///
    /// # Errors
    /// Where it is not JSON.
    pub fn value(&mut self) -> Read<Raw<'t>> {
        self.space();
        let from = self.at;
        let open = self.open.len();
        let passed = self.pass();
        self.open.truncate(open);
        match passed {
            Ok(()) => Ok(Raw(self.text.get(from..self.at).unwrap_or_default())),
            Err(Stopped) => self.failed(),
        }
    }

    /// # Errors
    /// Where there is more.
    pub fn end(&mut self) -> Read<()> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { self.wrong("the end of the JSON document") }
    }

    /// What is wrong here.
    ///
    /// # Errors
    /// Always.
    pub fn wrong<T>(&self, expected: impl Into<Cow<'static, str>>) -> Read<T> {
        Err(Wrong { at: self.at.min(self.text.len()), expected: expected.into() })
    }

    fn failed<T>(&self) -> Read<T> {
        self.wrong(self.expected)
    }

    /// Passes over a value, however deeply it is nested.
    fn pass(&mut self) -> Passed {
        let base = self.open.len();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.pass_string()?;
                }
                Some(b'{') => {
                    self.at += 1;
                    self.space();
                    if self.peek() != Some(b'}') {
                        self.open.push(true);
                        self.pass_key()?;
                        continue;
                    }
                    self.at += 1;
                }
                Some(b'[') => {
                    self.at += 1;
                    self.space();
                    if self.peek() != Some(b']') {
                        self.open.push(false);
                        continue;
                    }
                    self.at += 1;
                }
                _ => self.pass_word()?,
            }
            // Behind a value: what is open goes on, or ends.
            loop {
                if self.open.len() <= base {
                    return Ok(());
                }
                self.space();
                let is_object = self.open.last() == Some(&true);
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        self.space();
                        if is_object {
                            self.pass_key()?;
                        }
                        break;
                    }
                    Some(b'}') if is_object => {}
                    Some(b']') if !is_object => {}
                    _ => return self.stop(if is_object { "`,` or `}`" } else { "`,` or `]`" }),
                }
                self.at += 1;
                self.open.pop();
            }
        }
    }

    /// Passes over a key and its colon.
    fn pass_key(&mut self) -> Passed {
        self.pass_string()?;
        self.space();
        if self.peek() != Some(b':') {
            return self.stop(COLON);
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    /// Passes over a string; answers whether it has escapes.
    #[inline]
    fn pass_string(&mut self) -> Result<bool, Stopped> {
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) != Some(&b'"') {
            return self.stop("a text in double quotes").map(|()| false);
        }
        self.at = plain_run(bytes, self.at + 1);
        let mut has_escapes = false;
        loop {
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    has_escapes = true;
                    self.pass_escape()?;
                }
                Some(_) => return self.stop("no line break or control character in a text").map(|()| false),
                None => return self.stop("`\"` at the end of the text").map(|()| false),
            }
            self.at = plain_run(bytes, self.at);
        }
        self.at += 1;
        Ok(has_escapes)
    }

    fn pass_escape(&mut self) -> Passed {
        let bytes = self.text.as_bytes();
        let length = match bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => {
                let digits = bytes.get(self.at + 2..self.at + 6);
                if !digits.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit)) {
                    return self.stop("four hexadecimal digits after `\\u`");
                }
                6
            }
            _ => return self.stop("a valid escape after `\\`"),
        };
        self.at += length;
        Ok(())
    }

    /// Passes over a number, `true`, `false` or `null`.
    fn pass_word(&mut self) -> Passed {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let word: &[u8] = match rest.first() {
            Some(b't') => b"true",
            Some(b'f') => b"false",
            Some(b'n') => b"null",
            _ => return self.pass_number(),
        };
        if !rest.starts_with(word) {
            return self.stop("a value");
        }
        self.at += word.len();
        Ok(())
    }

    fn pass_number(&mut self) -> Passed {
        let from = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let whole = self.digits();
        let zero = self.text.as_bytes().get(self.at - whole) == Some(&b'0');
        if whole == 0 || zero && 1 < whole {
            self.at = from;
            return self.stop("a value");
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return self.stop("a digit");
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return self.stop("a digit");
            }
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|it| it.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn stop(&mut self, expected: &'static str) -> Passed {
        self.expected = expected;
        Err(Stopped)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let is_it = self.peek() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Read<()> {
        if self.eat(byte) { Ok(()) } else { self.wrong(expected) }
    }
}

const COLON: &str = "`:` after the key";

/// What was passed over is not JSON; `expected` says what is wrong.
#[derive(Debug)]
struct Stopped;

/// Small, for it is given back for each of a hundred million bytes.
type Passed = Result<(), Stopped>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    /// Whether a text is one value and nothing else.
    fn whole(text: &str) -> bool {
        let mut skim = Skim::new(text);
        skim.value().and_then(|_| skim.end()).is_ok()
    }

    #[test]
    fn members_and_items() {
        let raw = Raw(r#"{"a": [1, {"b": "]}\""}, null], "\u0061": {}, "t": "x\ty"}"#);
        let names: Vec<_> = raw.members().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "a", "t"]);
        assert_eq!(raw.member("a").map(Raw::get), Some("{}"), "the last counts");
        assert_eq!(raw.member("t").and_then(Raw::text).as_deref(), Some("x\ty"));
        let items = raw.members().first().and_then(|it| it.1.items()).unwrap();
        assert_eq!(items.iter().map(|it| it.get()).collect::<Vec<_>>(), ["1", "{\"b\": \"]}\\\"\"}", "null"]);
        assert_eq!((raw.items(), raw.member("t").unwrap().member("x"), raw.text()), (None, None, None));
    }

    #[test]
    fn what_is_broken_is_told_where_it_is() {
        let check = |text: &str, at: usize| {
            let mut skim = Skim::new(text);
            assert_eq!(skim.value().and_then(|_| skim.end()).map_err(|it| it.at), Err(at), "{text}");
        };
        check("", 0);
        check("{\"a\": tru}", 6);
        check("{\"a\": [1, 2", 11);
        check("{\"a\": \"x", 8);
        check("{\"a\" 1}", 5);
        check("[1,]", 3);
        check("{\"a\": 1,}", 8);
        check("[01]", 1);
        check("[1.]", 3);
        check("[\"\\x\"]", 2);
        check("[\"a\nb\"]", 3);
        check("[1] 2", 4);
        check("[}", 1);
        check("{]", 1);
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = |by: usize| format!("{}1{}", "[".repeat(by), "]".repeat(by));
        assert!(whole(&deep(200_000)));
        assert!(!whole(&"[{\"a\":".repeat(100_000)));
    }

    proptest! {
        /// What is passed over is what another reader passes over.
        #[test]
        fn what_is_json_is_what_serde_says(text in r#"[ \[\]{}:,"\\au1e.0-]{0,14}|(\{|\[|"a":|"\\u00e9"|,|\}|\]|null|-1|0\.5e1){0,12}"#) {
            prop_assert_eq!(whole(&text), serde_json::from_str::<&RawValue>(&text).is_ok(), "{}", text);
        }
    }
}
