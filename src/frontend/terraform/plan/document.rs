//! The JSON of `terraform show -json`: what of a plan or a state is looked at, as slices of its text.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::skim::Raw;

/// Which resources of a plan or state are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::frontend::terraform) enum Keep {
    /// All: code beside the plan may ask for any.
    All,
    /// Those that concern S3, whom policies name, and data sources: a plan by itself asks for no other, and most plans are made of others.
    S3,
}

impl Keep {
    pub fn wants(self, is_data: bool, kind: &str) -> bool {
        self == Self::All
            || is_data
            || kind == super::identities::KIND
            || crate::frontend::terraform::resources::concerns_s3(kind)
    }
}

/// A plan (`resource_changes`, `configuration`) or a state (`values`).
#[derive(Debug, Default)]
pub(in crate::frontend::terraform) struct Document<'a> {
    pub format_version: Option<Cow<'a, str>>,
    /// Values of root variables, by name.
    pub variables: Vec<(Cow<'a, str>, Raw<'a>)>,
    pub errored: bool,
    /// `false` where changes are deferred; absent before Terraform 1.8.
    pub complete: Option<bool>,
    /// What the plan leaves: without what it deletes or forgets.
    pub changes: Option<Vec<Planned<'a>>>,
    /// The resources of a state.
    pub values: Option<Vec<Planned<'a>>>,
    /// Whether it lists changes of resources, whatever these are.
    pub lists_changes: bool,
    pub planned_values: Option<Raw<'a>>,
    /// Data sources that were read before the plan.
    pub known_before: Vec<Planned<'a>>,
    /// The module instances that have a resource, kept or not.
    pub modules: BTreeSet<Cow<'a, str>>,
    pub configuration: Configuration<'a>,
}

/// One resource instance of a plan or a state, wherever it was listed.
#[derive(Clone, Debug)]
pub(in crate::frontend::terraform) struct Planned<'a> {
    /// `module.a["x"].aws_s3_bucket.b[0]`.
    pub address: Cow<'a, str>,
    /// The address with its quotes, for its place.
    pub at: Raw<'a>,
    /// `module.a["x"]`; empty for the root.
    pub module: Cow<'a, str>,
    pub is_data: bool,
    pub kind: Cow<'a, str>,
    pub name: Cow<'a, str>,
    /// The instance key as Terraform writes it: `[0]`, `["x"]`, or nothing.
    pub key: String,
    pub is_created: bool,
    pub after: Option<Raw<'a>>,
    pub after_unknown: Option<Raw<'a>>,
    /// Which parts are marked sensitive: `true` at a leaf, as in `after_unknown`.
    pub sensitive: Option<Raw<'a>>,
}

/// The configuration that was planned.
#[derive(Debug, Default)]
pub(in crate::frontend::terraform) struct Configuration<'a> {
    pub provider_config: Option<Raw<'a>>,
    pub root_module: ModuleConfiguration<'a>,
}

/// A module of the configuration.
#[derive(Debug, Default)]
pub(in crate::frontend::terraform) struct ModuleConfiguration<'a> {
    pub outputs: Option<Raw<'a>>,
    pub resources: Vec<ResourceConfiguration<'a>>,
    pub module_calls: BTreeMap<Cow<'a, str>, ModuleCall<'a>>,
}

/// A resource block: which references its arguments make.
#[derive(Debug)]
pub(in crate::frontend::terraform) struct ResourceConfiguration<'a> {
    pub is_data: bool,
    pub kind: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub provider_config_key: Option<Cow<'a, str>>,
    pub expressions: Option<Raw<'a>>,
    pub for_each_expression: Option<Raw<'a>>,
}

/// A module block.
#[derive(Debug, Default)]
pub(in crate::frontend::terraform) struct ModuleCall<'a> {
    pub expressions: Option<Raw<'a>>,
    pub for_each_expression: Option<Raw<'a>>,
    pub module: ModuleConfiguration<'a>,
}

impl<'a> Document<'a> {
    /// All instances that the plan leaves, or that the state has; of data sources those that were read before, too.
    pub fn planned(&'a self) -> Vec<&'a Planned<'a>> {
        let changes = self.changes.iter().flatten();
        changes.chain(self.values.iter().flatten()).chain(&self.known_before).collect()
    }
}

impl<'a> ModuleConfiguration<'a> {
    /// The expression of an output.
    pub fn output(&self, name: &str) -> Option<Raw<'a>> {
        self.outputs?.member(name)?.member("expression")
    }
}
