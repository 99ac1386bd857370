//! Who can do what: Allow minus Deny as boxes, with a witness for every yes.
//!
//! A request is a point in a space of few dimensions: the resource and the condition keys that the policy mentions. Of
//! each dimension only the classes matter that the policy can tell apart, so a statement is a box of class sets, and the
//! question "does something of this Allow survive the Denies" is a subtraction of boxes. Unknown parts make two boxes of
//! a statement: what it certainly covers and what it may cover.

mod actor;
mod automaton;
mod boxes;
mod classes;
mod compiled;
mod denials;
mod difference;
mod sayings;
mod space;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use crate::value::{Cause, Guard, Origin, Truth, Why, is_account_id};

use super::condition::{Compiled, Test};
use super::evaluate::{has_variables, why};
use super::principal::{Who, who};
use super::resource;
use super::{Audience, Context, Grant, Policy, Power, Principal, PrincipalKind, Request, Statement};
use actor::{Actor, ActorKind, stranger_account};
pub use denials::{refuses, refuses_less};
pub use difference::{permits_beyond, permits_more};

use boxes::{Bits, Budget, Found, subtract};
use compiled::{Both, Ready, grantable, of_power, prepare};
use space::{Setting, Space};

const POWERS: [Power; 6] = [Power::Read, Power::List, Power::Write, Power::Delete, Power::Control, Power::Inspect];
/// Accounts that one statement is asked about; a policy of 20 KB can name more, but then they say nothing new.
const MAX_ACTORS: usize = 1200;

/// Callers whom only Denies name that one statement is asked about: they are asked of every statement for everyone.
const MAX_EXCEPTED: usize = 8;

/// Every way in that a policy opens to someone outside, Deny statements taken off.
///
/// Callers of the own account, of trusted accounts and of AWS's own making (the bucket's CloudFront identity) are not
/// outsiders; services that the policy names are listed as [`Audience::Service`], and where only AWS services on
/// anyone's behalf get in (`Principal: "*"` with a wildcard in `aws:SourceArn`), the service is `*`. Of the audiences that one statement
/// opens a power to the widest is listed, besides the accounts and services that it names. `Unknown` grants say why.
/// Where further statements may exist (`policy.rest`), nothing is certain.
#[must_use]
pub fn grants(policy: &Policy, context: &Context) -> Vec<Grant> {
    let variables = has_variables(policy);
    let stranger = stranger_account(&[policy]);
    let partition = context.partition.clone().unwrap_or_else(|| resource::partition([policy]));
    let budget = Budget::new();
    let mut out: Vec<Grant> = Vec::new();
    for name in resource::names(policy, context) {
        let (base, separator) = resource::base(policy, context, &name);
        let ready = prepare(policy, &name, context, variables);
        let setting =
            Setting { base: &base, separator, stranger: &stranger, partition: &partition, context, budget: &budget };
        let denies: Vec<&Ready<'_>> = ready.iter().filter(|it| it.deny.may).collect();
        for allow in ready.iter().filter(|it| it.allow.may && it.actions.may != 0) {
            of_statement(allow, &denies, &setting, &mut out);
        }
    }
    variables::settle(policy, context, &mut out);
    if let Some(rest) = &policy.rest {
        for grant in &mut out {
            grant.holds = grant.holds.and(Truth::Unknown);
            grant.why.get_or_insert_with(|| rest.clone());
        }
        for power in POWERS {
            let known = |it: &Grant| it.audience == Audience::Anonymous && it.power == power;
            if !out.iter().any(known) {
                out.push(Grant {
                    audience: Audience::Anonymous,
                    power,
                    holds: Truth::Unknown,
                    statement: policy.statements.len(),
                    origin: policy.origin.clone(),
                    witness: None,
                    why: Some(rest.clone()),
                });
            }
        }
    }
    out
}

fn of_statement(allow: &Ready<'_>, denies: &[&Ready<'_>], setting: &Setting<'_>, out: &mut Vec<Grant>) {
    let mut public: [Truth; 6] = [Truth::No; 6];
    // Those of them that are open to every person: whoever a Deny excepts is one of these.
    let mut to_people: Vec<Power> = Vec::new();
    let callers = actors(allow, setting);
    let fewer = excepted(allow, denies, &callers, setting);
    let with = |of: Vec<(Actor, Origin)>, is_fewer| of.into_iter().map(move |(actor, at)| (actor, at, is_fewer));
    for (actor, origin, is_fewer) in with(callers, false).chain(with(fewer, true)) {
        let is_asked = |it: &Power| of_power(*it) & allow.actions.may != 0 && !to_people.contains(it);
        if is_fewer && !POWERS.iter().any(is_asked) {
            break;
        }
        let question = Question { allow, denies, actor: &actor, setting };
        let Some(mut answers) = question.ask() else { continue };
        let widest = matches!(actor.kind, ActorKind::Anonymous | ActorKind::Stranger | ActorKind::ServiceForStranger);
        for (power, answer) in POWERS.iter().zip(&mut answers) {
            let Some(answer) = answer.take() else { continue };
            if is_fewer && to_people.contains(power) {
                continue;
            }
            if widest {
                let Some(known) = public.get_mut(*power as usize) else { continue };
                if answer.holds <= *known {
                    continue;
                }
                *known = answer.holds;
                if answer.holds == Truth::Yes && actor.kind != ActorKind::ServiceForStranger {
                    to_people.push(*power);
                }
            }
            push(
                out,
                Grant {
                    audience: actor.audience.clone(),
                    power: *power,
                    holds: if actor.doubt.is_some() { answer.holds.and(Truth::Unknown) } else { answer.holds },
                    statement: allow.statement.index,
                    origin: origin.clone(),
                    witness: answer.witness,
                    why: actor.doubt.clone().or(answer.why),
                },
            );
        }
    }
}

/// Why a question about a statement was given up.
fn too_much(statement: &Statement) -> Why {
    Why::new(Cause::Limit, "the work to decide this policy", statement.origin.span)
}

/// Adds a grant unless another name of the bucket gave the same one.
fn push(out: &mut Vec<Grant>, grant: Grant) {
    let same =
        |it: &&mut Grant| it.statement == grant.statement && it.power == grant.power && it.audience == grant.audience;
    match out.iter_mut().find(same) {
        Some(earlier) if earlier.holds < grant.holds => *earlier = grant,
        Some(_) => {}
        None => out.push(grant),
    }
}

/// The outsiders that a statement can concern, each with the element that lets it in. The widest come first.
fn actors(allow: &Ready<'_>, setting: &Setting<'_>) -> Vec<(Actor, Origin)> {
    let statement = allow.statement;
    let principals = &statement.principals;
    let actor = |audience, kind, principal: &str, doubt| Actor {
        audience,
        kind,
        principal: principal.to_owned(),
        doubt,
        free: None,
        is_excepted: false,
    };
    let stranger_arn = setting.user(setting.stranger, "stranger");
    let public = |doubt: Option<Why>| {
        [
            actor(Audience::Anonymous, ActorKind::Anonymous, "anonymous", doubt.clone()),
            actor(Audience::AnyAccount, ActorKind::Stranger, &stranger_arn, doubt.clone()),
            actor(Audience::Service("*".to_owned()), ActorKind::ServiceForStranger, "sns.amazonaws.com", doubt),
        ]
    };
    let mut out: Vec<(Actor, Origin)> = Vec::new();
    let anyone = principals.items.iter().find(|it| it.kind == PrincipalKind::Anyone);
    let open = principals.negated || !principals.present || principals.rest.is_some();
    if anyone.is_some() || open {
        let origin = anyone.map_or(&principals.origin, |it| &it.origin);
        out.extend(public(None).map(|it| (it, origin.clone())));
        out.extend(confined(allow, false, setting).into_iter().map(|it| (it, origin.clone())));
    }
    if principals.negated {
        return out;
    }
    for principal in principals.items.iter().take(MAX_ACTORS) {
        let origin = principal.origin.clone();
        let found = who(principal, setting.context);
        if let Some(actor) = named(&found, principal, setting) {
            out.push((actor, origin));
            continue;
        }
        match found {
            Who::Federated(provider) => {
                let why = Why::new(Cause::Unsupported, format!("who signs in with `{provider}`"), origin.span);
                let audience = Audience::AnyAccount;
                out.push((actor(audience, ActorKind::Stranger, &provider, Some(why)), origin));
            }
            Who::Unknown(why) => {
                out.extend(public(Some(why)).into_iter().take(1).map(|it| (it, origin.clone())));
            }
            _ => {}
        }
    }
    out
}

/// An account or a service that an element names.
fn named(found: &Who, principal: &Principal, setting: &Setting<'_>) -> Option<Actor> {
    let (audience, kind, caller, doubt) = match found {
        Who::Service(name) => {
            // Some services come as an account or user of AWS's own.
            let is_service = principal.kind == PrincipalKind::Service;
            let caller = if is_service { name.clone() } else { principal.text.display() };
            (Audience::Service(name.clone()), ActorKind::Service, caller, None)
        }
        Who::Account { id, text, exact, maybe_own } => {
            let arn = (*exact && text.starts_with("arn:")).then(|| text.clone());
            let caller = match &arn {
                Some(arn) => arn.clone(),
                None if is_account_id(id) || text.starts_with("arn:") => setting.user(id, "example"),
                None => text.clone(),
            };
            let kind = ActorKind::Account { id: id.clone(), arn };
            (Audience::Account(text.clone()), kind, caller, maybe_own.clone())
        }
        _ => return None,
    };
    Some(Actor { audience, kind, principal: caller, doubt, free: None, is_excepted: false })
}

/// Outsiders whom Denies except of a statement for everyone: by `NotPrincipal`, or by a condition that they alone do not meet. To them it
/// is open where it is shut to strangers.
fn excepted(
    allow: &Ready<'_>,
    denies: &[&Ready<'_>],
    known: &[(Actor, Origin)],
    setting: &Setting<'_>,
) -> Vec<(Actor, Origin)> {
    let mut out: Vec<(Actor, Origin)> = Vec::new();
    let Some((_, origin)) = known.iter().find(|it| it.0.kind == ActorKind::Anonymous && it.0.doubt.is_none()) else {
        return out;
    };
    let id = |it: &Actor| match &it.kind {
        ActorKind::Account { id, .. } => id.clone(),
        _ => it.principal.clone(),
    };
    let mut excepting: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for deny in denies.iter().filter(|it| it.actions.may & allow.actions.may != 0) {
        let listed = &deny.statement.principals;
        let items = listed.items.iter().filter(|_| listed.negated);
        let by_name = items.filter_map(|it| named(&who(it, setting.context), it, setting));
        for actor in by_name.chain(confined(deny, true, setting)) {
            let actor = Actor { is_excepted: true, ..actor };
            excepting.entry(id(&actor)).or_default().insert(deny.statement.index);
            let is_known =
                known.iter().chain(&out).any(|it| it.0.principal == actor.principal && it.0.kind == actor.kind);
            if !is_known && out.len() < MAX_ACTORS {
                out.push((actor, origin.clone()));
            }
        }
    }
    // Whom most of them except are asked about; whether others get in as well is then not known.
    out.sort_by_key(|it| std::cmp::Reverse(excepting.get(&id(&it.0)).map_or(0, BTreeSet::len)));
    out.truncate(MAX_EXCEPTED + 1);
    if let Some((other, _)) = out.get_mut(MAX_EXCEPTED) {
        other.doubt = Some(too_much(allow.statement));
    }
    out
}

/// Whom the conditions of a statement name: those who meet it, or (`negated`) those who alone do not.
fn confined(statement: &Ready<'_>, negated: bool, setting: &Setting<'_>) -> Vec<Actor> {
    let is_of = |it: &&Compiled| it.operator.is_some_and(|it| it.negated == negated);
    let conditions: Vec<&Compiled> = statement.conditions.iter().filter(is_of).collect();
    let mut out = conditioned(&conditions, setting);
    out.extend(organizations(&conditions, setting));
    out.extend(networks(&conditions, setting));
    out
}

/// Organisations that a statement for everyone names, where the user has said which ones are trusted.
fn organizations(conditions: &[&Compiled], setting: &Setting<'_>) -> Vec<Actor> {
    let trusted = &setting.context.trusted_organizations;
    let key = |it: &&&Compiled| it.key.as_deref() == Some("aws:principalorgid");
    let tests = conditions.iter().filter(key).flat_map(|it| &it.tests);
    let literal = |it: &Test| if let Test::Glob(pattern) = it { pattern.as_literal() } else { None };
    tests
        .filter_map(literal)
        .filter(|it| !trusted.is_empty() && !trusted.contains(it))
        .map(|id| Actor {
            audience: Audience::Account(id.clone()),
            kind: ActorKind::Organization(id),
            principal: setting.user(setting.stranger, "stranger"),
            doubt: None,
            free: None,
            is_excepted: false,
        })
        .collect()
}

/// Networks that a statement for everyone names, where the user has said which ones of the kind are trusted.
fn networks(conditions: &[&Compiled], setting: &Setting<'_>) -> Vec<Actor> {
    const KEYS: [(&str, &str); 2] = [("aws:SourceVpce", "vpce-"), ("aws:SourceVpc", "vpc-")];
    let trusted = &setting.context.trusted_networks;
    let mut out = Vec::new();
    for (key, prefix) in KEYS.into_iter().filter(|it| trusted.iter().any(|own| own.starts_with(it.1))) {
        let names = |it: &&&Compiled| it.key.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(key));
        let tests = conditions.iter().filter(names).flat_map(|it| &it.tests);
        let literal = |it: &Test| if let Test::Glob(pattern) = it { pattern.as_literal() } else { None };
        let foreign = tests.filter_map(literal).filter(|it| it.starts_with(prefix) && !trusted.contains(it));
        out.extend(foreign.map(|id| Actor {
            audience: Audience::Account(id.clone()),
            kind: ActorKind::Network(key, id),
            principal: "anonymous".to_owned(),
            doubt: None,
            free: None,
            is_excepted: false,
        }));
    }
    out
}

/// Accounts that a statement for everyone names in its conditions.
fn conditioned(conditions: &[&Compiled], setting: &Setting<'_>) -> Vec<Actor> {
    let mut out = Vec::new();
    for condition in conditions {
        let arn = match condition.key.as_deref() {
            Some("aws:principalaccount") => false,
            Some("aws:principalarn") => true,
            _ => continue,
        };
        for test in &condition.tests {
            let (Test::Glob(pattern) | Test::Arn(pattern, _)) = test else { continue };
            let text = pattern.to_text();
            let id = if arn { text.split(':').nth(4).unwrap_or_default() } else { &text };
            let own =
                setting.context.own_account.as_deref() == Some(id) || setting.context.trusted_accounts.contains(id);
            let is_unknown = id.starts_with("${");
            if own || (!is_unknown && !is_account_id(id)) {
                continue;
            }
            let known = setting.context.own_account.is_some() && !is_unknown;
            out.push(Actor {
                audience: Audience::Account(id.to_owned()),
                kind: ActorKind::Account { id: id.to_owned(), arn: pattern.as_literal().filter(|_| arn) },
                principal: pattern.as_literal().filter(|_| arn).unwrap_or_else(|| setting.user(id, "example")),
                doubt: (!known).then(|| Why::new(Cause::Deployment, "the own account", None)),
                free: None,
                is_excepted: false,
            });
        }
    }
    out
}

/// Can this caller, through this statement, …?
struct Question<'a> {
    allow: &'a Ready<'a>,
    denies: &'a [&'a Ready<'a>],
    actor: &'a Actor,
    setting: &'a Setting<'a>,
}

struct Answer {
    holds: Truth,
    witness: Option<Request>,
    why: Option<Why>,
}

impl Question<'_> {
    /// The answer for each power, in the order of [`POWERS`]; `None` where nothing may hold at all.
    fn ask(&self) -> Option<[Option<Answer>; 6]> {
        let caller = &self.actor.principal;
        // A doubtful caller may still be the one that is meant.
        let applies = match self.actor.doubt {
            Some(_) => Both { must: false, may: true },
            None => self.allow.applies(caller, &Guard::always()),
        };
        if !applies.may {
            return None;
        }
        let exists = &self.allow.statement.exists;
        let denies: Vec<(&Ready<'_>, Both<bool>)> = self
            .denies
            .iter()
            .map(|it| {
                let applies = it.applies(caller, exists);
                (*it, Both { must: applies.must && it.deny.must, may: applies.may && it.deny.may })
            })
            .filter(|(it, applies)| applies.may && it.actions.may & self.allow.actions.may != 0)
            .collect();
        let statements: Vec<&Ready<'_>> = std::iter::once(self.allow).chain(denies.iter().map(|it| it.0)).collect();
        let space = Space::new(&statements, self.actor, self.setting);
        let certain = applies.must && self.allow.allow.must;
        let mut any = false;
        let answers = POWERS.map(|power| {
            let answer = self.power(power, &space, &denies, certain);
            any |= answer.is_some();
            answer
        });
        any.then_some(answers)
    }

    fn power(&self, power: Power, space: &Space, denies: &[(&Ready<'_>, Both<bool>)], certain: bool) -> Option<Answer> {
        let set = of_power(power) & self.allow.actions.may;
        let mut tried: Vec<(Vec<Bits>, Vec<Both<bool>>, bool)> = Vec::new();
        let mut best: Option<Answer> = None;
        let mut left = set;
        while left != 0 {
            let bit = left & left.wrapping_neg();
            left &= left - 1;
            let Some(action) = grantable().get(bit.trailing_zeros() as usize) else { continue };
            let covered: Vec<Both<bool>> = denies
                .iter()
                .map(|(it, applies)| Both {
                    must: applies.must && it.actions.must & bit != 0,
                    may: applies.may && it.actions.may & bit != 0,
                })
                .collect();
            let sure = certain && self.allow.actions.must & bit != 0;
            let targets = [(action.on_object, false), (action.on_bucket, true)];
            for (_, on_bucket) in targets.into_iter().filter(|it| it.0) {
                let start = space.of_action(action, on_bucket);
                let question = (start, covered.clone(), sure);
                if tried.contains(&question) {
                    continue;
                }
                let answer = self.one(&question, space, &action.name);
                tried.push(question);
                match answer {
                    Some(answer) if answer.holds == Truth::Yes => return Some(answer),
                    Some(answer) => {
                        best.get_or_insert(answer);
                    }
                    None => {}
                }
            }
        }
        best
    }

    fn one(&self, question: &(Vec<Bits>, Vec<Both<bool>>, bool), space: &Space, action: &str) -> Option<Answer> {
        let (start, covered, sure) = question;
        let boxes = || space.boxes.iter().skip(1).zip(covered);
        let own = space.boxes.first()?;
        let within = |of: &[Bits]| -> Vec<Bits> { start.iter().zip(of).map(|(a, b)| a & b).collect() };
        let mut limit = false;
        if *sure {
            let may: Vec<&[Bits]> = boxes().filter(|(_, it)| it.may).map(|(it, _)| it.may.as_slice()).collect();
            match subtract(&within(&own.must), &may, self.setting.budget) {
                Found::Piece(piece) => {
                    let witness = space.request(self.actor, action, &piece);
                    return Some(Answer { holds: Truth::Yes, witness, why: None });
                }
                Found::Nothing => {}
                Found::Limit => limit = true,
            }
        }
        let must: Vec<&[Bits]> = boxes().filter(|(_, it)| it.must).map(|(it, _)| it.must.as_slice()).collect();
        let witness = match subtract(&within(&own.may), &must, self.setting.budget) {
            Found::Piece(piece) => space.request(self.actor, action, &piece),
            Found::Nothing if space.complete && !limit => return None,
            Found::Nothing | Found::Limit => {
                return Some(Answer {
                    holds: Truth::Unknown,
                    witness: None,
                    why: Some(too_much(self.allow.statement)),
                });
            }
        };
        Some(Answer { holds: Truth::Unknown, witness, why: Some(self.why()) })
    }

    /// What is not known: of the Allow, else of a Deny.
    fn why(&self) -> Why {
        let of = |it: &Ready<'_>| why(it.statement).or_else(|| it.why());
        of(self.allow)
            .or_else(|| self.denies.iter().find_map(|it| of(it)))
            .unwrap_or_else(|| Why::new(Cause::Deployment, "the own account or organisation", None))
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod symbolic_tests;
