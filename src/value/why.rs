//! Why something is not known, and where that comes from.

use std::fmt;
use std::sync::Arc;

use crate::source::Span;

/// The family of reasons; its code is what tables and JSON output group by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A variable or parameter without a default, not given on the command line.
    NoDefault,
    /// A name that is declared nowhere in the module or template.
    Undeclared,
    /// A data source, remote state, SSM parameter, import: read only at deploy time.
    DataSource,
    /// An attribute that the provider computes at apply time.
    Computed,
    /// Account id, region, partition, stack name: facts of the deployment.
    Deployment,
    /// A module whose source is not here.
    RemoteModule,
    /// A file that is missing or may not be read.
    MissingFile,
    /// A function whose result changes from run to run.
    Impure,
    /// References that run in a circle.
    Cycle,
    /// A construct that this version does not evaluate.
    Unsupported,
    /// A part of the input that does not parse.
    Syntax,
    /// Depends on a condition that is not decided here.
    Conditional,
    /// One instance of a block is named, and which instances there are is not known: what it says need not hold for the others.
    Instance,
    /// A value of the wrong type, or an invalid argument.
    Invalid,
    /// An opaque macro or transform.
    Transform,
    /// A limit of size, depth or work was hit.
    Limit,
    /// The input has no way to say it (a bare policy file says nothing of ACLs).
    NotInInput,
    /// Marked sensitive: it is neither looked at nor shown.
    Sensitive,
}

impl Cause {
    /// Stable kebab-case name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoDefault => "no-default",
            Self::Undeclared => "undeclared",
            Self::DataSource => "data-source",
            Self::Computed => "computed",
            Self::Deployment => "deployment",
            Self::RemoteModule => "remote-module",
            Self::MissingFile => "missing-file",
            Self::Impure => "impure",
            Self::Cycle => "cycle",
            Self::Unsupported => "unsupported",
            Self::Syntax => "syntax",
            Self::Conditional => "conditional",
            Self::Instance => "instance",
            Self::Invalid => "invalid",
            Self::Transform => "transform",
            Self::Limit => "limit",
            Self::NotInInput => "not-in-input",
            Self::Sensitive => "sensitive",
        }
    }
}

/// A reason, cheap to clone: the cause, the thing it is about (`var.bucket_policy`), and its place.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Why(Arc<Reason>);

#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Reason {
    cause: Cause,
    subject: String,
    at: Option<Span>,
}

impl Why {
    /// `subject` is what a person would look for: `var.policy`, `data.aws_caller_identity.current`, `module.lake`.
    #[must_use]
    pub fn new(cause: Cause, subject: impl Into<String>, at: Option<Span>) -> Self {
        Self(Arc::new(Reason { cause, subject: subject.into(), at }))
    }

    /// The family of reasons.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.0.cause
    }

    /// What a person would look for.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Whether another is the same reason, wherever it comes from: lines move.
    #[must_use]
    pub fn is_alike(&self, other: &Self) -> bool {
        (self.cause(), self.subject()) == (other.cause(), other.subject())
    }

    /// Where it comes from (the declaration of the variable, the module call …).
    #[must_use]
    pub fn at(&self) -> Option<Span> {
        self.0.at
    }
}

impl fmt::Debug for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Why({}: {})", self.cause().code(), self.subject())
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject();
        match self.cause() {
            Cause::NoDefault => write!(f, "`{subject}` has no value here"),
            Cause::Undeclared => write!(f, "`{subject}` is not declared"),
            Cause::DataSource => write!(f, "`{subject}` is read at deploy time"),
            Cause::Computed => write!(f, "`{subject}` is computed at deploy time"),
            Cause::Deployment => write!(f, "`{subject}` depends on where this is deployed"),
            Cause::RemoteModule => write!(f, "`{subject}` is a module whose source is not here"),
            // What says itself which file, and what is wrong with it.
            Cause::MissingFile if subject.contains('`') => write!(f, "{subject}"),
            Cause::MissingFile => write!(f, "`{subject}` cannot be read"),
            Cause::Impure => write!(f, "`{subject}` changes from run to run"),
            Cause::Cycle => write!(f, "`{subject}` refers to itself"),
            Cause::Unsupported => write!(f, "{subject} is not evaluated by this version"),
            Cause::Syntax => write!(f, "{subject} does not parse"),
            Cause::Conditional => write!(f, "depends on `{subject}`"),
            Cause::Instance => write!(f, "`{subject}` is one instance, and which others there are is not known"),
            Cause::Invalid => write!(f, "{subject}"),
            Cause::Transform => write!(f, "`{subject}` is expanded by AWS at deploy time"),
            Cause::Limit => write!(f, "{subject} exceeds a limit"),
            Cause::NotInInput => write!(f, "{subject} is not part of this input"),
            Cause::Sensitive => write!(f, "`{subject}` is marked sensitive: it is not looked at"),
        }
    }
}
