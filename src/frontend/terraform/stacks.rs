//! Files that deploy modules with values of their own and that are not read: stacks of Terragrunt and of Terraform.
//! <https://terragrunt.gruntwork.io/docs/features/stacks/>, <https://developer.hashicorp.com/terraform/language/stacks>

use std::path::Path;

use crate::model::Gap;
use crate::source::{FileId, Sources, Span};
use crate::syntax::hcl;
use crate::value::{Cause, Origin, Why};

const TERRAGRUNT: &str = "terragrunt.stack.hcl";
const TERRAFORM: &str = ".tfdeploy.hcl";

const HELP: &str = "give the modules their values with `terraform: { roots: … }` in the configuration, and leave this file out with `exclude`";

/// Whether a file is a stack, by its name.
#[must_use]
pub fn is_stack(path: &Path) -> bool {
    let name = path.file_name().map(|it| it.as_encoded_bytes()).unwrap_or_default();
    name == TERRAGRUNT.as_bytes() || name.ends_with(TERRAFORM.as_bytes())
}

/// What is not judged of a stack; `None` where it deploys nothing.
pub(super) fn gap(sources: &Sources, file: FileId) -> Option<Gap> {
    let parsed = hcl::parse_body(file, &sources.text(file));
    let deploys = |kind: &str| matches!(kind, "unit" | "stack" | "deployment" | "deployment_group");
    let first = parsed.tree.blocks.iter().find(|it| deploys(&it.kind.text)).map(|it| it.header);
    let at: Span = first.or_else(|| parsed.errors.first().map(|it| it.at))?;
    let path = &sources.file(file).path;
    let what = if path.ends_with(TERRAGRUNT) { "a stack of Terragrunt" } else { "a deployment of Terraform Stacks" };
    Some(Gap {
        why: Why::new(Cause::Unsupported, format!("{what} ({})", path.display()), Some(at)),
        origin: Origin::at(at),
        message: format!("{what} is not read: its modules are judged without the values that it gives them"),
        help: Some(HELP.to_owned()),
    })
}
