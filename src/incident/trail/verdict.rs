//! Who has access in a state of the bucket, and in any of several.

use std::collections::{BTreeMap, BTreeSet};

use crate::exposure::Options;
use crate::frontend::live::{AccountRecord, BucketRecord, State};
use crate::policy::{Audience, Power};
use crate::value::{Truth, is_account_id};

use super::super::diff::{AccessChange, CONFINED, OWN_POINTS, canonical, is_by_own_point, is_own, more};
use super::super::plan::{Around, Stage};
use super::doubt::is_enforced;
use super::fold::Now;
use super::told::Ask;

/// Who has access at a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    pub public: Truth,
    pub open: BTreeMap<String, Ways>,
    /// Audiences of whom it is not known.
    pub perhaps: BTreeMap<String, Ways>,
    /// Whether a statement leaves it to access points of the own account, all of which are among the events.
    pub delegates: bool,
}

impl Verdict {
    /// 2 certain access, 1 perhaps, 0 none.
    pub fn level(&self, who: &str) -> u8 {
        match (self.open.contains_key(who), self.perhaps.contains_key(who)) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => 0,
        }
    }

    /// Everyone of whom it speaks.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.open.keys().chain(self.perhaps.keys())
    }

    /// What holds in every one of several states; what holds in some of them only, may hold.
    pub fn of_all(mut all: Vec<Self>) -> Self {
        let Some(mut out) = all.pop() else {
            return Self { public: Truth::Unknown, open: BTreeMap::new(), perhaps: BTreeMap::new(), delegates: false };
        };
        for other in all {
            out.delegates |= other.delegates;
            if out.public != other.public {
                out.public = Truth::Unknown;
            }
            let mut open = BTreeMap::new();
            for (who, ways) in std::mem::take(&mut out.open) {
                match other.open.get(&who) {
                    Some(others) if !ways.1.is_disjoint(&others.1) => {
                        let powers = ways.1.intersection(&others.1).copied().collect();
                        open.insert(who, (ways.0, powers, &ways.2 | &others.2));
                    }
                    _ => join(&mut out.perhaps, who, ways),
                }
            }
            for (who, ways) in other.open {
                if !open.contains_key(&who) {
                    join(&mut out.perhaps, who, ways);
                }
            }
            for (who, ways) in other.perhaps {
                join(&mut out.perhaps, who, ways);
            }
            out.open = open;
        }
        out
    }
}

fn join(into: &mut BTreeMap<String, Ways>, who: String, ways: Ways) {
    let entry = into.entry(who).or_insert_with(|| (ways.0, BTreeSet::new(), BTreeSet::new()));
    entry.1.extend(ways.1);
    entry.2.extend(ways.2);
}

/// Whether a condition is about when a request is made.
fn is_time(key: &str) -> bool {
    ["aws:CurrentTime", "aws:EpochTime"].iter().any(|it| it.eq_ignore_ascii_case(key))
}

/// Whose a service's requests may be: another account that a condition names, or anybody's where none does and the service gives on what it
/// gets; one that delivers (logs, inventories) is no way to what is there.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
fn service(who: &str, change: &AccessChange, account: Option<&str>) -> Option<String> {
    let context = &change.witness.as_ref()?.context;
    let of = |key: &str| context.iter().find(|it| it.0.eq_ignore_ascii_case(key)).and_then(|it| it.1.first());
    let by_arn = of("aws:SourceArn").and_then(|it| it.split(':').nth(4)).filter(|it| is_account_id(it));
    let source = of("aws:SourceAccount").map(String::as_str).or(by_arn);
    match source {
        Some(source) if Some(source) == account => None,
        Some(source) => account.is_some().then(|| format!("{who} for {source}")),
        None if of("aws:SourceArn").is_some() || of("aws:SourceOrgID").is_some() => None,
        None => {
            let gives_on = matches!(change.power, Power::Read | Power::List | Power::Delete | Power::Control);
            gives_on.then(|| format!("{who} for any account"))
        }
    }
}

/// An account by its id, which S3 gives back as the ARN of its root.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts>
pub(super) fn folded(who: &str) -> &str {
    let of_root = who.strip_prefix("arn:").and_then(|it| it.split_once(":iam::")?.1.strip_suffix(":root"));
    of_root.unwrap_or(who)
}

/// Whether nobody named the audience, what it can do, and through what.
pub(super) type Ways = (bool, BTreeSet<&'static str>, BTreeSet<String>);

/// Who has access in a state. `has_points`: whether the bucket may have access points of which no event tells.
pub(super) fn verdict(now: &Now, ask: &Ask, (account, has_points): (Option<&str>, bool), options: &Options) -> Verdict {
    let mut record =
        BucketRecord { account: account.map(str::to_owned), features: now.features.clone(), ..BucketRecord::default() };
    if !now.exists {
        record.features.values_mut().for_each(|it| *it = State::absent());
    }
    let block = AccountRecord { public_access_block: now.account.clone(), ..AccountRecord::default() };
    let around = Around { accounts: [(account.unwrap_or_default().to_owned(), block)].into(), ..Around::default() };
    let subject = Stage::of(&ask.bucket, &record, &around).subject();
    let mut out = Verdict { public: Truth::No, open: BTreeMap::new(), perhaps: BTreeMap::new(), delegates: false };
    if !now.exists {
        // Before it was made nobody had access to it, and it was neither the one nor the other.
        out.public = if now.is_known { Truth::No } else { Truth::Unknown };
        return out;
    }
    for mut it in more(&ask.bucket, &subject, None, options) {
        // Calls have times, and requests others: who gets in while is not replayed.
        if it.witness.as_ref().is_some_and(|it| it.context.keys().any(|it| is_time(it))) {
            it.holds = it.holds.and(Truth::Unknown);
            it.via.push_str(" (in the time that its condition names)");
        }
        let (who, public) = match &it.audience {
            Audience::Anonymous | Audience::AnyAccount => ("everyone".to_owned(), true),
            Audience::Account(who) if is_own(who, account) => continue,
            // Whether they are outsiders is for the owner to say.
            Audience::Account(who) if who.starts_with(CONFINED) => {
                let is_delegated = is_by_own_point(&it, &subject, account);
                if is_delegated && !has_points {
                    out.delegates = true;
                    continue;
                }
                let who = if is_delegated { OWN_POINTS.to_owned() } else { who.clone() };
                join(&mut out.perhaps, who, (false, [it.power.as_str()].into(), [it.via].into()));
                continue;
            }
            Audience::Account(who) => (who.clone(), false),
            Audience::Service(who) => {
                if let Some(who) = service(who, &it, account) {
                    join(&mut out.perhaps, who, (false, [it.power.as_str()].into(), [it.via].into()));
                }
                continue;
            }
        };
        if public {
            out.public = out.public.or(it.holds);
        }
        let map = if it.holds == Truth::Yes { &mut out.open } else { &mut out.perhaps };
        let entry = map.entry(who).or_insert_with(|| (public, BTreeSet::new(), BTreeSet::new()));
        entry.1.insert(it.power.as_str());
        entry.2.insert(it.via);
    }
    // Nothing is known of what was there before the trail; an ACL that Object Ownership voids is of no account.
    let heeded: &[&str] = if is_enforced(now) { &["policy"] } else { &["policy", "acl"] };
    if heeded.iter().any(|name| now.features.get(*name).is_some_and(State::is_unknown)) {
        let restricted = |it: &State| {
            let block = canonical("public_access_block", it.value());
            ["IgnorePublicAcls", "RestrictPublicBuckets"]
                .iter()
                .all(|key| block.get(*key) == Some(&serde_json::Value::Bool(true)))
        };
        let shut = restricted(&now.account) || now.features.get("public_access_block").is_some_and(restricted);
        if !shut {
            out.public = out.public.or(Truth::Unknown);
            let ways = || (true, BTreeSet::new(), BTreeSet::from(["what was there before the trail".to_owned()]));
            out.perhaps.entry("everyone".to_owned()).or_insert_with(ways);
        }
    }
    out
}
