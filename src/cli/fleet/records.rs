//! Splits a stream into documents without reading it whole: lines, or the items of a delivery of AWS Config.

use std::io::Read;
use std::ops::Range;

use memchr::{memchr, memmem};
use serde::de::IgnoredAny;

/// About so much is read at a time (bytes).
const BLOCK: usize = 4 * 1024 * 1024;
/// A document may not be larger (bytes).
const MAX_RECORD: usize = 16 * 1024 * 1024;
/// In so much of a document its form is to be seen.
const HEAD: usize = 4096;
/// What has the items in a delivery.
const KEY: &[u8] = b"\"configurationItems\"";
/// The byte-order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Some whole documents of a stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Block {
    bytes: Vec<u8>,
    ranges: Vec<Range<usize>>,
    /// What cannot be judged of the stream itself.
    pub problem: Option<String>,
}

impl Block {
    /// The documents.
    pub fn records(&self) -> Vec<&[u8]> {
        self.ranges.iter().filter_map(|it| self.bytes.get(it.clone())).collect()
    }
}

/// How a stream is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Before a document.
    Open,
    Lines,
    /// The items of a JSON array.
    Items,
    /// Behind a problem.
    Over,
    /// Within a line that is too long.
    Skipping,
}

/// The documents of a stream, block by block.
pub struct Records<R> {
    input: R,
    form: Form,
    /// The start of a document whose end has not been read.
    rest: Vec<u8>,
    ended: bool,
}

impl<R: Read> Records<R> {
    pub fn new(input: R) -> Self {
        Self { input, form: Form::Open, rest: Vec::new(), ended: false }
    }

    /// The next documents; nothing at the end.
    ///
    /// # Errors
    /// What the system says.
    pub fn next(&mut self) -> std::io::Result<Option<Block>> {
        if self.ended {
            return Ok(None);
        }
        let mut bytes = std::mem::take(&mut self.rest);
        let before = bytes.len();
        self.input.by_ref().take(BLOCK as u64).read_to_end(&mut bytes)?;
        self.ended = bytes.len() == before;
        let mut block = Block { bytes, ..Block::default() };
        let used = self.split(&mut block);
        self.rest = block.bytes.get(used..).unwrap_or_default().to_vec();
        Ok(Some(block))
    }

    /// Takes the whole documents; answers where the rest begins.
    fn split(&mut self, block: &mut Block) -> usize {
        let mut at = 0;
        loop {
            let size = block.bytes.len();
            match self.form {
                Form::Open => {
                    let rest = block.bytes.get(at..).unwrap_or_default();
                    at += rest.iter().take_while(|it| it.is_ascii_whitespace() || MARK.contains(it)).count();
                    let rest = block.bytes.get(at..).unwrap_or_default();
                    if rest.is_empty() || rest.len() < HEAD && !self.ended {
                        return at;
                    }
                    self.form = Form::Lines;
                    if let Some(first) = first_item(rest) {
                        (self.form, at) = (Form::Items, at + first);
                    }
                }
                Form::Lines | Form::Skipping => return self.lines(block, at),
                Form::Items => match self.items(block, at) {
                    Ok(rest) => return rest,
                    Err(behind) => at = behind,
                },
                Form::Over => return size,
            }
        }
    }

    /// Takes the whole lines; answers where the rest begins.
    fn lines(&mut self, block: &mut Block, mut at: usize) -> usize {
        let bytes = &block.bytes;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let end = memchr(b'\n', rest).map(|it| at + it);
            let line = match end {
                Some(end) => at..end,
                None if self.ended => at..bytes.len(),
                None if rest.len() <= MAX_RECORD => return at,
                None => {
                    block.problem = Some(too_large());
                    self.form = Form::Skipping;
                    return bytes.len();
                }
            };
            if self.form == Form::Skipping {
                self.form = Form::Lines;
            } else if MAX_RECORD < line.len() {
                block.problem = Some(too_large());
            } else if bytes.get(line.clone()).is_some_and(|it| !it.trim_ascii().is_empty()) {
                block.ranges.push(line);
            }
            match end {
                Some(end) => at = end + 1,
                None => return bytes.len(),
            }
        }
    }

    /// Takes the whole items of an array; answers where the rest begins, or where the document ends that the array is in.
    fn items(&mut self, block: &mut Block, mut at: usize) -> Result<usize, usize> {
        let bytes = &block.bytes;
        loop {
            let waits = !self.ended && bytes.len() - at <= MAX_RECORD;
            let rest = bytes.get(at..).unwrap_or_default();
            let gap = rest.iter().take_while(|it| it.is_ascii_whitespace() || **it == b',').count();
            at += gap;
            if bytes.get(at) == Some(&b']') {
                match end(bytes, at + 1, 1) {
                    Some(end) if is_rest(bytes.get(at + 1..end).unwrap_or_default()) => {
                        self.form = Form::Open;
                        return Err(end);
                    }
                    None if waits => return Ok(at),
                    _ => return Ok(self.broken(block)),
                }
            }
            // What is no item is a document that is none, and costs itself only.
            match member_end(bytes, at) {
                Some(end) => {
                    block.ranges.push(at..end);
                    at = end;
                }
                None if waits => return Ok(at),
                None => return Ok(self.broken(block)),
            }
        }
    }

    fn broken(&mut self, block: &mut Block) -> usize {
        self.form = Form::Over;
        block.problem = Some("the delivery of AWS Config breaks off: what is behind is not judged".to_owned());
        block.bytes.len()
    }
}

fn too_large() -> String {
    format!("a document is larger than {MAX_RECORD} bytes and is not judged")
}

/// Where the first item stands behind the start of a document, if it begins as a delivery of AWS Config does.
/// <https://docs.aws.amazon.com/config/latest/developerguide/example-s3-snapshot.html>
fn first_item(document: &[u8]) -> Option<usize> {
    let head = document.get(..HEAD).unwrap_or(document);
    let key = memmem::find(head, KEY)?;
    // It is a member of the document itself.
    let before = head.get(..key)?;
    let is_member = before.iter().filter(|it| **it == b'{').count() == 1 && !before.contains(&b'}');
    let behind = head.get(key + KEY.len()..)?;
    let colon = behind.iter().position(|it| !it.is_ascii_whitespace())?;
    let value = behind.get(colon..)?.strip_prefix(b":")?;
    let open = value.iter().position(|it| !it.is_ascii_whitespace())?;
    let first = key + KEY.len() + colon + 1 + open + 1;
    (is_member && value.get(open) == Some(&b'[') && is_json(&[head.get(..first)?, b"]}"].concat())).then_some(first)
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Whether what stands behind the items up to the end of the document is all there is to it, without more items.
fn is_rest(bytes: &[u8]) -> bool {
    memmem::find(bytes, KEY).is_none() && is_json(&[b"{\"\":[]", bytes].concat())
}

/// One past the end of the member of an array that begins at `at`.
fn member_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'{' | b'[' | b'"' => end(bytes, at, 0),
        b'}' | b':' => None,
        _ => {
            let rest = bytes.get(at..)?;
            let size = rest.iter().position(|it| it.is_ascii_whitespace() || b",]}[{\":".contains(it))?;
            Some(at + size)
        }
    }
}

/// One past the end of the value that begins at `at`, or around it where `depth` objects are open there. What is looked for stands a few
/// bytes apart, so that one step a byte takes an eighth of what calls of `memchr` take.
fn end(bytes: &[u8], at: usize, mut depth: usize) -> Option<usize> {
    let mut rest = bytes.get(at..)?.iter();
    loop {
        match rest.next()? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(bytes.len() - rest.as_slice().len());
                }
            }
            b'"' => {
                loop {
                    match rest.next()? {
                        b'"' => break,
                        b'\\' => {
                            rest.next()?;
                        }
                        _ => {}
                    }
                }
                if depth == 0 {
                    return Some(bytes.len() - rest.as_slice().len());
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, as a pipe may.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let size = self.0.len().min(into.len()).min(3);
            let (now, later) = self.0.split_at(size);
            into[..size].copy_from_slice(now);
            self.0 = later;
            Ok(size)
        }
    }

    fn split(text: &str) -> (Vec<String>, Vec<String>) {
        let mut records = Records::new(Drops(text.as_bytes()));
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        while let Some(block) = records.next().unwrap() {
            all.extend(block.records().into_iter().map(|it| String::from_utf8_lossy(it).into_owned()));
            problems.extend(block.problem);
        }
        (all, problems)
    }

    #[test]
    fn lines_are_documents() {
        let (all, problems) = split("\u{feff}{\"a\":1}\n\n{\"b\":2}\r\n{\"c\":3}");
        assert_eq!((all.len(), problems.len()), (3, 0));
        assert_eq!(all.last().map(String::as_str), Some("{\"c\":3}"));
        assert_eq!(split("").0.len(), 0);
    }

    #[test]
    fn items_of_a_delivery_are_documents() {
        let text = r#"{"fileVersion":"1.0", "configurationItems" : [ {"a":"}\"]"}, {"b":{"c":[]}} ], "more":[{}]}"#;
        let (all, problems) = split(text);
        assert_eq!(all, [r#"{"a":"}\"]"}"#, r#"{"b":{"c":[]}}"#]);
        assert!(problems.is_empty());
        let twice = format!("{text}\n{text}\n");
        assert_eq!(split(&twice).0.len(), 4);
    }

    #[test]
    fn a_delivery_that_breaks_off_is_told() {
        for text in [
            r#"{"configurationItems":[{"a":1},{"b":"#,
            r#"{"configurationItems":[{"a":1},"#,
            r#"{"configurationItems":[{"a":1}]"#,
        ] {
            let (all, problems) = split(text);
            assert_eq!((all.len(), problems.len()), (1, 1), "{text}");
        }
    }

    #[test]
    fn members_that_are_no_items_cost_themselves_only() {
        let items = r#"{"a":1} , null,5, true ,"te\"}xt",[1,"]"],{"b":[2]}"#;
        let (all, problems) = split(&format!("{{\"configurationItems\":[{items}]}}"));
        assert_eq!(all, ["{\"a\":1}", "null", "5", "true", "\"te\\\"}xt\"", "[1,\"]\"]", "{\"b\":[2]}"]);
        assert!(problems.is_empty());
    }

    #[test]
    fn what_is_behind_the_items_is_no_second_list_and_no_rubbish() {
        for rest in [r#"],"configurationItems":[{"b":2}]}"#, r#"],"x":[]]}"#, r#"]]}"#, "] x}", "]:5}", ",}]}"] {
            let (all, problems) = split(&format!("{{\"configurationItems\":[{{\"a\":1}}{rest}"));
            assert_eq!((all.len(), problems.len()), (1, 1), "{rest} {all:?}");
        }
        let (all, problems) = split(r#"{"configurationItems":[],"more":{"x":"]}"}}"#);
        assert_eq!((all.len(), problems.len()), (0, 0));
        // Broken before the items: a line that is no JSON.
        assert_eq!(split(r#"{"x" "configurationItems":[{"a":1}]}"#).0.len(), 1);
    }

    #[test]
    fn a_line_that_is_too_long_costs_itself_only() {
        let text = format!("{{\"a\":1}}\n{}\n{{\"b\":2}}\n", "x".repeat(MAX_RECORD + BLOCK));
        let mut records = Records::new(text.as_bytes());
        let (mut all, mut problems) = (0, 0);
        while let Some(block) = records.next().unwrap() {
            all += block.records().len();
            problems += usize::from(block.problem.is_some());
        }
        assert_eq!((all, problems), (2, 1));
    }
}
