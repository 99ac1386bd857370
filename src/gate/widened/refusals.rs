//! What kept requests out and does not any more, whether or not something lets them in: another policy may.

use crate::model::Bucket;
use crate::policy::{self, Condition, Context, Effect, Grant, Patterns, Policy, Statement};
use crate::value::Truth;

/// Something that refused more before.
pub(super) struct Loosened {
    /// What it is, and an example.
    pub message: String,
    /// What tells it from others of the bucket.
    pub key: String,
    pub grant: Grant,
}

/// The Denies of `old` that refuse more than all of `new` do, and the conditions of its Allows that are gone behind a Deny. What
/// `gains` show is told with them.
pub(super) fn loosened(
    bucket: &Bucket,
    (new, old): (&Policy, &Policy),
    gains: &[Grant],
    context: &Context,
) -> Vec<Loosened> {
    let mut found = Vec::new();
    for deny in with(old, Effect::Deny) {
        let mut refused = policy::refuses_less(new, old, deny, context);
        refused.sort_by_key(|it| it.holds != Truth::Yes);
        let Some(grant) = refused.into_iter().next().filter(|_| !shows(gains, new, old, deny, context)) else {
            continue;
        };
        let what = grant.witness.as_ref().map_or_else(|| "requests".to_owned(), super::shown);
        let message = format!("{}: {} refused {what}, and nothing does any more", bucket.address, called("Deny", deny));
        let key = format!("deny {} {:?}", sid(deny), grant.power);
        found.push(Loosened { message, key, grant });
    }
    for allow in with(old, Effect::Allow).filter(|it| !it.conditions.is_empty()) {
        let Some(twin) = with(new, Effect::Allow).find(|it| is_twin(it, allow)) else { continue };
        let is_told = gains.iter().any(|it| it.statement == twin.index);
        let Some(gone) = allow.conditions.iter().find(|it| !twin.conditions.iter().any(|own| says(own) == says(it)))
        else {
            continue;
        };
        if is_told {
            continue;
        }
        let alone = |of: &Policy, it: &Statement| Policy { statements: vec![it.clone()], rest: None, ..of.clone() };
        let more = policy::permits_more(&alone(new, twin), &alone(old, allow), context);
        let Some(grant) = more.into_iter().find(|it| it.holds == Truth::Yes) else { continue };
        let what = grant.witness.as_ref().map_or_else(|| "more".to_owned(), super::shown);
        let key = gone.key.display();
        let message = format!(
            "{}: {} has lost its condition on {key}: only a Deny keeps {what} out now",
            bucket.address,
            called("Allow", twin)
        );
        found.push(Loosened { message, key: format!("condition {} {key}", sid(twin)), grant });
    }
    found
}

/// Whether some of the gains are there because a Deny is gone.
fn shows(gains: &[Grant], new: &Policy, old: &Policy, deny: &Statement, context: &Context) -> bool {
    if gains.is_empty() {
        return false;
    }
    let statements = old.statements.iter().filter(|it| it.index != deny.index).cloned().collect();
    let others = policy::permits_more(new, &Policy { statements, ..old.clone() }, context);
    gains.iter().any(|gain| !others.iter().any(|it| (&it.audience, it.power) == (&gain.audience, gain.power)))
}

fn with(policy: &Policy, effect: Effect) -> impl Iterator<Item = &Statement> {
    policy.statements.iter().filter(move |it| it.effect.as_known() == Some(&effect))
}

fn sid(it: &Statement) -> String {
    it.sid.as_known().cloned().unwrap_or_default()
}

/// ``the Deny `Tls` ``, `a Deny`.
fn called(effect: &str, it: &Statement) -> String {
    match sid(it) {
        sid if sid.is_empty() => format!("a statement ({effect})"),
        sid => format!("the {effect} `{sid}`"),
    }
}

/// Whether two statements are one in two versions: by its Sid, else by whom it lets do what.
fn is_twin(a: &Statement, b: &Statement) -> bool {
    let (own, other) = (sid(a), sid(b));
    if !own.is_empty() || !other.is_empty() {
        return own == other;
    }
    let patterns = |it: &Patterns| (it.negated, sorted(it.items.iter().map(|it| it.0.display())));
    let principals = |it: &Statement| {
        let items = it.principals.items.iter().map(|it| format!("{:?} {}", it.kind, it.text.display()));
        (it.principals.negated, sorted(items))
    };
    principals(a) == principals(b)
        && patterns(&a.actions) == patterns(&b.actions)
        && patterns(&a.resources) == patterns(&b.resources)
}

fn says(it: &Condition) -> (String, String, Vec<String>) {
    let values = sorted(it.values.iter().map(|it| it.0.display()));
    (it.operator.to_lowercase(), it.key.display().to_lowercase(), values)
}

fn sorted(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = all.collect();
    all.sort();
    all
}
