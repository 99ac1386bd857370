//! References to resources, data sources and modules.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::hcl::TraversalOp;
use crate::value::{
    Alternative, Cause, Class, Entry, Guard, HopKind, Kind, List, Map, Origin, Seg, SymStr, Symbol, Truth, Val, Why,
};

use super::reference::{class_of, identity};
use super::{Evaluated, Key, Scope, World, is_unknown, one_of, refused, unknown, why_of};
use crate::frontend::terraform::instance::{Instance, Member, Repetition};
use crate::frontend::terraform::module::Block;
use crate::frontend::terraform::resources;
use crate::frontend::terraform::resources::bucket_types::{self, BucketAttribute};

type Ops<'a> = &'a [(TraversalOp, Span)];

impl World<'_> {
    /// `type.name…` and `data.type.name…`.
    pub(super) fn block_reference(
        &self,
        data: bool,
        kind: &str,
        name: &str,
        ops: Ops,
        at: Span,
        scope: &Scope,
    ) -> Evaluated {
        let module = &scope.instance.module;
        let blocks = if data { &module.data } else { &module.resources };
        let local = if data { format!("data.{kind}.{name}") } else { format!("{kind}.{name}") };
        let Some(block) = blocks.get(&(kind.to_owned(), name.to_owned())) else {
            let shown = scope.instance.address(&local);
            let symbol = Symbol::new(shown.clone(), "");
            let missing = unknown(symbol, Cause::Undeclared, &shown, at);
            return self.steps(missing, ops, at, scope);
        };
        let outer = Scope::of(&scope.instance);
        let expansion = self.expansion(&local, block, &outer);
        let member_value = |one: &Member, attribute: Option<&str>| {
            let inner = self.member_scope(&outer, expansion.kind, one);
            let address = scope.instance.address(&format!("{local}{}", one.suffix));
            self.block_value(data, kind, &address, block, &inner, attribute, at)
        };
        if expansion.kind == Repetition::Single {
            let Some(one) = expansion.members.first() else {
                return self.steps(Val::new(Kind::Null, Origin::at(at)), ops, at, scope);
            };
            return match ops.split_first() {
                Some(((TraversalOp::Attribute(attribute), _), rest)) => {
                    let value = member_value(one, Some(attribute));
                    let origin = value.origin.used_at(at, HopKind::Attribute, format!("{local}.{attribute}"));
                    let value = self.when_there(one, scope, Val { origin, ..value }, at);
                    self.steps(value, rest, at, scope)
                }
                _ => self.steps(self.or_null(one, scope, member_value(one, None), at), ops, at, scope),
            };
        }
        // One instance by its key, and only the attribute that is asked for.
        if let [(TraversalOp::Index(index), _), (TraversalOp::Attribute(attribute), _), rest @ ..] = ops {
            let index = self.eval(index, scope)?;
            if let Some(one) = expansion.find(&index).and_then(|it| expansion.members.get(it)) {
                let value = one_of::by_index(self, one, (&index, &local), member_value(one, Some(attribute)), at);
                let origin = value.origin.used_at(at, HopKind::Attribute, format!("{local}{}.{attribute}", one.suffix));
                let value = self.when_there(one, scope, Val { origin, ..value }, at);
                return self.steps(value, rest, at, scope);
            }
            // One that is not known is called after its block, whatever that says.
            if is_unknown(&index) {
                let address = scope.instance.address(&format!("{local}[{}]", self.text_of(&index)));
                let one = Val::unknown(Symbol::new(address, ""), Class::Any, why_of(&index, at), Origin::at(at));
                return self.steps(one, ops.get(1..).unwrap_or_default(), at, scope);
            }
        }
        // A splat of one attribute.
        if let [
            (TraversalOp::FullSplat | TraversalOp::AttributeSplat, _),
            (TraversalOp::Attribute(attribute), _),
            rest @ ..,
        ] = ops
            && expansion.kind == Repetition::Count
            && expansion
                .members
                .iter()
                .all(|it| it.guard == Guard::always() && it.key.as_ref().is_some_and(|it| it.why().is_none()))
        {
            // One item of it: no instance of a companion needs all the buckets.
            if let [(TraversalOp::Index(index), _), rest @ ..] = rest {
                let index = self.eval(index, scope)?;
                if let Some(one) = expansion.find(&index).and_then(|it| expansion.members.get(it)) {
                    return self.steps(member_value(one, Some(attribute)), rest, at, scope);
                }
            }
            let items = expansion.members.iter().map(|it| member_value(it, Some(attribute))).collect();
            let list = Val::new(Kind::List(List { items, rest: None }), Origin::at(at));
            return self.steps(list, rest, at, scope);
        }
        let whole = self.collection(&expansion.members, expansion.kind, at, |one| member_value(one, None));
        self.steps(whole, ops, at, scope)
    }

    /// All instances as a list or a map. Where they may not exist, they or none; where only some may, or how many there are is not
    /// known, the collection is open.
    pub(super) fn collection(
        &self,
        members: &[Member],
        kind: Repetition,
        at: Span,
        value: impl Fn(&Member) -> Val,
    ) -> Val {
        let origin = Origin::at(at);
        let of = |members: &[&Member], rest: Option<Why>| match kind {
            Repetition::ForEach => {
                let entry = |it: &&Member| {
                    Some(Entry { key: it.key.clone()?, key_origin: Origin::default(), value: value(it) })
                };
                Kind::Map(Map { entries: members.iter().filter_map(entry).collect(), rest })
            }
            _ => Kind::List(List { items: members.iter().map(|it| value(it)).collect(), rest }),
        };
        let all: Vec<&Member> = members.iter().collect();
        let open = members.iter().find(|it| it.guard != Guard::always());
        let Some(open) = open else { return Val::new(of(&all, None), origin) };
        let same = members.iter().all(|it| it.guard == open.guard);
        if same && !members.iter().any(Member::is_several) {
            let there = Alternative { guard: open.guard.clone(), value: Val::new(of(&all, None), origin.clone()) };
            let none = Alternative { guard: open.guard.negated(), value: Val::new(of(&[], None), origin.clone()) };
            return Val::new(Kind::Choice(vec![there, none]), origin);
        }
        let why = Why::new(Cause::Conditional, open.guard.to_string(), Some(at));
        let certain: Vec<&Member> = members.iter().take_while(|it| it.guard == Guard::always()).collect();
        let certain = match kind {
            Repetition::ForEach => members.iter().filter(|it| it.guard == Guard::always()).collect(),
            // Instances are counted from the first on.
            _ => certain,
        };
        Val::new(of(&certain, Some(why)), origin)
    }

    /// The value of one instance: inside `try` and `can` also that there may be none, unless what asks exists with it only.
    pub(super) fn when_there(&self, one: &Member, scope: &Scope, value: Val, at: Span) -> Val {
        if self.trying.get() == 0 || scope.guard.implies(&one.guard) == Truth::Yes {
            return value;
        }
        let origin = value.origin.clone();
        let there = Alternative { guard: one.guard.clone(), value };
        let none = Alternative { guard: one.guard.negated(), value: refused("there is no such instance", at) };
        Val::new(Kind::Choice(vec![there, none]), origin)
    }

    /// One attribute of an instance of a block, or the whole object.
    #[expect(clippy::too_many_arguments, reason = "all of them identify one instance of one block")]
    fn block_value(
        &self,
        data: bool,
        kind: &str,
        address: &str,
        block: &Arc<Block>,
        scope: &Scope,
        attribute: Option<&str>,
        at: Span,
    ) -> Val {
        let key = |name: &str| Key { instance: scope.instance.id, kind: "block", name: format!("{address}#{name}") };
        match attribute {
            Some(name) => {
                self.remember(key(name), at, || self.attribute_value(data, kind, address, block, scope, name))
            }
            None => self.remember(key("*"), at, || {
                let mut names: Vec<String> =
                    block.body(self).attributes.iter().map(|it| it.name.text.clone()).collect();
                names.retain(|it| !matches!(it.as_str(), "count" | "for_each" | "provider" | "depends_on" | "policy"));
                let known: &[&str] = if kind.starts_with("aws_s3") { &["id", "arn", "bucket"] } else { &["id", "arn"] };
                for name in known {
                    if !names.iter().any(|it| it == name) {
                        names.push((*name).to_owned());
                    }
                }
                let entries = names.iter().map(|name| Entry {
                    key: SymStr::text(name.as_str()),
                    key_origin: Origin::default(),
                    value: self.block_value(data, kind, address, block, scope, Some(name), at),
                });
                let why = Why::new(Cause::Computed, address, Some(block.head.header));
                Val::new(Kind::Map(Map { entries: entries.collect(), rest: Some(why) }), Origin::at(at))
            }),
        }
    }

    /// The value that the code gives, or where that is wholly unknown, the plan.
    fn attribute_value(&self, data: bool, kind: &str, address: &str, block: &Block, scope: &Scope, name: &str) -> Val {
        let written = self.written_value(data, kind, address, block, scope, name);
        if !matches!(written.kind, Kind::Unknown(_)) {
            return written;
        }
        self.plan.and_then(|it| it.value(address, name)).unwrap_or(written)
    }

    fn written_value(&self, data: bool, kind: &str, address: &str, block: &Block, scope: &Scope, name: &str) -> Val {
        let header = block.head.header;
        let body = block.body(self);
        let written = |name: &str| body.attribute(name).map(|it| self.value(&it.value, scope));
        if data && let Some(value) = self.data_value(kind, address, block, scope, name) {
            return value;
        }
        if !data && is_bucket(kind) || (data && kind == "aws_s3_bucket") {
            let name_attr = bucket_types::name_argument(kind).unwrap_or("bucket");
            let outpost = written("outpost_id");
            if let Some(value) =
                self.bucket_value(kind, address, [written(name_attr), outpost], name, block, scope, data)
            {
                return value;
            }
        }
        // Terraform knows its type before its value: that of what goes in.
        if !data
            && kind == "terraform_data"
            && name == "output"
            && let Some(input) = written("input")
        {
            return typed(&input, &Symbol::new(address, name), header);
        }
        // A companion's own id and bucket are its bucket's.
        if !data
            && kind.starts_with("aws_s3_bucket_")
            && matches!(name, "id" | "bucket")
            && kind != "aws_s3_bucket_object"
            && let Some(value) = written("bucket")
        {
            return value;
        }
        match written(name) {
            // A name that is written but null is made up by the provider.
            Some(value) if value.kind != Kind::Null => value,
            _ => {
                let cause = if data { Cause::DataSource } else { Cause::Computed };
                let why = Why::new(cause, address, Some(header));
                let class = if name == "json" || name == "policy" { Class::Any } else { class_of(name) };
                Val::unknown(Symbol::new(address, name), class, why, Origin::at(header))
            }
        }
    }

    /// Attributes of a bucket that follow from its identity.
    #[expect(clippy::too_many_arguments, reason = "all of them identify one attribute of one instance of one block")]
    fn bucket_value(
        &self,
        kind: &str,
        address: &str,
        [written, outpost]: [Option<Val>; 2],
        name: &str,
        block: &Block,
        scope: &Scope,
        data: bool,
    ) -> Option<Val> {
        let header = block.head.header;
        let cause = if data { Cause::DataSource } else { Cause::Computed };
        let why = written.as_ref().and_then(Val::why).unwrap_or_else(|| Why::new(cause, address, Some(header)));
        // A data source names a bucket that is declared elsewhere, maybe in this very estate: its own words count.
        let own = match (&written, data) {
            (Some(value), true) => value.as_symstr()?,
            (Some(value), false) => identity(address, value.as_text().or_else(|| self.planned_name(address)), why),
            (None, _) => identity(address, self.planned_name(address), why),
        };
        let symbolic = match bucket_types::attribute(kind, name)? {
            BucketAttribute::Name => own,
            BucketAttribute::DomainName => {
                let mut text = own;
                text.push_str(&SymStr::text(".s3.amazonaws.com"));
                text
            }
            // Of a bucket that is declared here it is known by what it is called.
            BucketAttribute::RegionalDomainName if !data => return None,
            BucketAttribute::RegionalDomainName => {
                let mut text = own;
                text.push_str(&SymStr::text(".s3."));
                text.push_str(&self.region(block, scope).as_symstr()?);
                text.push_str(&SymStr::text(".amazonaws.com"));
                text
            }
            BucketAttribute::Arn(service) => {
                let place = bucket_types::Place {
                    region: self.region(block, scope).as_symstr()?,
                    account: self.account(block, scope).as_symstr()?,
                    outpost: outpost.and_then(|it| it.as_symstr()),
                };
                bucket_types::arn(service, &self.partition(block, scope).as_symstr()?, &place, &own)
            }
        };
        Some(Val::new(Kind::String(symbolic), Origin::at(header)))
    }

    fn planned_name(&self, address: &str) -> Option<String> {
        self.plan?.value(address, "bucket")?.as_text()
    }

    /// What a data source gives, where that is known without asking.
    fn data_value(&self, kind: &str, address: &str, block: &Block, scope: &Scope, name: &str) -> Option<Val> {
        let at = block.head.header;
        match (kind, name) {
            ("aws_iam_policy_document", "json" | "minified_json") => {
                Some(resources::policy_document::evaluate(self, block, scope))
            }
            ("aws_caller_identity", "account_id" | "id") => Some(self.account(block, scope)),
            ("aws_region", "name" | "id" | "region") => Some(self.region(block, scope)),
            ("aws_partition", "partition" | "id") => Some(self.partition(block, scope)),
            ("aws_partition", "dns_suffix") => {
                let suffix = match self.partition(block, scope).as_text().as_deref() {
                    Some("aws-cn") => "amazonaws.com.cn",
                    _ => "amazonaws.com",
                };
                Some(Val::string(suffix, Origin::at(at)))
            }
            ("aws_canonical_user_id", "id") => {
                let owner = resources::provider::owner(self, &scope.instance, &block.body(self));
                let why = Why::new(Cause::Deployment, format!("the canonical user id of {owner}"), Some(at));
                Some(Val::unknown(Symbol::new(owner, "canonical_user_id"), Class::Identifier, why, Origin::at(at)))
            }
            // Accounts and users of AWS's own, one in each region: none of them is everyone.
            (
                "aws_elb_service_account"
                | "aws_redshift_service_account"
                | "aws_cloudtrail_service_account"
                | "aws_billing_service_account"
                | "aws_cloudfront_log_delivery_canonical_user_id",
                _,
            ) => {
                let why = Why::new(Cause::Deployment, address, Some(at));
                let class = if name == "arn" { Class::Arn } else { Class::Identifier };
                Some(Val::unknown(Symbol::new(address, name), class, why, Origin::at(at)))
            }
            ("template_file", "rendered") => {
                let body = block.body(self);
                let template = self.value(&body.attribute("template")?.value, scope);
                let vars = body.attribute("vars").map_or_else(
                    || Val::new(Kind::Map(Map::default()), Origin::at(at)),
                    |it| self.value(&it.value, scope),
                );
                let Kind::String(text) = &template.kind else { return None };
                let [Seg::Lit(piece)] = text.segs() else { return None };
                self.render(std::slice::from_ref(piece), &vars, scope, at).ok()
            }
            _ => None,
        }
    }

    /// The account that a block acts in. That of another configuration is another account than the own one, or may be.
    fn account(&self, block: &Block, scope: &Scope) -> Val {
        let (at, body) = (block.head.header, block.body(self));
        let owner = resources::provider::owner(self, &scope.instance, &body);
        if let ("aws", Some(_)) = (owner.as_str(), &self.options.account_id) {
            return self.deployment("account_id", at);
        }
        match (resources::provider::account_of(self, &scope.instance, &body), owner.as_str()) {
            (Some(known), _) => Val::string(known, Origin::at(at)),
            (None, "aws") => self.deployment("account_id", at),
            (None, _) => {
                let why = Why::new(Cause::Deployment, format!("the account of {owner}"), Some(at));
                Val::unknown(Symbol::new(owner, "account_id"), Class::AccountId, why, Origin::at(at))
            }
        }
    }

    fn region(&self, block: &Block, scope: &Scope) -> Val {
        let known = resources::provider::region(self, block, scope);
        known.unwrap_or_else(|| self.deployment("region", block.head.header))
    }

    /// The partition: what the run was told, else that of the region.
    fn partition(&self, block: &Block, scope: &Scope) -> Val {
        let at = block.head.header;
        let region = match self.options.partition {
            None => self.region(block, scope).as_text(),
            Some(_) => None,
        };
        match region {
            Some(region) => Val::string(crate::model::partition_of(&region), Origin::at(at)),
            None => self.deployment("partition", at),
        }
    }

    /// `module.name…`.
    pub(super) fn module_reference(&self, name: &str, ops: Ops, at: Span, scope: &Scope) -> Evaluated {
        let address = scope.instance.address(&format!("module.{name}"));
        let Some(call) = scope.instance.module.calls.get(name) else {
            let missing = unknown(Symbol::new(address.clone(), ""), Cause::Undeclared, &address, at);
            return self.steps(missing, ops, at, scope);
        };
        let Some(children) = self.children(name, &Scope::of(&scope.instance)) else {
            return self.not_here((name, call), ops, at, scope);
        };
        let expansion = self.expansion(&format!("module.{name}"), call, &Scope::of(&scope.instance));
        if expansion.kind == Repetition::Single {
            let Some((child, one)) = children.first().zip(expansion.members.first()) else {
                return self.steps(Val::new(Kind::Null, Origin::at(at)), ops, at, scope);
            };
            return match ops.split_first() {
                Some(((TraversalOp::Attribute(output), _), rest)) => {
                    let value = self.when_there(one, scope, self.output(child, output, at), at);
                    self.steps(value, rest, at, scope)
                }
                _ => self.steps(self.or_null(one, scope, self.outputs(child, at), at), ops, at, scope),
            };
        }
        if let [(TraversalOp::Index(index), _), (TraversalOp::Attribute(output), _), rest @ ..] = ops {
            let index = self.eval(index, scope)?;
            let found = expansion.find(&index).and_then(|it| expansion.members.get(it).zip(children.get(it)));
            if let Some((one, child)) = found {
                let value = one_of::by_index(
                    self,
                    one,
                    (&index, &format!("module.{name}")),
                    self.output(child, output, at),
                    at,
                );
                let value = self.when_there(one, scope, value, at);
                return self.steps(value, rest, at, scope);
            }
        }
        let whole = self.collection(&expansion.members, expansion.kind, at, |one| {
            let position = expansion.members.iter().position(|it| it.suffix == one.suffix);
            match position.and_then(|it| children.get(it)) {
                Some(child) => self.outputs(child, at),
                None => Val::new(Kind::Null, Origin::at(at)),
            }
        });
        self.steps(whole, ops, at, scope)
    }

    fn output(&self, child: &Arc<Instance>, name: &str, at: Span) -> Val {
        let address = format!("{}.{name}", child.path);
        let Some(block) = child.module.outputs.get(name) else {
            return unknown(Symbol::new(address.clone(), ""), Cause::Undeclared, &address, at);
        };
        let key = Key { instance: child.id, kind: "output", name: name.to_owned() };
        let value = self.remember(key, at, || match block.body(self).attribute("value") {
            Some(value) => self.value(&value.value, &Scope::of(child)),
            None => Val::new(Kind::Null, Origin::at(block.head.header)),
        });
        let origin = value.origin.used_at(at, HopKind::Output, address);
        Val { origin, ..value }
    }

    fn outputs(&self, child: &Arc<Instance>, at: Span) -> Val {
        let entries = child.module.outputs.keys().map(|name| Entry {
            key: SymStr::text(name.as_str()),
            key_origin: Origin::default(),
            value: self.output(child, name, at),
        });
        Val::new(Kind::Map(Map { entries: entries.collect(), rest: None }), Origin::at(at))
    }
}

fn is_bucket(kind: &str) -> bool {
    bucket_types::name_argument(kind).is_some()
}

/// A value of the type of another one, of which only the type is known.
fn typed(of: &Val, symbol: &Symbol, at: Span) -> Val {
    let inner = |name: &str| Symbol::new(symbol.entity.clone(), format!("{}.{name}", symbol.attribute));
    let kind = match &of.kind {
        Kind::List(list) => Kind::List(List {
            items: list.items.iter().enumerate().map(|(index, it)| typed(it, &inner(&index.to_string()), at)).collect(),
            rest: list.rest.clone(),
        }),
        Kind::Map(map) => {
            let entry = |it: &Entry| Entry { value: typed(&it.value, &inner(&it.key.display()), at), ..it.clone() };
            Kind::Map(Map { entries: map.entries.iter().map(entry).collect(), rest: map.rest.clone() })
        }
        _ => {
            let why = Why::new(Cause::Computed, symbol.entity.to_string(), Some(at));
            let unknown = Val::unknown(symbol.clone(), Class::Any, why, Origin::at(at));
            return Val { scalar: of.scalar_type(), ..unknown };
        }
    };
    Val { is_set: of.is_set, ..Val::new(kind, Origin::at(at)) }
}
