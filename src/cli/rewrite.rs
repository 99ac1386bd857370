//! Files that are changed in place: whole or not at all, with their permissions; and what would change, as a unified diff.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// Puts `new` in the place of a file whose text is `old`. A link stays one: what it leads to is changed.
///
/// # Errors
/// Any refusal of the operating system, a file that is read-only, one whose text is another by now.
pub(super) fn replace(path: &Path, old: &str, new: &str) -> Result<()> {
    let path = path.canonicalize()?;
    let meta = std::fs::metadata(&path)?;
    if meta.permissions().readonly() {
        return Err(Error::new(ErrorKind::PermissionDenied, "it is read-only"));
    }
    let bytes = std::fs::read(&path)?;
    let mark = "\u{feff}".as_bytes();
    let (mark, text) = bytes.strip_prefix(mark).map_or((&[] as &[u8], bytes.as_slice()), |rest| (mark, rest));
    if text != old.as_bytes() {
        return Err(Error::other("it was changed meanwhile"));
    }
    let name = path.file_name().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "names no file"))?;
    let mut temporary = name.to_os_string();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(temporary);
    let written = std::fs::write(&temporary, [mark, new.as_bytes()].concat())
        .and_then(|()| std::fs::set_permissions(&temporary, meta.permissions()))
        .and_then(|()| std::fs::rename(&temporary, &path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// One line of a diff: its sign, and the line with its end.
type Row<'a> = (char, &'a str);

/// What changes from `old` to `new`, as `patch -p1` and `git apply` read it; empty where nothing does.
pub(super) fn diff(path: &str, old: &str, new: &str) -> String {
    let rows = rows(old, new);
    let changed: Vec<usize> = (0..rows.len()).filter(|at| rows.get(*at).is_some_and(|it| it.0 != ' ')).collect();
    let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
    for at in changed {
        let range = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(rows.len());
        match hunks.last_mut() {
            Some(last) if range.start <= last.end => last.end = range.end,
            _ => hunks.push(range),
        }
    }
    if hunks.is_empty() {
        return String::new();
    }
    let mut out = format!("--- a/{path}\n+++ b/{path}\n");
    for hunk in hunks {
        let count = |range: std::ops::Range<usize>, signs: &[char]| {
            rows.get(range).unwrap_or_default().iter().filter(|it| signs.contains(&it.0)).count()
        };
        let side = |signs: &[char]| {
            let (before, within) = (count(0..hunk.start, signs), count(hunk.clone(), signs));
            // An empty side is named by the line before it.
            format!("{},{within}", before + usize::from(0 < within))
        };
        out.push_str(&format!("@@ -{} +{} @@\n", side(&[' ', '-']), side(&[' ', '+'])));
        for (sign, line) in rows.get(hunk).unwrap_or_default() {
            out.push(*sign);
            out.push_str(line);
            if !line.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    out
}

/// The lines of both texts in one order. Changes are few: where the texts differ, the nearest lines that are alike again are
/// looked for.
fn rows<'a>(old: &'a str, new: &'a str) -> Vec<Row<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let (mut a, mut b) = (0, 0);
    let mut rows = Vec::new();
    while a < old.len() || b < new.len() {
        if let (Some(left), Some(right)) = (old.get(a), new.get(b))
            && left == right
        {
            rows.push((' ', *left));
            (a, b) = (a + 1, b + 1);
            continue;
        }
        // A brace or an empty line alone may be alike by chance.
        let tells = |line: &&str| 3 < line.trim().len();
        let alike = |x: usize, y: usize| match (old.get(x), new.get(y)) {
            (Some(left), Some(right)) => left == right && (tells(left) || old.get(x + 1) == new.get(y + 1)),
            (None, None) => true,
            _ => false,
        };
        let most = (old.len() - a) + (new.len() - b);
        let next = (1..=most).find_map(|far| {
            (0..=far).map(|x| (a + x, b + far - x)).find(|(x, y)| *x <= old.len() && *y <= new.len() && alike(*x, *y))
        });
        let (x, y) = next.unwrap_or((old.len(), new.len()));
        rows.extend(old.get(a..x).unwrap_or_default().iter().map(|it| ('-', *it)));
        rows.extend(new.get(b..y).unwrap_or_default().iter().map(|it| ('+', *it)));
        (a, b) = (x, y);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expected: &str) {
        assert_eq!(diff("x", old, new), expected, "{old:?} {new:?}");
    }

    #[test]
    fn changes_are_shown_with_their_lines() {
        check("a\nb\n", "a\nb\n", "");
        check("a\nb\nc\n", "a\nB\nc\n", "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
        check("", "a\n", "--- a/x\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n");
        check("a\n", "a", "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n");
        let long: String = (0..20).map(|it| format!("{it}\n")).collect();
        let changed = long.replace("2\n3\n", "2\nx\n3\n").replace("17\n", "");
        let shown = diff("x", &long, &changed);
        assert!(shown.contains("@@ -1,6 +1,7 @@") && shown.contains("@@ -15,6 +16,5 @@"), "{shown}");
        assert_eq!(shown.lines().filter(|it| it.starts_with(['+', '-'])).count(), 4, "{shown}");
    }
}
