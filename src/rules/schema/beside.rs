//! Fields of what stands beside buckets.

use super::super::expr::{Fact, Item};
use super::{BesideView, Field, Kind, Object, Type, fields};
use crate::model::beside::{DocumentKind, Export, Service, ServiceKind, What};
use crate::value::{Attr, Cause, Truth, Value, Why};

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
    "kind" Type::Text, "`guardduty`, `macie`" => |it| Item::at(Fact::text(match it.own.kind {
        ServiceKind::GuardDuty => "guardduty",
        ServiceKind::Macie => "macie",
    }), &it.beside.origin);
    "enabled" Type::Bool, "it is on; on where nothing is written" => |it| on(&it.own.enabled, it);
    "s3_protection" Type::Bool, "GuardDuty reads S3 data events; on where nothing is written" => |it| on(&it.own.s3_protection, it);
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
