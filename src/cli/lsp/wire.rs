//! Messages on the wire: a header with `Content-Length`, then so many bytes.
//! <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#baseProtocol>

use std::io::{self, BufRead, Read, Write};

/// A larger body is read over and refused (bytes).
const MAX_BODY: u64 = 256 * 1024 * 1024;
/// A longer line is no header (bytes).
const MAX_LINE: u64 = 1024 * 1024;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// The body of a message.
    Body(Vec<u8>),
    /// Something that is no message, and why; what comes after it is read.
    Broken(String),
    /// Nothing comes any more.
    End,
}

/// Reads the next frame.
///
/// # Errors
/// The reader's.
pub fn read(input: &mut impl BufRead) -> io::Result<Frame> {
    let mut length = None;
    let mut is_first = true;
    loop {
        let mut line = Vec::new();
        input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(Frame::End);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            // Blank lines between messages hurt nobody.
            match length {
                None if is_first => continue,
                None => return Ok(Frame::Broken("the header has no Content-Length".to_owned())),
                Some(Err(complaint)) => return Ok(Frame::Broken(complaint)),
                Some(Ok(length)) => return body(input, length),
            }
        }
        is_first = false;
        length = content_length(line).or(length);
    }
}

/// What a line says of the length. After a body of another length than was said, the header stands behind the rest of it.
fn content_length(line: &str) -> Option<Result<u64, String>> {
    const NAME: &str = "content-length:";
    let lower = line.to_ascii_lowercase();
    let at = lower.rfind(NAME)?;
    let value = lower.get(at + NAME.len()..).unwrap_or_default().trim();
    Some(value.parse().map_err(|_| format!("Content-Length is no number: `{}`", short(value))))
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn body(input: &mut impl BufRead, length: u64) -> io::Result<Frame> {
    let mut limited = input.by_ref().take(length);
    if MAX_BODY < length {
        io::copy(&mut limited, &mut io::sink())?;
        return Ok(Frame::Broken(format!("the message is longer than {MAX_BODY} bytes ({length})")));
    }
    // Grows with what comes, not with what was said.
    let mut bytes = Vec::new();
    limited.read_to_end(&mut bytes)?;
    let came = bytes.len() as u64;
    Ok(if came < length { Frame::End } else { Frame::Body(bytes) })
}

/// Writes a message.
///
/// # Errors
/// The writer's.
pub fn write(out: &mut impl Write, message: &serde_json::Value) -> io::Result<()> {
    let text = message.to_string();
    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(text: &str) -> Vec<Frame> {
        let mut input = text.as_bytes();
        let mut out = Vec::new();
        loop {
            let frame = read(&mut input).unwrap();
            let is_end = frame == Frame::End;
            out.push(frame);
            if is_end {
                return out;
            }
        }
    }

    fn body(text: &str) -> Frame {
        Frame::Body(text.as_bytes().to_vec())
    }

    fn broken(frame: &Frame, part: &str) {
        assert!(matches!(frame, Frame::Broken(it) if it.contains(part)), "{frame:?}");
    }

    #[test]
    fn messages_are_told_apart() {
        let text = "Content-Length: 2\r\n\r\n{}content-type: x; charset=utf-8\r\nCONTENT-LENGTH:3\r\n\r\n[1]";
        assert_eq!(frames(text), [body("{}"), body("[1]"), Frame::End]);
    }

    #[test]
    fn what_is_wrong_is_told_and_the_next_is_read() {
        let good = "Content-Length: 2\r\n\r\n{}";
        let all = frames(&format!("Content-Length: many\r\n\r\n{good}"));
        broken(&all[0], "no number: `many`");
        assert_eq!(all[1..], [body("{}"), Frame::End]);
        let all = frames(&format!("Content-Type: x\r\n\r\n{good}"));
        broken(&all[0], "no Content-Length");
        assert_eq!(all[1..], [body("{}"), Frame::End]);
        let all = frames(&format!("Content-Length: -1\r\n\r\n{good}"));
        broken(&all[0], "no number");
        // Too short: the rest stands before the next header.
        assert_eq!(frames(&format!("Content-Length: 3\r\n\r\n[12]{good}")), [body("[12"), body("{}"), Frame::End]);
    }

    #[test]
    fn a_length_is_not_believed() {
        assert_eq!(frames("Content-Length: 200000000\r\n\r\n{}"), [Frame::End]);
        let all = frames("Content-Length: 99999999999999\r\n\r\n{}");
        broken(&all[0], "longer than");
    }

    #[test]
    fn what_is_written_is_read() {
        let mut out = Vec::new();
        write(&mut out, &serde_json::json!({ "ü": 1 })).unwrap();
        assert_eq!(frames(&String::from_utf8(out).unwrap()), [body("{\"ü\":1}"), Frame::End]);
    }
}
