//! Contracts: what a call of a well-known module makes, in Terraform's own language, for calls whose source is not here.
//!
//! A contract is evaluated as if it were the module. A person never sees its places, for nobody has the file: they are shown as
//! the call (see [`crate::source::SourceFile::stands_at`]).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::{Diagnostic, Gravity};
use crate::syntax::hcl::Body;
use crate::value::Val;

use super::eval::{World, normal};
use super::instance::Instance;
use super::module::{self, Block};

const S3_BUCKET: &str = include_str!("terraform-aws-modules-s3-bucket.tf");

/// The text of a contract, and what it says of itself.
struct Contract {
    text: String,
    title: String,
}

/// The folder under which the contract of a call is loaded; `None` where there is none for its source and version.
pub(super) fn folder(world: &World, name: &str, call: &Block, body: &Body, parent: &Instance) -> Option<PathBuf> {
    let constant = |name: &str| body.attribute(name).map(|it| world.constant(&it.value));
    let source = constant("source").as_ref().and_then(Val::as_text)?;
    let version = match constant("version") {
        Some(version) => Some(version.as_text()?),
        None => None,
    };
    let contract = find(&source, version.as_deref())?;
    let address = parent.address(&format!("module.{name}"));
    let path = normal(&world.root.join(format!(".bucketlint-contract/{address}")));
    let at = call.head.header;
    let file = world.sources.add_stand_in(&path.join("main.tf"), &contract.text, at);
    let mut loaded = module::of_file(world.sources, file, Path::new("main.tf"), &mut Vec::new());
    loaded.dir.clone_from(&path);
    world.modules.borrow_mut().insert(path.clone(), Arc::new(loaded));
    let message = format!("{address} is judged by what is known of {}: its source is not here", contract.title);
    let help = "run `terraform init` so that the module itself is judged";
    world.diagnostics.borrow_mut().push(Diagnostic::at("contract", Gravity::Note, at, message).help(help));
    Some(path)
}

fn find(source: &str, version: Option<&str>) -> Option<Contract> {
    const REGISTRY: &str = "terraform-aws-modules/s3-bucket/aws";
    const REPOSITORY: &str = "github.com/terraform-aws-modules/terraform-aws-s3-bucket";
    let plain = source.strip_prefix("registry.terraform.io/").unwrap_or(source);
    let major = if plain == REGISTRY {
        newest_major(version, 5)?
    } else {
        let (from, query) = source.split_once('?').unwrap_or((source, ""));
        let from = from.strip_prefix("git::").unwrap_or(from);
        let from = from.split_once("://").map_or(from, |it| it.1).trim_end_matches(".git");
        let revision = query.split('&').find_map(|it| it.strip_prefix("ref="));
        match (from == REPOSITORY, revision) {
            (false, _) => return None,
            (true, None) => 5,
            (true, Some(revision)) => revision.trim_start_matches('v').split('.').next()?.parse().ok()?,
        }
    };
    let (text, versions) = match major {
        0..=3 => (S3_BUCKET.replacen("blocked = true", "blocked = false", 1), "up to version 3"),
        _ => (S3_BUCKET.to_owned(), "since version 4"),
    };
    Some(Contract { text, title: format!("{REGISTRY} {versions}") })
}

/// The newest major version that a constraint allows, up to the newest that there is: what `terraform init` would take. `None`
/// where the constraint is not understood.
fn newest_major(constraint: Option<&str>, newest: u32) -> Option<u32> {
    let Some(constraint) = constraint else { return Some(newest) };
    let parts: Vec<(&str, Vec<u32>)> = constraint.split(',').map(part).collect::<Option<_>>()?;
    (0..=newest).rev().find(|major| {
        parts.iter().all(|(operator, version)| {
            let own = version.first().copied().unwrap_or(0);
            let is_start = version.iter().skip(1).all(|it| *it == 0);
            match *operator {
                "" | "=" => *major == own,
                "~>" if version.len() < 2 => own <= *major,
                "~>" => *major == own,
                ">=" | ">" => own <= *major,
                "<=" => *major <= own,
                // Below 4.0.0 there is no version 4; below 4.2 there is.
                "<" => *major < own || (*major == own && !is_start),
                _ => true,
            }
        })
    })
}

fn part(text: &str) -> Option<(&str, Vec<u32>)> {
    let text = text.trim();
    let number = text.trim_start_matches(['<', '>', '=', '~', '!', ' ', 'v']);
    let operator = text.get(..text.len() - number.len())?.trim().trim_end_matches('v').trim();
    let version = number.split(['-', '+']).next()?.split('.').map(|it| it.trim().parse().ok());
    Some((operator, version.collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let check = |constraint: &str, expected: Option<u32>| {
            assert_eq!(newest_major(Some(constraint), 5), expected, "{constraint}");
        };
        check("4.1.2", Some(4));
        check("= 3.0", Some(3));
        check("~> 3.0", Some(3));
        check("~> 4", Some(5));
        check(">= 2.0", Some(5));
        check(">= 2.0, < 4.0", Some(3));
        check("< 4.2.0", Some(4));
        check("<= 3.15.1", Some(3));
        check("latest", None);
        check("> 9", None);
        assert_eq!(newest_major(None, 5), Some(5));
    }

    #[test]
    fn sources() {
        let found = |source: &str, version: Option<&str>| find(source, version).map(|it| it.title);
        let new = Some("terraform-aws-modules/s3-bucket/aws since version 4".to_owned());
        let old = Some("terraform-aws-modules/s3-bucket/aws up to version 3".to_owned());
        assert_eq!(found("terraform-aws-modules/s3-bucket/aws", None), new);
        assert_eq!(found("terraform-aws-modules/s3-bucket/aws", Some("~> 3.0")), old);
        assert_eq!(found("terraform-aws-modules/s3-bucket/aws//modules/notification", None), None);
        let git = "git::https://github.com/terraform-aws-modules/terraform-aws-s3-bucket.git?ref=v3.15.1";
        assert_eq!(found(git, None), old);
        assert_eq!(found("git::https://github.com/other/terraform-aws-s3-bucket.git?ref=v3.15.1", None), None);
    }
}
