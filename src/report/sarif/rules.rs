//! Rules as SARIF describes them. The table lists every enabled rule, found or not.

use crate::finding::{Finding, RuleInfo, Severity};

use super::log::{Configuration, Help, Message, Properties, ReportingDescriptor};

/// GitHub shows ten tags of a rule.
const MAX_TAGS: usize = 10;

/// One descriptor per rule, in the given order; a finding of a rule that is not listed adds a bare one.
pub fn descriptors(rules: &[RuleInfo], findings: &[Finding]) -> Vec<ReportingDescriptor> {
    let mut out: Vec<ReportingDescriptor> = rules.iter().map(descriptor).collect();
    for finding in findings {
        if !out.iter().any(|it| it.id == finding.rule) {
            out.push(bare(finding));
        }
    }
    out
}

fn descriptor(rule: &RuleInfo) -> ReportingDescriptor {
    let mut tags = vec!["security".to_owned(), "s3".to_owned()];
    tags.extend(rule.tags.iter().cloned());
    tags.dedup();
    tags.truncate(MAX_TAGS);
    let markdown = if rule.help_markdown.is_empty() { rule.title.clone() } else { rule.help_markdown.to_string() };
    ReportingDescriptor {
        id: rule.id.clone(),
        name: pascal_case(&rule.id),
        short_description: Message::text(&rule.title),
        full_description: Message::text(first_paragraph(&rule.help_markdown).unwrap_or_else(|| rule.title.clone())),
        help: Help { text: markdown.clone(), markdown },
        help_uri: rule.references.first().cloned(),
        default_configuration: Configuration { level: super::level(rule.severity) },
        properties: Properties { tags, precision: "very-high", security_severity: security_severity(rule.severity) },
    }
}

fn bare(finding: &Finding) -> ReportingDescriptor {
    ReportingDescriptor {
        id: finding.rule.clone(),
        name: pascal_case(&finding.rule),
        short_description: Message::text(&finding.title),
        full_description: Message::text(&finding.title),
        help: Help { text: finding.title.clone(), markdown: finding.title.clone() },
        help_uri: None,
        default_configuration: Configuration { level: super::level(finding.severity) },
        properties: Properties {
            tags: vec!["security".to_owned(), "s3".to_owned()],
            precision: "very-high",
            security_severity: security_severity(finding.severity),
        },
    }
}

/// GitHub's bands: critical from 9.0, high from 7.0, medium from 4.0, low from 0.1.
pub(super) fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

/// `acl-public-read` → `AclPublicRead`.
pub(super) fn pascal_case(id: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|it| it.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    id.split('-').map(capital).collect()
}

/// The first paragraph that is no heading, on one line.
fn first_paragraph(markdown: &str) -> Option<String> {
    let blocks = markdown.split("\n\n").map(str::trim);
    let mut paragraphs = blocks
        .map(|it| it.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join(" ").trim().to_owned());
    paragraphs.find(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paragraphs() {
        assert_eq!(pascal_case("acl-public-read"), "AclPublicRead");
        let page = "## Why\nAnyone can\nread.\n\n## Do\nStop.";
        assert_eq!(first_paragraph(page).as_deref(), Some("Anyone can read."));
        assert_eq!(first_paragraph("## Only\n\n## Headings"), None);
    }
}
