//! A unified diff of two texts, by lines: the shortest way from one to the other (Myers, "An O(ND) Difference Algorithm and
//! Its Variations", 1986).

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// One line of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Keep,
    Remove,
    Add,
}

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
    let (before, after): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let steps = steps(&before, &after);
    let mut out = format!("--- {from}\n+++ {}\n", named(&format!("b/{path}")));
    for hunk in hunks(&steps) {
        render(&steps, hunk, &before, &after, &mut out);
    }
    out
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

/// The way from one list of lines to the other.
fn steps(a: &[&str], b: &[&str]) -> Vec<Step> {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(..a.len() - tail).unwrap_or_default(), b.get(..b.len() - tail).unwrap_or_default());
    let mut out = vec![Step::Keep; head];
    out.extend(middle(a, b));
    out.extend(std::iter::repeat_n(Step::Keep, tail));
    out
}

/// How far each diagonal gets. Diagonal `k` (of x - y) stands at `most + k`; `low` is the first that is kept.
struct Reach {
    low: usize,
    x: Vec<usize>,
}

impl Reach {
    fn at(&self, diagonal: usize) -> usize {
        diagonal.checked_sub(self.low).and_then(|it| self.x.get(it)).copied().unwrap_or(0)
    }

    /// The diagonal that the step onto `at` comes from, and whether that step adds a line.
    fn from(&self, at: usize, d: usize, most: usize) -> (usize, bool) {
        let adds = at == most - d || (at != most + d && self.at(at.wrapping_sub(1)) < self.at(at + 1));
        (if adds { at + 1 } else { at.wrapping_sub(1) }, adds)
    }
}

/// Myers' greedy walk: for each number of changes, how far each diagonal gets; then the way back.
fn middle(a: &[&str], b: &[&str]) -> Vec<Step> {
    let most = a.len() + b.len();
    let mut now = Reach { low: 0, x: vec![0; 2 * most + 2] };
    let mut trace: Vec<Reach> = Vec::new();
    'walk: for d in 0..=most {
        let low = most.saturating_sub(d + 1);
        let kept = now.x.get(low..(most + d + 2).min(now.x.len())).unwrap_or_default();
        trace.push(Reach { low, x: kept.to_vec() });
        for at in (most - d..=most + d).step_by(2) {
            let (from, adds) = now.from(at, d, most);
            let mut x = if d == 0 { 0 } else { now.at(from) + usize::from(!adds) };
            let mut y = (x + most).saturating_sub(at);
            while a.get(x).is_some_and(|it| b.get(y) == Some(it)) {
                (x, y) = (x + 1, y + 1);
            }
            if let Some(it) = now.x.get_mut(at) {
                *it = x;
            }
            if a.len() <= x && b.len() <= y {
                break 'walk;
            }
        }
    }
    let (mut x, mut y) = (a.len(), b.len());
    let mut out = Vec::new();
    for (d, reach) in trace.iter().enumerate().rev() {
        if d == 0 {
            out.extend(std::iter::repeat_n(Step::Keep, x));
            break;
        }
        let (from, adds) = reach.from((x + most).saturating_sub(y), d, most);
        let old_x = reach.at(from);
        let start = if adds { old_x } else { old_x + 1 };
        out.extend(std::iter::repeat_n(Step::Keep, x.saturating_sub(start)));
        out.push(if adds { Step::Add } else { Step::Remove });
        (x, y) = (old_x, (old_x + most).saturating_sub(from));
    }
    out.reverse();
    out
}

/// Ranges of steps: changes with their context, joined where they touch.
fn hunks(steps: &[Step]) -> Vec<std::ops::Range<usize>> {
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    for at in steps.iter().enumerate().filter(|(_, it)| **it != Step::Keep).map(|(at, _)| at) {
        let (start, end) = (at.saturating_sub(CONTEXT), (at + 1 + CONTEXT).min(steps.len()));
        match out.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => out.push(start..end),
        }
    }
    out
}

fn render(steps: &[Step], hunk: std::ops::Range<usize>, a: &[&str], b: &[&str], out: &mut String) {
    let count = |steps: &[Step], not: Step| steps.iter().filter(|it| **it != not).count();
    let before = steps.get(..hunk.start).unwrap_or_default();
    let inside = steps.get(hunk).unwrap_or_default();
    let (mut x, mut y) = (count(before, Step::Add), count(before, Step::Remove));
    let side = |start: usize, length: usize| match length {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        _ => format!("{},{length}", start + 1),
    };
    let (old, new) = (side(x, count(inside, Step::Add)), side(y, count(inside, Step::Remove)));
    out.push_str(&format!("@@ -{old} +{new} @@\n"));
    for step in inside {
        let (mark, line) = match step {
            Step::Keep => (' ', a.get(x)),
            Step::Remove => ('-', a.get(x)),
            Step::Add => ('+', b.get(y)),
        };
        x += usize::from(*step != Step::Add);
        y += usize::from(*step != Step::Remove);
        let line = line.copied().unwrap_or_default();
        out.push(mark);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The way leads from one text to the other, for all short texts of two lines' kinds.
    #[test]
    fn the_way_leads_there() {
        let texts: Vec<Vec<&str>> = (0..64_u32)
            .map(|seed| {
                (0..6).filter(|it| seed >> it & 1 == 0).map(|it| ["a\n", "b\n", "c\n"][it as usize % 3]).collect()
            })
            .collect();
        for (a, b) in texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b))) {
            let (mut x, mut y, mut made) = (0, 0, Vec::new());
            for step in steps(a, b) {
                match step {
                    Step::Keep => {
                        assert_eq!(a[x], b[y]);
                        made.push(a[x]);
                        (x, y) = (x + 1, y + 1);
                    }
                    Step::Remove => x += 1,
                    Step::Add => {
                        made.push(b[y]);
                        y += 1;
                    }
                }
            }
            assert_eq!((&made, x, y), (b, a.len(), b.len()), "{a:?}");
        }
    }

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
