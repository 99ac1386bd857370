//! One JSON document a line, for streams: what is said of a bucket does not depend on what stands beside it, so that the lines of
//! parts of a fleet are those of the whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Severity, Status};
use crate::source::{Diagnostic, Gravity};

#[derive(Serialize)]
struct FindingLine<'a> {
    kind: &'static str,
    bucket: &'a str,
    address: &'a str,
    rule: &'a str,
    severity: &'static str,
    status: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessLine<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    unknown: &'a [String],
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct WitnessLine<'a> {
    principal: &'a str,
    action: &'a str,
    resource: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    context: &'a BTreeMap<String, Vec<String>>,
}

#[derive(Serialize)]
struct DiagnosticLine<'a> {
    kind: &'static str,
    bucket: &'a str,
    code: &'a str,
    gravity: &'static str,
    message: &'a str,
}

/// The last line of an output: what was judged. Those of parts add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub buckets: u64,
    pub public: u64,
    pub exposure_unknown: u64,
    pub findings: u64,
    pub unknown: u64,
    pub diagnostics: u64,
}

impl Counts {
    /// Adds those of another part.
    pub fn add(&mut self, other: &Self) {
        self.buckets += other.buckets;
        self.public += other.public;
        self.exposure_unknown += other.exposure_unknown;
        self.findings += other.findings;
        self.unknown += other.unknown;
        self.diagnostics += other.diagnostics;
    }
}

/// What of a line decides the verdict.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A finding.
    Finding(Severity, Status),
    /// Something that could not be judged, or a note.
    Diagnostic(Gravity),
    /// The last line of a part.
    End(Counts),
}

/// A finding about a bucket, with a final new line.
#[must_use]
pub fn finding(bucket: &str, it: &Finding) -> String {
    let witness = it.witness.as_ref().map(|it| WitnessLine {
        principal: &it.principal,
        action: &it.action,
        resource: &it.resource,
        context: &it.context,
    });
    line(&FindingLine {
        kind: "finding",
        bucket,
        address: &it.address,
        rule: &it.rule,
        severity: it.severity.as_str(),
        status: it.status.as_str(),
        message: &it.message,
        witness,
        unknown: &it.unknown,
        fingerprint: &it.fingerprint,
    })
}

/// A complaint about a record, with a final new line; `bucket` is empty where it has none.
#[must_use]
pub fn diagnostic(bucket: &str, it: &Diagnostic) -> String {
    let gravity = if it.gravity == Gravity::Note { "note" } else { "incomplete" };
    line(&DiagnosticLine { kind: "diagnostic", bucket, code: it.code, gravity, message: &it.message })
}

/// The last line.
#[must_use]
pub fn end(counts: &Counts) -> String {
    #[derive(Serialize)]
    struct EndLine<'a> {
        kind: &'static str,
        #[serde(flatten)]
        counts: &'a Counts,
    }
    line(&EndLine { kind: "end", counts })
}

fn line(it: &impl Serialize) -> String {
    serde_json::to_string(it).unwrap_or_default() + "\n"
}

/// Reads a line; nothing where it is none of ours.
#[must_use]
pub fn read(text: &str) -> Option<Line> {
    #[derive(Deserialize)]
    struct Any {
        kind: String,
        severity: Option<String>,
        status: Option<String>,
        gravity: Option<String>,
    }
    let any: Any = serde_json::from_str(text).ok()?;
    match any.kind.as_str() {
        "finding" => {
            let status = match any.status?.as_str() {
                "violated" => Status::Violated,
                "unknown" => Status::Unknown,
                _ => return None,
            };
            Some(Line::Finding(Severity::parse(&any.severity?)?, status))
        }
        "diagnostic" if any.gravity? == "note" => Some(Line::Diagnostic(Gravity::Note)),
        "diagnostic" => Some(Line::Diagnostic(Gravity::Incomplete)),
        "end" => Some(Line::End(serde_json::from_str(text).ok()?)),
        _ => None,
    }
}
