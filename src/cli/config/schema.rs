//! The keys of `bucketlint.yaml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::cli::args::{FailOn, Profile};
use crate::finding::Severity;

/// A configuration file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Rule set.
    pub profile: Option<Profile>,
    /// Least severity that fails.
    pub fail_on: Option<FailOn>,
    /// Whether what could not be decided fails like a violation.
    pub fail_on_unknown: bool,
    /// Settings of rules, by id.
    pub rules: BTreeMap<String, RuleSetting>,
    /// Folders with own rules.
    pub rule_folders: Vec<PathBuf>,
    /// Only files that match one of these are asked about.
    pub include: Vec<String>,
    /// Files that match one of these are not.
    pub exclude: Vec<String>,
    /// Settings for some paths.
    pub paths: Vec<PathSetting>,
    /// What the code cannot say.
    pub context: Context,
    /// Inputs of Terraform.
    pub terraform: Terraform,
    /// Inputs of CloudFormation.
    pub cloudformation: CloudFormation,
    /// Buckets that anyone may read on purpose.
    pub public: Vec<Public>,
    /// Findings that do not count.
    pub suppress: Vec<Suppress>,
    /// How suppressions in the code are treated.
    pub suppressions: Suppressions,
    /// The baseline.
    pub baseline: Option<PathBuf>,
}

/// `off`, `on`, or more.
#[derive(Clone, Debug)]
pub enum RuleSetting {
    /// `off` and `on`, which YAML may read as booleans.
    Switch(Switch),
    /// A severity, a lock.
    More(RuleMore),
}

impl RuleSetting {
    /// Whether the rule runs, where that is said.
    pub fn switch(&self) -> Option<Switch> {
        match self {
            Self::Switch(it) => Some(*it),
            Self::More(more) => more.enabled,
        }
    }
}

impl<'de> Deserialize<'de> for RuleSetting {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = RuleSetting;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`on`, `off`, or a map with `enabled`, `severity`, `locked`")
            }

            fn visit_bool<E: serde::de::Error>(self, it: bool) -> Result<RuleSetting, E> {
                Ok(RuleSetting::Switch(if it { Switch::On } else { Switch::Off }))
            }

            fn visit_str<E: serde::de::Error>(self, it: &str) -> Result<RuleSetting, E> {
                match it {
                    "on" => self.visit_bool(true),
                    "off" => self.visit_bool(false),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(it), &self)),
                }
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<RuleSetting, A::Error> {
                RuleMore::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(RuleSetting::More)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// `on` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// The rule runs.
    On,
    /// It does not.
    Off,
}

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Bool(bool),
            Text(String),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Bool(true) => Ok(Self::On),
            Raw::Bool(false) => Ok(Self::Off),
            Raw::Text(text) if text == "on" => Ok(Self::On),
            Raw::Text(text) if text == "off" => Ok(Self::Off),
            Raw::Text(text) => Err(serde::de::Error::custom(format!("`{text}` is neither on nor off"))),
        }
    }
}

/// More than on and off.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleMore {
    /// Whether it runs.
    pub enabled: Option<Switch>,
    /// The severity of its findings.
    pub severity: Option<Severity>,
    /// Whether nobody can suppress it.
    #[serde(default)]
    pub locked: bool,
}

/// Settings for some paths.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PathSetting {
    /// Glob.
    pub path: String,
    /// Settings of rules there.
    pub rules: BTreeMap<String, RuleSetting>,
}

/// What the code cannot say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Context {
    /// Own account id.
    pub account: Option<String>,
    /// Accounts that count as own.
    pub trusted_accounts: Vec<String>,
    /// Organisations that count as own.
    pub trusted_organizations: Vec<String>,
    /// VPC endpoints that count as own.
    pub trusted_vpc_endpoints: Vec<String>,
    /// VPCs that count as own.
    pub trusted_vpcs: Vec<String>,
    /// Account-wide Block Public Access outside this code.
    pub account_bpa: Option<Switch>,
    /// Region that is deployed to.
    pub region: Option<String>,
    /// Partition that is deployed to.
    pub partition: Option<String>,
}

/// Inputs of Terraform.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Terraform {
    /// Files of variables.
    pub var_files: Vec<PathBuf>,
    /// Single variables.
    pub vars: BTreeMap<String, serde_yaml::Value>,
    /// Workspace.
    pub workspace: Option<String>,
    /// Whether OpenTofu reads the code, not Terraform.
    pub opentofu: bool,
    /// Where sources of modules are.
    pub module_sources: BTreeMap<String, PathBuf>,
    /// Contracts.
    pub contracts: Vec<PathBuf>,
    /// Globs: modules whose source fits one make no bucket.
    pub modules_without_buckets: Vec<String>,
    /// Environments with their files of variables.
    pub environments: BTreeMap<String, Vec<PathBuf>>,
    /// Inputs of single root modules.
    pub roots: Vec<Root>,
}

/// Inputs of some root modules: they win over those of all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Root {
    /// Glob of their folders.
    pub path: String,
    /// Files of variables.
    #[serde(default)]
    pub var_files: Vec<PathBuf>,
    /// Single variables.
    #[serde(default)]
    pub vars: BTreeMap<String, serde_yaml::Value>,
    /// Workspace.
    pub workspace: Option<String>,
}

/// Inputs of CloudFormation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CloudFormation {
    /// Values of parameters.
    pub parameters: BTreeMap<String, serde_yaml::Value>,
    /// Files with values of parameters.
    pub parameter_files: Vec<PathBuf>,
    /// Inputs of single templates.
    pub templates: Vec<TemplateSetting>,
}

/// Inputs of some templates: they win over those of all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TemplateSetting {
    /// Glob of the templates.
    pub path: String,
    /// Values of parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, serde_yaml::Value>,
    /// Files with values of parameters.
    #[serde(default)]
    pub parameter_files: Vec<PathBuf>,
}

/// A reason that says something.
fn reason<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.trim().is_empty() {
        true => Err(serde::de::Error::custom("the reason is empty: say why it does not count")),
        false => Ok(text),
    }
}

/// A bucket that anyone may read on purpose. Who may write, delete or change settings is not meant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Public {
    /// Glob of its address.
    pub bucket: String,
    /// Glob of the files that declare it; all where nothing is said.
    pub path: Option<String>,
    /// Why.
    #[serde(deserialize_with = "reason")]
    pub reason: String,
    /// The last day.
    pub until: Option<String>,
}

/// Findings that do not count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Suppress {
    /// Id of the rule, or a glob of ids.
    pub rule: String,
    /// Glob of addresses; all where nothing is said.
    pub address: Option<String>,
    /// Glob of paths; all where nothing is said.
    pub path: Option<String>,
    /// Why.
    #[serde(deserialize_with = "reason")]
    pub reason: String,
    /// The last day.
    pub until: Option<String>,
}

/// How suppressions in the code are treated.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Suppressions {
    /// Whether each must have a reason.
    pub require_reason: bool,
    /// Other tools whose suppressions count.
    pub honour: Vec<Honoured>,
}

impl Default for Suppressions {
    fn default() -> Self {
        use Honoured::{CfnGuard, CfnNag, Checkov, Kics, Trivy};
        Self { require_reason: true, honour: vec![Checkov, Trivy, Kics, CfnNag, CfnGuard] }
    }
}

/// Tools whose suppressions are understood.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Honoured {
    Checkov,
    #[serde(alias = "tfsec")]
    Trivy,
    Kics,
    CfnNag,
    CfnGuard,
}

impl Honoured {
    /// The name, as rule pages have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checkov => "checkov",
            Self::Trivy => "trivy",
            Self::Kics => "kics",
            Self::CfnNag => "cfn_nag",
            Self::CfnGuard => "cfn_guard",
        }
    }
}
