//! `bucketlint.yaml`: what a repository decides for every run. Command-line options win over it.
//!
//! It is looked for in the folder of the paths and above, up to the repository's root. Paths and globs in it are relative to its
//! folder. An unknown key is an error with the nearest right name.

mod added;
mod doubles;
pub mod inputs;
mod locks;
mod nearest;
mod schema;
pub mod unused;

pub use added::{Added, stand_ins};
pub use locks::against_a_lock;
pub(super) use nearest::{above, unread};
pub use schema::{Config, RuleSetting, Switch};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::source::did_you_mean;

use super::args::values;
use super::commands::Complaint;
use super::git;
use super::tree::{self, Tree};

/// The names that are looked for.
pub const NAMES: [&str; 4] = ["bucketlint.yaml", ".bucketlint.yaml", "bucketlint.yml", ".bucketlint.yml"];

/// A configuration and where it lies.
#[derive(Debug, Default)]
pub struct Found {
    /// What it says.
    pub config: Config,
    /// Its folder: paths and globs are relative to it.
    pub folder: PathBuf,
    /// The file; `None` where there is none.
    pub file: Option<PathBuf>,
    /// Whether it is the one above the paths: nobody named one, or said that there is none.
    pub is_looked_for: bool,
    /// The revision that all of it is taken from; `None` for the working tree.
    pub trusted: Option<Trusted>,
    /// What the working tree has beyond it: it does not count.
    pub added: Vec<Added>,
}

/// The files of a revision that a run trusts more than the working tree.
#[derive(Debug)]
pub struct Trusted {
    /// The revision as it was named.
    pub revision: String,
    /// The root of the repository, without links.
    pub root: PathBuf,
    /// What it has.
    pub tree: Arc<Tree>,
}

impl Trusted {
    /// Reads a revision of the repository that a path is in.
    ///
    /// # Errors
    /// No repository, no such revision.
    pub fn new(revision: &str, paths: &[PathBuf]) -> Result<Self, Complaint> {
        let first = paths.first().map_or(Path::new("."), PathBuf::as_path);
        let root = git::root(first)?;
        let root = root.canonicalize().unwrap_or(root);
        let tree = Arc::new(git::tree(&root, revision)?);
        Ok(Self { revision: revision.to_owned(), root, tree })
    }

    /// Why a file is not had.
    fn lacks(&self, below: &Path) -> Complaint {
        let revision = &self.revision;
        if self.tree.is_lost(below) {
            return format!(
                "cannot be read at {revision} (--policy-from): it is a link that leads out of the repository or nowhere, or it is no text"
            );
        }
        format!("is not at {revision} (--policy-from)")
    }

    /// The path of a file below the root; `None` for one outside.
    #[must_use]
    pub fn below(&self, path: &Path) -> Option<PathBuf> {
        tree::below(&self.root, path)
    }
}

impl Found {
    /// The text of a file that decides: of the trusted revision, where there is one and the file is in its repository.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn read(&self, path: &Path) -> Result<String, Complaint> {
        match self.trusted.as_ref().and_then(|it| Some((it, it.below(path)?))) {
            Some((trusted, below)) => {
                // A file of another ending than code has is no less the one that is named.
                let aside = || git::text(&trusted.root, &trusted.revision, &trusted.tree.real(&below)?);
                let text = trusted.tree.get(&below).map(str::to_owned).or_else(aside);
                text.ok_or_else(|| trusted.lacks(&below))
            }
            None => std::fs::read_to_string(path).map_err(|error| error.to_string()),
        }
    }
}

/// The configuration for a run over `paths`.
///
/// # Errors
/// A named file that cannot be read, and anything wrong in a file, with its line.
pub fn find(named: Option<&Path>, none: bool, paths: &[PathBuf], revision: Option<&str>) -> Result<Found, Complaint> {
    let mut found = found(named, none, paths, revision)?;
    if found.trusted.is_some()
        && !none
        && let Some(file) = named.map(Path::to_path_buf).or_else(|| nearest::of_first(paths))
    {
        let baseline = found.config.baseline.as_ref().map(|it| found.folder.join(it));
        found.added = added::added(&found, &file, baseline.as_deref());
    }
    Ok(found)
}

fn found(named: Option<&Path>, none: bool, paths: &[PathBuf], revision: Option<&str>) -> Result<Found, Complaint> {
    let trusted = revision.map(|it| Trusted::new(it, paths)).transpose()?;
    let mut found = Found { trusted, ..Found::default() };
    if none {
        return Ok(found);
    }
    found.is_looked_for = named.is_none();
    let file = match named {
        Some(it) => Some(it.to_path_buf()),
        None => nearest::of_all(found.trusted.as_ref(), paths)?,
    };
    let Some(file) = file else { return Ok(found) };
    if named.is_none() {
        only_one(&file, found.trusted.as_ref())?;
    }
    if found.trusted.is_none() && named.is_none() && !file.is_file() {
        return Err(format!("{}: {}", file.display(), no_file(&file)));
    }
    let text = found.read(&file).map_err(|error| format!("{}: cannot be read: {error}", file.display()))?;
    found.config = parse(&text).map_err(|message| format!("{}:{message}", file.display()))?;
    found.folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf();
    found.file = Some(file);
    Ok(found)
}

/// Why what has the name of a configuration is none, and what to do: to go on without it would decide otherwise without a word.
fn no_file(path: &Path) -> String {
    let what = match path.read_link() {
        Ok(to) if !path.exists() => format!("it is a link to {}, which is not there", to.display()),
        _ if path.is_dir() => "it is a folder".to_owned(),
        _ => "it is no file".to_owned(),
    };
    format!("{what}: put the configuration there, take it away, or say --no-config")
}

/// Refuses a second configuration beside the one that is found: nobody would see that it does not count.
fn only_one(file: &Path, trusted: Option<&Trusted>) -> Result<(), Complaint> {
    let is_there = |it: &PathBuf| match trusted.map(|of| (of, of.below(it))) {
        Some((of, Some(below))) => of.tree.get(&below).is_some() || of.tree.is_lost(&below),
        Some((_, None)) => false,
        None => nearest::is_taken(it),
    };
    match NAMES.iter().map(|it| file.with_file_name(it)).find(|it| it != file && is_there(it)) {
        Some(other) => Err(format!("{}: {} is there too; keep one", file.display(), other.display())),
        None => Ok(()),
    }
}

/// Reads a configuration.
///
/// # Errors
/// `line:column: what is wrong`.
pub fn parse(text: &str) -> Result<Config, String> {
    if text.lines().all(|it| it.trim().is_empty() || it.trim_start().starts_with('#')) {
        return Ok(Config::default());
    }
    let config: Config = serde_yaml::from_str(text).map_err(|error| {
        let place =
            error.location().map(|it| format!("{}:{}", it.line(), it.column())).unwrap_or_else(|| "1:1".to_owned());
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        format!("{place}: {message}{}", meant(message))
    })?;
    doubles::refuse(text)?;
    ids(&config.context).map_err(|(id, message)| {
        let line = 1 + text.lines().position(|it| it.contains(&id)).unwrap_or(0);
        format!("{line}:1: `{id}`: {message}")
    })?;
    Ok(config)
}

/// The ids that are none, each with what it should be.
fn ids(context: &schema::Context) -> Result<(), (String, String)> {
    type Read = fn(&str) -> Result<String, String>;
    let lists: [(&[String], Read); 4] = [
        (&context.trusted_accounts, values::account_id),
        (&context.trusted_organizations, values::organization_id),
        (&context.trusted_vpc_endpoints, values::vpc_endpoint_id),
        (&context.trusted_vpcs, values::vpc_id),
    ];
    let account = context.account.iter().map(|it| (it, values::account_id as Read));
    let all = lists.into_iter().flat_map(|(ids, read)| ids.iter().map(move |it| (it, read)));
    for (id, read) in account.chain(all) {
        read(id).map_err(|message| (id.clone(), message))?;
    }
    Ok(())
}

/// The name that was meant, from serde's words: ``unknown field `x`, expected one of `a`, `b` ``.
fn meant(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().filter(|_| message.contains("unknown field") || message.contains("unknown variant"));
    wrong.map(|it| did_you_mean(it, quoted)).unwrap_or_default()
}

/// Values as a command line would have them.
pub fn as_said(all: &BTreeMap<String, serde_yaml::Value>) -> Vec<(String, String)> {
    let text = |it: &serde_yaml::Value| match it {
        serde_yaml::Value::String(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    all.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// A set of globs of a configuration.
///
/// # Errors
/// The glob that is none.
pub fn globs(all: &[String]) -> Result<GlobSet, Complaint> {
    let mut builder = GlobSetBuilder::new();
    for one in all {
        // Paths are relative to the folder of the configuration, which is `.`.
        let plain = if matches!(one.as_str(), "." | "./") { "" } else { one.strip_prefix("./").unwrap_or(one) };
        builder.add(Glob::new(plain).map_err(|error| format!("`{one}` is no glob: {}", error.kind()))?);
    }
    builder.build().map_err(|error| error.to_string())
}

/// Globs of files, in which a folder is all that is in it.
///
/// # Errors
/// What is no glob.
pub fn globs_of_files(all: &[String]) -> Result<GlobSet, Complaint> {
    globs(&all.iter().flat_map(|it| [it.clone(), format!("{}/**", it.trim_end_matches('/'))]).collect::<Vec<_>>())
}

/// Which files a configuration asks about.
pub struct Asked {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Asked {
    /// What `include` and `exclude` say.
    ///
    /// # Errors
    /// What is no glob.
    pub fn of(config: &Config) -> Result<Self, Complaint> {
        let include = (!config.include.is_empty()).then(|| globs_of_files(&config.include)).transpose()?;
        Ok(Self { include, exclude: globs_of_files(&config.exclude)? })
    }

    /// Whether one of the paths by which something is reached is asked about: included, and not excluded.
    pub fn has(&self, path: &Path) -> bool {
        self.include.as_ref().is_none_or(|it| it.is_match(path)) && !self.exclude.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(parse(text).err().as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn mistakes_have_their_line_and_the_nearest_name() {
        let error = parse("profile: strict\nexclud: []\n").unwrap_err();
        assert!(
            error.starts_with("2:1: unknown field `exclud`") && error.ends_with("did you mean `exclude`?"),
            "{error}"
        );
        let error = parse("profile: stric\n").unwrap_err();
        assert!(error.starts_with("1:10: ") && error.ends_with("did you mean `strict`?"), "{error}");
        let error = parse("rules:\n  versioning: {severty: high}\n").unwrap_err();
        assert!(error.contains("severty"), "{error}");
        check("context: { account: \"1234\" }\n", "1:1: `1234`: an account id has twelve digits");
        check(
            "context:\n  trusted-vpc-endpoints: [vpc-1]\n",
            "2:1: `vpc-1`: the id of a VPC endpoint is `vpce-` and hexadecimal digits",
        );
        check(
            "suppress:\n  - { rule: versioning, reason: \" \" }\n",
            "2:5: suppress[0]: the reason is empty: say why it does not count",
        );
        check("- a\n", "1:1: invalid type: sequence, expected struct Config");
    }

    #[test]
    fn nothing_is_said_twice() {
        check(
            "rules:\n  versioning: off\n  mfa-delete: off\n  versioning: on\n",
            "4:3: `versioning` is there twice; the first is in line 2",
        );
        check(
            "paths:\n  - path: a\n    rules: { x: on, \"x\": off }\n",
            "3:21: `x` is there twice; the first is in line 3",
        );
        check("terraform: { vars: { a: 1, a: 2 } }\n", "1:28: `a` is there twice; the first is in line 1");
        assert!(parse("rules: {}\nrules: {}\n").is_err());
    }

    /// The published schema has exactly the keys that the parser has, on every floor.
    #[test]
    fn the_schema_has_the_same_keys() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../../docs/schema/config-1.schema.json")).unwrap();
        let check = |pointer: &str, text: &str| {
            let error = parse(text).unwrap_err();
            let list = error.split_once("expected ").unwrap().1.split("; did you").next().unwrap().to_owned();
            let parsed: std::collections::BTreeSet<&str> = list.split('`').skip(1).step_by(2).collect();
            let own = schema.pointer(pointer).and_then(serde_json::Value::as_object).unwrap();
            assert_eq!(own.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(), parsed, "{pointer}");
        };
        check("/properties", "zzz: 1\n");
        check("/properties/paths/items/properties", "paths: [{zzz: 1}]\n");
        check("/properties/context/properties", "context: {zzz: 1}\n");
        check("/properties/terraform/properties", "terraform: {zzz: 1}\n");
        check("/properties/terraform/properties/roots/items/properties", "terraform: {roots: [{zzz: 1}]}\n");
        check("/properties/cloudformation/properties", "cloudformation: {zzz: 1}\n");
        check(
            "/properties/cloudformation/properties/templates/items/properties",
            "cloudformation: {templates: [{zzz: 1}]}\n",
        );
        check("/properties/public/items/properties", "public: [{zzz: 1}]\n");
        check("/properties/suppress/items/properties", "suppress: [{zzz: 1}]\n");
        check("/properties/suppressions/properties", "suppressions: {zzz: 1}\n");
        check("/$defs/rules/additionalProperties/oneOf/1/properties", "rules: {versioning: {zzz: 1}}\n");
    }

    #[test]
    fn everything_can_be_said() {
        let text = r#"
profile: strict
fail-on: high
fail-on-unknown: true
rules:
  versioning: off
  object-lock: on
  acl-public-read: { severity: critical, locked: true }
rule-folders: [policy]
include: ["infra/**"]
exclude: ["**/examples/**"]
paths:
  - path: "sandbox/**"
    rules: { mfa-delete: off }
context:
  account: "111122223333"
  trusted-accounts: ["444455556666"]
  trusted-organizations: [o-abcdefghij]
  trusted-vpc-endpoints: [vpce-0123456789abcdef0]
  trusted-vpcs: [vpc-0123456789abcdef0]
  account-bpa: on
  region: eu-west-1
terraform:
  var-files: [prod.tfvars]
  vars: { on: true, name: x }
  workspace: prod
  module-sources: { acme/s3/aws: modules/s3 }
  contracts: [s3.contract.tf]
  modules-without-buckets: ["acme/network/aws"]
  environments: { prod: [prod.tfvars] }
  roots:
    - { path: "envs/prod", var-files: [prod.tfvars], vars: { on: true }, workspace: prod }
cloudformation:
  parameters: { Stage: prod }
  templates:
    - { path: "stacks/*.yaml", parameters: { Stage: prod }, parameter-files: [prod.json] }
public:
  - { bucket: "module.site.*", reason: static site, until: 2027-01-31 }
suppress:
  - { rule: acl-public-read, address: "aws_s3_bucket.site", path: "infra/**", reason: because }
suppressions: { require-reason: false, honour: [checkov] }
baseline: .bucketlint-baseline.json
"#;
        let config = parse(text).unwrap();
        assert_eq!(config.rules.len(), 3);
        assert!(parse("").is_ok() && parse("# nothing\n").is_ok());
    }
}
