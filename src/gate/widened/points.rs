//! Access points: doors with a policy, settings and a network of their own, compared as buckets are.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::model::{AccessPoint, Bucket, Moved, NetworkOrigin, PublicAccessBlock};
use crate::policy::{BucketId, Context, PolicyKind};
use crate::value::{Attr, Cause, Guard, Origin, SymStr, Truth, Value, Why};

use super::pairs::{former, stands_in};
use super::written::Written;
use super::{Both, State, context, finding, flags, names, policies, settings};

/// What the access points of `now` open that those of `before` did not. One that is new opens what its policy permits, but to a bucket
/// that is new as a whole (`is_new`).
pub(super) fn opened<'w>(
    (before, now): (State<'_>, State<'_>),
    written: Option<(&Written<'w>, &Written<'w>)>,
    is_new: &dyn Fn(&AccessPoint) -> bool,
    own_account: Option<&str>,
    found: &mut Vec<Finding>,
) {
    for (point, old) in pairs(before, now) {
        let bucket = point.bucket_address.as_deref().and_then(|it| now.estate.bucket(&point.namespace, it));
        let own = bucket.map_or_else(Context::default, |it| context(it, own_account));
        let context = Context {
            kind: PolicyKind::AccessPoint,
            bucket: bucket.map_or_else(BucketId::default, |_| own.bucket.clone()),
            own_account: own.own_account.clone().or_else(|| own_account.map(str::to_owned)),
            ..own
        };
        let new = as_bucket(point);
        let Some(old) = old.filter(|it| !leads_elsewhere((before, now), it, point)) else {
            if !is_new(point) {
                policies::given(&new, &context, found);
            }
            continue;
        };
        let door = as_bucket(old);
        let both = Both { new: &new, old: &door, written, moved: &now.estate.moved, context };
        if bucket.is_none_or(stands_in) {
            led_elsewhere((point, old), &both, found);
        }
        let gains = policies::gains(&both, found);
        policies::refused(&both, &gains, found);
        flags(&new, &door, found);
        settings::flags(&both, found);
        network((point, old), &both, found);
        presence((point, old), &both, found);
    }
}

/// Whether one of now is one of before.
type Likeness<'a> = dyn Fn(&AccessPoint, &AccessPoint) -> bool + 'a;

/// The access points that are there, each with what it was: by address, by a `moved` block, by name, else the one of its address
/// in a root module or template that has another name now.
fn pairs<'a>(before: State<'a>, now: State<'a>) -> Vec<(&'a AccessPoint, Option<&'a AccessPoint>)> {
    let alive = |of: State<'a>| of.estate.access_points.iter().filter(|it| it.exists != Guard::Never);
    let olds: Vec<&AccessPoint> = alive(before).collect();
    let moved: Vec<&Moved> = now.estate.moved.iter().collect();
    let name = |it: &AccessPoint| it.name.as_known().and_then(SymStr::known).filter(|it| !it.is_empty());
    let of_address = |new: &AccessPoint, old: &AccessPoint| {
        let mut all = former(&new.namespace, &new.address, &moved);
        new.namespace == old.namespace && all.any(|it| it == old.address)
    };
    let of_name = |new: &AccessPoint, old: &AccessPoint| {
        new.kind == old.kind && name(new).is_some_and(|it| name(old) == Some(it))
    };
    let of_folder = |new: &AccessPoint, old: &AccessPoint| {
        let is_there = now.estate.buckets.iter().any(|it| it.namespace == old.namespace);
        !is_there && new.address == old.address && new.bucket_address == old.bucket_address
    };
    let ways: [&Likeness<'_>; 3] = [&of_address, &of_name, &of_folder];
    let mut found: Vec<(&AccessPoint, Option<&AccessPoint>)> = alive(now).map(|it| (it, None)).collect();
    let mut taken = BTreeSet::new();
    for is_it in ways {
        for (new, was) in found.iter_mut().filter(|it| it.1.is_none()) {
            let mut left = olds.iter().enumerate().filter(|it| !taken.contains(&it.0));
            if let Some((at, old)) = left.find(|it| is_it(new, it.1)) {
                taken.insert(at);
                *was = Some(old);
            }
        }
    }
    found
}

/// Whether an access point leads to another bucket than before: whom it lets in, it lets into that one now.
fn leads_elsewhere((before, now): (State<'_>, State<'_>), old: &AccessPoint, new: &AccessPoint) -> bool {
    fn bucket<'a>(of: State<'a>, it: &AccessPoint) -> Option<&'a Bucket> {
        of.estate.bucket(&it.namespace, it.bucket_address.as_deref()?)
    }
    let name = |it: &Attr<SymStr>| it.as_known().and_then(SymStr::known).filter(|it| !it.is_empty());
    let (was, is) = (bucket(before, old), bucket(now, new));
    let names = |of: Option<&Bucket>, it: &AccessPoint| of.and_then(|it| name(&it.name)).or_else(|| name(&it.bucket));
    match (names(was, old), names(is, new), was, is) {
        (Some(was), Some(is), ..) => was != is,
        (_, _, Some(was), Some(is)) if was.namespace == is.namespace => {
            let moved: Vec<&Moved> = now.estate.moved.iter().collect();
            !former(&is.namespace, &is.address, &moved).any(|it| it == was.address)
        }
        _ => false,
    }
}

/// Tells of an access point that may lead to another bucket than before, which no code makes and whose name nobody knows, where its policy
/// lets somebody in.
fn led_elsewhere((new, old): (&AccessPoint, &AccessPoint), both: &Both<'_, '_>, found: &mut Vec<Finding>) {
    fn open(of: &AccessPoint) -> Option<&Why> {
        let why = of.bucket.why().or_else(|| of.bucket.as_known()?.why());
        // What a module gives that is not here is known by all that its call says.
        why.filter(|it| it.cause() != Cause::RemoteModule)
    }
    let Some((why, _)) = open(new).zip(open(old)) else { return };
    let place = |it: &Bucket| {
        let at = it.name.origin.span;
        settings::Places { whole: at, parts: at.into_iter().collect(), key: None }
    };
    let mut given = Vec::new();
    policies::given(both.new, &both.context, &mut given);
    if !given.is_empty() && both.is_setting_rewritten(place) {
        let message = format!(
            "{}: whether it leads to the bucket that it led to before is not known: what decides that is written otherwise",
            new.address
        );
        let at = new.bucket.origin.span;
        found.push(finding(both.new.into(), "bucket", message, at, Truth::Unknown, None, Some(why)));
    }
}

/// An access point in the place of a bucket: what is compared of both is the same.
fn as_bucket(point: &AccessPoint) -> Bucket {
    let mut it = Bucket::new(point.address.clone(), point.format, point.origin.clone());
    it.namespace.clone_from(&point.namespace);
    it.name = point.bucket.clone();
    it.exists = point.exists.clone();
    it.policy = point.policy.clone();
    it.public_access_block = settled(&point.public_access_block);
    it
}

/// Settings of an access point are on where nobody says otherwise.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html>
fn settled(block: &Attr<PublicAccessBlock>) -> Attr<PublicAccessBlock> {
    let on = || Attr::known(true, Origin::default());
    let or_on = |it: Attr<bool>| if it.is_absent() { on() } else { it };
    let full = |it: PublicAccessBlock| PublicAccessBlock {
        block_public_acls: or_on(it.block_public_acls),
        block_public_policy: or_on(it.block_public_policy),
        ignore_public_acls: or_on(it.ignore_public_acls),
        restrict_public_buckets: or_on(it.restrict_public_buckets),
    };
    let nothing = || PublicAccessBlock {
        block_public_acls: on(),
        block_public_policy: on(),
        ignore_public_acls: on(),
        restrict_public_buckets: on(),
    };
    let one = |it: Value<PublicAccessBlock>| match it {
        Value::Known(it) => Value::Known(full(it)),
        Value::Absent => Value::Known(nothing()),
        other => other,
    };
    let value = match block.value.clone() {
        Value::OneOf(all, why) => Value::OneOf(all.into_iter().map(one).collect(), why),
        only => one(only),
    };
    Attr { value, origin: block.origin.clone() }
}

/// Tells of an access point that took requests from one VPC only, and takes others now.
fn network((new, old): (&AccessPoint, &AccessPoint), both: &Both<'_, '_>, found: &mut Vec<Finding>) {
    let is_vpc = |it: &AccessPoint| it.network_origin.holds(Truth::No, |it| matches!(it, NetworkOrigin::Vpc(_)).into());
    let own = |it: &AccessPoint| match it.network_origin.as_known() {
        Some(NetworkOrigin::Vpc(id)) => Some(id.clone()),
        _ => None,
    };
    let open = |at: &Attr<NetworkOrigin>| at.why().filter(|it| it.cause() != Cause::NotInInput).cloned();
    let (holds, text, why) = match (is_vpc(old), is_vpc(new)) {
        (Truth::Yes, Truth::No) => {
            (Truth::Yes, "took requests from one VPC only, and takes those from anywhere now", None)
        }
        (Truth::Yes, Truth::Yes) => {
            let Some((was, is)) = own(old).zip(own(new)) else { return };
            let (holds, why) = another(&was, &is, both);
            (holds, "takes requests from another VPC than before", why)
        }
        (Truth::Yes, Truth::Unknown) => (
            Truth::Unknown,
            "took requests from one VPC only, and perhaps does not any more",
            open(&new.network_origin),
        ),
        (Truth::Unknown, Truth::No) if open(&old.network_origin).is_some() => (
            Truth::Unknown,
            "may have taken requests from one VPC only, and takes those from anywhere now",
            open(&old.network_origin),
        ),
        (Truth::Unknown, Truth::Unknown) if open(&new.network_origin).is_some() && is_rewritten(both) => (
            Truth::Unknown,
            "takes requests from one VPC only under a condition that is written otherwise now",
            open(&new.network_origin),
        ),
        _ => return,
    };
    if holds != Truth::No {
        let message = format!("{}: it {text}", new.address);
        let at = new.network_origin.origin.span;
        found.push(finding(both.new.into(), "network", message, at, holds, None, why.as_ref()));
    }
}

/// Whether a VPC is another one, and why that is not known.
fn another(was: &Attr<SymStr>, is: &Attr<SymStr>, both: &Both<'_, '_>) -> (Truth, Option<Why>) {
    match (was.as_known(), is.as_known()) {
        (Some(was), Some(is)) => {
            if names::in_words_of_now(was, is, both).display() == is.display() {
                return (Truth::No, None);
            }
            let why = was.why().or_else(|| is.why()).cloned();
            (if why.is_some() { Truth::Unknown } else { Truth::Yes }, why)
        }
        _ if was.why().zip(is.why()).is_some_and(|it| is_same_unknown([was, is], it, both)) => (Truth::No, None),
        _ => (Truth::Unknown, is.why().or_else(|| was.why()).cloned()),
    }
}

/// Whether what nobody knows is the same, for what it is written as; all that a call says of a module that is not here is more than that.
fn is_same_unknown([was, is]: [&Attr<SymStr>; 2], why: (&Why, &Why), both: &Both<'_, '_>) -> bool {
    let place =
        |it: &Attr<SymStr>| Some(settings::Places { whole: it.origin.span, parts: vec![it.origin.span?], key: None });
    let is_alike = why.0.is_alike(why.1);
    match place(is).zip(place(was)).filter(|_| both.written.is_some()) {
        Some((is, was)) => (is_alike && why.1.cause() == Cause::RemoteModule) || !both.is_rewritten_at([&is, &was]),
        None => is_alike,
    }
}

/// Whether what decides something of an access point is written otherwise.
fn is_rewritten(both: &Both<'_, '_>) -> bool {
    let around = |of: &Written<'_>, it: &Bucket| it.origin.span.map(|at| of.around(it, at)).unwrap_or_default();
    both.written.is_some_and(|(new, old)| around(new, both.new) != around(old, both.old))
}

/// Tells of an access point whose policy lets somebody in, and that may be there where it was not.
fn presence((new, old): (&AccessPoint, &AccessPoint), both: &Both<'_, '_>, found: &mut Vec<Finding>) {
    if new.policy.is_absent() || new.exists == old.exists || new.exists.implies(&old.exists) == Truth::Yes {
        return;
    }
    let when = if new.exists.truth() == Truth::Yes { "always".to_owned() } else { new.exists.to_string() };
    let message = format!("{}: the access point may be there where it was not before (now: {when})", new.address);
    let why = Why::new(Cause::Conditional, old.exists.to_string(), new.origin.span);
    found.push(finding(both.new.into(), "presence", message, new.origin.span, Truth::Unknown, None, Some(&why)));
}
