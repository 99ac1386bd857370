//! The answer of `diff` of two sources as SARIF. Where one side is code, a result stands at the line of the code that should
//! hold, and what was found on the other side is related to it.

use std::collections::BTreeMap;

use crate::finding::Severity;
use crate::frontend::live::sha256;
use crate::incident::diff::{AccessChange, BucketDiff, Direction, Presence, SettingChange, StatementChange};
use crate::policy::{Audience, Power};
use crate::source::Span;
use crate::value::Truth;

use super::super::shared::changes::{Changes, Sides, request, sentence};
use super::super::shared::{Places, clean};
use super::log::{
    Artifact, Configuration, Driver, Help, Invocation, LogicalLocation, Message, Notification, Properties,
    ReportingDescriptor, ReportingReference, Run, SarifLocation, SarifLog, SarifResult, Tool,
};
use super::rules::{pascal_case, security_severity};
use super::{MAX_RESULTS, artifact_location, level, physical};

/// Id, severity, title and explanation of each kind of change.
const KINDS: [(&str, Severity, &str, &str); 9] = [
    (
        "access-gained-public",
        Severity::Critical,
        "The new side gives access to everyone, or control of the bucket",
        "Somebody whom nobody named, or somebody outside who may change the bucket's own protection, has access that the old side \
         does not give.",
    ),
    (
        "access-gained",
        Severity::High,
        "The new side gives access that the old side does not give",
        "Somebody can do something now that they could not do before. The message names a request that the new side permits and the \
         old side refuses.",
    ),
    (
        "access-lost",
        Severity::Info,
        "The old side gives access that the new side does not give",
        "Somebody can no longer do something.",
    ),
    (
        "statement-changed",
        Severity::Medium,
        "A statement of the bucket policy was added, removed or changed",
        "The two policies are not the same after every spelling that means the same was folded.",
    ),
    (
        "setting-changed",
        Severity::Medium,
        "A setting of the bucket differs",
        "Both sides speak of the setting, and do not say the same.",
    ),
    (
        "setting-unmanaged",
        Severity::Info,
        "The bucket has a setting that the code says nothing of",
        "The code leaves the setting alone; it is not as a new bucket has it.",
    ),
    (
        "bucket-on-one-side",
        Severity::Medium,
        "Only one side has the bucket",
        "Both sources claim to have all buckets, or the code declares one that is not there.",
    ),
    (
        "account-setting-changed",
        Severity::High,
        "An account-wide setting differs",
        "It holds for every bucket of the account.",
    ),
    (
        "not-comparable",
        Severity::Medium,
        "Something could not be compared",
        "A side does not know it: that is not taken for equality.",
    ),
];

/// The changes as SARIF text with a final new line; `code` is the exit code of the process, and `reason` says why.
#[must_use]
pub fn render(changes: &Changes, places: &Sides<'_>, code: u8) -> String {
    let mut results = Vec::new();
    for bucket in &changes.buckets {
        of_bucket(bucket, places, &mut results);
    }
    for it in &changes.account {
        let message = format!("account-wide: {}", setting(it));
        results.push(result("account-setting-changed", false, message, Vec::new(), &it.feature, &it.feature));
    }
    for it in &changes.account_undecided {
        let message = format!("{} cannot be compared: {}", it.feature, it.why);
        results.push(result("not-comparable", true, message, Vec::new(), &it.feature, &it.feature));
    }
    // What opens something comes first: a viewer cuts off the end.
    results.sort_by_key(|it| it.rule_index);
    let cut = results.len().saturating_sub(MAX_RESULTS);
    results.truncate(MAX_RESULTS);
    let note = |message: String, id: &'static str| Notification {
        level: "warning",
        message: Message::text(message),
        locations: Vec::new(),
        descriptor: ReportingReference { id },
    };
    let mut notifications: Vec<_> =
        changes.problems.iter().map(|it| note(clean(it).into_owned(), "not-comparable")).collect();
    if 0 < cut {
        notifications.push(note(format!("{cut} results of lesser weight are left out"), "results-left-out"));
    }
    let uris: std::collections::BTreeSet<String> = results
        .iter()
        .flat_map(|it| it.locations.iter().chain(&it.related_locations))
        .filter_map(|it| Some(it.physical_location.as_ref()?.artifact_location.uri.clone()))
        .collect();
    let log = SarifLog {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: vec![Run {
            tool: Tool {
                driver: Driver {
                    name: "bucketlint",
                    version: env!("CARGO_PKG_VERSION"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: descriptors(),
                },
            },
            invocations: vec![Invocation {
                execution_successful: code < 2,
                exit_code: code,
                exit_code_description: match code {
                    0 => "no change that --fail-on names",
                    1 => "a change that --fail-on names",
                    _ => "something could not be decided",
                }
                .to_owned(),
                tool_execution_notifications: notifications,
            }],
            artifacts: uris.iter().map(|it| Artifact { location: artifact_of(it) }).collect(),
            results,
            column_kind: "unicodeCodePoints",
        }],
    };
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn artifact_of(uri: &str) -> super::log::ArtifactLocation {
    match uri.starts_with("file://") {
        true => super::log::ArtifactLocation { uri: uri.to_owned(), uri_base_id: None },
        false => super::log::ArtifactLocation { uri: uri.to_owned(), ..artifact_location("x") },
    }
}

fn descriptors() -> Vec<ReportingDescriptor> {
    let one = |(id, severity, title, help): &(&str, Severity, &str, &str)| ReportingDescriptor {
        id: (*id).to_owned(),
        name: pascal_case(id),
        short_description: Message::text(*title),
        full_description: Message::text(*help),
        help: Help { text: (*help).to_owned(), markdown: (*help).to_owned() },
        help_uri: None,
        default_configuration: Configuration { level: level(*severity) },
        properties: Properties {
            tags: vec!["security".to_owned(), "s3".to_owned(), "drift".to_owned()],
            precision: "very-high",
            security_severity: security_severity(*severity),
        },
    };
    KINDS.iter().map(one).collect()
}

fn of_bucket(it: &BucketDiff, places: &Sides<'_>, out: &mut Vec<SarifResult>) {
    for change in &it.access {
        out.push(access(it, change, places));
    }
    for change in &it.statements {
        let at = here(it, "policy", places, None);
        out.push(result(
            "statement-changed",
            false,
            format!("{}: {}", it.name, statement(change)),
            at,
            &it.name,
            &change.name,
        ));
    }
    for change in &it.settings {
        let feature = change.feature.split('.').next().unwrap_or_default();
        let at = here(it, feature, places, None);
        out.push(result(
            "setting-changed",
            false,
            format!("{}: {}", it.name, setting(change)),
            at,
            &it.name,
            &change.feature,
        ));
    }
    for change in &it.unmanaged {
        let message = format!("{}: the code says nothing of {}", it.name, setting(change));
        out.push(result("setting-unmanaged", false, message, here(it, "", places, None), &it.name, &change.feature));
    }
    for left in &it.left {
        let doubt = left.doubt.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
        let message = format!("{}: {} differs, and is left: {}{doubt}", it.name, setting(&left.change), left.why);
        let at = here(it, &left.change.feature, places, None);
        out.push(result("setting-unmanaged", left.doubt.is_some(), message, at, &it.name, &left.change.feature));
    }
    for one in &it.undecided {
        let message = format!("{}: {} cannot be compared: {}", it.name, one.feature, one.why);
        let at = here(it, &one.feature, places, None);
        out.push(result("not-comparable", true, message, at, &it.name, &one.feature));
    }
    if it.is_change && it.presence != Presence::Both {
        let side = if it.presence == Presence::OnlyOld { "old" } else { "new" };
        let message = format!("{}: only the {side} side has it", it.name);
        out.push(result("bucket-on-one-side", false, message, here(it, "", places, None), &it.name, side));
    }
}

fn access(it: &BucketDiff, change: &AccessChange, places: &Sides<'_>) -> SarifResult {
    let is_wide =
        matches!(change.audience, Audience::Anonymous | Audience::AnyAccount) || change.power == Power::Control;
    let rule = match (change.direction, is_wide) {
        (Direction::Gained, true) => "access-gained-public",
        (Direction::Gained, false) => "access-gained",
        (Direction::Lost, _) => "access-lost",
    };
    let mut message = format!("{}: {}", it.name, sentence(change));
    if let Some(witness) = &change.witness {
        message.push_str(&format!("; for example {}", request(witness)));
    }
    for why in change.why.iter().filter(|_| change.holds != Truth::Yes) {
        message.push_str(&format!("; {why}"));
    }
    let feature = if change.via.contains("ACL") { "acl" } else { "policy" };
    let found = change.origin.span.map(|at| (at, change.direction));
    let at = here(it, feature, places, found);
    let key = format!("{} {:?} {:?} {}", change.power.as_str(), change.direction, change.audience, change.via);
    result(rule, change.holds != Truth::Yes, message, at, &it.name, &key)
}

/// The line of the code that should hold, then what was found; only the latter where it is code itself, or neither side is.
fn here(it: &BucketDiff, feature: &str, places: &Sides<'_>, found: Option<(Span, Direction)>) -> Vec<SarifLocation> {
    let declared = it.declared.as_ref().filter(|own| found.is_none_or(|(_, side)| side != own.side));
    let at = declared.and_then(|own| Some((*own.features.get(feature).or(own.bucket.as_ref())?, own.side)));
    let mut out: Vec<_> = at.map(|(at, side)| location(at, places.of(side), None)).into_iter().collect();
    if let Some((at, side)) = found {
        let message = (!out.is_empty()).then(|| "what was found stands here".to_owned());
        out.push(location(at, places.of(side), message));
    }
    out
}

fn location(at: Span, places: &Places<'_>, message: Option<String>) -> SarifLocation {
    SarifLocation {
        id: None,
        message: message.map(Message::text),
        physical_location: Some(physical(at, places)),
        logical_locations: Vec::new(),
    }
}

fn result(rule: &str, is_open: bool, message: String, at: Vec<SarifLocation>, subject: &str, key: &str) -> SarifResult {
    let position = KINDS.iter().position(|it| it.0 == rule);
    let severity = position.and_then(|at| KINDS.get(at)).map_or(Severity::Medium, |it| it.1);
    let mut at = at.into_iter();
    let mut first = at.next().unwrap_or_else(|| SarifLocation {
        id: None,
        message: None,
        physical_location: None,
        logical_locations: Vec::new(),
    });
    first.logical_locations =
        vec![LogicalLocation { fully_qualified_name: clean(subject).into_owned(), kind: "resource" }];
    // The fingerprint stays while lines move: it is of the bucket and of what changed.
    let print: String = sha256(format!("{rule}\n{subject}\n{key}").as_bytes()).chars().take(12).collect();
    SarifResult {
        rule_id: rule.to_owned(),
        rule_index: position,
        kind: if is_open { "open" } else { "fail" },
        level: if is_open { "none" } else { level(severity) },
        message: Message::text(clean(&message).into_owned()),
        locations: vec![first],
        related_locations: at.enumerate().map(|(at, it)| SarifLocation { id: Some(at + 1), ..it }).collect(),
        code_flows: Vec::new(),
        partial_fingerprints: BTreeMap::from([("bucketlint/v1", print)]),
        fixes: Vec::new(),
        suppressions: Vec::new(),
    }
}

fn statement(it: &StatementChange) -> String {
    match (&it.old, &it.new) {
        (None, Some(new)) => format!("the statement {} was added: {new}", it.name),
        (Some(old), None) => format!("the statement {} was removed: {old}", it.name),
        (old, new) => {
            let show = |it: &Option<serde_json::Value>| it.clone().unwrap_or_default();
            format!("the statement {} was {} and is {}", it.name, show(old), show(new))
        }
    }
}

fn setting(it: &SettingChange) -> String {
    let show = |it: &serde_json::Value| if it.is_null() { "none".to_owned() } else { it.to_string() };
    format!("{} was {} and is {}", it.feature, show(&it.old), show(&it.new))
}
