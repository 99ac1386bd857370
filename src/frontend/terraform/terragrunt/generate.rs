//! `generate`: files that Terragrunt writes into the module before it runs Terraform.
//!
//! <https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#generate>

use std::path::{Path, PathBuf};

use crate::frontend::terraform::eval::World;
use crate::frontend::terraform::instance::Scope;
use crate::frontend::terraform::module::{Extra, is_code};
use crate::source::{Diagnostic, Gravity, Sources, Span};
use crate::syntax::hcl::{self, Block};
use crate::value::{Seg, SymStr, Val};

/// One file.
pub(super) struct Generated {
    label: String,
    name: PathBuf,
    text: String,
    at: Span,
    yields: bool,
}

/// A block takes the place of a parent's of the same name.
pub(super) fn inherit(into: &mut Vec<Generated>, from: Vec<Generated>) {
    into.retain(|it| !from.iter().any(|new| new.label == it.label));
    into.extend(from);
}

/// The file that a block writes; `None` where it has nothing to do with Terraform's configuration, or is not known, which is
/// told.
pub(super) fn read(world: &World, scope: &Scope, block: &Block) -> Option<Generated> {
    let value = |name: &str| block.body.attribute(name).map(|it| world.value(&it.value, scope));
    if value("disable").and_then(|it| it.as_bool()) == Some(true) {
        return None;
    }
    let label = block.labels.first().map_or_else(String::new, |it| it.text.clone());
    let path = value("path").and_then(|it| it.as_text());
    let name = path.as_deref().and_then(|it| Path::new(it).file_name()).map(PathBuf::from);
    if name.as_ref().is_some_and(|it| !is_code(it)) {
        return None;
    }
    let contents = value("contents").and_then(|it| it.as_symstr());
    let (Some(name), Some(text)) = (name, contents.as_ref().and_then(SymStr::known)) else {
        // A provider or a backend whose region is not known declares nothing all the same.
        if !contents.is_some_and(|it| declares_nothing(block.header, &it)) {
            let message = format!("what the generate block `{label}` writes is not known here, so it is not judged");
            let diagnostic = Diagnostic::at("terragrunt-generate", Gravity::Incomplete, block.header, message);
            world.diagnostics.borrow_mut().push(diagnostic);
        }
        return None;
    };
    let if_exists = value("if_exists").as_ref().and_then(Val::as_text);
    Some(Generated { label, name, text, at: block.header, yields: if_exists.as_deref() == Some("skip") })
}

fn declares_nothing(at: Span, contents: &SymStr) -> bool {
    // A part that is wholly unknown stands for itself only between quotes; elsewhere it may be any block.
    let part = |it: &Seg| match it {
        Seg::Lit(piece) => piece.text.to_string(),
        Seg::Hole(hole) => hole.known.as_ref().map_or("${\"\"}".to_owned(), |it| it.to_string()),
    };
    let text: String = contents.segs().iter().map(part).collect();
    let parsed = hcl::parse_body(at.file, &text);
    let harmless = |it: &hcl::Block| matches!(it.kind.text.as_str(), "provider" | "terraform");
    parsed.errors.is_empty() && !parsed.tree.blocks.is_empty() && parsed.tree.blocks.iter().all(harmless)
}

impl Generated {
    /// The file as part of a module; what is found in it is shown at the block.
    pub fn file(&self, sources: &Sources, unit: &Path) -> Option<Extra> {
        let folder = unit.join(format!(".bucketlint-generate-{}", self.label));
        let file = sources.add_stand_in(&folder.join(&self.name), &self.text, self.at);
        (*sources.text(file) == *self.text).then(|| Extra { name: self.name.clone(), file, yields: self.yields })
    }
}
