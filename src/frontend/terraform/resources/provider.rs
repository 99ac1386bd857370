//! What a `provider "aws"` block says: the account and the region that it works in, and tags for everything.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#allowed_account_ids-1>

use std::sync::Arc;

use crate::model::{Provider, Tag};
use crate::source::Span;
use crate::syntax::hcl::Body;
use crate::value::{Attr, Kind, Val, Value, is_account_id};

use super::super::eval::World;
use super::super::instance::{Instance, Scope};
use super::super::module::Block;
use super::features;
use super::node::Node;

/// The own account of the provider configuration `alias` (`aws`, `aws.west`) of a root module: the only account that it
/// allows, or the account of the role that it assumes.
pub(in crate::frontend::terraform) fn account(world: &World, root: &Arc<Instance>, alias: &str) -> Option<String> {
    let node = configuration(world, root, alias)?;
    only_allowed(node.get("allowed_account_ids")).or_else(|| {
        // Roles may be assumed one after the other: the last one counts.
        let roles = node.blocks("assume_role").nodes;
        let arn = roles.last()?.get("role_arn")?.as_text()?;
        arn.split(':').nth(4).filter(|it| is_account_id(it)).map(str::to_owned)
    })
}

/// The tags that a provider configuration adds to everything, under what the bucket says itself.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#default_tags>
pub(in crate::frontend::terraform) fn tags(
    world: &World,
    root: &Arc<Instance>,
    alias: &str,
    own: Attr<Vec<Tag>>,
) -> Attr<Vec<Tag>> {
    let Some(node) = configuration(world, root, alias) else { return own };
    let added = match node.block("default_tags") {
        Value::Known(block) => features::tags(&block, &block.origin()),
        Value::Absent => return own,
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, own.origin.clone()),
    };
    match (&own.value, &added.value) {
        (_, Value::Absent) | (Value::Unknown(_) | Value::OneOf(..), _) => own,
        (Value::Absent, _) => added,
        (Value::Known(own_tags), Value::Known(added)) => {
            let more = added.iter().filter(|it| !own_tags.iter().any(|own| own.key == it.key));
            Attr::known(own_tags.iter().chain(more).cloned().collect(), own.origin.clone())
        }
        (Value::Known(_), Value::Unknown(why) | Value::OneOf(_, why)) => Attr::unknown(why.clone(), own.origin.clone()),
    }
}

/// The `provider "aws"` block of an alias in a root module.
fn configuration<'w, 's>(world: &'w World<'s>, root: &Arc<Instance>, alias: &str) -> Option<Node<'w, 's>> {
    blocks(root).map(|it| configured(world, root, it)).find(|it| it.0 == alias).map(|it| it.1)
}

fn blocks(root: &Instance) -> impl Iterator<Item = &Arc<Block>> {
    root.module.providers.iter().filter(|it| it.label(0) == "aws")
}

/// A block with its alias.
fn configured<'w, 's>(world: &'w World<'s>, root: &Arc<Instance>, block: &Block) -> (String, Node<'w, 's>) {
    let node = Node::Block { world, body: block.body(world), scope: Scope::of(root), header: block.head.header };
    let alias = node.get("alias").and_then(|it| it.as_text()).map_or("aws".to_owned(), |it| format!("aws.{it}"));
    (alias, node)
}

/// What the model calls a provider configuration of an alias.
pub(in crate::frontend::terraform) fn name(world: &World, alias: &str) -> String {
    format!("{}|{alias}", world.root.display())
}

/// What the model calls those that a root module has.
pub(in crate::frontend::terraform) fn names(world: &World, root: &Arc<Instance>) -> Vec<String> {
    blocks(root).map(|it| name(world, &configured(world, root, it).0)).collect()
}

/// The name under which a block of an instance finds its provider configuration in the root module.
pub(in crate::frontend::terraform) fn alias(world: &World, instance: &Instance, body: &Body) -> String {
    let written = body.attribute("provider").map_or_else(
        || "aws".to_owned(),
        |it| world.sources.file(it.value.span.file).slice(it.value.span).trim().trim_matches('"').to_owned(),
    );
    instance.providers.get(&written).cloned().unwrap_or(written)
}

/// The configuration of what says none.
const DEFAULT: &str = "aws";

/// What decides whom a provider configuration acts as.
const CREDENTIALS: [&str; 13] = [
    "access_key",
    "allowed_account_ids",
    "assume_role",
    "assume_role_with_web_identity",
    "endpoints",
    "forbidden_account_ids",
    "profile",
    "secret_key",
    "shared_config_files",
    "shared_credentials_file",
    "shared_credentials_files",
    "sts_region",
    "token",
];

/// In whose name a block acts: `aws` where that is the default configuration's, else the alias. Aliases that differ in nothing
/// but the region act as one.
pub(in crate::frontend::terraform) fn owner(world: &World, instance: &Arc<Instance>, body: &Body) -> String {
    let alias = alias(world, instance, body);
    let root = root_of(instance);
    let is_default =
        |of: &Arc<Instance>| described(world, of, &alias).is_one_account(&described(world, &root, DEFAULT));
    if alias == DEFAULT || is_default(&root) || is_default(instance) { DEFAULT.to_owned() } else { alias }
}

/// The account that a block acts in, where its provider configuration says it.
pub(in crate::frontend::terraform) fn account_of(
    world: &World,
    instance: &Arc<Instance>,
    body: &Body,
) -> Option<String> {
    account(world, &root_of(instance), &alias(world, instance, body))
}

/// The text of what decides whom the configuration of an alias acts as; `None` where there is no such configuration.
fn credentials(world: &World, instance: &Arc<Instance>, alias: &str) -> Option<Vec<String>> {
    let Node::Block { body, .. } = configuration(world, instance, alias)? else { return None };
    let attributes = body.attributes.iter().map(|it| (&it.name.text, it.span));
    let written = attributes.chain(body.blocks.iter().map(|it| (&it.kind.text, it.span)));
    let written = written.filter(|(name, _)| CREDENTIALS.contains(&name.as_str()));
    let text = |at: Span| world.sources.file(at.file).slice(at).split_whitespace().collect::<String>();
    let mut all: Vec<String> = written.map(|(_, at)| text(at)).collect();
    all.sort();
    Some(all)
}

/// What the code says of a provider configuration: the default one is there without a block.
pub(in crate::frontend::terraform) fn described(world: &World, root: &Arc<Instance>, alias: &str) -> Provider {
    let is_default = alias == DEFAULT;
    let region = configuration(world, root, alias).and_then(|it| {
        let known = it.get("region").and_then(|it| it.as_text());
        let Node::Block { body, .. } = it else { return known };
        let written = || body.attribute("region").map(|it| it.value.span);
        known.or_else(|| written().map(|at| world.sources.file(at.file).slice(at).trim().to_owned()))
    });
    Provider {
        credentials: credentials(world, root, alias).or_else(|| is_default.then(Vec::new)),
        account: account(world, root, alias),
        region,
    }
}

fn root_of(instance: &Arc<Instance>) -> Arc<Instance> {
    let mut root = instance.clone();
    while let Some((_, outer)) = &root.call {
        root = outer.instance.clone();
    }
    root
}

/// The region that a block works in: its own (provider version 6), else that of its provider configuration. `None` where
/// neither says it in a way that is known.
pub(in crate::frontend::terraform) fn region(world: &World, block: &Block, scope: &Scope) -> Option<Val> {
    let body = block.body(world);
    let own = body.attribute("region").map(|it| world.value(&it.value, scope));
    let region = match own.filter(|it| it.kind != Kind::Null) {
        Some(own) => own,
        None => {
            let alias = alias(world, &scope.instance, &body);
            configuration(world, &root_of(&scope.instance), &alias)?.get("region")?
        }
    };
    region.as_text().is_some().then_some(region)
}

fn only_allowed(value: Option<Val>) -> Option<String> {
    let Kind::List(list) = value?.kind else { return None };
    match (list.items.as_slice(), &list.rest) {
        ([only], None) => only.as_text().filter(|it| is_account_id(it)),
        _ => None,
    }
}
