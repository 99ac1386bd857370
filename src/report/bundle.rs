//! The incident report as Markdown and JSON. Every claim names its exhibits.

use std::fmt::Write;

use crate::incident::bundle::{Bundle, Claim, Item};

use super::shared::clean;

/// As JSON with a final new line.
#[must_use]
pub fn json(it: &Bundle) -> String {
    let mut document = serde_json::to_value(it).unwrap_or_default();
    if let Some(map) = document.as_object_mut() {
        map.shift_insert(0, "schema".to_owned(), "bucketlint/report/1".into());
    }
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// As Markdown.
#[must_use]
pub fn markdown(it: &Bundle) -> String {
    let mut out = format!("# Incident: the bucket `{}`\n\n", cell(&it.bucket));
    let _ = writeln!(
        out,
        "Case {} · TLP:AMBER · MITRE ATT&CK T1530, T1537 · written {}\n\nWhat is in brackets is the exhibit that shows it (see the end); \
         `bucketlint report --verify FOLDER` hashes them again.\n",
        it.case.as_deref().map_or_else(|| "without a number".to_owned(), cell),
        it.made_at
    );
    claims(&mut out, "How it was noticed", &it.detection);
    claims(&mut out, "Exposure", &it.windows);
    if !it.now.is_empty() {
        claims(&mut out, "Exposure as the bucket is", &it.now);
    }
    claims(&mut out, "Who changed the bucket", &it.actors);
    claims(&mut out, "Attempts that failed", &it.attempts);
    claims(&mut out, "What was done", &it.actions);
    claims(&mut out, "Reasons to escalate", &it.escalation);
    if let Some(deadline) = &it.deadline {
        claims(&mut out, "72 hours", std::slice::from_ref(deadline));
    }
    out.push_str("## Indicators\n\n| kind | value | exhibit |\n|---|---|---|\n");
    let _ = writeln!(out, "| bucket | `{}` | – |", cell(&it.bucket));
    for (kind, values, exhibits) in &it.indicators {
        let shown = if values.is_empty() {
            "none found".to_owned()
        } else {
            values.iter().map(|it| cell(it)).collect::<Vec<_>>().join("<br>")
        };
        let _ = writeln!(out, "| {kind} | {shown} | {} |", exhibits.join(", "));
    }
    if !it.indicators.iter().any(|it| it.0 == "object that was used") {
        out.push_str("| address that used the bucket | not known | – |\n| object that was used | not known | – |\n");
    }
    out.push('\n');
    items(&mut out, "Verification", &it.checklist);
    items(&mut out, "Hardening, as the bucket is now", &it.hardening);
    out.push_str("## Not known\n\n");
    for it in &it.unknown {
        let _ = writeln!(out, "- {}", cell(it));
    }
    out.push_str("\n## Exhibits\n\n| exhibit | file | what | SHA-256 |\n|---|---|---|---|\n");
    for it in &it.exhibits {
        let _ = writeln!(out, "| {} | `{}` | {} | `{}` |", it.id, it.file, cell(&it.what), it.sha256);
    }
    clean(&out).into_owned()
}

fn claims(out: &mut String, title: &str, claims: &[Claim]) {
    let _ = writeln!(out, "## {title}\n");
    if claims.is_empty() {
        out.push_str("Nothing in the evidence.\n");
    }
    for it in claims {
        let _ = writeln!(out, "- {}", cited(it));
    }
    out.push('\n');
}

fn items(out: &mut String, title: &str, items: &[Item]) {
    let _ = writeln!(out, "## {title}\n");
    for it in items {
        match &it.answer {
            Some(claim) => {
                let _ = writeln!(out, "- [x] {}: {}", it.question, cited(claim));
            }
            None => {
                let _ = writeln!(out, "- [ ] {}", it.question);
            }
        }
    }
    out.push('\n');
}

fn cited(it: &Claim) -> String {
    if it.exhibits.is_empty() {
        format!("{} (as the responder says)", cell(&it.text))
    } else {
        format!("{} [{}]", cell(&it.text), it.exhibits.join(", "))
    }
}

fn cell(text: &str) -> String {
    // Brackets are the report's own: they name exhibits.
    text.replace('[', "\\[").replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}
