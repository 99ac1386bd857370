//! Fields of what stands beside buckets.

use std::borrow::Cow;

use super::super::expr::{Fact, Item};
use super::{BesideView, Field, Kind, Object, Type, fields};
use crate::model::beside::{DocumentKind, Export, MetricFilter, Service, ServiceKind, What};
use crate::model::filter_pattern::{self, Filtered};
use crate::value::{Attr, Cause, Seg, SymStr, Truth, Value, Why};

fn address<'m, T>(it: &BesideView<'m, T>) -> Item<'m> {
    Item::at(Fact::text(&it.beside.address), &it.beside.origin)
}

fn flag(attr: &Attr<bool>) -> Item<'_> {
    Item::attr(attr, |own| Fact::Bool(*own))
}

pub(super) const DOCUMENT: &[Field] = fields! { Document:
    "address" Type::Text, "instance address" => |it| address(it);
    "kind" Type::Text, "whose: `identity`, `key`" => |it| Item::at(Fact::text(match it.own.kind {
        DocumentKind::Identity => "identity",
        DocumentKind::Key => "key",
    }), &it.beside.origin);
};

pub(super) const TRAIL: &[Field] = fields! { Trail:
    "address" Type::Text, "instance address" => |it| address(it);
    "reads" Type::Bool, "records some reads of S3 objects" => |it| flag(&it.own.reads);
    "writes" Type::Bool, "records some writes and deletions of S3 objects" => |it| flag(&it.own.writes);
    "others_read" Type::Bool, "another trail of this code records reads" => |it| others(it, |it| &it.reads);
    "others_write" Type::Bool, "another trail of this code records writes" => |it| others(it, |it| &it.writes);
    "insights" Type::Bool, "looks for unusual activity" => |it| flag(&it.own.insights);
};

/// Whether another trail of the same module or template does.
fn others<'m>(
    it: &BesideView<'m, crate::model::beside::Trail>,
    field: fn(&crate::model::beside::Trail) -> &Attr<bool>,
) -> Item<'m> {
    let own = it.beside;
    let all = it.world.estate.beside.iter().filter(|it| it.namespace == own.namespace && it.address != own.address);
    let trails = all.filter_map(|it| match &it.what {
        What::Trail(trail) => Some(field(trail)),
        _ => None,
    });
    let (mut found, mut whys) = (Truth::No, Vec::new());
    for one in trails {
        found = found.or(one.holds(Truth::No, |it| (*it).into()));
        whys.extend(one.why().cloned());
    }
    Item::at(super::exposure::of(found, &whys), &own.origin)
}

pub(super) const SERVICE: &[Field] = fields! { Service:
    "address" Type::Text, "instance address" => |it| address(it);
    "kind" Type::Text, "`guardduty`, `macie`, `config`, `access-analyzer` (an archive rule)" => |it| Item::at(Fact::text(match it.own.kind {
        ServiceKind::GuardDuty => "guardduty",
        ServiceKind::Macie => "macie",
        ServiceKind::Config => "config",
        ServiceKind::AccessAnalyzer => "access-analyzer",
    }), &it.beside.origin);
    "enabled" Type::Bool, "it is on; on where nothing is written" => |it| on(&it.own.enabled, it);
    "s3_protection" Type::Bool, "GuardDuty reads S3 data events, AWS Config records buckets, an archive rule leaves findings about public buckets to be seen; on where nothing is written" => |it| on(&it.own.s3_protection, it);
};

fn on<'m>(attr: &'m Attr<bool>, it: &BesideView<'m, Service>) -> Item<'m> {
    if attr.is_absent() { Item::at(Fact::Bool(true), &it.beside.origin) } else { flag(attr) }
}

pub(super) const EXPORT: &[Field] = fields! { Export:
    "address" Type::Text, "instance address" => |it| address(it);
    "destination" Type::Text, "ARN of the bucket that it goes to" => |it| Item::attr(&it.own.destination, Fact::symbolic);
    "account" Type::Text, "the account that owns that bucket; absent where that is the account that is deployed to" =>
        |it| super::features::account(&it.own.account);
    "target" Type::Object(Kind::Bucket), "the bucket that it goes to, where it is in this code" => |it| target(it);
};

fn target<'m>(it: &BesideView<'m, Export>) -> Item<'m> {
    let (beside, world, destination) = (it.beside, it.world, &it.own.destination);
    let found = beside.target_address.as_ref().and_then(|own| world.bucket(&beside.namespace, own));
    match (found, &destination.value) {
        (Some(view), _) => Item::at(Fact::Object(Object::Bucket(view)), &view.bucket.origin),
        // A bucket that is known to be elsewhere is not part of this input; one that is not known may be any.
        (None, Value::Unknown(why) | Value::OneOf(_, why)) => {
            Item::at(Fact::Unknown(vec![why.clone()]), &destination.origin)
        }
        (None, _) => {
            let why = Why::new(Cause::NotInInput, "the bucket that it goes to", None);
            Item::at(Fact::Unknown(vec![why]), &destination.origin)
        }
    }
}

pub(super) const TIER: &[Field] = fields! { Tier:
    "address" Type::Text, "instance address" => |it| address(it);
    "tier" Type::Text, "`ARCHIVE_ACCESS`, `DEEP_ARCHIVE_ACCESS`" => |it| Item::attr(&it.own.tier, |own| Fact::text(own));
    "days" Type::Number, "days without access" => |it| Item::attr(&it.own.days, |own| Fact::Number(*own));
};

pub(super) const CDN_ORIGIN: &[Field] = fields! { CdnOrigin:
    "address" Type::Text, "address of the distribution" => |it| address(it);
    "is_bucket" Type::Bool, "it is a bucket's REST endpoint" => |it| flag(&it.own.is_bucket);
    "signs" Type::Bool, "CloudFront signs its requests: origin access control or identity" => |it| flag(&it.own.signs);
};

pub(super) const METRIC_FILTER: &[Field] = fields! { MetricFilter:
    "address" Type::Text, "instance address" => |it| address(it);
    "watches" Type::Bool, "it is about changes of buckets: it names one of them, or all of S3" =>
        |it| filtered(it, |own| Fact::Bool(own.watches));
    "missed" Type::Texts, "the changes that the CIS benchmark asks for and that it does not match" => |it| filtered(it, |own| {
        Fact::list(own.missed.iter().map(|it| Item::new(Fact::text(it))))
    });
    "floods" Type::Bool, "it matches calls that change nothing too" => |it| filtered(it, |own| Fact::Bool(own.floods));
    "alarmed" Type::Bool, "an alarm of this code is on its metric" => |it| alarmed(it);
    "gap" Type::Text, "what keeps a change from being told; absent where nothing does" => |it| gap(it);
};

fn filtered<'m>(it: &BesideView<'m, MetricFilter>, fact: fn(&Filtered) -> Fact<'m>) -> Item<'m> {
    let pattern = &it.own.pattern;
    let found = match (pattern.as_known().map(|it| filter_pattern::read(it)), pattern.why()) {
        (Some(Some(found)), _) => fact(&found),
        // Another kind of pattern, of a log that is not CloudTrail's.
        (Some(None), _) | (None, None) => Fact::Absent,
        (None, Some(why)) => Fact::Unknown(vec![why.clone()]),
    };
    Item::at(found, &pattern.origin)
}

fn alarmed<'m>(it: &BesideView<'m, MetricFilter>) -> Item<'m> {
    let (found, whys) = has_alarm(it);
    Item::at(super::exposure::of(found, &whys), &it.beside.origin)
}

/// An alarm names the metric by its text, or by a reference to the filter.
fn has_alarm(it: &BesideView<'_, MetricFilter>) -> (Truth, Vec<Why>) {
    let own = it.own.metric.as_known();
    let refers = |name: &SymStr| {
        name.segs().iter().any(|seg| matches!(seg, Seg::Hole(hole) if *hole.symbol.entity == *it.beside.address))
    };
    let own_address = it.beside.address.as_str();
    let (mut found, mut whys) = (Truth::No, Vec::new());
    let all = it.world.estate.beside.iter().filter(|other| other.namespace == it.beside.namespace);
    for other in all {
        let What::Alarm(alarm) = &other.what else { continue };
        // An attribute of the filter that only a deployment tells is still one of this filter.
        let computed = alarm.metric.why().is_some_and(|it| it.subject() == own_address);
        let same = if computed {
            Truth::Yes
        } else {
            alarm.metric.holds(Truth::No, |name| match (name.known(), own.and_then(SymStr::known)) {
                _ if refers(name) || own == Some(name) => Truth::Yes,
                (Some(name), Some(own)) => (name == own).into(),
                _ => Truth::Unknown,
            })
        };
        if same == Truth::Unknown {
            let why = alarm.metric.why().or_else(|| alarm.metric.as_known().and_then(SymStr::why));
            whys.extend(why.or_else(|| own.and_then(SymStr::why)).cloned());
        }
        found = found.or(same);
    }
    (found, whys)
}

fn gap<'m>(it: &BesideView<'m, MetricFilter>) -> Item<'m> {
    let pattern = &it.own.pattern;
    let Some(known) = pattern.as_known() else {
        let fact = pattern.why().map_or(Fact::Absent, |why| Fact::Unknown(vec![why.clone()]));
        return Item::at(fact, &pattern.origin);
    };
    let Some(found) = filter_pattern::read(known) else { return Item::at(Fact::Absent, &pattern.origin) };
    if !found.missed.is_empty() {
        return Item::at(
            Fact::Text(Cow::Owned(format!("it does not match {}", found.missed.join(", ")))),
            &pattern.origin,
        );
    }
    if found.floods {
        let text = "it matches calls that change nothing too, so its alarm tells nothing";
        return Item::at(Fact::text(text), &pattern.origin);
    }
    match has_alarm(it) {
        (Truth::Yes, _) => Item::at(Fact::Absent, &it.beside.origin),
        (Truth::No, _) => Item::at(Fact::text("no alarm of this code is on its metric"), &it.beside.origin),
        (Truth::Unknown, whys) => Item::at(Fact::Unknown(whys), &it.beside.origin),
    }
}
