//! The account that a `provider "aws"` block works in, where the block says it.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#allowed_account_ids-1>

use std::sync::Arc;

use crate::value::{Kind, Val};

use super::super::eval::World;
use super::super::instance::{Instance, Scope};
use super::node::Node;

/// The own account of the provider configuration `alias` (`aws`, `aws.west`) of a root module: the only account that it
/// allows, or the account of the role that it assumes.
pub(in crate::frontend::terraform) fn account(world: &World, root: &Arc<Instance>, alias: &str) -> Option<String> {
    let blocks = root.module.providers.iter().filter(|it| it.label(0) == "aws");
    let mut found = blocks.filter_map(|block| {
        let node = Node::Block { world, body: block.body(world), scope: Scope::of(root), header: block.head.header };
        let own = node.get("alias").and_then(|it| it.as_text()).map_or("aws".to_owned(), |it| format!("aws.{it}"));
        (own == alias).then_some(node)
    });
    let node = found.next()?;
    only_allowed(node.get("allowed_account_ids")).or_else(|| {
        // Roles may be assumed one after the other: the last one counts.
        let roles = node.blocks("assume_role").nodes;
        let arn = roles.last()?.get("role_arn")?.as_text()?;
        arn.split(':').nth(4).filter(|it| is_account(it)).map(str::to_owned)
    })
}

fn only_allowed(value: Option<Val>) -> Option<String> {
    let Kind::List(list) = value?.kind else { return None };
    match (list.items.as_slice(), &list.rest) {
        ([only], None) => only.as_text().filter(|it| is_account(it)),
        _ => None,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit())
}
