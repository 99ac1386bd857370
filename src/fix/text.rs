//! Lines of a text by byte offset, and the small facts of its layout: indentation, line ending.

use std::ops::Range;

/// Where the line of an offset begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1)
}

/// Where the line of an offset ends, its line ending left out.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = at + rest.find('\n').unwrap_or(rest.len());
    if at < end && text.get(end - 1..end) == Some("\r") { end - 1 } else { end }
}

/// Where the line after that of an offset begins; the end of the text where there is none.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |it| at + it + 1)
}

/// The white space that the line of an offset begins with.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let start = line_start(text, at);
    let rest = text.get(start..).unwrap_or_default();
    let width = rest.find(|it| it != ' ' && it != '\t').unwrap_or(rest.len());
    rest.get(..width).unwrap_or_default()
}

/// Whether only white space stands before an offset in its line.
pub(super) fn is_first(text: &str, at: usize) -> bool {
    line_start(text, at) + indent(text, at).len() == at
}

/// The text of a range, empty where it is none.
pub(super) fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

/// The last byte before an offset that is no white space, and where it stands.
pub(super) fn before(text: &str, at: usize) -> Option<(usize, u8)> {
    let kept = text.get(..at)?.trim_end();
    Some((kept.len().checked_sub(1)?, *kept.as_bytes().last()?))
}

/// The first byte from an offset on that is no white space, and where it stands.
pub(super) fn after(text: &str, at: usize) -> Option<(usize, u8)> {
    let rest = text.get(at..)?;
    let kept = rest.trim_start();
    Some((at + rest.len() - kept.len(), *kept.as_bytes().first()?))
}

/// A new text with the line ending of the file that it goes into.
pub(super) fn with_line_ending(new: &str, file: &str) -> String {
    // A text of one line needs no look at the file, which may be one long line.
    let end = if new.contains('\n') { memchr::memchr(b'\n', file.as_bytes()) } else { None };
    match end {
        Some(at) if 0 < at && file.get(at - 1..at) == Some("\r") => new.replace('\n', "\r\n"),
        _ => new.to_owned(),
    }
}

/// A block of lines, each but empty ones with an indentation before it.
pub(super) fn indented(lines: &str, indent: &str) -> String {
    let one = |line: &str| if line.is_empty() { String::new() } else { format!("{indent}{line}") };
    lines.split('\n').map(one).collect::<Vec<_>>().join("\n")
}
