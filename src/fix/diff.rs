//! A unified diff of two texts, by lines.

use similar::{Algorithm, TextDiff};

/// The diff of a file, empty where nothing differs; `old` is `None` for a file that is new. `path` is shown as git shows it: with
/// forward slashes, without those that it begins with.
#[must_use]
pub fn unified(path: &str, old: Option<&str>, new: &str) -> String {
    if old == Some(new) {
        return String::new();
    }
    let mut path = path.trim_start_matches('/');
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    let from = if old.is_some() { named(&format!("a/{path}")) } else { "/dev/null".to_owned() };
    let old = old.unwrap_or_default();
    // By newlines alone, as `patch` has lines; a carriage return is part of one.
    let (before, after): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut diff = TextDiff::configure();
    let diff = diff.algorithm(Algorithm::Patience).newline_terminated(true).diff_slices(&before, &after);
    diff.unified_diff().header(&from, &named(&format!("b/{path}"))).to_string()
}

/// A path as git writes it in a patch: in quotes where a sign in it would end the line or the quotes, with a tab behind it where it has a
/// blank. <https://git-scm.com/docs/git-diff#generate_patch_text_with_p>
fn named(path: &str) -> String {
    let is_odd = |it: &u8| it.is_ascii_control() || matches!(it, b'"' | b'\\');
    if !path.bytes().any(|it| is_odd(&it)) {
        return if path.contains(' ') { format!("{path}\t") } else { path.to_owned() };
    }
    let mut out = String::from("\"");
    for it in path.chars() {
        match it {
            '"' | '\\' => out.extend(['\\', it]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            it if it.is_ascii_control() => out.push_str(&format!("\\{:03o}", u32::from(it))),
            it => out.push(it),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_patch_reads_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let check = |new: &str, expected: &str| assert_eq!(unified("a.tf", Some(old), new), expected);
        check(old, "");
        check(
            "1\n2\n3\n4\nX\n6\n7\n8\n9\n",
            "--- a/a.tf\n+++ b/a.tf\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n",
        );
        check(
            "1\n2\n3\n4\n5\n6\n7\n8\n9",
            "--- a/a.tf\n+++ b/a.tf\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+9\n\\ No newline at end of file\n",
        );
    }

    #[test]
    fn lines_end_with_a_newline_alone() {
        let diff = unified("a.tf", Some("a\rb\r\nc"), "a\rb\r\nd\r\n");
        assert_eq!(diff, "--- a/a.tf\n+++ b/a.tf\n@@ -1,2 +1,2 @@\n a\rb\r\n-c\n\\ No newline at end of file\n+d\r\n");
        let new: String = (0..4000).map(|it| format!("x{}\n{it}\n", it % 7)).collect();
        let old: String = (0..4000).map(|it| format!("{it}\n")).collect();
        assert_eq!(unified("a.tf", Some(&old), &new).matches("\n+x").count(), 4000);
    }

    #[test]
    fn files_as_git_names_them() {
        let check = |path: &str, old: Option<&str>, expected: &str| {
            let diff = unified(path, old, "b\n");
            assert_eq!(diff.lines().take(2).collect::<Vec<_>>().join("\n"), expected);
        };
        check("/tmp/a.tf", Some("a\n"), "--- a/tmp/a.tf\n+++ b/tmp/a.tf");
        check("./a.tf", Some("a\n"), "--- a/a.tf\n+++ b/a.tf");
        check("a.tf", None, "--- /dev/null\n+++ b/a.tf");
        check("a b.tf", Some("a\n"), "--- a/a b.tf\t\n+++ b/a b.tf\t");
        check("a\n\"b.tf", None, "--- /dev/null\n+++ \"b/a\\n\\\"b.tf\"");
    }
}
