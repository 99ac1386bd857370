//! The rules about suppressions. They are about what people wrote to the gate, not about buckets, and cannot be suppressed.

use crate::finding::{Finding, RuleInfo, Severity};
use crate::source::Span;

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

/// A suppression that a change brings, where those of a trusted revision count only.
pub const ADDED: &str = "suppression-added";

/// A suppression of another tool whose check sees a part of a rule only.
pub const PARTIAL: &str = "suppression-partial";

/// A change that opens something.
pub const WIDENED: &str = "access-widened";

/// A suppression, a setting, or an entry of the baseline, that the working tree's configuration has and a trusted revision has not.
#[must_use]
pub fn added(shown: &str, at: Option<Span>) -> Finding {
    let title = infos().into_iter().find(|it| it.id == ADDED).map(|it| it.title).unwrap_or_default();
    let mut finding = Finding::new(ADDED, title, "");
    finding.severity = Severity::Medium;
    finding.message = format!("{shown}: new in the configuration, and does not count");
    finding.at = at;
    finding.identity = crate::lint::fingerprint(&[ADDED, shown]);
    finding.fingerprint.clone_from(&finding.identity);
    finding
}

/// The description of [`WIDENED`].
#[must_use]
pub fn widened() -> RuleInfo {
    info(
        WIDENED,
        Severity::High,
        "Change that opens access",
        "## Why\nThe change permits a request that was refused before, drops what kept a way shut, or turns a setting of Block Public Access off. No other rule need fire: what is opened may be meant, but a reviewer should see it.\n\n## How to mend\nTake the change back, or suppress it with the reason for which it is meant.",
    )
}

/// Whether a rule is one of the gate: no page describes it, and it runs whatever the profile.
#[must_use]
pub fn is_own(rule: &str) -> bool {
    [UNUSED, EXPIRED, NO_REASON, INVALID, LOCKED, ADDED, PARTIAL, WIDENED].contains(&rule)
}

fn info(id: &str, severity: Severity, title: &str, why: &str) -> RuleInfo {
    RuleInfo {
        id: id.to_owned(),
        concepts: Vec::new(),
        title: title.to_owned(),
        severity,
        group: "gate".to_owned(),
        profiles: ["default", "strict", "all"].map(str::to_owned).to_vec(),
        help_markdown: why.to_owned().into(),
        tags: vec!["gate".to_owned()],
        references: Vec::new(),
        equivalents: Vec::new(),
        broader: Vec::new(),
        narrower: Vec::new(),
        frameworks: Vec::new(),
        fix: None,
    }
}

/// The descriptions of the rules about suppressions.
#[must_use]
pub fn infos() -> Vec<RuleInfo> {
    vec![
        info(
            UNUSED,
            Severity::Low,
            "Suppression that suppresses nothing",
            "## Why\nWhat was suppressed here is no longer found. A suppression that stays behind hides the next finding of its rule. Words of another tool are about the code that they stand at, as there: of what stands elsewhere they suppress nothing.\n\n## How to mend\nRemove it; put words of another tool to the code that they are meant for.",
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
            PARTIAL,
            Severity::Info,
            "Suppression of a check that sees only a part",
            "## Why\nThe check of the other tool sees a part of what the rule here sees (docs/rules.md tells how they relate). Who suppressed it has not spoken of the rest, so the finding counts.\n\n## How to mend\nMend what is found, or say `bucketlint:ignore` with the rule and a reason.",
        ),
        info(
            ADDED,
            Severity::Medium,
            "Suppression that the change brings",
            "## Why\nOnly suppressions that are at the trusted revision count (`--policy-from`): a change cannot weaken the gate that judges it.\n\n## How to mend\nMend what is found, or bring the suppression in a change of its own that those who own the gate approve.",
        ),
        info(
            LOCKED,
            Severity::Medium,
            "Suppression of a locked rule",
            "## Why\nThe configuration says that this rule cannot be suppressed: the finding counts.\n\n## How to mend\nMend what is found, or have the rule unlocked by those who own the configuration.",
        ),
    ]
}
