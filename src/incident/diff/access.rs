//! Access that one side gives and the other does not: policy, ACL, ownership, Block Public Access and access points together.

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::exposure::{self, Asked, Options, Route, Way, explain_access};
use crate::model::{AccessPoint, Format};
use crate::policy::{self, Audience, BucketId, Context, Grant, Policy, PolicyKind, Request};
use crate::value::{Origin, SymStr, Truth, Val, Value};

use super::super::said::Said;
use super::super::side::{Subject, is_canonical_id};
use super::{AccessChange, Direction, doors, effective, is_own, namesake};

/// What `new` gives and `old` does not. Nothing of the sort is left out: what cannot be decided *may* be.
#[must_use]
pub fn more(name: &str, new: &Subject<'_>, old: Option<&Subject<'_>>, base: &Options) -> Vec<AccessChange> {
    let (Some(bucket), options) = (new.bucket(), new.options(base, old)) else { return Vec::new() };
    let ways_of = |it: &Subject<'_>, bucket| {
        let mut ways = exposure::facts(bucket, it.estate(), &options).exposure.ways;
        ways.iter_mut().for_each(|way| foreign(way, it));
        ways
    };
    let other = old.and_then(|it| Some((it, ways_of(it, it.bucket()?))));
    let ways = ways_of(new, bucket);
    let mut out: Vec<AccessChange> = Vec::new();
    let now = effective::of(name, new, &options);
    let before = old.and_then(|it| effective::of(name, it, &options));
    let both = now.as_ref().filter(|_| old.is_none() || before.is_some());
    // Decided for every request below; what comes through access points and to people with ids is not part of that.
    let is_decided = |way: &Way| {
        let named = matches!((&way.opened_by.route, &way.audience), (Route::Acl(_), Audience::Account(_)));
        both.is_some() && !named && !matches!(way.opened_by.route, Route::AccessPoint(..))
    };
    for way in ways.iter().filter(|it| it.open != Truth::No && !is_decided(it)) {
        let had = other.as_ref().map_or(Truth::No, |(old, ways)| {
            let had = had(way, new, old, ways, &options);
            // A Deny of the policy is over grants of the ACL too: where it goes, they come to count.
            let comes =
                |it: &Request| permits(old, it, &options) == Truth::No && permits(new, it, &options) == Truth::Yes;
            let is_acl = matches!(way.opened_by.route, Route::Acl(_));
            if is_acl && way.witness.as_ref().is_some_and(comes) { Truth::No } else { had }
        });
        let widened = had == Truth::Yes && old.is_some_and(|old| is_widened(name, way, new, old, &options));
        let mut holds = way.open.and(if widened { Truth::Unknown } else { !had });
        let is_acl = matches!(way.opened_by.route, Route::Acl(_));
        let given = way.witness.as_ref().filter(|_| is_acl).map_or(Truth::Yes, |it| permits(new, it, &options));
        if given != Truth::Yes {
            holds = holds.and(Truth::Unknown);
        }
        if holds != Truth::No {
            let mut why: Vec<String> = way.why.iter().map(ToString::to_string).collect();
            why.extend(widened.then(|| {
                "the policy of the access point permits more than before; what of it the bucket's policy lets through is not compared"
                    .to_owned()
            }));
            why.extend(match given {
                Truth::Yes => None,
                Truth::Unknown => Some("whether a Deny refuses the example is not known".to_owned()),
                Truth::No => Some("a Deny refuses the example; further requests are not compared".to_owned()),
            });
            let open = way.closed_by.iter().filter(|it| it.holds == Truth::Unknown);
            why.extend(open.map(|it| format!("whether {} keeps it shut is not known", it.setting)));
            add(&mut out, change(holds, &way.audience, way, why));
        }
    }
    let empty = empty_policy();
    let read = |it: &Subject<'_>| plain_policy(it, &options).unwrap_or_else(|| empty.clone());
    let (new_policy, old_policy) = (read(new), old.map_or_else(|| empty.clone(), read));
    let context = Context {
        kind: PolicyKind::Bucket,
        bucket: BucketId { entity: None, name: Some(SymStr::text(name)) },
        own_account: options.own_account.clone(),
        trusted_accounts: options.trusted_accounts.clone(),
        trusted_organizations: options.trusted_organizations.clone(),
        trusted_networks: options.trusted_networks.clone(),
        partition: bucket.partition.clone().or_else(|| old?.bucket()?.partition.clone()),
    };
    // A restricted bucket still gives to its own account what the whole policy does: that is no part of what it gives to outsiders.
    let own = options.own_account.as_deref();
    let is_restricted = both.is_some_and(|it| it.restricted) || before.as_ref().is_some_and(|it| it.restricted);
    let is_inside = |it: &AccessChange| {
        is_restricted && matches!(&it.audience, Audience::Account(who) if own.is_none() || is_own(who, own))
    };
    if let Some(now) = both {
        let found = effective::more((new, now), (old, before.as_ref()), &ways, &context, &options);
        for it in found.into_iter().filter(|it| !is_inside(it)) {
            add(&mut out, it);
        }
    }
    let wanted = |it: &AccessChange| both.is_none() || is_inside(it);
    for grant in policy::permits_more(&new_policy, &old_policy, &context) {
        if let Some(it) = by_policy(grant, new, old, &options).filter(wanted) {
            add(&mut out, it);
        }
    }
    for it in doors::more(name, new, old, &context, &options) {
        add(&mut out, it);
    }
    for it in &mut out {
        if let Some(audience) = confined(it, &ways) {
            it.audience = audience;
        }
        if let Some(why) = old.and_then(|old| unlisted(name, it, new, old)) {
            it.holds = it.holds.and(Truth::Unknown);
            it.why.push(why);
        }
        let has_owner = options.trusted_accounts.iter().any(|it| is_canonical_id(it));
        let doubt = nobody(&it.audience).or_else(|| match &it.audience {
            Audience::Account(who) if is_canonical_id(who) && !has_owner && it.why.is_empty() => Some(format!(
                "whether {who} is the owner's own canonical id is not known: no ACL says whose the bucket is"
            )),
            _ => None,
        });
        let are_answers = (new.is_answer, old.is_some_and(|it| it.is_answer));
        let other_name = || it.witness.as_ref().and_then(|it| namesake(it, &old_policy, &context, are_answers));
        if let Some(why) = doubt.or_else(other_name) {
            it.holds = it.holds.and(Truth::Unknown);
            it.why.push(why);
        }
        if it.holds == Truth::Unknown && it.why.is_empty() {
            it.why.push("a setting of one of the two sides is not known".to_owned());
        }
    }
    out.sort_by(|a, b| b.holds.cmp(&a.holds).then_with(|| b.audience.cmp(&a.audience)).then(a.power.cmp(&b.power)));
    out
}

/// Why an access point by which a change comes may be there on the other side too: its list is not known.
fn unlisted(name: &str, change: &AccessChange, new: &Subject<'_>, old: &Subject<'_>) -> Option<String> {
    let others = old.points(name, Some(new));
    let why = others.unknown.first()?;
    let is_way =
        |it: &&AccessPoint| change.via.strip_prefix(it.address.as_str()).is_some_and(|it| it.starts_with(", "));
    let point = new.estate().access_points.iter().find(is_way)?;
    let called = door(new, &point.address);
    (!others.all.iter().any(|it| it.name == called))
        .then(|| format!("whether the other side has it is not known: {why}"))
}

/// Why nobody is let in by what an audience is given, as far as is known: the id of a user or role is written for it where it is gone.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
#[must_use]
pub fn nobody(audience: &Audience) -> Option<String> {
    let Audience::Account(who) = audience else { return None };
    policy::is_unique_id(who)
        .then(|| format!("{who} is the id of a user or role that was deleted: nobody has it, as far as is known"))
}

/// A grant of a live ACL to an id that is not the owner's is to somebody else: nothing is left to be known about who that is.
fn foreign(way: &mut Way, subject: &Subject<'_>) {
    let (Route::Acl(_), Audience::Account(who)) = (&way.opened_by.route, &way.audience) else { return };
    let is_other = subject.is_live && is_canonical_id(who) && subject.owner().is_some_and(|it| it != who);
    if is_other && way.open == Truth::Unknown && way.why.len() == 1 {
        way.why.clear();
        way.granted = Truth::Yes;
        way.open = way.closed_by.iter().fold(Truth::Yes, |open, it| open.and(!it.holds));
    }
}

/// How the audience begins that a condition confines.
pub const CONFINED: &str = "callers with ";

/// Whom a change is about where a statement for everyone lets in those only whom a condition names: it is the verdict of `check` and
/// `model` that says what is public, and a witness with the owner's organisation, network or address is no stranger.
fn confined(change: &AccessChange, ways: &[Way]) -> Option<Audience> {
    let is_wide = |it: &Audience| {
        matches!(it, Audience::Anonymous | Audience::AnyAccount) || *it == Audience::Service("*".to_owned())
    };
    let names = &change.witness.as_ref()?.context;
    let by_statement = change.via.starts_with("statement ") || change.via.contains(", statement ");
    let is_open = |it: &Way| {
        is_wide(&it.audience)
            && it.open != Truth::No
            && it.power == change.power
            && (!by_statement || via(it) == change.via)
    };
    if !is_wide(&change.audience) || !by_statement || ways.iter().any(is_open) {
        return None;
    }
    let names: Vec<String> = names
        .iter()
        .filter(|it| policy::confines(it.0))
        .map(|(key, values)| format!("{key} such as {}", values.join(", ")))
        .collect();
    let text = (!names.is_empty()).then(|| format!("{CONFINED}{}", names.join(" and ")))?;
    Some(if matches!(change.audience, Audience::Service(_)) {
        Audience::Service(text)
    } else {
        Audience::Account(text)
    })
}

/// One change for each audience, power and way; of those that are not as certain as another none.
fn add(out: &mut Vec<AccessChange>, change: AccessChange) {
    let alike = |it: &AccessChange| it.audience == change.audience && it.power == change.power;
    let best = out.iter().filter(|it| alike(it)).map(|it| it.holds).max();
    if best.is_some_and(|best| change.holds < best) {
        return;
    }
    if best.is_some_and(|best| best < change.holds) {
        out.retain(|it| !alike(it));
    }
    // Two statements, or a statement and a grant, may each open it: both must go.
    let is_said = out.iter().any(|it| alike(it) && (it.via == change.via || change.witness.is_none()));
    if is_said {
        return;
    }
    out.push(change);
}

fn via(way: &Way) -> String {
    match &way.opened_by.route {
        Route::AccessPoint(point, _) => format!("{point}, {}", way.opened_by.text),
        _ => way.opened_by.text.clone(),
    }
}

fn change(holds: Truth, audience: &Audience, way: &Way, why: Vec<String>) -> AccessChange {
    AccessChange {
        direction: Direction::Gained,
        holds,
        audience: audience.clone(),
        power: way.power,
        via: via(way),
        origin: way.opened_by.origin.clone(),
        witness: way.witness.clone(),
        why,
    }
}

/// Whether the other side had a way already.
fn had(way: &Way, new: &Subject<'_>, old: &Subject<'_>, ways: &[Way], options: &Options) -> Truth {
    let alike = |it: &&Way| it.audience == way.audience && it.power == way.power;
    // The same way in the same state is no change, even where it is undecided.
    let same = |it: &&Way| {
        alike(it) && it.open == way.open && it.witness == way.witness && it.opened_by.text == way.opened_by.text
    };
    if ways.iter().any(|it| same(&it)) {
        return Truth::Yes;
    }
    // Who is one of the people to whom it was open had it already.
    let covered = |it: &&Way| it.audience.covers(&way.audience) && it.power == way.power;
    let by_route = |wanted: &dyn Fn(&Route, &Route) -> bool| {
        Truth::any(
            ways.iter()
                .filter(covered)
                .filter(|it| wanted(&it.opened_by.route, &way.opened_by.route))
                .map(|it| it.open),
        )
    };
    match (&way.opened_by.route, &way.witness) {
        (Route::AccessPoint(..), _) => {
            let same = |a: &str, b: &str| door(old, a) == door(new, b);
            by_route(&|a, b| matches!((a, b), (Route::AccessPoint(a, _), Route::AccessPoint(b, _)) if same(a, b)))
        }
        (_, Some(witness)) => permits(old, witness, options),
        (Route::Acl(_), None) => by_route(&|a, _| matches!(a, Route::Acl(_))),
        (Route::Policy(_), None) => by_route(&|a, _| matches!(a, Route::Policy(_))),
    }
}

/// What an access point is called, by its address: code and what is live have different addresses of one.
pub(super) fn door(subject: &Subject<'_>, address: &str) -> String {
    let point = subject.estate().access_points.iter().find(|it| it.address == address);
    point.and_then(|it| it.name.as_known()?.known()).unwrap_or_else(|| address.to_owned())
}

/// The policy of an access point, with its own ARN put in where code speaks of it.
pub(super) fn point_policy(
    name: &str,
    door: &str,
    subject: &Subject<'_>,
    other: Option<&Subject<'_>>,
) -> Option<Policy> {
    let record = subject.points(name, other).all.into_iter().find(|it| it.name == door);
    match record {
        Some(it) => parsed(it.policy.value()?.get("Policy")?.as_str()?),
        None => {
            let mut all = subject.estate().access_points.iter();
            let found = all.find(|it| it.name.as_known().and_then(|it| it.known()).as_deref() == Some(door));
            found?.policy.as_known().cloned()
        }
    }
}

/// Whether an access point that let somebody in already lets them do more.
fn is_widened(name: &str, way: &Way, new: &Subject<'_>, old: &Subject<'_>, options: &Options) -> bool {
    let Route::AccessPoint(address, _) = &way.opened_by.route else { return false };
    let door = door(new, address);
    let policies = (point_policy(name, &door, new, Some(old)), point_policy(name, &door, old, Some(new)));
    let (Some(policy), Some(other)) = policies else { return false };
    let context = Context {
        kind: PolicyKind::AccessPoint,
        bucket: BucketId { entity: None, name: Some(SymStr::text(name)) },
        own_account: options.own_account.clone(),
        ..Context::default()
    };
    let more = policy::permits_more(&policy, &other, &context);
    more.iter().any(|it| it.audience == way.audience && it.power == way.power && it.holds != Truth::No)
}

/// Whether the bucket's side (policy, ACL, settings) permits a request; the caller's own policies are not part of it.
#[must_use]
pub fn permits(subject: &Subject<'_>, request: &Request, options: &Options) -> Truth {
    let Some(bucket) = subject.bucket() else { return Truth::No };
    let asked = Asked { request, identity_allows: false, is_told: &|_| true };
    let access = explain_access(bucket, subject.estate(), options, &asked);
    let of = |name: &str| access.layers.iter().find(|it| it.name == name);
    let allows = Truth::any(["bucket-policy", "acl"].iter().filter_map(|it| of(it)).map(|it| it.allows));
    let denies = of("bucket-policy").map_or(Truth::No, |it| it.denies);
    // A bare policy says nothing of the ACL, and is compared by itself.
    if bucket.format == Format::Policy {
        return of("bucket-policy").map_or(Truth::No, |it| it.allows).and(!denies);
    }
    allows.and(!denies)
}

/// A gain of the policy, seen with the settings around it.
fn by_policy(grant: Grant, new: &Subject<'_>, old: Option<&Subject<'_>>, options: &Options) -> Option<AccessChange> {
    let (via, origin) = via_statement(new, grant.statement);
    let mut why: Vec<String> = grant.why.iter().map(ToString::to_string).collect();
    let (mut holds, mut audience, mut witness) = (grant.holds, grant.audience, grant.witness);
    if let Some(request) = &witness {
        let mut asked = request.clone();
        let mut open = permits(new, &asked, options);
        if open == Truth::No && matches!(audience, Audience::Anonymous | Audience::AnyAccount) {
            // A restricted bucket still serves its own account: a statement for everyone lets all of it in.
            let own = options.own_account.clone()?;
            let partition = asked.resource.split(':').nth(1).unwrap_or("aws");
            asked.principal = format!("arn:{partition}:iam::{own}:user/example");
            audience = Audience::Account(own);
            open = permits(new, &asked, options);
        }
        holds = holds.and(open);
        if let Some(old) = old {
            match permits(old, &asked, options) {
                // Another layer permitted this very request; others of its kind are not compared.
                Truth::Yes => {
                    holds = holds.and(Truth::Unknown);
                    why.push(
                        "the other side permits the example otherwise; further requests are not compared".to_owned(),
                    );
                }
                had => {
                    holds = holds.and(!had);
                    // Who has a canonical id is not known by an ARN.
                    why.extend(
                        (had == Truth::Unknown)
                            .then(|| "whether the other side permits the example already is not known".to_owned()),
                    );
                }
            }
        }
        witness = Some(asked);
    }
    (holds != Truth::No).then_some(AccessChange {
        direction: Direction::Gained,
        holds,
        audience,
        power: grant.power,
        via,
        origin,
        witness,
        why,
    })
}

/// A statement's name and place: the policy that was compared is a copy without places.
pub(super) fn via_statement(subject: &Subject<'_>, at: usize) -> (String, Origin) {
    let statements = subject.bucket().map(|it| it.policy.possible()).unwrap_or_default();
    let statement = statements.first().and_then(|it| it.statements.get(at));
    let sid = statement.and_then(|it| it.sid.as_known()).filter(|it| !it.is_empty());
    let via = match (statement, sid) {
        (_, Some(sid)) => format!("statement \"{sid}\""),
        (Some(_), None) => format!("statement {}", at + 1),
        // Nobody knows which statements it has.
        (None, None) => "the bucket policy".to_owned(),
    };
    (via, statement.map_or_else(Origin::default, |it| it.principals.origin.clone()))
}

/// A gain as the engine says it.
pub(super) fn explained(grant: Grant, via: String, origin: Origin) -> AccessChange {
    AccessChange {
        direction: Direction::Gained,
        holds: grant.holds,
        audience: grant.audience,
        power: grant.power,
        via,
        origin,
        witness: grant.witness,
        why: grant.why.iter().map(ToString::to_string).collect(),
    }
}

/// The policy with the bucket's name put in; where parts are not known, as the code has it. `None` where there is none.
pub(super) fn plain_policy(subject: &Subject<'_>, options: &Options) -> Option<Policy> {
    match subject.sayings.get("policy") {
        Some(Said::Set(document)) => parsed(&by_account(document.get("Policy")?.as_str()?, options)),
        Some(Said::Absent | Said::Silent | Said::Summary(_)) | None => None,
        Some(Said::Unknown(_)) => {
            let bucket = subject.bucket()?;
            match bucket.policy.possible().first() {
                Some(it) => Some((*it).clone()),
                None => {
                    let mut policy = empty_policy();
                    policy.rest = bucket.policy.why().cloned();
                    Some(policy)
                }
            }
        }
    }
}

/// A policy with the account's id where the owner's canonical id stands: S3 may write the one where the other was given.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html>
pub(super) fn by_account<'t>(text: &'t str, options: &Options) -> Cow<'t, str> {
    let owner = options.trusted_accounts.iter().find(|it| is_canonical_id(it) && text.contains(it.as_str()));
    let (Some(owner), Some(account)) = (owner, &options.own_account) else { return text.into() };
    let Ok(mut policy) = serde_json::from_str::<Json>(text) else { return text.into() };
    let each = |statement: &mut Json| {
        for key in ["Principal", "NotPrincipal"] {
            let Some(kinds) = statement.get_mut(key).and_then(Json::as_object_mut) else { continue };
            let listed = |it: Json| if let Json::Array(all) = it { all } else { vec![it] };
            let Some(ids) = kinds.shift_remove("CanonicalUser").map(listed) else { continue };
            let (own, others): (Vec<_>, Vec<_>) = ids.into_iter().partition(|it| it.as_str() == Some(owner));
            if !others.is_empty() {
                kinds.insert("CanonicalUser".to_owned(), others.into());
            }
            if !own.is_empty() {
                let mut all = kinds.shift_remove("AWS").map(listed).unwrap_or_default();
                all.push(account.as_str().into());
                kinds.insert("AWS".to_owned(), all.into());
            }
        }
    };
    match policy.get_mut("Statement") {
        Some(Json::Array(all)) => all.iter_mut().for_each(each),
        Some(one) => [one].into_iter().for_each(each),
        None => {}
    }
    policy.to_string().into()
}

pub(super) fn parsed(text: &str) -> Option<Policy> {
    match policy::parse(&Val::string(text, Origin::default())).value {
        Value::Known(it) => Some(it),
        _ => None,
    }
}

pub(super) fn empty_policy() -> Policy {
    parsed("{\"Version\": \"2012-10-17\", \"Statement\": []}").unwrap_or_else(|| Policy {
        origin: Origin::default(),
        version: crate::value::Attr::absent(Origin::default()),
        id: crate::value::Attr::absent(Origin::default()),
        statements: Vec::new(),
        rest: None,
        notes: Vec::new(),
        size: None,
    })
}
