//! Suppressions: people say of a finding that it does not count, with a reason and perhaps a last day.
//!
//! `comments` and `metadata` find them in files, `directive` reads their words, `extent` says how much code they are about, `apply`
//! moves findings, `trusted` tells which of them a revision had, `insertion` writes new ones.

mod apply;
mod comments;
mod directive;
mod extent;
mod insertion;
mod list;
mod metadata;
pub mod migrate;
mod outline;
mod parts;
mod remarks;
mod subjects;
mod trusted;

pub use apply::{Policy, apply};
pub use insertion::{Insertion, insertion};
pub use list::{Listed, State, list};
pub use subjects::Subjects;
pub use trusted::{Known, Trusted, known};

use std::collections::BTreeMap;
use std::sync::LazyLock;

use memchr::memmem;

use rayon::prelude::*;

use crate::finding::{Relation, RuleInfo};
use crate::source::{FileId, Sources, Span};

use super::Date;

/// One suppression, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Where it is written.
    pub at: Span,
    /// The code that it is about.
    pub extent: Extent,
    /// The rules that it names.
    pub rules: Named,
    /// The reason.
    pub reason: Option<String>,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// What is wrong with it, where it has no effect.
    pub mistake: Option<String>,
    /// Whose words it has.
    pub tool: Tool,
}

/// The code that a suppression is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The whole file.
    File(FileId),
    /// A range of a file.
    Range(Span),
    /// A range that is a call of a module (`name`): all that is in the module too.
    Call(Span, String),
}

impl Extent {
    fn span(&self, sources: &Sources) -> Span {
        match self {
            Self::File(file) => Span::of(*file, 0..sources.text(*file).len()),
            Self::Range(span) | Self::Call(span, _) => *span,
        }
    }
}

/// The rules that a suppression names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// All of its tool.
    All,
    /// Own rules.
    Own(Vec<String>),
    /// Ids of another tool.
    Foreign(Vec<String>),
}

impl Named {
    /// Whether they name a rule, in the words of a tool.
    pub(super) fn name(&self, tool: Tool, rule: &str, aliases: &Aliases<'_>) -> bool {
        match self {
            // All of its tool: what that has no check of it has not spoken of.
            Self::All => aliases.has_equivalent(tool, rule),
            Self::Own(ids) => ids.iter().any(|it| it == rule),
            Self::Foreign(ids) => ids.iter().any(|it| aliases.covers(tool, it, rule)),
        }
    }

    /// Whether they name a rule in words that are about all that belongs to a bucket, in whatever resource it stands. Ours are; a check
    /// of another tool is about the resource that it reports, which is the bucket for some of Checkov's.
    pub(super) fn name_of_bucket(&self, tool: Tool, rule: &str, aliases: &Aliases<'_>) -> bool {
        match (tool, self) {
            (Tool::Bucketlint, _) => self.name(tool, rule, aliases),
            (_, Self::Foreign(ids)) => {
                ids.iter().any(|it| directive::reports_at_bucket(tool, it) && aliases.covers(tool, it, rule))
            }
            (_, Self::All | Self::Own(_)) => false,
        }
    }
}

/// Whose words a suppression has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Tool {
    Bucketlint,
    Checkov,
    Trivy,
    Kics,
    CfnNag,
    Guard,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Bucketlint, Self::Checkov, Self::Trivy, Self::Kics, Self::CfnNag, Self::Guard];

    /// The name, as in the equivalents of rule pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bucketlint => "bucketlint",
            Self::Checkov => "checkov",
            Self::Trivy => "trivy",
            Self::Kics => "kics",
            Self::CfnNag => "cfn_nag",
            Self::Guard => "cfn_guard",
        }
    }

    /// The name, as it calls itself.
    #[must_use]
    pub fn shown(self) -> &'static str {
        match self {
            Self::Bucketlint => "bucketlint",
            Self::Checkov => "Checkov",
            Self::Trivy => "Trivy",
            Self::Kics => "KICS",
            Self::CfnNag => "cfn_nag",
            Self::Guard => "Guard",
        }
    }
}

/// What looks for the markers, made once.
static MARKERS: LazyLock<Vec<memmem::Finder<'static>>> =
    LazyLock::new(|| comments::MARKERS.iter().map(memmem::Finder::new).collect());

/// A text of so many bytes is looked through by all cores.
const LARGE: usize = 1 << 20;

/// All suppressions of the files of a run.
#[must_use]
pub fn find(sources: &Sources, files: &[FileId], rules: &[RuleInfo]) -> Vec<Suppression> {
    let mut found = Vec::new();
    for file in files {
        let text = sources.text(*file);
        let has = |it: &memmem::Finder<'_>| it.find(text.as_bytes()).is_some();
        let may = match text.len() {
            ..LARGE => MARKERS.iter().any(has),
            _ => MARKERS.par_iter().any(has),
        };
        if !may {
            continue;
        }
        let path = sources.file(*file).path.clone();
        let nodes = extent::nodes(*file, &path, &text);
        found.extend(comments::find(*file, &path, &text, &nodes, rules));
        found.extend(metadata::find(*file, &path, &text, rules));
    }
    found.sort_by_key(|it| it.at);
    found
}

/// Where those of the suppressions of a file begin that stand above a piece of code and are about it alone; `None` where there are none.
#[must_use]
pub fn standing_above(sources: &Sources, at: Span, all: &[Suppression]) -> Option<u32> {
    let about = all.iter().filter(|it| it.extent == Extent::Range(at) && it.at.start < at.start);
    let first = about.map(|it| it.at.start).min()?;
    // One in a comment of several lines goes with all of it.
    let file = sources.file(at.file);
    let comments = remarks::ranges(&file.path, &file.text);
    let around = comments.into_iter().find(|it| it.contains(&(first as usize)));
    Some(around.and_then(|it| u32::try_from(it.start).ok()).unwrap_or(first))
}

/// Ids of another tool → own rules, and what the id is to each.
pub(super) struct Aliases<'r> {
    own: BTreeMap<(Tool, String), Vec<(Relation, &'r str)>>,
}

impl<'r> Aliases<'r> {
    pub fn new(rules: &'r [RuleInfo]) -> Self {
        let mut own: BTreeMap<(Tool, String), Vec<(Relation, &'r str)>> = BTreeMap::new();
        for rule in rules {
            for (relation, name, id) in rule.elsewhere() {
                let Some(tool) = Tool::ALL.into_iter().find(|it| it.as_str() == name) else { continue };
                own.entry((tool, directive::plain_id(tool, id))).or_default().push((relation, &rule.id));
            }
        }
        Self { own }
    }

    fn of(&self, tool: Tool, id: &str) -> &[(Relation, &'r str)] {
        self.own.get(&(tool, directive::plain_id(tool, id))).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether some rule has to do with the id.
    pub fn knows(&self, tool: Tool, id: &str) -> bool {
        !self.of(tool, id).is_empty()
    }

    /// Whether who accepts what the id says accepts what some rule says.
    pub fn has_cover(&self, tool: Tool, id: &str) -> bool {
        self.of(tool, id).iter().any(|it| it.0 != Relation::Narrower)
    }

    /// Whether who accepts what the id says accepts what the rule says.
    pub fn covers(&self, tool: Tool, id: &str, rule: &str) -> bool {
        self.of(tool, id).iter().any(|it| it.1 == rule && it.0 != Relation::Narrower)
    }

    /// Whether some check of a tool asks for all that the rule does.
    pub fn has_equivalent(&self, tool: Tool, rule: &str) -> bool {
        let own = self.own.iter().filter(|it| it.0.0 == tool).flat_map(|it| it.1);
        own.into_iter().any(|it| it.1 == rule && it.0 != Relation::Narrower)
    }

    /// Whether the id sees a part of the rule only.
    pub fn touches(&self, tool: Tool, id: &str, rule: &str) -> bool {
        self.of(tool, id).iter().any(|it| it.1 == rule && it.0 == Relation::Narrower)
    }
}
