//! What a rule says: a finding with its places. Knows nothing of how rules are written or findings are printed.

mod rule;
mod verdict;

pub use rule::RuleInfo;
pub use verdict::{Gate, Verdict, judge};

use crate::model::Construct;
use crate::policy::Request;
use crate::source::{Diagnostic, Span};
use crate::value::Truth;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// All, worst first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// `critical`, `high`, `medium`, `low`, `info`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }

    /// From its name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// Whether the rule is violated, or could not be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Violated.
    Violated,
    /// Could not be decided.
    Unknown,
}

/// A second place that matters, with what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub at: Span,
    /// One clause.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Rule id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// Violated or unknown.
    pub status: Status,
    /// What is wrong with this resource, one sentence without a final dot.
    pub message: String,
    /// Address of the resource.
    pub address: String,
    /// The resource's construct, where a program made the template.
    pub construct: Option<Construct>,
    /// The place.
    pub at: Option<Span>,
    /// Where the resource is declared.
    pub declared: Option<Span>,
    /// What stands at the place, for the label in the code frame.
    pub label: Option<String>,
    /// Further places: the chain from use to literal, the missing companion's bucket, the statement, the module call.
    pub related: Vec<Label>,
    /// The way to the finding: from where the values that decided it are written, through names, to the place, which is
    /// the last step; empty where there is nothing but the place.
    pub flow: Vec<Label>,
    /// Defaults that the finding rests on (`var.acl = "public-read"`), with places.
    pub assuming: Vec<Label>,
    /// An example request.
    pub witness: Option<Request>,
    /// Why it could not be decided, where `status` is `Unknown`, or what remains unknown.
    pub unknown: Vec<String>,
    /// How to mend it: one sentence.
    pub help: Option<String>,
    /// The environments that have it, where the run had any.
    pub environments: Vec<String>,
    /// Hex digest of rule, address and semantic key: stable when lines move or files are renamed.
    pub fingerprint: String,
}

impl Finding {
    /// A violation of severity medium that says no more than its rule and its resource.
    #[must_use]
    pub fn new(rule: impl Into<String>, title: impl Into<String>, address: impl Into<String>) -> Self {
        Self {
            rule: rule.into(),
            title: title.into(),
            severity: Severity::Medium,
            status: Status::Violated,
            message: String::new(),
            address: address.into(),
            construct: None,
            at: None,
            declared: None,
            label: None,
            related: Vec::new(),
            flow: Vec::new(),
            assuming: Vec::new(),
            witness: None,
            unknown: Vec::new(),
            help: None,
            environments: Vec::new(),
            fingerprint: String::new(),
        }
    }
}

/// The result of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Sorted by (path, offset, rule id).
    pub findings: Vec<Finding>,
    /// Complaints about the input.
    pub diagnostics: Vec<Diagnostic>,
    /// Figures for the closing line.
    pub summary: Summary,
}

/// Figures for the closing line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files read and recognised.
    pub files: usize,
    /// Buckets in the model.
    pub buckets: usize,
    /// Rules that ran.
    pub rules: usize,
    /// Buckets that are public, by verdict.
    pub public: usize,
    /// Buckets whose exposure is not known.
    pub exposure_unknown: usize,
}

impl Finding {
    /// The address, with the path of the construct where there is one.
    #[must_use]
    pub fn named(&self) -> String {
        match &self.construct {
            Some(it) => format!("{} ({})", self.address, it.path),
            None => self.address.clone(),
        }
    }
}

impl Status {
    /// `violated`, `unknown`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Violated => "violated",
            Self::Unknown => "unknown",
        }
    }
}

impl Report {
    /// How many violated findings have a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let violated = self.findings.iter().filter(|it| it.status == Status::Violated);
        violated.filter(|it| it.severity == severity).count()
    }

    /// How many findings could not be decided.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.findings.iter().filter(|it| it.status == Status::Unknown).count()
    }

    /// Whether something in the input could not be judged.
    #[must_use]
    pub fn is_incomplete(&self) -> Truth {
        use crate::source::Gravity;
        self.diagnostics.iter().any(|it| it.gravity == Gravity::Incomplete).into()
    }
}
