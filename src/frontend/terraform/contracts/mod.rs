//! Contracts: what a call of a module makes, in Terraform's own language, for calls whose source is not here.
//!
//! A contract is evaluated as if it were the module. A person never sees its places, for the file is not what was asked about:
//! they are shown as the call (see [`crate::source::SourceFile::stands_at`]). `library` has those that come with the program,
//! `own` reads the user's, `generate` makes one from a module's source.

mod bucketless;
pub mod generate;
mod library;
mod origin;
mod own;
mod version;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::{Diagnostic, Gravity};
use crate::syntax::hcl::Body;
use crate::value::Val;

use super::Options;
use super::eval::{World, normal};
use super::instance::Instance;
use super::module::{self, Block};

pub use bucketless::{Bucketless, known};
pub(super) use origin::{is_same, plain};
pub use own::read;

use origin::{Wanted, wanted};
pub use version::Constraint;

/// A contract: for which calls, and what they make.
#[derive(Clone, Debug)]
pub struct Contract {
    /// The sources that it stands for, plain (see [`plain`]).
    sources: Vec<String>,
    /// The versions that it knows; `None` for all.
    versions: Option<Constraint>,
    /// Terraform configuration.
    text: String,
    /// What it is called in messages.
    title: String,
}

impl Contract {
    fn fits(&self, source: &str, wanted: &Wanted) -> bool {
        let versions = match (&self.versions, wanted) {
            (None, _) | (Some(_), Wanted::Newest) => true,
            (Some(own), Wanted::Version(asked)) => own.meets(asked),
            (Some(_), Wanted::Other) => false,
        };
        versions && self.sources.iter().any(|it| it == source)
    }
}

/// The source and the version that a call asks for; `None` where they are not known.
fn asked(world: &World, body: &Body) -> Option<(String, Option<String>)> {
    let constant = |name: &str| body.attribute(name).map(|it| world.constant(&it.value));
    let source = constant("source").as_ref().and_then(Val::as_text)?;
    let version = match constant("version") {
        Some(version) => Some(version.as_text()?),
        None => None,
    };
    Some((source, version))
}

/// Whether a call makes no bucket: nothing of it is missed. Who says so is told.
pub(super) fn is_bucketless(world: &World, name: &str, call: &Block, body: &Body, parent: &Instance) -> bool {
    let reason = asked(world, body)
        .and_then(|(source, version)| bucketless::reason(world.options, &source, version.as_deref(), body));
    if let Some(reason) = &reason {
        let address = parent.address(&format!("module.{name}"));
        let by = match reason {
            bucketless::Reason::Known(title) => format!("what is known of {title}"),
            bucketless::Reason::Said => "`modules-without-buckets`".to_owned(),
        };
        let message = format!("{address} makes no bucket, by {by}: its source is not here");
        let help = "run `terraform init` so that the module itself is judged";
        let note = Diagnostic::at("contract", Gravity::Note, call.head.header, message).help(help);
        let mut diagnostics = world.diagnostics.borrow_mut();
        if !diagnostics.contains(&note) {
            diagnostics.push(note);
        }
    }
    reason.is_some()
}

/// The folder under which the contract of a call is loaded; `None` where there is none for its source and version.
pub(super) fn folder(world: &World, name: &str, call: &Block, body: &Body, parent: &Instance) -> Option<PathBuf> {
    let (source, version) = asked(world, body)?;
    let contract = find(&world.options.contracts, &source, version.as_deref())?;
    let address = parent.address(&format!("module.{name}"));
    let path = normal(&world.root.join(FOLDER).join(&address));
    let at = call.head.header;
    let file = world.sources.add_stand_in(&path.join("main.tf"), &contract.text, at);
    let mut loaded = module::of_file(world.sources, file, Path::new("main.tf"), &mut Vec::new());
    loaded.dir.clone_from(&path);
    world.modules.borrow_mut().insert(path.clone(), Arc::new(loaded));
    // What a contract calls in its turn is part of what is known of it.
    if !parent.module.dir.components().any(|it| it.as_os_str() == FOLDER) {
        let message = format!("{address} is judged by what is known of {}: its source is not here", contract.title);
        let help = "run `terraform init` so that the module itself is judged";
        world.diagnostics.borrow_mut().push(Diagnostic::at("contract", Gravity::Note, at, message).help(help));
    }
    Some(path)
}

/// The folder in which contracts are thought to lie.
pub const FOLDER: &str = ".bucketlint-contract";

/// The contract of a call: the user's first, then those of the program, newest first.
fn find<'c>(own: &'c [Contract], source: &str, version: Option<&str>) -> Option<&'c Contract> {
    let wanted = wanted(source, version);
    let source = plain(source);
    own.iter().chain(library::all()).find(|it| it.fits(&source, &wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str, version: Option<&str>) -> Option<&'static str> {
        find(&[], source, version).map(|it| it.title.as_str())
    }

    #[test]
    fn sources() {
        let new = Some("terraform-aws-modules/s3-bucket/aws since version 3.9");
        let old = Some("terraform-aws-modules/s3-bucket/aws up to version 3.8");
        let source = "terraform-aws-modules/s3-bucket/aws";
        assert_eq!(found(source, None), new);
        assert_eq!(found(source, Some("~> 3.8.0")), old);
        assert_eq!(found("registry.terraform.io/terraform-aws-modules/s3-bucket/aws", Some("4.1")), new);
        assert_eq!(found("terraform-aws-modules/s3-bucket/aws//modules/notification", None), None);
        let git = "git::https://github.com/terraform-aws-modules/terraform-aws-s3-bucket.git?ref=";
        assert_eq!(found(&format!("{git}v3.7.0"), None), old);
        assert_eq!(found(&format!("{git}main"), None), None);
        assert_eq!(found("git::https://github.com/other/terraform-aws-s3-bucket.git?ref=v3.15.1", None), None);
    }

    /// What `terraform init` would take: the newest version that the constraint allows.
    #[test]
    fn versions() {
        let is_new = |constraint: &str| {
            let found = found("terraform-aws-modules/s3-bucket/aws", Some(constraint));
            found.map(|it| it.ends_with("since version 3.9"))
        };
        for (constraint, expected) in [
            ("4.1.2", Some(true)),
            ("= 3.0", Some(false)),
            ("~> 3.0", Some(true)),
            ("~> 3.8.1", Some(false)),
            ("3.9.0", Some(true)),
            ("~> 4", Some(true)),
            (">= 2.0", Some(true)),
            (">= 2.0, < 3.9", Some(false)),
            ("< 4.2.0", Some(true)),
            ("<= 3.15.1", Some(true)),
            ("latest", None),
            ("> 9", None),
        ] {
            assert_eq!(is_new(constraint), expected, "{constraint}");
        }
    }

    #[test]
    fn every_contract_of_the_program_parses() {
        for contract in library::all() {
            let parsed = crate::syntax::hcl::index(crate::source::FileId(0), &contract.text);
            assert!(parsed.errors.is_empty(), "{}: {:?}", contract.title, parsed.errors);
            for block in &parsed.tree.blocks {
                let body = block.body(&contract.text);
                assert!(body.errors.is_empty(), "{}: {:?}", contract.title, body.errors);
            }
        }
    }
}
