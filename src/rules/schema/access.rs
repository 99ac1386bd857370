//! Fields of ACLs, Block Public Access, access points, accounts, objects and dangling companions.

use super::super::expr::{Fact, Item};
use super::exposure::{closers, of};
use super::{Field, Kind, Object, PolicyView, Type, fields};
use crate::exposure::EffectiveGrant;
use crate::model::{AccessPointKind, AccountLevel, DanglingReason, Grantee, NetworkOrigin};
use crate::value::Attr;

pub(super) const ACL: &[Field] = fields! { Acl:
    "canned" Type::Text, "the canned ACL: `private`, `public-read` …" => |it| Item::attr(&it.canned, |own| Fact::text(own));
    "is_put" Type::Bool, "a request of its own sets it (`aws_s3_bucket_acl`), which S3 refuses where ACLs are off" =>
        |it| Item::new(Fact::Bool(it.is_put));
    "grants" Type::Objects(Kind::AclGrant), "explicit grants" => |it| Item::new(Fact::List(
        it.grants.iter().map(|own| Item::at(Fact::Object(Object::AclGrant(own)), &own.origin)).collect(),
        it.grants_rest.clone(),
    ));
};

pub(super) const ACL_GRANT: &[Field] = fields! { AclGrant:
    "grantee" Type::Text, "`AllUsers`, `AuthenticatedUsers`, `LogDelivery`, `canonical-user`, `email`, or a group's URI" => |it| grantee(&it.grantee);
    "id" Type::Text, "canonical id or e-mail address" => |it| id(&it.grantee);
    "own" Type::Bool, "known to be the own account" => |it| own(&it.grantee);
    "permission" Type::Text, "`READ`, `WRITE`, `READ_ACP`, `WRITE_ACP`, `FULL_CONTROL`" =>
        |it| Item::attr(&it.permission, |own| Fact::text(own.as_str()));
};

pub(super) const GRANT: &[Field] = fields! { Grant:
    "grantee" Type::Text, "`AllUsers`, `AuthenticatedUsers`, `LogDelivery`, `canonical-user`, `email`, or a group's URI" => |it| perhaps(it, grantee(&it.grantee));
    "id" Type::Text, "canonical id or e-mail address" => |it| id(&it.grantee);
    "own" Type::Bool, "known to be the own account" => |it| perhaps(it, own(&it.grantee));
    "log_service" Type::Bool, "the account that writes CloudFront's standard logs" => |it| perhaps(it, log_service(&it.grantee));
    "permission" Type::Text, "`READ`, `WRITE`, `READ_ACP`, `WRITE_ACP`, `FULL_CONTROL`" =>
        |it| perhaps(it, Item::attr(&it.permission, |own| Fact::text(own.as_str())));
    "canned" Type::Text, "the canned ACL it comes from" => |it| Item::new(it.canned.as_deref().map_or(Fact::Absent, Fact::text));
    "open" Type::Bool, "in force" => |it| open(it);
    "closed_by" Type::Texts, "settings that take its effect, or may" => |it| closers(&it.closed_by);
};

/// A field of a grant that may not be there: it has this value or none.
fn perhaps<'m>(grant: &EffectiveGrant, field: Item<'m>) -> Item<'m> {
    match &grant.perhaps {
        Some(why) => Item { fact: Fact::OneOf(vec![field.fact, Fact::Absent], why.clone()), ..field },
        None => field,
    }
}

fn open(it: &EffectiveGrant) -> Item<'_> {
    let whys = it.closed_by.iter().filter_map(|own| {
        let origin = &own.origin;
        origin.span.map(|at| crate::value::Why::new(crate::value::Cause::Conditional, own.setting, Some(at)))
    });
    let whys: Vec<_> = whys.chain(it.perhaps.clone()).collect();
    Item::at(of(it.open, &whys), &it.origin)
}

fn grantee(attr: &Attr<Grantee>) -> Item<'_> {
    Item::attr(attr, |it| {
        Fact::text(match it {
            Grantee::AllUsers => "AllUsers",
            Grantee::AuthenticatedUsers => "AuthenticatedUsers",
            Grantee::LogDelivery => "LogDelivery",
            Grantee::CanonicalUser { .. } => "canonical-user",
            Grantee::Email(_) => "email",
            Grantee::Group(uri) => uri,
        })
    })
}

fn id(attr: &Attr<Grantee>) -> Item<'_> {
    Item::attr(attr, |it| match it {
        Grantee::CanonicalUser { id, .. } | Grantee::Email(id) => Fact::symbolic(id),
        _ => Fact::Absent,
    })
}

fn log_service(attr: &Attr<Grantee>) -> Item<'_> {
    Item::attr(attr, |it| {
        Fact::Bool(matches!(it, Grantee::CanonicalUser { id, .. } if crate::policy::is_log_delivery(id)))
    })
}

fn own(attr: &Attr<Grantee>) -> Item<'_> {
    Item::attr(attr, |it| Fact::Bool(matches!(it, Grantee::CanonicalUser { own: true, .. })))
}

pub(super) const PUBLIC_ACCESS_BLOCK: &[Field] = fields! { PublicAccessBlock:
    "block_public_acls" Type::Bool, "refuses new public ACLs" => |it| Item::attr(&it.block_public_acls, |own| Fact::Bool(*own));
    "block_public_policy" Type::Bool, "refuses new public policies" => |it| Item::attr(&it.block_public_policy, |own| Fact::Bool(*own));
    "ignore_public_acls" Type::Bool, "public ACLs have no effect" => |it| Item::attr(&it.ignore_public_acls, |own| Fact::Bool(*own));
    "restrict_public_buckets" Type::Bool, "a public policy serves the own account only" => |it| Item::attr(&it.restrict_public_buckets, |own| Fact::Bool(*own));
};

pub(super) const ACCESS_POINT: &[Field] = fields! { AccessPoint:
    "address" Type::Text, "instance address" => |it| Item::at(Fact::text(&it.point.address), &it.point.origin);
    "kind" Type::Text, "`bucket`, `multi-region`, `object-lambda`" => |it| Item::new(Fact::text(match it.point.kind {
        AccessPointKind::Bucket => "bucket",
        AccessPointKind::MultiRegion => "multi-region",
        AccessPointKind::ObjectLambda => "object-lambda",
    }));
    "bucket" Type::Text, "name of the bucket it leads to" => |it| Item::attr(&it.point.bucket, Fact::symbolic);
    "public_access_block" Type::Object(Kind::PublicAccessBlock), "its own Block Public Access; absent: all on" =>
        |it| Item::attr(&it.point.public_access_block, |own| Fact::Object(Object::PublicAccessBlock(own)));
    "policy" Type::Object(Kind::Policy), "its policy" => |it| {
        let facts = it.facts;
        Item::attr(&it.point.policy, |policy| {
            let statuses = facts.policy_status.as_ref().map_or(&[][..], |own| &own.statements);
            Fact::Object(Object::Policy(PolicyView { policy, statuses, ways: &facts.ways, is_of_point: true }))
        })
    };
    "network_origin" Type::Text, "`Internet` or `VPC`" => |it| Item::attr(&it.point.network_origin, |own| Fact::text(match own {
        NetworkOrigin::Internet => "Internet",
        NetworkOrigin::Vpc(_) => "VPC",
    }));
    "public" Type::Bool, "AWS calls its policy public" => |it| Item::at(of(it.facts.public, &whys(it.point, it.facts)), &it.point.policy.origin);
    "ways" Type::Objects(Kind::Way), "the ways in through it" => |it| Item::new(Fact::list(
        it.facts.ways.iter().map(|way| Item::at(Fact::Object(Object::Way(way)), &way.opened_by.origin)),
    ));
};

fn whys(point: &crate::model::AccessPoint, facts: &crate::exposure::AccessPointFacts) -> Vec<crate::value::Why> {
    let own = point.policy.why().cloned();
    let statements = facts.policy_status.iter().flat_map(|it| &it.statements).filter_map(|it| it.why.clone());
    // Whom it serves may be what is not known: an access point for a VPC is not public.
    let served = point.network_origin.why().filter(|_| facts.public == crate::value::Truth::Unknown).cloned();
    own.into_iter().chain(statements).chain(served).collect()
}

pub(super) const ACCOUNT: &[Field] = fields! { Account:
    "address" Type::Text, "instance address" => |it| Item::at(Fact::text(&it.address), &it.origin);
    "level" Type::Text, "who sets it: `account`, `organization`" => |it| Item::at(Fact::text(match it.level {
        AccountLevel::Account => "account",
        AccountLevel::Organization => "organization",
    }), &it.origin);
    "public_access_block" Type::Object(Kind::PublicAccessBlock), "the settings" =>
        |it| Item::attr(&it.public_access_block, |own| Fact::Object(Object::PublicAccessBlock(own)));
};

pub(super) const OBJECT: &[Field] = fields! { UploadedObject:
    "address" Type::Text, "instance address" => |it| Item::at(Fact::text(&it.object.address), &it.object.origin);
    "bucket" Type::Text, "name of its bucket" => |it| Item::attr(&it.object.bucket, Fact::symbolic);
    "encryption" Type::Text, "the encryption that the upload asks for: `AES256`, `aws:kms`, `aws:kms:dsse`" =>
        |it| Item::attr(&it.object.encryption, |own| Fact::text(own));
    "acl" Type::Object(Kind::Acl), "its ACL" => |it| Item::attr(&it.object.acl, |own| Fact::Object(Object::Acl(own)));
    "grants" Type::Objects(Kind::Grant), "the grants of its ACL, canned ACLs expanded" => |it| {
        let rest = it.object.acl.why().cloned().or_else(|| {
            it.object.acl.as_known().and_then(|acl| acl.canned.why().cloned().or_else(|| acl.grants_rest.clone()))
        });
        let items = it.grants.iter().map(|own| Item::at(Fact::Object(Object::Grant(own)), &own.origin));
        Item::at(Fact::List(items.collect(), rest), &it.object.acl.origin)
    };
};

pub(super) const DUPLICATE: &[Field] = fields! { Duplicate:
    "field" Type::Text, "the feature: `policy`, `versioning` …" => |it| Item::at(Fact::text(it.field), &it.second_origin);
    "first" Type::Text, "address of the first block" => |it| Item::at(Fact::text(&it.first), &it.first_origin);
    "second" Type::Text, "address of the second block" => |it| Item::at(Fact::text(&it.second), &it.second_origin);
    "inline" Type::Bool, "the first is the bucket's own block" => |it| Item::at(Fact::Bool(it.inline), &it.first_origin);
};

pub(super) const DANGLING: &[Field] = fields! { Dangling:
    "address" Type::Text, "instance address" => |it| Item::at(Fact::text(&it.address), &it.origin);
    "field" Type::Text, "which feature it says: `policy`, `versioning` …" => |it| Item::new(Fact::text(it.feature.field()));
    "bucket" Type::Text, "the bucket it names" => |it| Item { fact: Fact::Absent, origin: Some(&it.bucket.origin) };
    "reason" Type::Text, "`elsewhere`, `missing`, `unknown`" => |it| Item::new(Fact::text(match it.reason {
        DanglingReason::Elsewhere => "elsewhere",
        DanglingReason::Missing(_) => "missing",
        DanglingReason::Unknown(_) => "unknown",
    }));
    "detail" Type::Text, "the name that is missing or not known" => |it| Item::new(match &it.reason {
        DanglingReason::Elsewhere => match it.bucket.as_known() {
            Some(name) => Fact::Text(name.display().into()),
            None => Fact::text("managed elsewhere"),
        },
        DanglingReason::Missing(name) => Fact::text(name),
        DanglingReason::Unknown(why) => Fact::Text(why.to_string().into()),
    });
};
