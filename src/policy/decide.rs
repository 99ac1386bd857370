//! Who can do what: for each kind of outsider and each power, a request that the policy allows, or none.
//!
//! For each audience the condition keys that the policy mentions take a finite set of values that is enough to decide: the
//! values that such a caller can bring about (a fresh one, an instance of each wildcard, each literal where the key is the
//! caller's to choose), or none where the key may be absent. Every request made of them is evaluated; the first that is
//! allowed is the witness. More combinations than the limit are *unknown*, never "no".

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::value::{Cause, Origin, Seg, SymStr, Truth, Why};

use super::actions::{self, Action};
use super::evaluate::{Answer, Call, Caller, Target, account_of, evaluate, example_key, is_own, is_own_account};
use super::outsider::{STRANGER_ACCOUNT, STRANGER_ARN, candidates};
use super::{Audience, BucketId, Context, Effect, Grant, Policy, Power, PrincipalKind, Request, Statement};

/// More requests than this are not tried for one audience and action.
const MAX_REQUESTS: usize = 4096;

/// Characters compared for one policy, about. Real policies need a hundredth; an adversarial one gets *unknown*.
const BUDGET: usize = 20_000_000;

/// The actions that are tried first for each power, as people know them.
const PREFERRED: [&str; 8] = [
    "GetObject",
    "ListBucket",
    "PutObject",
    "DeleteObject",
    "PutBucketPolicy",
    "PutBucketAcl",
    "PutObjectAcl",
    "GetBucketAcl",
];

/// The ways in that a policy opens to outsiders, Deny statements taken off. What certainly is not open is not listed.
#[must_use]
pub fn grants(policy: &Policy, context: &Context) -> Vec<Grant> {
    let allows: Vec<&Statement> =
        policy.statements.iter().filter(|it| it.effect.as_known() != Some(&Effect::Deny)).collect();
    if allows.is_empty() {
        return Vec::new();
    }
    let mut grants = Vec::new();
    let budget = Cell::new(BUDGET);
    for outsider in outsiders(&allows, context) {
        for power in [Power::Read, Power::List, Power::Write, Power::Delete, Power::Control, Power::Inspect] {
            for statement in &allows {
                grants.extend(grant(policy, statement, &outsider, power, context, &budget));
            }
        }
    }
    grants
}

/// Someone outside, and how sure it is that they are outside.
struct Outsider {
    audience: Audience,
    caller: Caller,
    certain: Truth,
    why: Option<Why>,
}

fn outsiders(allows: &[&Statement], context: &Context) -> Vec<Outsider> {
    let open =
        |it: &&&Statement| {
            it.principals.negated
                || it.principals.rest.is_some()
                || it.principals.items.iter().any(|it| {
                    it.kind == PrincipalKind::Anyone || (it.kind == PrincipalKind::Aws && it.text.could_be("*"))
                })
        };
    let mut all = Vec::new();
    if allows.iter().any(|it| open(&it)) {
        all.push(Outsider { audience: Audience::Anonymous, caller: Caller::Anonymous, certain: Truth::Yes, why: None });
        let caller = Caller::Aws { account: STRANGER_ACCOUNT.to_owned(), arn: STRANGER_ARN.to_owned() };
        all.push(Outsider { audience: Audience::AnyAccount, caller, certain: Truth::Yes, why: None });
    }
    let mut named = BTreeSet::new();
    for principal in allows.iter().filter(|it| !it.principals.negated).flat_map(|it| &it.principals.items) {
        let text = principal.text.display();
        if named.insert((principal.kind, text.clone())) {
            all.extend(self::named(principal.kind, &text, &principal.text, &principal.origin, context));
        }
    }
    all
}

fn named(kind: PrincipalKind, text: &str, symbolic: &SymStr, origin: &Origin, context: &Context) -> Option<Outsider> {
    let caller = match kind {
        PrincipalKind::Service if symbolic.known().is_some() => {
            let service = Caller::Service(text.to_owned());
            let audience = Audience::Service(text.to_owned());
            return Some(Outsider { audience, caller: service, certain: Truth::Yes, why: None });
        }
        PrincipalKind::Aws => {
            if symbolic.known().is_none() || is_own(symbolic, context) || is_aws_account(text) {
                return None;
            }
            let account = account_of(text)?.to_owned();
            let arn = match text.ends_with(":root") || text.len() == 12 {
                true => format!("arn:aws:iam::{account}:user/example"),
                false => text.to_owned(),
            };
            if is_own_account(&account, context) {
                return None;
            }
            Caller::Aws { account, arn }
        }
        PrincipalKind::CanonicalUser if symbolic.known().is_some() => Caller::Canonical(text.to_owned()),
        PrincipalKind::Federated if symbolic.known().is_some() && !text.starts_with("arn:") => {
            let caller = Caller::Federated(text.to_owned());
            return Some(Outsider { audience: Audience::AnyAccount, caller, certain: Truth::Yes, why: None });
        }
        _ => return None,
    };
    let own_known = context.own_account.is_some() && kind == PrincipalKind::Aws;
    let why = (!own_known).then(|| Why::new(Cause::Deployment, "the own account id", origin.span));
    let certain = if own_known { Truth::Yes } else { Truth::Unknown };
    Some(Outsider { audience: Audience::Account(text.to_owned()), caller, certain, why })
}

/// Principals of AWS itself: origin access identities of CloudFront, and the accounts that deliver load balancer logs.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
fn is_aws_account(text: &str) -> bool {
    const LOAD_BALANCERS: [&str; 31] = [
        "127311923021",
        "033677994240",
        "027434742980",
        "797873946194",
        "098369216593",
        "754344448648",
        "589379963580",
        "718504428378",
        "383597477331",
        "600734575887",
        "114774131450",
        "783225319266",
        "582318560864",
        "985666609251",
        "054676820928",
        "156460612806",
        "652711504416",
        "635631232127",
        "009996457667",
        "897822967062",
        "076674570225",
        "507241528517",
        "048591011584",
        "190560391635",
        "638102146993",
        "037604701340",
        "856666278305",
        "193672423079",
        "104357479771",
        "154007104498",
        "859674651920",
    ];
    text.contains(":iam::cloudfront:user/") || account_of(text).is_some_and(|it| LOAD_BALANCERS.contains(&it))
}

fn grant(
    policy: &Policy,
    statement: &Statement,
    outsider: &Outsider,
    power: Power,
    context: &Context,
    budget: &Cell<usize>,
) -> Option<Grant> {
    let mut best: Option<(Answer, Request)> = None;
    for action in ordered(power) {
        let name = format!("s3:{}", action.name);
        if actions::covers(&statement.actions, &name) == Truth::No {
            continue;
        }
        for target in targets(action, statement, context) {
            let found = search(policy, statement, outsider, &name, &target, context, budget);
            let Some((answer, request)) = found else { continue };
            if best.as_ref().is_none_or(|(it, _)| it.allowed < answer.allowed) {
                let done = answer.allowed == Truth::Yes;
                best = Some((answer, request));
                if done {
                    return finish(best, statement, outsider, power);
                }
            }
        }
    }
    finish(best, statement, outsider, power)
}

fn finish(best: Option<(Answer, Request)>, statement: &Statement, outsider: &Outsider, power: Power) -> Option<Grant> {
    let (answer, request) = best?;
    let holds = answer.allowed.and(outsider.certain);
    let why = if holds == Truth::Unknown { answer.why.or_else(|| outsider.why.clone()) } else { None };
    Some(Grant {
        audience: outsider.audience.clone(),
        power,
        holds,
        statement: statement.index,
        origin: statement.principals.origin.clone(),
        witness: Some(request),
        why,
    })
}

/// The actions of a power, the best known first.
fn ordered(power: Power) -> impl Iterator<Item = &'static Action> {
    let of_power = move |it: &&Action| it.power == Some(power);
    let preferred = |it: &&Action| PREFERRED.contains(&it.name);
    let first = PREFERRED.iter().filter_map(move |name| actions::all().iter().find(|it| it.name == *name));
    first.filter(of_power).chain(actions::all().iter().filter(of_power).filter(move |it| !preferred(it)))
}

fn targets(action: &Action, statement: &Statement, context: &Context) -> Vec<Target> {
    let mut targets = Vec::new();
    if action.on_object
        && let Some(key) = example_key(statement, context)
    {
        targets.push(Target::Object(key));
    }
    if action.on_bucket {
        targets.push(Target::Bucket);
    }
    targets
}

/// Tries every request of an audience for an action until one is allowed through `statement`.
fn search(
    policy: &Policy,
    statement: &Statement,
    outsider: &Outsider,
    action: &str,
    target: &Target,
    context: &Context,
    budget: &Cell<usize>,
) -> Option<(Answer, Request)> {
    // Finding out which statements matter reads all their action patterns.
    let reading: usize = policy.statements.iter().map(action_texts).sum();
    let Some(left) = budget.get().checked_sub(reading) else {
        return Some(out_of_budget(statement, outsider, action, target, context));
    };
    budget.set(left);
    let relevant: Vec<&Statement> =
        policy.statements.iter().filter(|it| actions::covers(&it.actions, action) != Truth::No).collect();
    let keys = candidates(&relevant, &outsider.caller);
    let total = keys.iter().try_fold(1_usize, |all, (_, values)| all.checked_mul(values.len().max(1)));
    let mut limited = total.is_none_or(|it| MAX_REQUESTS < it);
    let cost: usize = relevant.iter().map(|it| texts(it)).sum();
    // Only this statement's own Allow counts here; the Denies of all are taken off.
    let alone = Policy {
        statements: relevant
            .iter()
            .filter(|it| it.index == statement.index || it.effect.as_known() != Some(&Effect::Allow))
            .map(|it| (*it).clone())
            .collect(),
        ..shell(policy)
    };
    let mut best: Option<(Answer, Request)> = None;
    for number in 0..total.unwrap_or(MAX_REQUESTS).min(MAX_REQUESTS) {
        let Some(left) = budget.get().checked_sub(cost) else {
            limited = true;
            break;
        };
        budget.set(left);
        let carried = combination(&keys, number);
        let call = Call { caller: &outsider.caller, action, target, context: &carried };
        let answer = evaluate(&alone, &call, context);
        if answer.allowed == Truth::No || best.as_ref().is_some_and(|(it, _)| answer.allowed <= it.allowed) {
            continue;
        }
        let done = answer.allowed == Truth::Yes;
        best = Some((answer, request(&outsider.caller, action, target, &carried, &context.bucket)));
        if done {
            break;
        }
    }
    match best {
        None if limited => Some(out_of_budget(statement, outsider, action, target, context)),
        found => found,
    }
}

/// Length of the texts that one evaluation of a statement may compare.
fn texts(statement: &Statement) -> usize {
    let length = |it: &SymStr| {
        8 + it
            .segs()
            .iter()
            .map(|seg| match seg {
                Seg::Lit(lit) => lit.text.len(),
                Seg::Hole(_) => 8,
            })
            .sum::<usize>()
    };
    let values = statement.conditions.iter().flat_map(|it| &it.values).map(|(it, _)| length(it)).sum::<usize>();
    let resources = statement.resources.items.iter().map(|(it, _)| length(it)).sum::<usize>();
    let principals = statement.principals.items.iter().map(|it| length(&it.text)).sum::<usize>();
    16 + values + resources + principals + action_texts(statement)
}

fn action_texts(statement: &Statement) -> usize {
    statement.actions.items.iter().map(|(it, _)| 8 + it.known_prefix().len()).sum::<usize>()
}

/// More work than the budget allows: not decided, which is never "no".
fn out_of_budget(
    statement: &Statement,
    outsider: &Outsider,
    action: &str,
    target: &Target,
    context: &Context,
) -> (Answer, Request) {
    let why = Why::new(Cause::Limit, "the work for this policy", statement.origin.span);
    let answer = Answer { allowed: Truth::Unknown, statement: Some(statement.index), why: Some(why) };
    (answer, request(&outsider.caller, action, target, &BTreeMap::new(), &context.bucket))
}

fn shell(policy: &Policy) -> Policy {
    Policy {
        origin: policy.origin.clone(),
        version: policy.version.clone(),
        id: policy.id.clone(),
        statements: Vec::new(),
        rest: policy.rest.clone(),
        notes: Vec::new(),
        size: None,
    }
}

type Keys = Vec<(String, Vec<Option<String>>)>;

/// The `number`-th combination of candidate values.
fn combination(keys: &Keys, mut number: usize) -> BTreeMap<String, Vec<String>> {
    let mut carried = BTreeMap::new();
    for (key, values) in keys {
        let length = values.len().max(1);
        if let Some(Some(value)) = values.get(number % length) {
            carried.insert(key.clone(), vec![value.clone()]);
        }
        number /= length;
    }
    carried
}

fn request(
    caller: &Caller,
    action: &str,
    target: &Target,
    carried: &BTreeMap<String, Vec<String>>,
    bucket: &BucketId,
) -> Request {
    let name = match (&bucket.name, &bucket.entity) {
        (Some(name), _) => name.display(),
        (None, Some(entity)) => format!("${{{entity}}}"),
        (None, None) => "bucket".to_owned(),
    };
    let principal = match caller {
        Caller::Anonymous => "anonymous".to_owned(),
        Caller::Aws { arn, .. } => arn.clone(),
        Caller::Service(text) | Caller::Federated(text) | Caller::Canonical(text) => text.clone(),
    };
    let resource = match target {
        Target::Bucket => format!("arn:aws:s3:::{name}"),
        Target::Object(key) => format!("arn:aws:s3:::{name}/{key}"),
    };
    Request { principal, action: action.to_owned(), resource, context: carried.clone() }
}
