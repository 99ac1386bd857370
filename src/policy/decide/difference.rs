//! What one policy permits and another does not: the requests of a new policy minus those of an old one.
//!
//! A request is gained where a new Allow covers it, no new Deny does, and the old policy did not permit it: no old Allow
//! covers it, or an old Deny does. Both are subtractions of boxes, as in [`grants`](super::grants), in a space that the
//! statements of both policies lay out.

use crate::value::{Guard, Truth, Why, is_account_id};

use super::super::condition::Compiled;
use super::super::evaluate::has_variables;
use super::super::glob::plain;
use super::super::resource;
use super::super::{Audience, Context, Grant, Policy, PrincipalKind};
use super::actor::{Actor, ActorKind, stranger_account};
use super::boxes::{Bits, Budget, Found, subtract};
use super::compiled::{Both, Ready, grantable, of_power, prepare};
use super::sayings::{Sayings, is_one_condition};
use super::space::{Setting, Space};
use super::{MAX_ACTORS, POWERS, too_much};

/// What `new` permits and `old` does not, each with a request that shows it. Empty: `new` permits no more than `old`.
///
/// Unlike [`grants`](super::grants) this is about requests of every caller, those of the own account included, and of
/// every value of a condition key. Of the callers to whom one statement gives a power the widest is listed. A gain that is
/// not certain has `holds: Unknown` and says why; statements that are the same in both policies gain nothing, even where
/// parts of them are not known.
#[must_use]
pub fn permits_more(new: &Policy, old: &Policy, context: &Context) -> Vec<Grant> {
    permits_beyond(new, &[old], context)
}

/// What `new` permits and none of `olds` does, as [`permits_more`] says it of one. Empty: every request that `new` permits, one
/// of `olds` permits too.
#[must_use]
pub fn permits_beyond(new: &Policy, olds: &[&Policy], context: &Context) -> Vec<Grant> {
    let budget = Budget::new();
    let all: Vec<&Policy> = std::iter::once(new).chain(olds.iter().copied()).collect();
    let stranger = stranger_account(&all);
    let partition = context.partition.clone().unwrap_or_else(|| resource::partition(all.iter().copied()));
    let mut names = resource::names(new, context);
    for name in olds.iter().flat_map(|it| resource::names(it, context)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    // The stand-in of a policy that names no bucket is not asked about beside the name that the other one gives.
    if names.iter().any(|it| it != resource::NAMELESS) {
        names.retain(|it| it != resource::NAMELESS);
    }
    let callers = callers(&all, &stranger, &partition);
    let mut out = Vec::new();
    for name in names {
        // One without statements does not say which access point it is of.
        let bases = || all.iter().map(|it| resource::base(it, context, &name));
        let of_point = bases().find(|it| it.1 != "/");
        let (base, separator) = of_point.unwrap_or_else(|| resource::base(new, context, &name));
        let setting =
            Setting { base: &base, separator, stranger: &stranger, partition: &partition, context, budget: &budget };
        let pair = Pair::new(
            of_everybody(prepare(new, &name, context, has_variables(new))),
            olds.iter().map(|it| of_everybody(prepare(it, &name, context, has_variables(it)))).collect(),
        );
        if pair.is_of_one() {
            continue;
        }
        let asked = pair.new.iter().zip(&pair.twins).filter(|(it, _)| it.allow.may && it.actions.may != 0);
        for (allow, twins) in asked {
            pair.of_statement((allow, twins), &callers, &setting, &mut out);
        }
    }
    // What may stand in any of the policies beside what is known makes nothing certain.
    if let Some(rest) = all.iter().find_map(|it| it.rest.as_ref()) {
        for gain in &mut out {
            gain.holds = gain.holds.and(Truth::Unknown);
            gain.why.get_or_insert_with(|| rest.clone());
        }
    }
    if let Some(rest) = &new.rest
        && olds.iter().all(|it| !it.rest.as_ref().is_some_and(|it| it.is_alike(rest) || is_one_condition(it, rest)))
    {
        out.push(Grant {
            audience: Audience::Anonymous,
            power: super::Power::Read,
            holds: Truth::Unknown,
            statement: new.statements.len(),
            origin: new.origin.clone(),
            witness: None,
            why: Some(rest.clone()),
        });
    }
    out
}

/// Statements as they are for callers of every kind, those of the own networks and organisations too.
fn of_everybody(mut all: Vec<Ready<'_>>) -> Vec<Ready<'_>> {
    for it in &mut all {
        it.conditions = std::mem::take(&mut it.conditions).into_iter().map(Compiled::of_everybody).collect();
    }
    all
}

/// The statements of the policies, made ready.
struct Pair<'a> {
    new: Vec<Ready<'a>>,
    olds: Vec<Vec<Ready<'a>>>,
    /// Of each statement of the new policy, whether each old one has the same.
    twins: Vec<Vec<bool>>,
    /// Of each statement of each old policy, whether the new one has the same.
    kept: Vec<Vec<bool>>,
}

/// A statement in the way of a gain, with the part that it plays.
struct Part<'a> {
    ready: &'a Ready<'a>,
    applies: Both<bool>,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    NewDeny,
    /// Of the old policy at a position.
    OldAllow(usize),
    OldDeny(usize),
}

impl<'a> Pair<'a> {
    fn new(new: Vec<Ready<'a>>, olds: Vec<Vec<Ready<'a>>>) -> Self {
        let own = Sayings::of(&new);
        let others: Vec<Sayings<'_>> = olds.iter().map(|it| Sayings::of(it)).collect();
        let twins = own.each.iter().map(|it| others.iter().map(|other| other.has(it)).collect()).collect();
        let kept = others.iter().map(|other| other.each.iter().map(|it| own.has(it)).collect()).collect();
        Self { twins, kept, new, olds }
    }

    /// Whether all policies have the same statements: then the new one permits no more.
    fn is_of_one(&self) -> bool {
        self.twins.iter().chain(&self.kept).flatten().all(|it| *it)
    }

    fn of_statement(
        &'a self,
        (allow, twins): (&'a Ready<'a>, &'a [bool]),
        callers: &[Actor],
        setting: &Setting<'_>,
        out: &mut Vec<Grant>,
    ) {
        let mut public = [Truth::No; 6];
        for actor in callers {
            let applies = allow.applies(&actor.principal, &Guard::always());
            if !applies.may {
                continue;
            }
            let parts = self.parts(allow, actor);
            let statements: Vec<&Ready<'_>> = std::iter::once(allow).chain(parts.iter().map(|it| it.ready)).collect();
            let space = Space::new(&statements, actor, setting);
            let question =
                Question { allow, twins, certain: applies.must && allow.allow.must, parts, space, actor, setting };
            let widest =
                matches!(actor.kind, ActorKind::Anonymous | ActorKind::Stranger | ActorKind::ServiceForStranger);
            for (power, known) in POWERS.into_iter().zip(&mut public) {
                let Some(gain) = question.power(power) else { continue };
                if gain.holds <= *known {
                    continue;
                }
                if widest {
                    *known = gain.holds;
                }
                super::push(out, gain);
            }
        }
    }

    /// The statements that keep the new Allow from being a gain. One that both policies have denies in both or in none.
    fn parts(&'a self, allow: &Ready<'_>, actor: &Actor) -> Vec<Part<'a>> {
        let exists = &allow.statement.exists;
        let deny = |it: &'a Ready<'a>, role, guard: &Guard| {
            let applies = it.applies(&actor.principal, guard);
            let applies = Both { must: applies.must && it.deny.must, may: applies.may && it.deny.may };
            Part { ready: it, applies, role }
        };
        let new = self.new.iter().map(|it| deny(it, Role::NewDeny, exists));
        let always = Guard::always();
        let olds = || {
            let all = self.olds.iter().zip(&self.kept).enumerate();
            all.flat_map(|(at, (old, kept))| old.iter().zip(kept).map(move |(it, kept)| (at, it, *kept)))
        };
        let old_denies = olds().filter(|it| !it.2).map(|(at, it, _)| deny(it, Role::OldDeny(at), &always));
        // One that is there under the same condition permitted it wherever the new one does.
        let old_allows = olds().map(|(at, it, _)| {
            let applies = it.applies(&actor.principal, exists);
            let applies = Both { must: applies.must && it.allow.must, may: applies.may && it.allow.may };
            Part { ready: it, applies, role: Role::OldAllow(at) }
        });
        let all = new.chain(old_allows).chain(old_denies);
        all.filter(|it| it.applies.may && it.ready.actions.may & allow.actions.may != 0).collect()
    }
}

/// What may this caller do through this statement that the old policy did not permit?
struct Question<'a> {
    allow: &'a Ready<'a>,
    /// Whether each old policy has the same statement.
    twins: &'a [bool],
    certain: bool,
    parts: Vec<Part<'a>>,
    space: Space,
    actor: &'a Actor,
    setting: &'a Setting<'a>,
}

impl Question<'_> {
    fn power(&self, power: super::Power) -> Option<Grant> {
        let mut left = of_power(power) & self.allow.actions.may;
        let mut best: Option<Grant> = None;
        let mut tried: Vec<(Vec<Bits>, Vec<Both<bool>>, bool)> = Vec::new();
        while left != 0 {
            let bit = left & left.wrapping_neg();
            left &= left - 1;
            let Some(action) = grantable().get(bit.trailing_zeros() as usize) else { continue };
            let covers: Vec<Both<bool>> = self.parts.iter().map(|it| it.covers(bit)).collect();
            let sure = self.certain && self.allow.actions.must & bit != 0;
            for (_, on_bucket) in [(action.on_object, false), (action.on_bucket, true)].into_iter().filter(|it| it.0) {
                let key = (self.space.of_action(action, on_bucket), covers.clone(), sure);
                if tried.contains(&key) {
                    continue;
                }
                let found = self.one(&key, &action.name);
                tried.push(key);
                let Some((holds, witness, why)) = found else { continue };
                let gain = Grant {
                    audience: self.actor.audience.clone(),
                    power,
                    holds,
                    statement: self.allow.statement.index,
                    origin: self.allow.statement.principals.origin.clone(),
                    witness,
                    why,
                };
                if holds == Truth::Yes {
                    return Some(gain);
                }
                best.get_or_insert(gain);
            }
        }
        best
    }

    fn one(
        &self,
        (start, covers, sure): &(Vec<Bits>, Vec<Both<bool>>, bool),
        action: &str,
    ) -> Option<(Truth, Option<super::Request>, Option<Why>)> {
        let own = self.space.boxes.first()?;
        let within = |a: &[Bits], b: &[Bits]| -> Vec<Bits> { a.iter().zip(b).map(|(a, b)| a & b).collect() };
        let others = || self.space.boxes.iter().skip(1).zip(&self.parts).zip(covers);
        let of = |role: Role, must: bool| {
            others()
                .filter(move |((_, part), cover)| part.role == role && if must { cover.must } else { cover.may })
                .map(move |((it, _), _)| if must { it.must.as_slice() } else { it.may.as_slice() })
        };
        let mut limited = false;
        let mut asked = false;
        // Certain: what the Allow must cover, outside of all that may have permitted it before.
        for certain in [true, false] {
            if certain && !*sure {
                continue;
            }
            // Who has a value that is not known may be nobody, or one who was let in before.
            let known = || start.iter().zip(&self.space.unnamed).map(|(all, it)| all & !it).collect::<Vec<Bits>>();
            let allowed = if certain { within(&known(), &own.must) } else { within(start, &own.may) };
            // Each old policy did not permit it: none of its Allows covers it, or one of its Denies does.
            let mut starts: Vec<(Vec<Bits>, Vec<usize>)> = vec![(allowed, Vec::new())];
            for (at, twin) in self.twins.iter().enumerate() {
                let denied = || of(Role::OldDeny(at), certain);
                let mut next = Vec::new();
                for (start, beside) in starts {
                    if !twin {
                        next.push((start.clone(), [beside.as_slice(), &[at]].concat()));
                    }
                    next.extend(denied().map(|it| (within(&start, it), beside.clone())));
                }
                starts = next;
            }
            for (start, beside) in starts {
                asked = true;
                let mut taken: Vec<&[Bits]> = of(Role::NewDeny, !certain).collect();
                for at in beside {
                    taken.extend(of(Role::OldAllow(at), !certain));
                }
                match subtract(&start, &taken, self.setting.budget) {
                    Found::Piece(piece) => {
                        let witness =
                            self.space.request(self.actor, action, &piece).map(|it| consistent(it, self.actor));
                        let why = (!certain).then(|| self.why());
                        return Some((Truth::from(certain).or(Truth::Unknown), witness, why));
                    }
                    Found::Nothing => {}
                    Found::Limit => limited = true,
                }
            }
        }
        if !asked || self.space.complete && !limited {
            return None;
        }
        Some((Truth::Unknown, None, Some(too_much(self.allow.statement))))
    }

    fn why(&self) -> Why {
        let of = |it: &Ready<'_>| super::why(it.statement).or_else(|| it.why());
        let unnamed = |it: &Ready<'_>| it.statement.conditions.iter().find_map(|it| it.rest.clone());
        let all = || std::iter::once(self.allow).chain(self.parts.iter().map(|it| it.ready));
        all()
            .find_map(unnamed)
            .or_else(|| of(self.allow))
            .or_else(|| self.parts.iter().find_map(|it| of(it.ready)))
            .unwrap_or_else(|| Why::new(crate::value::Cause::Deployment, "the own account or organisation", None))
    }
}

impl Part<'_> {
    fn covers(&self, action: super::compiled::ActionSet) -> Both<bool> {
        Both {
            must: self.applies.must && self.ready.actions.must & action != 0,
            may: self.applies.may && self.ready.actions.may & action != 0,
        }
    }
}

/// The callers that two policies can tell apart, the widest first.
fn callers(policies: &[&Policy], stranger: &str, partition: &str) -> Vec<Actor> {
    let caller = |audience, kind, principal: String| Actor {
        audience,
        kind,
        principal,
        doubt: None,
        free: Some(Vec::new()),
        is_excepted: false,
    };
    let mut out = vec![
        caller(Audience::Anonymous, ActorKind::Anonymous, "anonymous".to_owned()),
        caller(Audience::AnyAccount, ActorKind::Stranger, format!("arn:{partition}:iam::{stranger}:user/stranger")),
        caller(Audience::Service("*".to_owned()), ActorKind::ServiceForStranger, "sns.amazonaws.com".to_owned()),
    ];
    let principals = policies.iter().flat_map(|it| &it.statements).flat_map(|it| &it.principals.items);
    for principal in principals.filter(|it| it.kind != PrincipalKind::Anyone) {
        let text = plain(&principal.text).unwrap_or_else(|_| principal.text.display());
        let next = match principal.kind {
            PrincipalKind::Service => caller(Audience::Service(text.clone()), ActorKind::Service, text),
            _ => {
                let is_root = text.ends_with(":root");
                let exact = text.starts_with("arn:") && !is_root;
                let id = if text.starts_with("arn:") { text.split(':').nth(4).unwrap_or_default() } else { &text };
                let known = is_account_id(id);
                let example =
                    if known && !exact { format!("arn:{partition}:iam::{id}:user/example") } else { text.clone() };
                let kind = ActorKind::Account { id: id.to_owned(), arn: exact.then(|| text.clone()) };
                caller(Audience::Account(text.clone()), kind, example)
            }
        };
        if out.len() < MAX_ACTORS && !out.iter().any(|it| it.principal == next.principal) {
            out.push(next);
        }
    }
    for (text, is_arn) in confined(policies) {
        let id = if is_arn { text.split(':').nth(4).unwrap_or_default() } else { &text };
        if !is_account_id(id) {
            continue;
        }
        let arn = (is_arn && !text.contains(['*', '?', '$'])).then(|| text.clone());
        let audience = Audience::Account(arn.clone().unwrap_or_else(|| id.to_owned()));
        let example = arn.clone().unwrap_or_else(|| format!("arn:{partition}:iam::{id}:user/example"));
        let next = caller(audience, ActorKind::Account { id: id.to_owned(), arn }, example);
        if out.len() < MAX_ACTORS && !out.iter().any(|it| it.principal == next.principal) {
            out.push(next);
        }
    }
    // A caller with the ARN of one that is named is that one.
    let named = out.iter().filter_map(|it| match &it.kind {
        ActorKind::Account { id, arn } => Some(arn.clone().unwrap_or_else(|| id.clone())),
        _ => None,
    });
    let named: Vec<String> = named.collect();
    for it in &mut out {
        it.free = Some(named.clone());
    }
    out
}

/// Accounts and ARNs that conditions name: the values of `aws:PrincipalAccount`, and those of `aws:PrincipalArn` (true). They are the
/// caller's own, so that a caller who has one is of that account.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalaccount>
fn confined(policies: &[&Policy]) -> Vec<(String, bool)> {
    let conditions = policies.iter().flat_map(|it| &it.statements).flat_map(|it| &it.conditions);
    let mut out = Vec::new();
    for it in conditions {
        let key = it.key.display();
        let is_arn = key.eq_ignore_ascii_case("aws:PrincipalArn");
        if is_arn || key.eq_ignore_ascii_case("aws:PrincipalAccount") {
            out.extend(it.values.iter().filter_map(|(text, _)| Some((plain(text).ok()?, is_arn))));
        }
    }
    out
}

/// A request whose caller is the one that its keys say.
fn consistent(mut request: super::Request, actor: &Actor) -> super::Request {
    if !matches!(actor.kind, ActorKind::Stranger | ActorKind::Account { arn: None, .. }) {
        return request;
    }
    let first = |key: &str| request.context.get(key).and_then(|it| it.first());
    let by_arn = first("aws:PrincipalArn")
        .filter(|it| it.starts_with("arn:") && it.split(':').nth(4).is_some_and(is_account_id));
    let by_account = || {
        let id = first("aws:PrincipalAccount").filter(|it| is_account_id(it))?;
        let is_theirs = request.principal.split(':').nth(4) == Some(id);
        let partition = request.resource.split(':').nth(1).unwrap_or("aws");
        (!is_theirs).then(|| format!("arn:{partition}:iam::{id}:user/example"))
    };
    if let Some(principal) = by_arn.cloned().or_else(by_account) {
        request.principal = principal;
    }
    request
}
