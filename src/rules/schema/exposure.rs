//! Fields of the verdict about a bucket.

use super::super::expr::{Fact, Item};
use super::{Field, Kind, Object, Type, fields};
use crate::exposure::{Closer, Facts, Route};
use crate::policy::Audience;
use crate::value::{Truth, Why};

pub(super) const EXPOSURE: &[Field] = fields! { Exposure:
    "public" Type::Bool, "anyone outside can do something to the bucket" => |it| Item::new(of(it.facts.exposure.public, &it.facts.exposure.unknown));
    "aws_policy_public" Type::Bool, "AWS calls the policy public" => |it| Item::at(
        of(it.facts.exposure.aws_policy_public, &status_whys(it.facts)), &it.bucket.policy.origin);
    "acl_public" Type::Bool, "AWS calls the ACL public" => |it| Item::at(
        of(it.facts.exposure.acl_public, &it.facts.exposure.unknown), &it.bucket.acl.origin);
    "cross_account" Type::Bool, "a named foreign account can do something" => |it| Item::new(of(it.facts.exposure.cross_account, &it.facts.exposure.unknown));
    "ways" Type::Objects(Kind::Way), "the ways in" => |it| Item::new(Fact::List(
        it.facts.exposure.ways.iter().map(|way| Item::at(Fact::Object(Object::Way(way)), &way.opened_by.origin)).collect(),
        // Whatever is not known may open another way.
        it.facts.exposure.unknown.first().cloned().filter(|_| it.facts.exposure.public == Truth::Unknown),
    ));
};

/// Why AWS's verdict about the policy is not known: what is not known of its statements, though nothing may be open by them.
fn status_whys(facts: &Facts) -> Vec<Why> {
    let statements = facts.policy_status.iter().flat_map(|it| &it.statements).filter_map(|it| it.why.clone());
    facts.exposure.unknown.iter().cloned().chain(statements).collect()
}

pub(super) fn of<'m>(truth: Truth, unknown: &[Why]) -> Fact<'m> {
    match truth {
        Truth::Yes => Fact::Bool(true),
        Truth::No => Fact::Bool(false),
        Truth::Unknown => Fact::Unknown(unknown.to_vec()),
    }
}

pub(super) const WAY: &[Field] = fields! { Way:
    "audience" Type::Text, "`anonymous`, `any-account`, `account`, `service`" => |it| Item::new(Fact::text(match it.audience {
        Audience::Anonymous => "anonymous",
        Audience::AnyAccount => "any-account",
        Audience::Account(_) => "account",
        Audience::Service(_) => "service",
    }));
    "who" Type::Text, "the account or service" => |it| Item::new(match &it.audience {
        Audience::Account(who) | Audience::Service(who) => Fact::text(who),
        _ => Fact::Absent,
    });
    "power" Type::Text, "`read`, `list`, `write`, `delete`, `control`, `inspect`" => |it| Item::new(Fact::text(it.power.as_str()));
    "open" Type::Bool, "it is open" => |it| Item::at(of(it.open, &it.why), &it.opened_by.origin);
    "route" Type::Text, "`policy`, `acl`, `access-point`" => |it| Item::new(Fact::text(match it.opened_by.route {
        Route::Policy(_) => "policy",
        Route::Acl(_) => "acl",
        Route::AccessPoint(..) => "access-point",
    }));
    "statement" Type::Number, "position of the statement, from 0" => |it| Item::new(match it.opened_by.route {
        Route::Policy(at) | Route::AccessPoint(_, at) => Fact::Number(f64::from(u32::try_from(at).unwrap_or(0))),
        Route::Acl(_) => Fact::Absent,
    });
    "closed_by" Type::Texts, "settings that close it, or may" => |it| closers(&it.closed_by);
    "latent" Type::Bool, "only a setting keeps it shut" => |it| Item::at(of(it.latent(), &it.why), &it.opened_by.origin);
};

pub(super) fn closers(closers: &[Closer]) -> Item<'_> {
    Item::new(Fact::list(closers.iter().map(|it| Item::at(Fact::text(it.setting), &it.origin))))
}
