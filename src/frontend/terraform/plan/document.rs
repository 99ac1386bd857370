//! The JSON of `terraform show -json`: what of a plan or a state is read, without copying the rest.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// A plan (`resource_changes`, `configuration`) or a state (`values`).
#[derive(Debug, Default, Deserialize)]
pub(in crate::frontend::terraform) struct Document<'a> {
    pub format_version: Option<String>,
    #[serde(default, borrow)]
    pub variables: BTreeMap<String, Variable<'a>>,
    #[serde(default)]
    pub errored: bool,
    /// `false` where changes are deferred; absent before Terraform 1.8.
    pub complete: Option<bool>,
    #[serde(borrow)]
    pub resource_changes: Option<Vec<Change<'a>>>,
    #[serde(borrow)]
    pub values: Option<Values<'a>>,
    #[serde(borrow)]
    pub planned_values: Option<&'a RawValue>,
    #[serde(borrow)]
    pub prior_state: Option<State<'a>>,
    #[serde(default)]
    pub configuration: Configuration,
}

/// The value of a root variable.
#[derive(Debug, Deserialize)]
pub(in crate::frontend::terraform) struct Variable<'a> {
    #[serde(borrow)]
    pub value: Option<&'a RawValue>,
}

/// One entry of `resource_changes`.
#[derive(Debug, Deserialize)]
pub(in crate::frontend::terraform) struct Change<'a> {
    #[serde(borrow)]
    pub address: &'a RawValue,
    #[serde(borrow)]
    pub module_address: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub mode: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    pub index: Option<Json>,
    #[serde(borrow)]
    pub change: Body<'a>,
}

/// What changes.
#[derive(Debug, Deserialize)]
pub(in crate::frontend::terraform) struct Body<'a> {
    pub actions: Vec<String>,
    #[serde(borrow)]
    pub after: Option<&'a RawValue>,
    #[serde(borrow)]
    pub after_unknown: Option<&'a RawValue>,
    #[serde(borrow)]
    pub after_sensitive: Option<&'a RawValue>,
}

/// What was known before the plan: data sources that were read.
#[derive(Debug, Deserialize)]
pub(in crate::frontend::terraform) struct State<'a> {
    #[serde(borrow)]
    pub values: Option<Values<'a>>,
}

/// A tree of modules with values.
#[derive(Debug, Deserialize)]
pub(in crate::frontend::terraform) struct Values<'a> {
    #[serde(borrow)]
    pub root_module: ModuleValues<'a>,
}

/// The resources of a module and of those that it calls.
#[derive(Debug, Deserialize)]
pub(in crate::frontend::terraform) struct ModuleValues<'a> {
    #[serde(borrow)]
    pub address: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    pub resources: Vec<Resource<'a>>,
    #[serde(default, borrow)]
    pub child_modules: Vec<ModuleValues<'a>>,
}

/// A resource with its values.
#[derive(Debug, Deserialize)]
pub(in crate::frontend::terraform) struct Resource<'a> {
    #[serde(borrow)]
    pub address: &'a RawValue,
    #[serde(borrow)]
    pub mode: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    pub index: Option<Json>,
    #[serde(borrow)]
    pub values: Option<&'a RawValue>,
    #[serde(borrow)]
    pub sensitive_values: Option<&'a RawValue>,
}

/// The configuration that was planned.
#[derive(Debug, Default, Deserialize)]
pub(in crate::frontend::terraform) struct Configuration {
    #[serde(default)]
    pub provider_config: BTreeMap<String, Json>,
    #[serde(default)]
    pub root_module: ModuleConfiguration,
}

/// A module of the configuration.
#[derive(Debug, Default, Deserialize)]
pub(in crate::frontend::terraform) struct ModuleConfiguration {
    #[serde(default)]
    pub outputs: BTreeMap<String, Json>,
    #[serde(default)]
    pub resources: Vec<ResourceConfiguration>,
    #[serde(default)]
    pub module_calls: BTreeMap<String, ModuleCall>,
}

/// A resource block: which references its arguments make.
#[derive(Debug, Deserialize)]
pub(in crate::frontend::terraform) struct ResourceConfiguration {
    pub mode: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub provider_config_key: Option<String>,
    #[serde(default)]
    pub expressions: Json,
    pub for_each_expression: Option<Json>,
}

/// A module block.
#[derive(Debug, Default, Deserialize)]
pub(in crate::frontend::terraform) struct ModuleCall {
    #[serde(default)]
    pub expressions: Json,
    pub for_each_expression: Option<Json>,
    #[serde(default)]
    pub module: ModuleConfiguration,
}

/// One resource instance of a plan or a state, wherever it was listed.
#[derive(Clone, Debug)]
pub(in crate::frontend::terraform) struct Planned<'a> {
    /// `module.a["x"].aws_s3_bucket.b[0]`.
    pub address: String,
    /// The address with its quotes, for its place.
    pub at: &'a RawValue,
    /// `module.a["x"]`; empty for the root.
    pub module: String,
    pub is_data: bool,
    pub kind: String,
    pub name: String,
    /// The instance key as Terraform writes it: `[0]`, `["x"]`, or nothing.
    pub key: String,
    pub is_created: bool,
    pub after: Option<&'a RawValue>,
    pub after_unknown: Option<&'a RawValue>,
    /// Which parts are marked sensitive: `true` at a leaf, as in `after_unknown`.
    pub sensitive: Option<&'a RawValue>,
}

impl<'a> Document<'a> {
    /// All instances that the plan leaves, or that the state has; of data sources those that were read before, too.
    pub fn planned(&self) -> Vec<Planned<'a>> {
        let mut all = Vec::new();
        for it in self.resource_changes.iter().flatten() {
            // Deleted, or forgotten (`removed` blocks): not there afterwards.
            let gone = it.change.actions.iter().all(|it| it == "delete" || it == "forget");
            if gone && !it.change.actions.is_empty() {
                continue;
            }
            all.push(Planned {
                address: unquoted(it.address),
                at: it.address,
                module: it.module_address.as_deref().unwrap_or_default().to_owned(),
                is_data: it.mode == "data",
                kind: it.kind.clone().into_owned(),
                name: it.name.clone().into_owned(),
                key: key(it.index.as_ref()),
                is_created: it.change.actions.iter().any(|it| it == "create"),
                after: it.change.after,
                after_unknown: it.change.after_unknown,
                sensitive: it.change.after_sensitive,
            });
        }
        if let Some(values) = &self.values {
            of_module(&values.root_module, false, &mut all);
        }
        if let Some(values) = self.prior_state.as_ref().and_then(|it| it.values.as_ref()) {
            of_module(&values.root_module, true, &mut all);
        }
        all
    }
}

fn of_module<'a>(module: &ModuleValues<'a>, only_data: bool, all: &mut Vec<Planned<'a>>) {
    for it in &module.resources {
        if only_data && it.mode != "data" {
            continue;
        }
        all.push(Planned {
            address: unquoted(it.address),
            at: it.address,
            module: module.address.as_deref().unwrap_or_default().to_owned(),
            is_data: it.mode == "data",
            kind: it.kind.clone().into_owned(),
            name: it.name.clone().into_owned(),
            key: key(it.index.as_ref()),
            is_created: false,
            after: it.values,
            after_unknown: None,
            sensitive: it.sensitive_values,
        });
    }
    for child in &module.child_modules {
        of_module(child, only_data, all);
    }
}

fn unquoted(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

fn key(index: Option<&Json>) -> String {
    match index {
        None | Some(Json::Null) => String::new(),
        Some(index) => format!("[{index}]"),
    }
}
