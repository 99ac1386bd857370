//! Attaches companions to their buckets: by symbolic identity, then by equal names under the same provider.
//!
//! A companion that is certain to exist whenever its bucket does sets the field. One that may not exist makes the field
//! *one of several*. One whose bucket is not known leaves the same field of every bucket in its module undecided,
//! because it may be about any of them. Nothing is attached by guess and nothing is dropped.

mod attach;
mod duplicates;
mod points;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::policy::{Effect, Statement};
use crate::value::{Attr, Cause, Guard, Seg, SymStr, Value, Why};

pub use points::attach_policies;

use super::beside::What;
use super::{Bucket, BucketKind, Companion, Dangling, DanglingReason, Estate, Gap, Grantee};
use attach::{Candidate, attach};

/// So many companions of a kind may each be about any bucket of a module; with more of them the feature is unknown, and its
/// alternatives are not listed: they would grow with buckets times companions.
const MAX_SPREAD: usize = 16;

/// Links companions to buckets. What cannot be attached becomes [`Dangling`].
#[must_use]
pub fn link(mut buckets: Vec<Bucket>, companions: Vec<Companion>) -> Estate {
    let index = Index::new(&buckets);
    let mut attached: BTreeMap<(usize, &'static str), Vec<Candidate>> = BTreeMap::new();
    let mut estate = Estate::default();
    let mut elsewhere: BTreeMap<(String, String), Vec<Companion>> = BTreeMap::new();
    let mut unnamed: BTreeMap<(String, String, &'static str), usize> = BTreeMap::new();
    let mut spread: BTreeMap<(Option<String>, &'static str), usize> = BTreeMap::new();
    for companion in companions {
        if companion.exists == Guard::Never {
            continue;
        }
        let target = index.target(&buckets, &companion);
        let mut feature = companion.feature.clone();
        let mut reached = target.buckets.as_slice();
        if let Some(why) = target.why.as_ref().filter(|_| 1 < reached.len()) {
            let count = spread.entry((companion.scope.clone(), feature.field())).or_default();
            *count += 1;
            match (*count).cmp(&MAX_SPREAD) {
                Ordering::Less => (),
                Ordering::Equal => feature = feature.widened(why),
                Ordering::Greater => reached = &[],
            }
        }
        for (bucket, certain) in reached {
            let candidate = Candidate {
                certain: *certain,
                exists: companion.exists.clone(),
                why: target.why.clone(),
                address: companion.address.clone(),
                provider: companion.provider.clone(),
                origin: companion.origin.clone(),
                feature: feature.clone(),
                left: companion.left.clone(),
            };
            // Most are the only one of their kind, and there are thousands.
            let alone = || Vec::with_capacity(1);
            attached.entry((*bucket, companion.feature.field())).or_insert_with(alone).push(candidate);
        }
        if let Some(reason) = target.dangling {
            if target.buckets.is_empty() {
                let (provider, mut name) = elsewhere_key(&companion);
                // Names that are not known may differ: a second companion of a kind is about a bucket of its own, lest it hide
                // the first.
                if companion.bucket.as_known().and_then(SymStr::known).is_none() {
                    let key = (provider.clone(), name.clone(), companion.feature.field());
                    let count = unnamed.entry(key).or_insert(0_usize);
                    name.push_str(&format!("\u{3}{count}"));
                    *count += 1;
                }
                elsewhere.entry((provider, name)).or_default().push(companion.clone());
            }
            estate.dangling.push(Dangling {
                address: companion.address,
                origin: companion.origin,
                bucket: companion.bucket,
                reason,
                feature: companion.feature,
            });
        }
    }
    for ((bucket, _), candidates) in attached {
        if let Some(bucket) = buckets.get_mut(bucket) {
            attach(bucket, candidates);
        }
    }
    buckets.extend(elsewhere.into_values().filter_map(assemble));
    estate.buckets = buckets;
    estate
}

/// Companions of one bucket that is not declared here: those under one provider that name it alike.
fn elsewhere_key(companion: &Companion) -> (String, String) {
    let name = match &companion.bucket.value {
        Value::Known(name) => name_key(name),
        Value::Unknown(why) => why.to_string(),
        Value::Absent | Value::OneOf(..) => companion.address.clone(),
    };
    (companion.provider.clone(), name)
}

/// A bucket that is declared elsewhere, from what is attached to it here: its policy can be judged all the same.
fn assemble(companions: Vec<Companion>) -> Option<Bucket> {
    let first = companions.first()?;
    let mut bucket = Bucket::elsewhere(first.address.clone(), first.format, first.origin.clone());
    bucket.provider = first.provider.clone();
    bucket.exists = first.exists.clone();
    if first.kind != BucketKind::General {
        bucket.kind = first.kind;
    }
    if first.bucket.as_known().is_some() {
        bucket.name = first.bucket.clone();
    }
    let candidate = |it: Companion| Candidate {
        certain: true,
        exists: it.exists,
        why: None,
        address: it.address,
        provider: it.provider,
        origin: it.origin,
        feature: it.feature,
        left: it.left,
    };
    let mut by_field: BTreeMap<&'static str, Vec<Candidate>> = BTreeMap::new();
    for companion in companions {
        by_field.entry(companion.feature.field()).or_default().push(candidate(companion));
    }
    for candidates in by_field.into_values() {
        attach(&mut bucket, candidates);
    }
    Some(bucket)
}

/// Resolves what refers to buckets without being a companion: access points, objects, log targets. Call it once all
/// parts of an estate that share one name space are there.
pub fn resolve(estate: &mut Estate) {
    let index = Index::new(&estate.buckets);
    for point in &mut estate.access_points {
        point.bucket_address = index.address(&estate.buckets, &point.bucket);
    }
    for beside in &mut estate.beside {
        beside.bucket_address = index.address(&estate.buckets, &beside.bucket);
        if let What::Export(export) = &beside.what {
            beside.target_address = index.of_arn(&estate.buckets, &export.destination);
        }
    }
    let trails = estate.beside.iter().filter(|it| matches!(it.what, What::Trail(_)));
    let written: Vec<usize> = trails.flat_map(|it| it.bucket.possible()).flat_map(|it| index.find(it)).collect();
    for at in written {
        if let Some(bucket) = estate.buckets.get_mut(at) {
            bucket.is_trail_target = true;
            bucket.is_log_target = true;
        }
    }
    let rules = estate.buckets.iter().flat_map(|it| it.replication.possible()).flat_map(|it| &it.rules);
    let copies: BTreeSet<String> = rules.filter_map(|it| index.of_arn(&estate.buckets, &it.destination)).collect();
    for bucket in estate.buckets.iter_mut().filter(|it| copies.contains(&it.address)) {
        bucket.is_replica = true;
    }
    for object in &mut estate.objects {
        object.bucket_address = index.address(&estate.buckets, &object.bucket);
    }
    let log_targets: Vec<Option<String>> = estate
        .buckets
        .iter()
        .map(|bucket| index.address(&estate.buckets, &bucket.logging.as_known()?.target_bucket))
        .collect();
    for (bucket, target) in estate.buckets.iter_mut().zip(log_targets) {
        bucket.log_target = target;
    }
    let targets: Vec<usize> = estate
        .buckets
        .iter()
        .flat_map(|bucket| bucket.logging.possible())
        .flat_map(|logging| logging.target_bucket.possible())
        .flat_map(|target| index.find(target))
        .collect();
    for target in targets {
        if let Some(bucket) = estate.buckets.get_mut(target) {
            bucket.is_log_target = true;
        }
    }
    for bucket in &mut estate.buckets {
        bucket.is_log_target |= takes_logs(bucket);
        estate.gaps.extend(unjudged_policy(bucket));
    }
}

/// Marks buckets that trails and the like write to, and those that CloudFront does.
pub fn mark_log_targets(estate: &mut Estate, targets: &[Attr<SymStr>], of_distributions: &[Attr<SymStr>]) {
    let index = Index::new(&estate.buckets);
    let find = |targets: &[Attr<SymStr>]| -> Vec<usize> {
        targets.iter().flat_map(|it| it.possible()).flat_map(|it| index.find(it)).collect()
    };
    for at in find(targets) {
        if let Some(bucket) = estate.buckets.get_mut(at) {
            bucket.is_log_target = true;
        }
    }
    for at in find(of_distributions) {
        if let Some(bucket) = estate.buckets.get_mut(at) {
            bucket.is_log_target = true;
            bucket.is_cdn_log_target = true;
        }
    }
}

/// Marks buckets that selections of AWS Backup name.
pub fn mark_backed_up(estate: &mut Estate, names: &[Attr<SymStr>]) {
    let index = Index::new(&estate.buckets);
    let found: Vec<usize> = names.iter().filter_map(Attr::as_known).flat_map(|it| index.find(it)).collect();
    for at in found {
        if let Some(bucket) = estate.buckets.get_mut(at) {
            bucket.is_backed_up = true;
        }
    }
}

/// Services that deliver logs: of S3, of load balancers, of VPC flow logs and the like.
const LOG_SERVICES: [&str; 4] = [
    "logging.s3.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "logdelivery.elasticloadbalancing.amazonaws.com",
    "logdelivery.elb.amazonaws.com",
];

/// Deliveries of AWS write below `AWSLogs/`, whoever the statement names: load balancers have an account for each region.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
const DELIVERED: &str = "/AWSLogs/";

/// Whether a bucket lets a log delivery of AWS write: by ACL, or by a statement for its service principal.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general>
fn takes_logs(bucket: &Bucket) -> bool {
    let delivers = |it: &Grantee| match it {
        Grantee::LogDelivery => true,
        Grantee::CanonicalUser { id, .. } => crate::policy::is_log_delivery(id),
        _ => false,
    };
    let by_acl = bucket.acl.possible().iter().any(|acl| {
        acl.canned.possible().iter().any(|it| *it == "log-delivery-write")
            || acl.grants.iter().any(|it| it.grantee.possible().into_iter().any(delivers))
    });
    let by_policy = bucket.policy.possible().iter().flat_map(|it| &it.statements).any(|statement| {
        statement.effect.as_known() == Some(&Effect::Allow)
            && (statement.principals.items.iter().any(|it| LOG_SERVICES.iter().any(|own| it.text.is(own)))
                || statement.resources.items.iter().any(|it| it.0.display().contains(DELIVERED)))
    });
    by_acl || by_policy
}

/// A policy that gives something in the actions of another service. None of it reaches everyone, but other accounts may be named.
fn unjudged_policy(bucket: &Bucket) -> Option<Gap> {
    if bucket.kind.takes_s3_actions() || bucket.exists == Guard::Never {
        return None;
    }
    let policies = bucket.policy.possible();
    let denies = |it: &Statement| it.effect.as_known() == Some(&Effect::Deny);
    let only_denies = policies.iter().all(|it| it.rest.is_none() && it.statements.iter().all(denies));
    if bucket.policy.why().is_none() && only_denies {
        return None;
    }
    let origin = bucket.policy.origin.clone();
    let message = format!(
        "what the policy of {} gives to other accounts is not judged: its actions are not those of general purpose buckets",
        bucket.address
    );
    let why = Why::new(Cause::Unsupported, bucket.address.clone(), origin.span);
    let help = "the public cannot be let in: S3 keeps Block Public Access on for such buckets".to_owned();
    Some(Gap { why, origin, message, help: Some(help) })
}

#[derive(Default)]
struct Target {
    buckets: Vec<(usize, bool)>,
    why: Option<Why>,
    dangling: Option<DanglingReason>,
}

/// Buckets by address and by name.
struct Index {
    by_address: BTreeMap<String, usize>,
    by_name: BTreeMap<String, Vec<usize>>,
}

impl Index {
    fn new(buckets: &[Bucket]) -> Self {
        let mut index = Self { by_address: BTreeMap::new(), by_name: BTreeMap::new() };
        for (at, bucket) in buckets.iter().enumerate() {
            index.by_address.insert(bucket.address.clone(), at);
            if let Some(name) = bucket.name.as_known() {
                index.by_name.entry(name_key(name)).or_default().push(at);
            }
        }
        index
    }

    /// Buckets that a symbolic name certainly stands for.
    fn find(&self, name: &SymStr) -> Vec<usize> {
        if let Some(symbol) = name.symbol()
            && &*symbol.attribute == "id"
            && let Some(at) = self.by_address.get(&*symbol.entity)
        {
            return vec![*at];
        }
        self.by_name.get(&name_key(name)).cloned().unwrap_or_default()
    }

    fn address(&self, buckets: &[Bucket], name: &Attr<SymStr>) -> Option<String> {
        let found = self.find(name.as_known()?);
        found.first().and_then(|at| buckets.get(*at)).map(|it| it.address.clone())
    }

    /// The bucket that an ARN names, by reference or by text.
    fn of_arn(&self, buckets: &[Bucket], arn: &Attr<SymStr>) -> Option<String> {
        let arn = arn.as_known()?;
        let by_reference = arn.segs().iter().find_map(|seg| match seg {
            Seg::Hole(hole) => self.by_address.get(&*hole.symbol.entity),
            Seg::Lit(_) => None,
        });
        let by_text = || {
            let text = arn.known()?;
            let name = text.splitn(6, ':').nth(5)?.split('/').next()?.to_owned();
            self.by_name.get(&name)?.first()
        };
        by_reference.or_else(by_text).and_then(|at| buckets.get(*at)).map(|it| it.address.clone())
    }

    fn target(&self, buckets: &[Bucket], companion: &Companion) -> Target {
        match &companion.bucket.value {
            Value::Known(name) => self.named(buckets, companion, name),
            Value::Absent => {
                let why = Why::new(Cause::Invalid, "no bucket is named", companion.origin.span);
                Target { dangling: Some(DanglingReason::Unknown(why)), ..Target::default() }
            }
            Value::Unknown(why) => self.unknown(buckets, companion, why),
            Value::OneOf(names, why) => {
                let known = names.iter().filter_map(|it| match it {
                    Value::Known(name) => Some(name),
                    _ => None,
                });
                let found = known.flat_map(|it| self.find(it)).filter(|at| accepts(buckets, *at, companion));
                let found: Vec<_> = found.map(|at| (at, false)).collect();
                let dangling = found.is_empty().then(|| DanglingReason::Unknown(why.clone()));
                Target { buckets: found, why: Some(why.clone()), dangling }
            }
        }
    }

    fn named(&self, buckets: &[Bucket], companion: &Companion, name: &SymStr) -> Target {
        let same_provider = |at: &usize| {
            let by_symbol = name.symbol().is_some_and(|it| buckets.get(*at).is_some_and(|b| *b.address == *it.entity));
            by_symbol || buckets.get(*at).is_some_and(|it| it.provider == companion.provider)
        };
        let found = self.find(name).into_iter().filter(|at| accepts(buckets, *at, companion)).filter(same_provider);
        let found: Vec<usize> = found.collect();
        match found.as_slice() {
            [] => (),
            // Of several instances that stand for one another, one.
            [only] => {
                let one = name.of_instance().cloned();
                return Target { buckets: vec![(*only, one.is_none())], why: one, dangling: None };
            }
            several => {
                let why = Why::new(Cause::Conditional, "which of several buckets of this name", companion.origin.span);
                let buckets = several.iter().map(|at| (*at, false)).collect();
                return Target { buckets, why: Some(why), dangling: None };
            }
        }
        match name.why() {
            None => self.elsewhere(buckets, companion, name),
            Some(why) => self.unknown(buckets, companion, why),
        }
    }

    /// A known name that no bucket here has; a bucket here whose own name is not known may be the one.
    fn elsewhere(&self, buckets: &[Bucket], companion: &Companion, name: &SymStr) -> Target {
        let text = name.known().unwrap_or_default();
        let mut why = None;
        let could_be = |bucket: &Bucket| {
            bucket.provider == companion.provider
                && bucket.kind.accepts(companion.kind)
                && bucket.name.as_known().is_some_and(|it| it.known().is_none() && it.could_be(&text))
        };
        let possible: Vec<_> = buckets
            .iter()
            .enumerate()
            .filter(|(_, bucket)| in_scope(bucket, companion.scope.as_deref()) && could_be(bucket))
            .map(|(at, bucket)| {
                why = why.take().or_else(|| bucket.name.as_known().and_then(|it| it.why().cloned()));
                (at, false)
            })
            .collect();
        Target { buckets: possible, why, dangling: Some(DanglingReason::Elsewhere) }
    }

    fn unknown(&self, buckets: &[Bucket], companion: &Companion, why: &Why) -> Target {
        let dangling = match why.cause() {
            Cause::Undeclared => DanglingReason::Missing(why.subject().to_owned()),
            Cause::DataSource => DanglingReason::Elsewhere,
            _ => DanglingReason::Unknown(why.clone()),
        };
        // A reference to nothing is about no bucket; a data source names a bucket that other code declares.
        let about_none = !matches!(dangling, DanglingReason::Unknown(_));
        let buckets = match about_none {
            true => Vec::new(),
            false => {
                // Those of its own module, else of the module that calls it, and so on.
                let mut scope = companion.scope.as_deref();
                loop {
                    let fits = |it: &Bucket| it.kind.accepts(companion.kind) && in_scope(it, scope);
                    let found: Vec<_> =
                        buckets.iter().enumerate().filter(|(_, it)| fits(it)).map(|(at, _)| (at, false)).collect();
                    match scope.filter(|it| found.is_empty() && !it.is_empty()) {
                        Some(own) => scope = Some(own.rsplit_once(".module.").map_or("", |it| it.0)),
                        None => break found,
                    }
                }
            }
        };
        Target { buckets, why: Some(why.clone()), dangling: Some(dangling) }
    }
}

fn accepts(buckets: &[Bucket], at: usize, companion: &Companion) -> bool {
    buckets.get(at).is_some_and(|it| it.kind.accepts(companion.kind))
}

/// The text of a name with holes by symbol: equal keys are equal names.
fn name_key(name: &SymStr) -> String {
    let mut key = String::new();
    for seg in name.segs() {
        match seg {
            Seg::Lit(lit) => key.push_str(&lit.text),
            Seg::Hole(hole) => match &hole.known {
                Some(text) => key.push_str(text),
                None => {
                    key.push('\u{1}');
                    key.push_str(&hole.symbol.entity);
                    key.push('\u{2}');
                    key.push_str(&hole.symbol.attribute);
                    key.push('\u{1}');
                }
            },
        }
    }
    key
}

/// Whether a bucket's block stands in the module instance `scope` itself.
fn in_scope(bucket: &Bucket, scope: Option<&str>) -> bool {
    let Some(scope) = scope else { return true };
    let rest = match scope {
        "" => bucket.address.as_str(),
        _ => match bucket.address.strip_prefix(scope).and_then(|it| it.strip_prefix('.')) {
            Some(rest) => rest,
            None => return false,
        },
    };
    !rest.starts_with("module.")
}

#[cfg(test)]
mod tests;
