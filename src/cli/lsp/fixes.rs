//! The edits about suppressions that code actions offer. Those of `--fix` come with the finding.

use crate::finding::{Edit, Finding, Fix, RuleInfo, Safety};
use crate::gate::suppression::insertion;
use crate::source::{Sources, Span};

/// A suppression that nothing needs goes, with its line where it has one for itself.
pub fn unused(finding: &Finding, sources: &Sources) -> Option<Fix> {
    let at = finding.at.filter(|_| finding.idle)?;
    let file = sources.file(at.file);
    let text: &str = &file.text;
    let range = at.range();
    let own = text.get(range.clone())?;
    let marks = ["bucketlint:", "checkov:skip", "tfsec:ignore:", "trivy:ignore:"];
    // Of several marks in one comment the others may be needed.
    if !["#", "//"].iter().any(|it| own.starts_with(it))
        || marks.iter().map(|it| own.matches(it).count()).sum::<usize>() != 1
    {
        return None;
    }
    let line = text.get(..range.start)?.rfind('\n').map_or(0, |it| it + 1);
    let before = text.get(line..range.start)?;
    let (start, end) = if before.trim().is_empty() {
        (line, text.get(range.end..)?.find('\n').map_or(text.len(), |it| range.end + it + 1))
    } else {
        (line + before.trim_end().len(), range.end)
    };
    Some(Fix {
        title: "remove the suppression".to_owned(),
        safety: Safety::Safe,
        because: None,
        edits: vec![Edit { at: Span::of(at.file, start..end), text: String::new() }],
    })
}

/// The comment, or the metadata, that keeps a finding from counting, for its reader to give the reason.
pub fn suppression_of(finding: &Finding, sources: &Sources, rules: &[RuleInfo]) -> Option<Fix> {
    let own = rules.iter().find(|it| it.id == finding.rule)?;
    // What is said of suppressions cannot be suppressed.
    if own.group == "gate" {
        return None;
    }
    let it = insertion(sources, finding, rules)?;
    Some(Fix {
        title: format!("Suppress {} here, with a reason", finding.rule),
        safety: Safety::Unsafe,
        because: None,
        edits: vec![Edit { at: it.at, text: it.text }],
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::source::Memory;

    fn check(text: &str, expected: &str) {
        let sources = Sources::new(Box::new(Memory::default()));
        let file = sources.add(Path::new("m.tf"), text);
        let start = text.find("# bucketlint").unwrap();
        let end = start + text[start..].find(['\r', '\n']).unwrap_or(text.len() - start);
        let finding =
            Finding { at: Some(Span::of(file, start..end)), idle: true, ..Finding::new("suppression-unused", "", "") };
        let fix = unused(&finding, &sources).unwrap();
        let at = fix.edits[0].at.range();
        assert_eq!(format!("{}{}", &text[..at.start], &text[at.end..]), expected);
    }

    #[test]
    fn a_suppression_goes_with_its_line() {
        check("a = 1\n  # bucketlint:ignore x\nb = 2\n", "a = 1\nb = 2\n");
        check("a = 1\n# bucketlint:ignore x", "a = 1\n");
        check("a = 1 # bucketlint:ignore x\r\nb = 2\r\n", "a = 1\r\nb = 2\r\n");
    }

    #[test]
    fn of_two_in_one_comment_none_goes() {
        let sources = Sources::new(Box::new(Memory::default()));
        let text = "a = 1 # checkov:skip=CKV_AWS_21:x #tfsec:ignore:AWS017\n";
        let file = sources.add(Path::new("m.tf"), text);
        let at = Some(Span::of(file, 6..text.len() - 1));
        let finding = Finding { at, idle: true, ..Finding::new("suppression-unused", "", "") };
        assert_eq!(unused(&finding, &sources), None);
    }
}
