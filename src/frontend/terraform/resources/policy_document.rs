//! Reads the blocks of `data.aws_iam_policy_document`; what they make is in [`super::super::policy_document`].

use crate::value::{Guard, Val};

use super::super::eval::World;
use super::super::instance::Scope;
use super::super::module::Block;
use super::super::policy_document::{
    Blocks, ConditionArgs, PolicyDocumentArgs, PrincipalArgs, StatementArgs, document, refusals,
};
use super::node::{Guarded, Nested, Node};

/// The JSON of a document, as a tree whose places are those of its blocks.
pub(in crate::frontend::terraform) fn evaluate(world: &World, block: &Block, scope: &Scope) -> Val {
    let header = block.head.header;
    let args = arguments(&Node::Block { world, body: block.body(world), scope: scope.clone(), header });
    for (origin, message) in refusals(&args) {
        world.note("invalid-policy-document", origin.span.unwrap_or(header), message);
    }
    document(&args)
}

/// The same of arguments, wherever they were read.
pub(in crate::frontend::terraform) fn of_node(node: &Node) -> Val {
    document(&arguments(node))
}

fn arguments(node: &Node) -> PolicyDocumentArgs {
    let Guarded { nodes, rest, .. } = node.blocks_perhaps("statement");
    PolicyDocumentArgs {
        origin: node.origin(),
        version: node.get("version"),
        policy_id: node.get("policy_id"),
        source_policy_documents: node.get("source_policy_documents"),
        override_policy_documents: node.get("override_policy_documents"),
        source_json: node.get("source_json"),
        override_json: node.get("override_json"),
        statements: nodes.iter().map(|(exists, it)| statement(it, exists)).collect(),
        rest,
    }
}

fn statement(node: &Node, exists: &Guard) -> StatementArgs {
    StatementArgs {
        origin: node.origin(),
        exists: exists.clone(),
        sid: node.get("sid"),
        effect: node.get("effect"),
        actions: node.get("actions"),
        not_actions: node.get("not_actions"),
        resources: node.get("resources"),
        not_resources: node.get("not_resources"),
        principals: blocks(node, "principals", principal),
        not_principals: blocks(node, "not_principals", principal),
        conditions: blocks(node, "condition", condition),
    }
}

fn blocks<T>(node: &Node, name: &str, read: fn(&Node) -> T) -> Blocks<T> {
    let Nested { nodes, rest } = node.blocks(name);
    Blocks { known: nodes.iter().map(read).collect(), rest }
}

fn principal(node: &Node) -> PrincipalArgs {
    PrincipalArgs { origin: node.origin(), kind: node.get("type"), identifiers: node.get("identifiers") }
}

fn condition(node: &Node) -> ConditionArgs {
    ConditionArgs {
        origin: node.origin(),
        test: node.get("test"),
        variable: node.get("variable"),
        values: node.get("values"),
    }
}
