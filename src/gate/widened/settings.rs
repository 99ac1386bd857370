//! Settings of Block Public Access, Object Ownership and ACLs that nobody knows before and now: whether what decides them is written
//! otherwise.

use std::collections::BTreeMap;

use crate::exposure::{Exposure, Route};
use crate::finding::Finding;
use crate::model::{Acl, Bucket, ObjectOwnership, PublicAccessBlock};
use crate::source::Span;
use crate::value::{Attr, Cause, Truth, Why};

use super::accounts::{self, Setting};
use super::{Both, finding};

/// Tells of settings that might have been on, and may be off where they were: they, or what they depend on, are written otherwise now.
pub(super) fn flags(both: &Both<'_, '_>, found: &mut Vec<Finding>) {
    let block = &both.new.public_access_block;
    let mut told: BTreeMap<(Option<Span>, bool), Vec<Setting>> = BTreeMap::new();
    for (name, flag) in accounts::FLAGS {
        let places = |it: &Bucket| {
            let block = &it.public_access_block;
            Places { whole: block.origin.span, parts: values(block, flag), key: Some(key(name)) }
        };
        let [was, now] = [both.old, both.new].map(|it| accounts::is_on(&it.public_access_block, flag));
        // Of what is said elsewhere nothing was on here.
        let is_said = || !places(both.old).parts.is_empty();
        let is_told = was == Truth::Unknown
            && match now {
                Truth::Yes => false,
                Truth::No => is_said(),
                Truth::Unknown => is_led_elsewhere(both) || both.is_setting_rewritten(places),
            };
        if is_told {
            let at = block.as_known().and_then(|it| flag(it).origin.span).or(block.origin.span);
            told.entry((at, now == Truth::No)).or_default().push((name, flag));
        }
    }
    let why = |block: &Attr<PublicAccessBlock>, of: &[Setting]| {
        let own =
            || of.iter().find_map(|(_, flag)| block.possible().into_iter().find_map(|it| flag(it).why().cloned()));
        block.why().cloned().or_else(own)
    };
    for ((at, is_off), of) in told {
        let names: Vec<&str> = of.iter().map(|it| it.0).collect();
        let (names, address) = (names.join(", "), &both.new.address);
        let key = format!("written {names}");
        if is_off {
            let message = format!("{address}: {names} may have been on and is off now");
            let why = why(&both.old.public_access_block, &of);
            // What it was stands in the code of before.
            let unknown = why.as_ref().map(ToString::to_string);
            let mut one = finding(both.new.into(), &key, message, at, Truth::Unknown, None, None);
            one.unknown.extend(unknown);
            found.push(one);
        } else {
            tell(both, &names, at, why(block, &of).as_ref(), found);
        }
    }
}

/// Whether the settings were certainly about the bucket, if there were any, and are only perhaps about it now.
fn is_led_elsewhere(both: &Both<'_, '_>) -> bool {
    let is_conditional = |it: &Bucket| it.public_access_block.why().map(|it| it.cause() == Cause::Conditional);
    is_conditional(both.old) == Some(true) && is_conditional(both.new) == Some(false)
}

/// The same of the ACL and of Object Ownership, which turns it off: where it lets somebody in perhaps.
pub(super) fn acl(both: &Both<'_, '_>, [now, before]: [&Exposure; 2], found: &mut Vec<Finding>) {
    let ownership = |it: &Bucket| {
        let at = it.ownership.origin.span.filter(|_| !it.ownership.is_absent());
        Places { whole: at, parts: at.into_iter().collect(), key: None }
    };
    let name = if is_turned_on(both.old, both.new) {
        Some("Object Ownership")
    } else if may_open(both.old, before) && may_open(both.new, now) {
        let is_owned = || both.is_setting_rewritten(ownership).then_some("Object Ownership");
        both.is_setting_rewritten(acl_places).then_some("acl").or_else(is_owned)
    } else {
        (is_known(&both.old.acl) && may_open(both.new, now)).then_some("acl")
    };
    match name {
        Some("acl") => tell_acl(both, found),
        Some(name) => {
            let own = &both.new.ownership;
            let why = own.why().or(whys(&both.new.acl).first().copied());
            tell(both, name, own.origin.span, why, found);
        }
        None => (),
    }
}

/// Tells that nobody knows whether the ACL gives more than it did.
pub(super) fn tell_acl(both: &Both<'_, '_>, found: &mut Vec<Finding>) {
    let own = &both.new.acl;
    let at = own.as_known().and_then(|it| it.canned.origin.span).or(own.origin.span);
    tell(both, "acl", at, whys(own).first().copied(), found);
}

/// Where the ACL is written.
pub(super) fn acl_places(of: &Bucket) -> Places {
    Places { whole: of.acl.origin.span, parts: parts(&of.acl), key: None }
}

/// Whether ACLs were certainly off and are not any more, and nobody knows what this one gives.
pub(super) fn is_turned_on(old: &Bucket, new: &Bucket) -> bool {
    let is_off = |it: &Bucket| it.ownership.holds(Truth::No, |it| (*it == ObjectOwnership::BucketOwnerEnforced).into());
    let is_ignored = accounts::is_on(&new.public_access_block, |it| &it.ignore_public_acls);
    is_off(old) == Truth::Yes && is_off(new) != Truth::Yes && !is_known(&new.acl) && is_ignored != Truth::Yes
}

fn tell(both: &Both<'_, '_>, names: &str, at: Option<Span>, why: Option<&Why>, found: &mut Vec<Finding>) {
    let message = format!(
        "{}: whether {names} opens more than before is not known: what decides that is written otherwise",
        both.new.address
    );
    found.push(finding(both.new.into(), &format!("written {names}"), message, at, Truth::Unknown, None, why));
}

/// Where a setting is written.
pub(in crate::gate) struct Places {
    /// All that it is a part of.
    pub whole: Option<Span>,
    /// Its own values.
    pub parts: Vec<Span>,
    /// What it is called there in a template.
    pub key: Option<String>,
}

/// `block_public_acls` → `BlockPublicAcls`.
fn key(name: &str) -> String {
    let word = |it: &str| it.get(..1).unwrap_or_default().to_uppercase() + it.get(1..).unwrap_or_default();
    name.split('_').map(word).collect()
}

/// The places of the values that a setting may have.
fn values(block: &Attr<PublicAccessBlock>, flag: accounts::Flag) -> Vec<Span> {
    let all = block.possible().into_iter().map(flag);
    all.filter(|it| !it.is_absent()).filter_map(|it| it.origin.span).collect()
}

/// The places of what an ACL may say.
fn parts(acl: &Attr<Acl>) -> Vec<Span> {
    let of = |it: &Acl| {
        let canned = Some(&it.canned).filter(|it| !it.is_absent()).and_then(|it| it.origin.span);
        let grants = it.grants.iter().filter_map(|it| it.origin.span);
        let all: Vec<Span> = canned.into_iter().chain(grants).collect();
        // Where further grants are is not known.
        if it.grants_rest.is_some() { acl.origin.span.into_iter().collect() } else { all }
    };
    acl.possible().into_iter().flat_map(of).collect()
}

fn whys<'a>(acl: &'a Attr<Acl>) -> Vec<&'a Why> {
    let of = |it: &'a Acl| {
        let Acl { canned, grants, grants_rest, .. } = it;
        let grants = grants.iter().flat_map(|it| it.grantee.why().into_iter().chain(it.permission.why()));
        canned.why().into_iter().chain(grants_rest).chain(grants)
    };
    acl.why().into_iter().chain(acl.possible().into_iter().flat_map(of)).collect()
}

/// Whether all that an ACL gives is known.
pub(super) fn is_known(acl: &Attr<Acl>) -> bool {
    whys(acl).is_empty()
}

fn may_open(bucket: &Bucket, exposure: &Exposure) -> bool {
    let mut ways = exposure.ways.iter().filter(|it| matches!(it.opened_by.route, Route::Acl(_)));
    let whys = whys(&bucket.acl);
    ways.any(|it| it.open == Truth::Unknown) || exposure.unknown.iter().any(|it| whys.contains(&it))
}
