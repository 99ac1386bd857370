//! Markdown as GitHub and GitLab show it: the summary of a job, the text of a comment. What was not judged comes first, then
//! the verdict about each bucket, then the findings. What is longer than the platform takes loses whole sections, and says so.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary>

use crate::finding::{Finding, Severity};

use super::shared::say::{self, plural};
use super::shared::{BucketRow, Openness, Run, Undecided, clean, rows};

/// A step's summary may have 1 MiB; some of it is left to others.
pub const LIMIT: usize = 1_000_000;
/// Rows of one table.
const MAX_ROWS: usize = 500;
/// Kept for the sentence that says what was left out.
const RESERVE: usize = 500;

/// The report as Markdown of at most `limit` bytes.
#[must_use]
pub fn render(run: &Run<'_>, limit: usize) -> String {
    let mut sections = vec![head(run)];
    sections.extend(not_judged(run));
    sections.extend(exposure(run));
    let violations = say::violations(run.report);
    sections.extend(overview(&violations, run));
    sections.extend(undecided(run));
    sections.extend(suppressed(run));
    sections.extend(violations.iter().map(|it| details(it, run)));
    let mut out = String::new();
    let mut left_out = 0;
    for section in sections {
        let fits = out.len() + section.len() + RESERVE <= limit;
        if fits && left_out == 0 {
            out.push_str(&section);
        } else {
            left_out += 1;
        }
    }
    if 0 < left_out {
        let note = format!(
            "> **{} left out**: this summary may have {limit} bytes. {}\n",
            plural(left_out, "section"),
            text(&say::verdict(run.report, run.verdict)),
        );
        // Where nearly nothing is left even the note stays away rather than break the platform's limit.
        if out.len() + note.len() <= limit {
            out.push_str(&note);
        }
    }
    out
}

fn head(run: &Run<'_>) -> String {
    let summary = &run.report.summary;
    let sign = match run.verdict.code {
        0 if say::is_clean(run.report) => "✅",
        0 | 3 => "⚠️",
        _ => "❌",
    };
    let mut out = format!("## {sign} bucketlint: {}\n\n", text(&say::verdict(run.report, run.verdict)));
    out.push_str(&format!(
        "{}, {} ({} public, {} exposure unknown), {}\n\n",
        plural(summary.files, "file"),
        plural(summary.buckets, "bucket"),
        summary.public,
        summary.exposure_unknown,
        plural(summary.rules, "rule"),
    ));
    out
}

fn not_judged(run: &Run<'_>) -> Option<String> {
    let all: Vec<_> = say::complaints(run.report).collect();
    let lines = all.iter().map(|it| {
        let place = run.places.of_diagnostic(it).map(|at| match at.start {
            Some(start) => format!("{}:{}", at.path, start.line),
            None => at.path,
        });
        [
            code(&format!("{}[{}]", say::gravity(it.gravity), it.code)),
            prose(&say::complaint(it)),
            code(&place.unwrap_or_default()),
        ]
    });
    let title = format!("Not judged: {} of the input", plural(all.len(), "part"));
    table(&title, "Nothing here says that these parts are fine.", &["Kind", "What", "Place"], lines.collect())
}

fn exposure(run: &Run<'_>) -> Option<String> {
    let rows = rows(run);
    let lines = rows.iter().map(|it| [bucket(it), verdict(it), who(it), reasons(it)]);
    table("Exposure", "", &["Bucket", "Verdict", "Who can do what", "Why"], lines.collect())
}

fn bucket(it: &BucketRow) -> String {
    let environments = match it.environments.is_empty() {
        true => String::new(),
        false => format!(" ({})", text(&it.environments.join(", "))),
    };
    format!("{}{environments}", code(&it.address))
}

fn verdict(it: &BucketRow) -> String {
    let sign = match it.openness {
        _ if !it.is_settled() => "❔",
        Openness::Public => "🔴",
        Openness::Unknown => "❔",
        Openness::Shared | Openness::Latent => "🟡",
        Openness::Closed => "🟢",
    };
    format!("{sign} {}", it.verdict())
}

fn who(it: &BucketRow) -> String {
    if it.who.is_empty() {
        return String::new();
    }
    let witness = it.witness.as_ref().map(|it| format!("<br>e.g. {}", code(it))).unwrap_or_default();
    format!("{}: {}{witness}", text(&it.who.join(", ")), it.powers.join(", "))
}

fn reasons(it: &BucketRow) -> String {
    let said = |name: &str, list: &[String]| (!list.is_empty()).then(|| format!("{name} {}", prose(&list.join("; "))));
    let parts = [
        said("opened by", &it.opened_by),
        said("held shut by", &it.held_by),
        said("not known:", &it.unknown),
        said("not read:", &it.unread),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("<br>")
}

fn overview(violations: &[&Finding], run: &Run<'_>) -> Option<String> {
    let lines = violations.iter().map(|it| {
        let place = it.at.map(|at| run.places.short(at)).unwrap_or_default();
        let severity = format!("{} {}", sign(it.severity), it.severity.as_str());
        [severity, code(&it.rule), prose(say::message(it)), code(&place)]
    });
    table("Findings", "", &["Severity", "Rule", "What", "Place"], lines.collect())
}

fn sign(it: Severity) -> &'static str {
    match it {
        Severity::Critical => "🟣",
        Severity::High => "🔴",
        Severity::Medium => "🟠",
        Severity::Low => "🟡",
        Severity::Info => "🔵",
    }
}

fn undecided(run: &Run<'_>) -> Option<String> {
    let groups = Undecided::groups(run.report, &run.places);
    let lines = groups.iter().map(|it| {
        let all = |list: Vec<&str>| list.into_iter().map(code).collect::<Vec<_>>().join(", ");
        [
            prose(&it.cause),
            all(it.rules()),
            all(it.resources.keys().map(String::as_str).collect()),
            it.severity().as_str().to_owned(),
        ]
    });
    let title = format!("Undecided: {}", plural(run.report.unknown(), "rule"));
    table(&title, "", &["What is not known", "Rules", "About", "May be"], lines.collect())
}

fn suppressed(run: &Run<'_>) -> Option<String> {
    let lines = run.report.suppressed.iter().map(|it| {
        let place = it.finding.at.map(|at| run.places.short(at)).unwrap_or_default();
        [code(&it.finding.rule), prose(say::message(&it.finding)), code(&place), text(&say::suppression(&it.by))]
    });
    let title = format!("Suppressed: {}", plural(run.report.suppressed.len(), "finding"));
    table(&title, "", &["Rule", "What", "Place", "Why"], lines.collect())
}

fn details(it: &Finding, run: &Run<'_>) -> String {
    let environments = match it.environments.is_empty() {
        true => String::new(),
        false => format!(" ({})", entities(&it.environments.join(", "))),
    };
    let mut out = format!(
        "<details><summary>{} {}: {} {}{environments}</summary>\n\n{}\n\n",
        sign(it.severity),
        it.severity.as_str(),
        html_code(&it.rule),
        html_code(&it.named()),
        prose(say::message(it)),
    );
    if let Some(at) = it.at {
        let lines: Vec<String> = run
            .places
            .excerpt(at)
            .iter()
            .map(|it| format!("{:>5} | {}", it.number, it.text().replace('\r', "")))
            .collect();
        let lines = lines.join("\n");
        let fence = "`".repeat(longest_run(&lines).max(2) + 1);
        out.push_str(&format!("{}\n{fence}text\n{lines}\n{fence}\n\n", code(&run.places.short(at))));
    }
    for (name, what) in say::particulars(it, &run.places) {
        let what = if name == "example request" { code(&what) } else { prose(&what) };
        out.push_str(&format!("- {name}: {what}\n"));
    }
    out.push_str("\n</details>\n\n");
    out
}

/// A heading, a sentence and a table; nothing where there are no lines.
fn table<const N: usize>(title: &str, sentence: &str, columns: &[&str; N], lines: Vec<[String; N]>) -> Option<String> {
    if lines.is_empty() {
        return None;
    }
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut out = format!("### {title}\n\n");
    if !sentence.is_empty() {
        out.push_str(&format!("{sentence}\n\n"));
    }
    out.push_str(&row(&columns.map(str::to_owned)));
    out.push_str(&row(&columns.map(|_| "---".to_owned())));
    lines.iter().take(MAX_ROWS).for_each(|it| out.push_str(&row(it)));
    if MAX_ROWS < lines.len() {
        out.push_str(&format!("\n**{} more rows are left out.**\n", lines.len() - MAX_ROWS));
    }
    out.push('\n');
    Some(out)
}

/// A sentence on one line: what stands between backticks is code.
fn prose(it: &str) -> String {
    say::parts(it).into_iter().map(|(is_code, part)| if is_code { code(part) } else { text(part) }).collect()
}

/// Text on one line in which nothing is markup, and nobody is mentioned.
fn text(it: &str) -> String {
    let mut out = String::with_capacity(it.len());
    for it in clean(it).chars() {
        match it {
            '\n' | '\r' | '\t' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("<span>@</span>"),
            // A backslash before a pipe is read in more than one way.
            '|' => out.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' | '#' | '!' => out.extend(['\\', it]),
            other => out.push(other),
        }
    }
    out
}

/// Code on one line, also inside a table.
fn code(it: &str) -> String {
    let one_line = clean(it).replace(['\n', '\r', '\t'], " ");
    if one_line.trim().is_empty() {
        return String::new();
    }
    if one_line.contains('|') {
        return html_code(&one_line);
    }
    let fence = "`".repeat(longest_run(&one_line) + 1);
    let space = if one_line.starts_with('`') || one_line.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{one_line}{space}{fence}")
}

/// Code that reads the same inside a block of HTML, where nothing is Markdown, and outside.
fn html_code(it: &str) -> String {
    format!("<code>{}</code>", entities(it))
}

/// Text on one line of which every sign that could be markup is an entity.
fn entities(it: &str) -> String {
    let mut out = String::with_capacity(it.len());
    for it in clean(it).chars() {
        match it {
            '\n' | '\r' | '\t' => out.push(' '),
            it if it.is_ascii_punctuation() && !".,;:/()-+=".contains(it) => {
                out.push_str(&format!("&#{};", u32::from(it)))
            }
            other => out.push(other),
        }
    }
    out
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|it| it != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(
            text("a|b\n<script>*x* @all [l](u) ![i](u)"),
            "a&#124;b &lt;script&gt;\\*x\\* <span>@</span>all \\[l\\](u) \\!\\[i\\](u)"
        );
        assert_eq!(code("a`b\nd"), "``a`b d``");
        assert_eq!(code("a_\\|b"), "<code>a&#95;&#92;&#124;b</code>");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code(" "), "");
    }
}
