//! Where a `#` of YAML begins no comment.

use std::ops::Range;

use crate::syntax::data::{Node, NodeKind, Style};

/// The ranges of a text that are parts of values: scalars in quotes, and the lines of block scalars, in the order of the text. A `#`
/// outside of them that stands first in its line or behind a blank begins a comment.
/// <https://yaml.org/spec/1.2.2/#66-comments>
#[must_use]
pub fn texts(tree: &[Node], text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    tree.iter().for_each(|it| of(it, text, &mut out));
    // What an alias stands for is written once.
    out.sort_by_key(|it: &Range<usize>| (it.start, it.end));
    out.dedup();
    out
}

fn of(node: &Node, text: &str, out: &mut Vec<Range<usize>>) {
    match &node.kind {
        NodeKind::Scalar(it) => match it.style {
            // A plain scalar ends before a comment, whatever its place says.
            Style::Plain => (),
            Style::Quoted => out.push(node.span.range()),
            Style::Block => out.extend(lines(text, node.span.range())),
        },
        NodeKind::Sequence(items) => items.iter().for_each(|it| of(it, text, out)),
        NodeKind::Mapping(pairs) => {
            for pair in pairs {
                of(&pair.key, text, out);
                of(&pair.value, text, out);
            }
        }
    }
}

/// The lines of a block scalar, without comments after it that stand further left. One parser has its place begin at the header, the
/// other at the first word.
fn lines(text: &str, span: Range<usize>) -> Option<Range<usize>> {
    let line = text.get(..span.start)?.rfind('\n').map_or(0, |it| it + 1);
    let above = text.get(..line)?.trim_end();
    let above = above.get(above.rfind('\n').map_or(0, |it| it + 1)..)?;
    let written = text.get(span.clone())?;
    let is_first = text.get(line..span.start)?.trim().is_empty();
    let is_content = is_first && (!written.starts_with(['|', '>']) || header(above).is_some());
    let (start, header) = match is_content {
        true => (line, header(above).unwrap_or_default()),
        false => {
            let end = written.find('\n').map_or(written.len(), |it| it + 1);
            (span.start + end, written.get(..end)?)
        }
    };
    let has_width = header.split('#').next()?.bytes().any(|it| it.is_ascii_digit());
    let rest = text.get(start..span.end).unwrap_or_default();
    let width = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = rest.lines().find(|it| !it.trim().is_empty()).map_or(0, width);
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        let is_blank = line.trim().is_empty();
        // The place may end within the blanks of the line behind.
        if (!has_width && !is_blank && width(line) < own) || (is_blank && !line.ends_with('\n')) {
            break;
        }
        end += line.len();
    }
    Some(start..start + end)
}

/// The header of a block scalar at the end of a line: `|`, `>-`, `|2 # a comment`.
fn header(line: &str) -> Option<&str> {
    let words = line.split(" #").next()?.trim_end();
    let word = words.get(words.rfind([' ', '\t']).map_or(0, |it| it + 1)..)?;
    let is_sign = |it: char| matches!(it, '+' | '-') || it.is_ascii_digit();
    word.strip_prefix(['|', '>']).filter(|it| it.chars().all(is_sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn block_scalars() {
        let check = |text: &str, expected: &[&str]| {
            let tree = crate::syntax::yaml::parse(FileId(0), text).tree;
            let found: Vec<&str> = texts(&tree, text).into_iter().map(|it| &text[it]).collect();
            assert_eq!(found, expected, "{tree:?}");
        };
        check("a: |\n  | b\n  # c\n # d\nb: 1\n", &["  | b\n  # c\n"]);
        check("a: |2 # x\n    b\n  # c\nb: 1\n", &["    b\n  # c\n"]);
        check("a: |\nb: 1 # c\n", &[""]);
        check("a: !Sub |+\n  b\n\n  # c\n\n# d\n", &["  b\n\n  # c\n\n"]);
        check("a: |\r\n  b\r\n  # c\r\n# d\r\n", &["  b\r\n  # c\r\n"]);
        // The other parser reads it.
        check("a: !Sub '{\n}'\nb: |\n  c\n  # d\n# e\n", &["'{\n}'", "  c\n  # d\n"]);
        let text = "a:\n- >-\n  # own\n  b\n# c\n- \"# d\n  # e\"\n";
        let tree = crate::syntax::yaml::parse(FileId(0), text).tree;
        let found: Vec<&str> = texts(&tree, text).into_iter().map(|it| &text[it]).collect();
        assert_eq!(found, ["  # own\n  b\n", "\"# d\n  # e\""], "{tree:?}");
    }
}
