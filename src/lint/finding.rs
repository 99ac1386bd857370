//! A rule's verdict about a subject → a finding with its places.

use std::collections::BTreeSet;

use crate::finding::{Finding, Label, Severity, Status};
use crate::policy::Audience;
use crate::rules::{Fact, Part, Rule, Template, evaluate};
use crate::value::{Hop, HopKind, Origin, Truth, Why};

use super::Detail;
use super::subjects::Subject;

pub(super) fn build(
    rule: &Rule,
    subject: &Subject,
    status: Status,
    severity: Severity,
    whys: &[Why],
    detail: Detail,
) -> Finding {
    let place = evaluate(&rule.at, &subject.names);
    let origin = place.origin.filter(|it| it.span.is_some()).unwrap_or(subject.origin);
    let at = origin.span.or(subject.origin.span);
    let mut finding = Finding::new(&rule.id, &rule.title, &subject.address);
    finding.severity = severity;
    finding.status = status;
    finding.message = message(rule, subject, status);
    finding.at = at;
    finding.declared = subject.declared.span;
    finding.label = label(&place.fact);
    finding.related = related(rule, subject, origin);
    finding.assuming = assuming(origin);
    finding.help = rule.help.as_ref().map(|it| render(it, subject));
    if status == Status::Violated && rule.about_access {
        finding.witness = subject.witness(rule.power.as_deref()).cloned();
    }
    finding.access = super::access::of(rule, subject);
    finding.unknown = whys.iter().map(ToString::to_string).collect();
    for why in whys {
        if let Some(place) = why.at() {
            push(&mut finding.related, Label { at: place, text: why.to_string() });
        }
    }
    if detail == Detail::Whole {
        finding.flow = super::flow::flow(rule, &subject.names, origin, &finding.message);
    }
    finding.namespace = subject.namespace.to_owned();
    finding.key.clone_from(&subject.key);
    finding.fingerprint = fingerprint(&[&rule.id, &subject.address, &subject.key]);
    finding.identity.clone_from(&finding.fingerprint);
    finding
}

fn message(rule: &Rule, subject: &Subject, status: Status) -> String {
    let mut text = render(&rule.message, subject);
    if status == Status::Unknown && !rule.undecided {
        text = format!("{}: cannot be decided here: {}", subject.address, lower_first(&rule.title));
    }
    let closers = subject.closers();
    if let Some(first) = closers.first()
        && rule.about_access
        && status == Status::Violated
        && rule.severities.len() > 1
    {
        text.push_str(&format!("; latent: {} keeps it shut", setting(first.setting)));
    }
    if rule.about_public && status == Status::Violated && !subject.ways.iter().any(|it| it.is_public()) {
        let who = subject.ways.iter().filter(|it| it.open != Truth::No).map(|it| &it.audience).collect::<BTreeSet<_>>();
        let who: Vec<&str> = who.into_iter().filter_map(named).collect();
        text.push_str("; AWS calls it public, though as the policy stands ");
        match who.is_empty() {
            true => text.push_str("no stranger's request is allowed"),
            false => text.push_str(&format!("no stranger's request is allowed, only those of {}", who.join(", "))),
        }
    }
    if subject.exists.truth() == Truth::Unknown {
        text.push_str(&format!(" (exists when {})", subject.exists));
    }
    text
}

/// Who is let in by a name.
fn named(it: &Audience) -> Option<&str> {
    match it {
        Audience::Service(it) if it == "*" => Some("AWS services"),
        Audience::Service(it) | Audience::Account(it) => Some(it),
        Audience::AnyAccount | Audience::Anonymous => None,
    }
}

fn setting(name: &str) -> String {
    match name.split_once('.') {
        Some(("account", setting)) => format!("account-wide {setting}"),
        Some(("access_point", setting)) => format!("{setting} of the access point"),
        _ => match name {
            "object_ownership" => "Object Ownership BucketOwnerEnforced".to_owned(),
            other => other.to_owned(),
        },
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        // Names such as ACL keep their capitals.
        Some(first) if chars.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

fn render(template: &Template, subject: &Subject) -> String {
    let parts = template.0.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::Expr(expr) => evaluate(expr, &subject.names).fact.display(),
    });
    parts.collect()
}

/// What stands at the place.
fn label(fact: &Fact) -> Option<String> {
    match fact {
        Fact::Absent => Some("not set here".to_owned()),
        Fact::Unknown(_) => Some("not known here".to_owned()),
        Fact::Bool(it) => Some(format!("is {it}")),
        Fact::Text(text) if text.len() < 60 => Some(format!("is `{text}`")),
        _ => None,
    }
}

fn related(rule: &Rule, subject: &Subject, origin: &Origin) -> Vec<Label> {
    let mut labels = Vec::new();
    for hop in origin.hops() {
        if let Some(at) = hop.at {
            push(&mut labels, Label { at, text: hop_text(hop) });
        }
    }
    for (at, text) in &rule.related {
        let place = evaluate(at, &subject.names);
        // What is not written has the place of its block, and nothing stands there.
        if matches!(place.fact, Fact::Absent) {
            continue;
        }
        if let Some(at) = place.origin.and_then(|it| it.span) {
            push(&mut labels, Label { at, text: render(text, subject) });
        }
    }
    let closers = if rule.about_access { subject.closers() } else { Vec::new() };
    for closer in closers {
        if let Some(at) = closer.origin.span {
            push(&mut labels, Label { at, text: format!("{} takes its effect here", setting(closer.setting)) });
        }
    }
    labels
}

fn push(labels: &mut Vec<Label>, label: Label) {
    if !labels.iter().any(|it| it.at == label.at) {
        labels.push(label);
    }
}

pub(super) fn hop_text(hop: &Hop) -> String {
    match hop.kind {
        HopKind::Default => format!("the default of {}", hop.name),
        HopKind::Argument => format!("the value of {}", hop.name),
        HopKind::File => format!("the file {}", hop.name),
        HopKind::Local | HopKind::Output | HopKind::Attribute | HopKind::Other => {
            format!("{} comes from here", hop.name)
        }
    }
}

fn assuming(origin: &Origin) -> Vec<Label> {
    let defaults = origin
        .assumptions()
        .filter_map(|hop| Some(Label { at: hop.at?, text: format!("{} has its default", hop.name) }));
    defaults.collect()
}

/// Two rounds of FNV-1a: 128 bits, the same on every machine, and no line numbers in it.
#[must_use]
pub fn fingerprint(parts: &[&str]) -> String {
    let round = |seed: u64| {
        let bytes = parts.iter().flat_map(|it| it.bytes().chain([0xff]));
        bytes.fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    format!("{:016x}{:016x}", round(0xcbf2_9ce4_8422_2325), round(0x6c62_272e_07bb_0142))
}
