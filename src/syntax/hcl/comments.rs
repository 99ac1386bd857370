//! Where the comments of a text are.

use std::ops::Range;

use super::scan::{Kind, Scanner};

/// The comments of a file, each with its mark and without the newline that ends it. What looks like one in a string or a heredoc is
/// none.
#[must_use]
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let mut scanner = Scanner::new(text, 0..text.len());
    let mut found = Vec::new();
    while let Some(token) = scanner.next() {
        if token.kind == Kind::Comment {
            found.push(token.start..token.end);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::comments;

    #[test]
    fn comments_and_what_looks_like_them() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = comments(text).into_iter().map(|it| &text[it]).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("a = 1 # b\n// c\n/* d\n# e */ f = 2\n", &["# b", "// c", "/* d\n# e */"]);
        check("a = \"# no\" # b\n", &["# b"]);
        check("a = \"${x(\"# no\") /* in */}\"\n", &["/* in */"]);
        check("a = <<-T\n  # no\n  ${b} // no\n  T\n# c", &["# c"]);
        // A string that is not closed ends with its line.
        check("a = \"x\n# b\n", &["# b"]);
        check("a = 1 # b\r\n", &["# b\r"]);
    }
}
