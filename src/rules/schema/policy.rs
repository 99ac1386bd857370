//! Fields of policies, statements and notes.

use super::super::expr::{Fact, Item};
use super::{Field, Kind, Object, PolicyView, StatementView, Type, fields};
use crate::exposure::{Route, Way};
use crate::policy::{self, Effect, Patterns, PrincipalKind};
use crate::value::{Origin, SymStr, Truth, Why};

pub(super) const POLICY: &[Field] = fields! { Policy:
    "version" Type::Text, "the `Version` element" => |it| Item::attr(&it.policy.version, |own| Fact::text(own));
    "statements" Type::Objects(Kind::Statement), "the statements" => |it| statements(it);
    "notes" Type::Objects(Kind::Note), "what is wrong or odd about the document" => |it| Item::new(Fact::list(
        it.policy.notes.iter().map(|note| Item::at(Fact::Object(Object::Note(note)), &note.origin)),
    ));
    "size" Type::Number, "bytes without white space; absent where not wholly known" => |it| Item::new(match it.policy.size {
        Some(size) => Fact::Number(f64::from(u32::try_from(size).unwrap_or(u32::MAX))),
        None => Fact::Absent,
    });
};

fn statements<'m>(it: &PolicyView<'m>) -> Item<'m> {
    let it = *it;
    let items = it.policy.statements.iter().map(|statement| {
        let status = it.statuses.iter().find(|status| status.index == statement.index);
        let view = StatementView { statement, status, ways: it.ways, is_of_point: it.is_of_point };
        Item::at(Fact::Object(Object::Statement(view)), &statement.origin)
    });
    Item::at(Fact::List(items.collect(), it.policy.rest.clone()), &it.policy.origin)
}

pub(super) const STATEMENT: &[Field] = fields! { Statement:
    "index" Type::Number, "position, from 0" => |it| Item::new(Fact::Number(f64::from(u32::try_from(it.statement.index).unwrap_or(0))));
    "sid" Type::Text, "the `Sid` element" => |it| Item::attr(&it.statement.sid, |own| Fact::text(own));
    "effect" Type::Text, "`Allow` or `Deny`" => |it| Item::attr(&it.statement.effect, |own| Fact::text(match own {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    }));
    "not_principal" Type::Bool, "has `NotPrincipal`" => |it| Item::at(
        Fact::Bool(it.statement.principals.present && it.statement.principals.negated), &it.statement.principals.origin);
    "not_action" Type::Bool, "has `NotAction`" => |it| Item::at(Fact::Bool(it.statement.actions.present && it.statement.actions.negated), &it.statement.actions.origin);
    "not_resource" Type::Bool, "has `NotResource`" => |it| Item::at(Fact::Bool(it.statement.resources.present && it.statement.resources.negated), &it.statement.resources.origin);
    "principals" Type::Objects(Kind::Principal), "the principals, of `Principal` or `NotPrincipal`" => |it| Item::at(Fact::List(
        it.statement.principals.items.iter().map(|own| Item::at(Fact::Object(Object::Principal(own)), &own.origin)).collect(),
        it.statement.principals.rest.clone(),
    ), &it.statement.principals.origin);
    "actions" Type::Texts, "patterns of `Action` or `NotAction`" => |it| patterns(&it.statement.actions);
    "resources" Type::Texts, "patterns of `Resource` or `NotResource`" => |it| patterns(&it.statement.resources);
    "every_bucket" Type::Bool, "one of its resources is every bucket; a variable in the place of the name counts as one name" => |it| {
        let (found, why) = policy::every_bucket(&it.statement.resources);
        Item::at(super::exposure::of(found, &why.into_iter().collect::<Vec<_>>()), &it.statement.resources.origin)
    };
    "conditions" Type::Objects(Kind::Condition), "the conditions: all must hold" => |it| Item::at(Fact::List(
        it.statement.conditions.iter().map(|own| Item::at(Fact::Object(Object::Condition(own)), &own.origin)).collect(),
        it.statement.conditions_rest.clone(),
    ), it.statement.conditions.first().map_or(&it.statement.origin, |own| &own.origin));
    "public" Type::Bool, "AWS counts this statement as public" => |it| public(it);
    "reason" Type::Text, "why it is public, or not" => |it| Item::new(it.status.map_or(Fact::Absent, |own| Fact::text(&own.reason)));
    "powers" Type::Texts, "what it opens to people outside" => |it| Item::new(Fact::list(
        own_ways(it).map(|way| Item::new(Fact::text(way.power.as_str()))),
    ));
    "ways" Type::Objects(Kind::Way), "the ways in that it opens" => |it| Item::at(Fact::list(
        own_ways(it).map(|way| Item::at(Fact::Object(Object::Way(way)), &way.opened_by.origin)),
    ), &it.statement.origin);
};

fn own_ways<'m>(it: &StatementView<'m>) -> impl Iterator<Item = &'m Way> {
    let index = it.statement.index;
    it.ways.iter().filter(move |way| match &way.opened_by.route {
        Route::Policy(at) => !it.is_of_point && *at == index,
        Route::AccessPoint(_, at) => it.is_of_point && *at == index,
        Route::Acl(_) => false,
    })
}

fn public<'m>(it: &StatementView<'m>) -> Item<'m> {
    let fact = match it.status {
        None => Fact::Absent,
        Some(status) => match status.public {
            Truth::Yes => Fact::Bool(true),
            Truth::No => Fact::Bool(false),
            Truth::Unknown => Fact::Unknown(status.why.clone().into_iter().collect()),
        },
    };
    Item { fact, origin: it.status.map(|it| &it.origin) }
}

fn patterns(patterns: &Patterns) -> Item<'_> {
    let items = patterns.items.iter().map(|(text, origin)| Item::at(Fact::symbolic(text), origin));
    Item::at(Fact::List(items.collect(), patterns.rest.clone()), &patterns.origin)
}

pub(super) const PRINCIPAL: &[Field] = fields! { Principal:
    "kind" Type::Text, "`anyone`, `aws`, `service`, `federated`, `canonical-user`, `other`" => |it| Item::at(Fact::text(match it.kind {
        PrincipalKind::Anyone => "anyone",
        PrincipalKind::Aws => "aws",
        PrincipalKind::Service => "service",
        PrincipalKind::Federated => "federated",
        PrincipalKind::CanonicalUser => "canonical-user",
        PrincipalKind::Other => "other",
    }), &it.origin);
    "text" Type::Text, "as written" => |it| Item::at(Fact::symbolic(&it.text), &it.origin);
};

pub(super) const CONDITION: &[Field] = fields! { Condition:
    "operator" Type::Text, "as written: `StringEquals`, `ForAnyValue:StringLike`" => |it| Item::at(Fact::text(&it.operator), &it.origin);
    "key" Type::Text, "as written; compare with `lowerAscii()`" => |it| Item::at(Fact::symbolic(&it.key), &it.origin);
    "values" Type::Texts, "the values: one must match" => |it| values(&it.values, it.rest.as_ref(), &it.origin);
};

fn values<'m>(values: &'m [(SymStr, Origin)], rest: Option<&Why>, origin: &'m Origin) -> Item<'m> {
    let items = values.iter().map(|(text, origin)| Item::at(Fact::symbolic(text), origin));
    Item::at(Fact::List(items.collect(), rest.cloned()), origin)
}

pub(super) const NOTE: &[Field] = fields! { Note:
    "kind" Type::Text, "`json-syntax`, `duplicate-keys` …" => |it| Item::at(Fact::text(it.kind.code()), &it.origin);
    "message" Type::Text, "one sentence" => |it| Item::new(Fact::text(&it.message));
    "sure" Type::Bool, "wrong for certain: no name that may be newer than our tables, no setting elsewhere that decides" =>
        |it| Item::new(Fact::Bool(it.sure));
    "statement" Type::Number, "position of the statement, from 0" => |it| Item::new(match it.statement {
        Some(index) => Fact::Number(f64::from(u32::try_from(index).unwrap_or(0))),
        None => Fact::Absent,
    });
};
