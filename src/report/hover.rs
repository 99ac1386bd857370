//! What an editor shows beside code, in Markdown without HTML: a finding with the page of its rule, the verdict about a bucket.

use crate::exposure::{Exposure, expand_acl};
use crate::finding::{Finding, RuleInfo, Status};
use crate::model::{AclPermission, Bucket, Grantee, PublicAccessBlock};
use crate::policy::Effect;
use crate::source::Span;
use crate::value::{Attr, Truth, Value};

use super::shared::{BucketRow, Run, clean, rows, say};

/// Instances of one block that are told apart; a block with `for_each` may have thousands.
const MAX_BUCKETS: usize = 5;
/// Grants and statements that are named.
const MAX_LINES: usize = 8;

/// A finding: what, example and cause; then the page of its rule.
#[must_use]
pub fn finding(it: &Finding, rule: Option<&RuleInfo>, run: &Run<'_>) -> String {
    let is_open = it.status == Status::Unknown;
    let severity = if is_open { "undecided" } else { it.severity.as_str() };
    let mut out = format!("### {}: {}\n\n", code(&it.rule), text(&it.title));
    out.push_str(&format!("**{severity}**: {}\n\n", prose(say::message(it))));
    for (name, what) in say::particulars(it, &run.places) {
        let what = if name == "example request" { code(&what) } else { prose(&what) };
        out.push_str(&format!("- {name}: {what}\n"));
    }
    if let Some(rule) = rule {
        // Pages are written by people whose rules run here, and say more than a line.
        out.push_str(&format!("\n{}\n", deeper(rule.help_markdown.trim())));
        for reference in &rule.references {
            out.push_str(&format!("\n<{}>\n", clean(reference).replace(['<', '>', ' ', '\n'], "")));
        }
    }
    out
}

/// A finding in a line of a list.
#[must_use]
pub fn line(it: &Finding) -> String {
    let severity = if it.status == Status::Unknown { "undecided" } else { it.severity.as_str() };
    format!("- {severity} {}: {}\n", code(&it.rule), prose(say::message(it)))
}

/// Headings of a page, below the heading of the finding.
fn deeper(page: &str) -> String {
    let mut fenced = false;
    let lines = page.lines().map(|line| {
        fenced ^= line.trim_start().starts_with("```");
        if line.starts_with("## ") && !fenced { format!("##{line}\n") } else { format!("{line}\n") }
    });
    lines.collect()
}

/// The verdict about the buckets that are declared at a place, and what decides it; `None` where none is.
#[must_use]
pub fn buckets(at: Span, run: &Run<'_>) -> Option<String> {
    let all = rows(run);
    let here: Vec<&BucketRow> = all.iter().filter(|it| it.at == Some(at)).collect();
    if here.is_empty() {
        return None;
    }
    let mut out = String::new();
    for row in here.iter().take(MAX_BUCKETS) {
        out.push_str(&verdict(row));
        for (bucket, exposure) in models(row, at, run).into_iter().take(1) {
            out.push_str(&facts(bucket, exposure));
        }
        out.push('\n');
    }
    if MAX_BUCKETS < here.len() {
        out.push_str(&format!("and {} more of this block\n", here.len() - MAX_BUCKETS));
    }
    Some(out)
}

/// The model behind a row: of the last environment that the row is true for.
fn models<'a>(row: &BucketRow, at: Span, run: &Run<'a>) -> Vec<(&'a Bucket, Option<&'a Exposure>)> {
    let mut out = Vec::new();
    for view in run.views {
        let counts = row.environments.is_empty()
            || view.environment.is_some_and(|it| row.environments.iter().any(|own| own == it));
        for (number, bucket) in view.estate.buckets.iter().enumerate().filter(|_| counts) {
            if bucket.address == row.address && bucket.origin.span == Some(at) {
                out.push((bucket, view.exposures.get(number)));
            }
        }
    }
    out
}

fn verdict(row: &BucketRow) -> String {
    let mut out = format!("### {}: {}\n\n", code(&row.address), row.verdict());
    let mut line = |name: &str, what: String| out.push_str(&format!("- {name}: {what}\n"));
    if let Some(name) = &row.name {
        line("name", code(name));
    }
    if !row.environments.is_empty() {
        line("environments", text(&row.environments.join(", ")));
    }
    if !row.who.is_empty() {
        line("who", format!("{} can {}", prose(&row.who.join(", ")), row.powers.join(", ")));
    }
    if let Some(witness) = &row.witness {
        line("example request", code(witness));
    }
    row.opened_by.iter().take(MAX_LINES).for_each(|it| line("opened by", prose(it)));
    row.held_by.iter().take(MAX_LINES).for_each(|it| line("held shut by", prose(it)));
    row.unknown.iter().take(MAX_LINES).for_each(|it| line("not known", prose(it)));
    row.unread.iter().for_each(|it| line("could not be read", prose(it)));
    out
}

/// What decides the verdict, as the code has it.
fn facts(bucket: &Bucket, exposure: Option<&Exposure>) -> String {
    let mut out = String::from("\n| | |\n|---|---|\n");
    let mut row = |name: &str, what: &str| out.push_str(&format!("| {name} | {what} |\n"));
    row("Block Public Access", &block(&bucket.public_access_block));
    row("Object Ownership", &field(&bucket.ownership, "not set", |it| code(it.as_str())));
    row("ACL", &acl(bucket));
    row("policy", &policy(bucket, exposure));
    out
}

fn block(it: &Attr<PublicAccessBlock>) -> String {
    field(it, "not set", |it| {
        let all = [
            ("block_public_acls", &it.block_public_acls),
            ("ignore_public_acls", &it.ignore_public_acls),
            ("block_public_policy", &it.block_public_policy),
            ("restrict_public_buckets", &it.restrict_public_buckets),
        ];
        let on = |it: &bool| if *it { "on".to_owned() } else { "off".to_owned() };
        let cells = all.map(|(name, it)| format!("{} {}", code(name), field(it, "off", on)));
        cells.join(", ")
    })
}

fn acl(bucket: &Bucket) -> String {
    let named = field(&bucket.acl, "not set", |it| match &it.canned.value {
        Value::Absent => "grants".to_owned(),
        _ => field(&it.canned, "", |it| code(it)),
    });
    let grants = expand_acl(&bucket.acl);
    let mut cells: Vec<String> = grants
        .iter()
        .take(MAX_LINES)
        .map(|it| {
            let permission = field(&it.permission, "nothing", |it: &AclPermission| code(it.as_str()));
            format!("{permission} to {}", field(&it.grantee, "nobody", grantee))
        })
        .collect();
    if MAX_LINES < grants.len() {
        cells.push(format!("{} more", grants.len() - MAX_LINES));
    }
    if cells.is_empty() { named } else { format!("{named}: {}", cells.join(", ")) }
}

fn grantee(it: &Grantee) -> String {
    match it {
        Grantee::AllUsers => "anyone".to_owned(),
        Grantee::AuthenticatedUsers => "any AWS account".to_owned(),
        Grantee::LogDelivery => "log delivery".to_owned(),
        Grantee::CanonicalUser { own: true, .. } => "the owner".to_owned(),
        Grantee::CanonicalUser { id, .. } => code(&id.display()),
        Grantee::Email(who) => code(&who.display()),
        Grantee::Group(uri) => code(uri),
    }
}

fn policy(bucket: &Bucket, exposure: Option<&Exposure>) -> String {
    let shown = field(&bucket.policy, "none", |it| {
        let of = |effect: Effect| it.statements.iter().filter(|it| it.effect.as_known() == Some(&effect)).count();
        let (allow, deny) = (of(Effect::Allow), of(Effect::Deny));
        let other = it.statements.len() - allow - deny;
        let rest = if other == 0 { String::new() } else { format!(", {other} whose effect is not known") };
        format!("{allow} Allow, {deny} Deny{rest}")
    });
    let called = match exposure.map(|it| it.aws_policy_public) {
        Some(Truth::Yes) => "; AWS calls it public",
        Some(Truth::Unknown) => "; whether AWS calls it public is not known",
        Some(Truth::No) | None => "",
    };
    format!("{shown}{called}")
}

/// A field in words: what it is, that it is not set, or why it is not known.
fn field<T>(it: &Attr<T>, absent: &str, known: impl Fn(&T) -> String) -> String {
    words(&it.value, absent, &known)
}

fn words<T>(it: &Value<T>, absent: &str, known: &impl Fn(&T) -> String) -> String {
    match it {
        Value::Known(it) => known(it),
        Value::Absent => absent.to_owned(),
        Value::Unknown(why) => format!("not known: {}", prose(&why.to_string())),
        Value::OneOf(all, why) => {
            let all: Vec<String> = all.iter().map(|it| words(it, absent, known)).collect();
            format!("{} ({})", all.join(" or "), prose(&why.to_string()))
        }
    }
}

/// A sentence on one line: what stands between backticks is code.
fn prose(it: &str) -> String {
    say::parts(it).into_iter().map(|(is_code, part)| if is_code { code(part) } else { text(part) }).collect()
}

/// Text on one line in which nothing is markup.
fn text(it: &str) -> String {
    let mut out = String::with_capacity(it.len());
    for it in clean(it).chars() {
        match it {
            '\n' | '\r' | '\t' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' | '#' | '!' | '<' | '>' | '&' | '|' => {
                out.extend(['\\', it])
            }
            other => out.push(other),
        }
    }
    out
}

/// Code on one line, also in a table, where a bar ends the cell unless it is escaped.
fn code(it: &str) -> String {
    let one_line = clean(it).replace(['\n', '\r', '\t'], " ").replace('|', "\\|");
    if one_line.trim().is_empty() {
        return String::new();
    }
    let longest = one_line.split(|it| it != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if one_line.starts_with('`') || one_line.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{one_line}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(text("a_b <img src=x> [l](u)\n|"), "a\\_b \\<img src=x\\> \\[l\\](u) \\|");
        assert_eq!(code("a`b|c"), "``a`b\\|c``");
        assert_eq!(deeper("## Why\nx\n```\n## no\n```"), "#### Why\nx\n```\n## no\n```\n");
    }
}
