//! Which arguments the resource types around S3 have: an argument that a type does not have is a slip, and what it was meant to
//! set is not set.
//!
//! `arguments.tsv` is written by `generate.mjs` from the typed bindings of the AWS provider. A provider may be newer than the
//! table, so what is not in it is told in a note only.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::source::{Span, nearest};
use crate::syntax::hcl::Body;

use super::eval::World;
use super::module::Block;

const TABLE: &str = include_str!("arguments.tsv");

/// What every resource has, whatever its type.
const META: [&str; 7] = ["count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner"];

/// Names of arguments by type and path of nested blocks.
type Table = BTreeMap<(&'static str, &'static str), Vec<&'static str>>;

fn table() -> &'static Table {
    static PARSED: OnceLock<Table> = OnceLock::new();
    PARSED.get_or_init(|| {
        let line = |line: &'static str| {
            let mut columns = line.split('\t');
            let key = (columns.next()?, columns.next()?);
            let names = columns.next()?.split(' ').map(|it| it.trim_end_matches(['{', '}', '*'])).collect();
            Some((key, names))
        };
        TABLE.lines().filter_map(line).collect()
    })
}

/// `AWS provider 6.1.0`: what the table was made from.
fn provider() -> &'static str {
    TABLE.split([',', '\n']).next().unwrap_or_default().trim_start_matches("# ")
}

/// Tells of arguments that a block of a known type does not have.
pub(super) fn check(world: &World, kind: &str, block: &Block) {
    if world.sources.file(block.file).stands_at.is_none() && table().contains_key(&(kind, "")) {
        body(world, kind, "", &block.body(world));
    }
}

fn body(world: &World, kind: &str, path: &str, written: &Body) {
    let Some(known) = table().get(&(kind, path)) else { return };
    let told = |name: &str, at: Span| {
        let is_known = known.contains(&name) || (path.is_empty() && META.contains(&name)) || name == "timeouts";
        if !is_known {
            let of = if path.is_empty() { kind.to_owned() } else { format!("`{path}` of {kind}") };
            let meant = nearest(name, known.iter().copied());
            let meant = meant.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
            let message = format!("`{name}` is no argument of {of} in {}{meant}", provider());
            world.note("unknown-argument", at, message);
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
        assert!(60 < table().keys().filter(|it| it.1.is_empty()).count());
        for ((kind, path), names) in table() {
            assert!(names.windows(2).all(|it| matches!(it, [a, b] if a < b)), "{kind} {path}");
            // A nested body stands below a name of the outer one.
            let (outer, name) = path.rsplit_once('.').unwrap_or(("", path));
            assert!(path.is_empty() || table()[&(*kind, outer)].contains(&name), "{kind} {path}");
        }
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
            assert!(table().contains_key(&(kind, "")), "{kind}");
        }
    }
}
