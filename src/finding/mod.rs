//! What a rule says: a finding with its places. Knows nothing of how rules are written or findings are printed.

mod access;
mod conceal;
pub mod environments;
mod fix;
mod rule;
mod verdict;

pub use access::{Access, Limit};
pub use environments::Own;
pub use fix::{Edit, Fix, Fixed, Mend, Remedy, Safety};
pub use rule::{Relation, RuleInfo};
pub use verdict::{Gate, Totals, Verdict, judge};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Construct;
use crate::policy::Request;
use crate::source::{Diagnostic, Span};
use crate::value::Truth;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    /// How bad the rule says it is, where the configuration says otherwise.
    pub judged: Option<Severity>,
    /// How bad it is at the worst, where that is worse: what cannot be decided counts for less than a violation does.
    pub at_worst: Option<Severity>,
    /// Violated or unknown.
    pub status: Status,
    /// What is wrong with this resource, one sentence without a final dot.
    pub message: String,
    /// Address of the resource.
    pub address: String,
    /// What the address is in: the root module's folder, the template; empty where there is nothing of the kind.
    pub namespace: String,
    /// The name of the bucket that it is about, where something of it is known and it is no secret; `site-${account-id}` where the
    /// rest is not known.
    pub bucket: Option<String>,
    /// What tells it from others of its rule and resource: a Sid, a grant, a note.
    pub key: String,
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
    /// What the thing gives that it is about, where it is about access.
    pub access: Access,
    /// Why it could not be decided, where `status` is `Unknown`, or what remains unknown.
    pub unknown: Vec<String>,
    /// The conditions under which it is violated, where it is under some and not under others: one for each way.
    pub holds_when: Vec<String>,
    /// How to mend it: one sentence.
    pub help: Option<String>,
    /// The edits that would mend it, where some would.
    pub fix: Option<Fix>,
    /// Whether it is about a suppression that nothing needs: it can go as a whole.
    pub idle: bool,
    /// Whether it is about a bucket that only values make which the run is not given: nothing that was said before was about that one.
    pub beyond: bool,
    /// The environments that have it, where the run had any.
    pub environments: Vec<String>,
    /// What it is about in those of them where that is something else than here.
    pub elsewhere: BTreeMap<String, Own>,
    /// Hex digest of rule, address and semantic key: stable when lines move or files are renamed.
    pub fingerprint: String,
    /// The fingerprint before findings of the same address in several root modules were told apart.
    pub identity: String,
}

impl Finding {
    /// A violation of severity medium that says no more than its rule and its resource.
    #[must_use]
    pub fn new(rule: impl Into<String>, title: impl Into<String>, address: impl Into<String>) -> Self {
        Self {
            rule: rule.into(),
            title: title.into(),
            severity: Severity::Medium,
            judged: None,
            at_worst: None,
            status: Status::Violated,
            message: String::new(),
            address: address.into(),
            namespace: String::new(),
            bucket: None,
            key: String::new(),
            construct: None,
            at: None,
            declared: None,
            label: None,
            related: Vec::new(),
            flow: Vec::new(),
            assuming: Vec::new(),
            witness: None,
            access: Access::default(),
            unknown: Vec::new(),
            holds_when: Vec::new(),
            help: None,
            fix: None,
            idle: false,
            beyond: false,
            environments: Vec::new(),
            elsewhere: BTreeMap::new(),
            fingerprint: String::new(),
            identity: String::new(),
        }
    }
}

/// A finding that does not count, and who says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// Why it does not count.
    pub by: Suppressor,
}

/// Who says that a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressor {
    /// How it was said.
    pub kind: SuppressorKind,
    /// The reason that was given.
    pub reason: Option<String>,
    /// The day after which it counts again, `2027-01-31`.
    pub until: Option<String>,
    /// Where it was said.
    pub at: Option<Span>,
}

/// How it was said that a finding does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressorKind {
    /// In the code that it is about.
    InSource,
    /// In the configuration.
    Configuration,
    /// In a baseline: it was there before.
    Baseline,
}

impl SuppressorKind {
    /// `in-source`, `configuration`, `baseline`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InSource => "in-source",
            Self::Configuration => "configuration",
            Self::Baseline => "baseline",
        }
    }
}

/// The result of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Sorted by (path, offset, rule id).
    pub findings: Vec<Finding>,
    /// Findings that do not count, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// Complaints about the input.
    pub diagnostics: Vec<Diagnostic>,
    /// Figures for the closing line.
    pub summary: Summary,
    /// What was mended, where that was asked for.
    pub fixed: Option<Fixed>,
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
    /// What it gives, in each environment that is not like the first.
    pub fn accesses(&self) -> impl Iterator<Item = &Access> {
        [&self.access].into_iter().chain(self.elsewhere.values().map(|it| &it.access))
    }

    /// The same, to be changed.
    pub fn accesses_mut(&mut self) -> impl Iterator<Item = &mut Access> {
        [&mut self.access].into_iter().chain(self.elsewhere.values_mut().map(|it| &mut it.access))
    }

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
