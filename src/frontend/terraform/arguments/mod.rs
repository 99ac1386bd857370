//! Which arguments the resource types around S3 have: an argument that a type does not have is a slip, and what it was meant to
//! set is not set.
//!
//! `arguments.tsv` is written by `generate.mjs` from the typed bindings of the AWS provider. A provider may be newer than the
//! table, so what is not in it is told in a note only.

use std::sync::OnceLock;

use crate::source::Span;
use crate::syntax::hcl::Body;

use super::super::shared::NameTable;
use super::eval::World;
use super::module::Block;

const TABLE: &str = include_str!("arguments.tsv");

/// What every resource has, whatever its type.
const META: [&str; 7] = ["count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner"];

fn table() -> &'static NameTable {
    static PARSED: OnceLock<NameTable> = OnceLock::new();
    PARSED.get_or_init(|| NameTable::parse(TABLE))
}

/// Tells of arguments that a block of a known type does not have.
pub(super) fn check(world: &World, kind: &str, block: &Block) {
    if world.sources.file(block.file).stands_at.is_none() && table().knows(kind) {
        body(world, kind, "", &block.body(world));
    }
}

fn body(world: &World, kind: &str, path: &str, written: &Body) {
    let Some(known) = table().names(kind, path) else { return };
    let told = |name: &str, at: Span| {
        let is_known = known.contains(&name) || (path.is_empty() && META.contains(&name)) || name == "timeouts";
        if !is_known {
            world.note("unknown-argument", at, table().complaint("argument", kind, path, name));
        }
    };
    for attribute in &written.attributes {
        told(&attribute.name.text, attribute.name.span);
    }
    for block in &written.blocks {
        let (name, at) = match (block.kind.text.as_str(), block.labels.first()) {
            ("dynamic", Some(label)) => (label.text.as_str(), label.span),
            (name, _) => (name, block.kind.span),
        };
        told(name, at);
        let below = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        if block.kind.text == "dynamic" {
            block.body.blocks_of("content").for_each(|it| body(world, kind, &below, &it.body));
        } else {
            body(world, kind, &below, &block.body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        table().assert_whole(60);
    }

    /// Every type that is lowered by name is in the table.
    #[test]
    fn lowered_types_are_known() {
        let sources = [
            include_str!("../resources/mod.rs"),
            include_str!("../resources/companions.rs"),
            include_str!("../resources/organization.rs"),
        ];
        let quoted = sources.iter().flat_map(|it| it.split('"').skip(1).step_by(2));
        let kinds: Vec<&str> = quoted.filter(|it| it.starts_with("aws_s3") && it.len() > "aws_s3".len()).collect();
        assert!(20 < kinds.len());
        for kind in kinds {
            assert!(table().knows(kind), "{kind}");
        }
    }
}
