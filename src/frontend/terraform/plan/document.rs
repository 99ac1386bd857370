//! The JSON of `terraform show -json`: what of a plan or a state is read, without copying the rest.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer};
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
    #[serde(default, borrow)]
    pub configuration: Configuration<'a>,
}

/// A part of the document that is parsed when something asks for it: of most blocks nothing does.
#[derive(Debug, Default)]
pub(in crate::frontend::terraform) struct Lazy<'a> {
    raw: Option<&'a RawValue>,
    json: OnceLock<Json>,
}

impl Lazy<'_> {
    /// The part; null where it is not there.
    pub fn json(&self) -> &Json {
        let parse = || self.raw.and_then(|it| serde_json::from_str(it.get()).ok()).unwrap_or_default();
        self.json.get_or_init(parse)
    }

    /// Whether it is there and cannot be read: nested too deeply, say.
    pub fn is_broken(&self) -> bool {
        self.raw.is_some_and(|it| it.get() != "null") && self.json().is_null()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Lazy<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok(Self { raw: Some(raw), json: OnceLock::new() })
    }
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
pub(in crate::frontend::terraform) struct Configuration<'a> {
    #[serde(default)]
    pub provider_config: BTreeMap<String, Json>,
    #[serde(default, borrow)]
    pub root_module: ModuleConfiguration<'a>,
}

/// A module of the configuration.
#[derive(Debug, Default, Deserialize)]
pub(in crate::frontend::terraform) struct ModuleConfiguration<'a> {
    #[serde(default)]
    pub outputs: BTreeMap<String, Json>,
    #[serde(default, borrow)]
    pub resources: Vec<ResourceConfiguration<'a>>,
    #[serde(default, borrow)]
    pub module_calls: BTreeMap<String, ModuleCall<'a>>,
}

/// A resource block: which references its arguments make.
#[derive(Debug, Deserialize)]
pub(in crate::frontend::terraform) struct ResourceConfiguration<'a> {
    #[serde(borrow)]
    pub mode: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub provider_config_key: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    pub expressions: Lazy<'a>,
    #[serde(borrow)]
    pub for_each_expression: Option<Lazy<'a>>,
}

/// A module block.
#[derive(Debug, Default, Deserialize)]
pub(in crate::frontend::terraform) struct ModuleCall<'a> {
    #[serde(default, borrow)]
    pub expressions: Lazy<'a>,
    #[serde(borrow)]
    pub for_each_expression: Option<Lazy<'a>>,
    #[serde(default, borrow)]
    pub module: ModuleConfiguration<'a>,
}

/// One resource instance of a plan or a state, wherever it was listed.
#[derive(Clone, Debug)]
pub(in crate::frontend::terraform) struct Planned<'a> {
    /// `module.a["x"].aws_s3_bucket.b[0]`.
    pub address: Cow<'a, str>,
    /// The address with its quotes, for its place.
    pub at: &'a RawValue,
    /// `module.a["x"]`; empty for the root.
    pub module: &'a str,
    pub is_data: bool,
    pub kind: &'a str,
    pub name: &'a str,
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
    pub fn planned(&'a self) -> Vec<Planned<'a>> {
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
                module: it.module_address.as_deref().unwrap_or_default(),
                is_data: it.mode == "data",
                kind: &it.kind,
                name: &it.name,
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

fn of_module<'a>(module: &'a ModuleValues<'a>, only_data: bool, all: &mut Vec<Planned<'a>>) {
    for it in &module.resources {
        if only_data && it.mode != "data" {
            continue;
        }
        all.push(Planned {
            address: unquoted(it.address),
            at: it.address,
            module: module.address.as_deref().unwrap_or_default(),
            is_data: it.mode == "data",
            kind: &it.kind,
            name: &it.name,
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

fn unquoted(raw: &RawValue) -> Cow<'_, str> {
    let inner = raw.get().strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    match inner.filter(|it| !it.contains('\\')) {
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Owned(serde_json::from_str(raw.get()).unwrap_or_default()),
    }
}

fn key(index: Option<&Json>) -> String {
    match index {
        None | Some(Json::Null) => String::new(),
        Some(index) => format!("[{index}]"),
    }
}
