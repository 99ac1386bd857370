//! The rules about suppressions. They are about what people wrote to the gate, not about buckets, and cannot be suppressed.

use crate::finding::{RuleInfo, Severity};

/// A suppression that nothing needs any more.
pub const UNUSED: &str = "suppression-unused";
/// A suppression whose day is over.
pub const EXPIRED: &str = "suppression-expired";
/// A suppression without a reason.
pub const NO_REASON: &str = "suppression-without-reason";
/// A suppression that cannot be understood: an unknown rule, a date that is none.
pub const INVALID: &str = "suppression-invalid";
/// A suppression of a rule that is locked.
pub const LOCKED: &str = "suppression-of-locked-rule";

/// Their descriptions.
#[must_use]
pub fn infos() -> Vec<RuleInfo> {
    let info = |id: &str, severity, title: &str, why: &str| RuleInfo {
        id: id.to_owned(),
        concepts: Vec::new(),
        title: title.to_owned(),
        severity,
        group: "suppression".to_owned(),
        profiles: ["default", "strict", "all"].map(str::to_owned).to_vec(),
        help_markdown: why.to_owned(),
        tags: vec!["suppression".to_owned()],
        references: Vec::new(),
        equivalents: Vec::new(),
        frameworks: Vec::new(),
    };
    vec![
        info(
            UNUSED,
            Severity::Low,
            "Suppression that suppresses nothing",
            "## Why\nWhat was suppressed here is no longer found. A suppression that stays behind hides the next finding of its rule.\n\n## How to mend\nRemove it.",
        ),
        info(
            EXPIRED,
            Severity::Medium,
            "Suppression whose day is over",
            "## Why\nThe day in `until` has passed: the finding counts again.\n\n## How to mend\nMend what is found, or agree on a new day.",
        ),
        info(
            NO_REASON,
            Severity::Low,
            "Suppression without a reason",
            "## Why\nWho reviews the code later cannot tell whether the exception still holds.\n\n## How to mend\nAdd `reason=\"…\"`.",
        ),
        info(
            INVALID,
            Severity::Medium,
            "Suppression that cannot be understood",
            "## Why\nA rule that does not exist or a date that is none: the suppression has no effect.\n\n## How to mend\nWrite the id of a rule (`bucketlint rules` lists them) and a day as `2027-01-31`.",
        ),
        info(
            LOCKED,
            Severity::Medium,
            "Suppression of a locked rule",
            "## Why\nThe configuration says that this rule cannot be suppressed: the finding counts.\n\n## How to mend\nMend what is found, or have the rule unlocked by those who own the configuration.",
        ),
    ]
}
