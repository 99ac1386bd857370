//! Callers with two names, and values that may be one. S3 keeps the ARN of a CloudFront origin access identity where a policy was given its canonical id, and nothing in
//! the two says that they are one; an ARN of code may leave the account open that the other side knows.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>

use std::collections::BTreeSet;

use crate::policy::{self, Context, Policy, PrincipalKind, Request};
use crate::value::Truth;

use super::super::side::is_canonical_id;

/// Whether an ARN is that of an origin access identity.
fn is_identity(text: &str) -> bool {
    text.starts_with("arn:") && text.split(':').nth(4) == Some("cloudfront")
}

/// Whether a name leaves something open that may be what the other one says there.
fn may_be_same(a: &str, b: &str) -> bool {
    let is_open = |it: &str| it.contains("${");
    let fields = |it: &str| it.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (one, other) = (fields(a), fields(b));
    let alike = |(a, b): (&String, &String)| a == b || is_open(a) || is_open(b);
    (is_open(a) || is_open(b)) && one.len() == other.len() && one.iter().zip(&other).all(alike)
}

/// Why the caller of a request may be one whom the other policy lets in by another name: then it is neither gained nor lost. What S3
/// answers has the ARN of every identity: a canonical id there is none's. `are_answers` says of the two policies whether they are that,
/// the one that lets the caller in first.
#[must_use]
pub fn namesake(request: &Request, other: &Policy, context: &Context, are_answers: (bool, bool)) -> Option<String> {
    let who = &request.principal;
    let is_id = |it: &str| is_canonical_id(it) && !context.trusted_accounts.contains(it);
    let lets_in = |name: &str| {
        let mut asked = request.clone();
        name.clone_into(&mut asked.principal);
        asked.context.values_mut().flatten().filter(|it| *it == who).for_each(|it| name.clone_into(it));
        policy::allows(other, &asked, context).allowed != Truth::No
    };
    for it in other.statements.iter().flat_map(|it| &it.principals.items) {
        let name = it.text.display();
        let is_two_named = match it.kind {
            PrincipalKind::CanonicalUser => !are_answers.1 && is_identity(who) && is_id(&name),
            PrincipalKind::Aws => !are_answers.0 && is_id(who) && is_identity(&name),
            _ => false,
        };
        if is_two_named && lets_in(&name) {
            return Some(format!(
                "whether {who} and {name} are one CloudFront origin access identity is not known: S3 writes the ARN where the canonical id \
                 was given"
            ));
        }
        if it.kind == PrincipalKind::Aws && may_be_same(who, &name) && lets_in(&name) {
            return Some(format!("whether {who} and {name} are one is not known: say the account with --account"));
        }
    }
    same_value(request, other, context)
}

/// So many requests are made up of values that may be one.
const MOST_ASKED: usize = 64;

/// Why a value of a condition that a request carries may be one that the other policy asks for: the one or the other has a part that is not
/// known.
fn same_value(request: &Request, other: &Policy, context: &Context) -> Option<String> {
    let asked_of = |key: &str| -> BTreeSet<String> {
        let conditions = other.statements.iter().flat_map(|it| &it.conditions);
        let own = conditions.filter(|it| it.key.known().is_some_and(|it| it.eq_ignore_ascii_case(key)));
        own.flat_map(|it| &it.values).map(|it| policy::spelled(&it.0)).collect()
    };
    let mut all: Vec<(Request, Option<String>)> = vec![(request.clone(), None)];
    for (key, carried) in &request.context {
        let [carried] = carried.as_slice() else { continue };
        for value in asked_of(key).into_iter().filter(|it| may_be_filled(it, carried)) {
            // What a template leaves open has no name but its own.
            let written = |it: &str| it.replace("${template.", "${");
            let (one, two) = (written(carried), written(&value));
            let why = format!("whether {one} and {two} are one value of {key} is not known");
            let more = all.iter().map(|(it, _)| {
                let mut asked = it.clone();
                asked.context.insert(key.clone(), vec![value.clone()]);
                (asked, Some(why.clone()))
            });
            let more: Vec<_> = more.take(MOST_ASKED.saturating_sub(all.len())).collect();
            all.extend(more);
        }
    }
    let lets_in = |it: &Request| policy::allows(other, it, context).allowed != Truth::No;
    all.into_iter().find_map(|(asked, why)| why.filter(|_| lets_in(&asked)))
}

/// Whether what is not known of two texts can be filled so that they are the same.
fn may_be_filled(a: &str, b: &str) -> bool {
    let opened = |text: &str| {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once("${") {
            out.push_str(before);
            out.push('*');
            rest = from.split_once('}').map_or("", |it| it.1);
        }
        out + rest
    };
    a != b && (a.contains("${") || b.contains("${")) && (policy::glob(&opened(a), b) || policy::glob(&opened(b), a))
}
