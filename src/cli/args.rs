//! The command line: what can be said, and nothing about what is done with it.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

mod fleet;
mod incident;
mod init;
mod lsp;
mod migrate;
mod order;
mod questions;
mod shell;
mod suppressions;
pub(super) mod values;

pub use fleet::{Fleet, FleetAction, FleetGate, FleetMerge};
pub use incident::{
    Contain, ContainLevel, Diff, DiffFailOn, DiffFormat, IncidentReport, QueryStore, Restore, Snapshot, Timeline,
};
pub use init::Init;
pub use lsp::Lsp;
pub use migrate::Migrate;
pub use order::Order;
pub use questions::{AnswerFormat, Contract, ContractGenerate, ExplainAccess};
pub use shell::{Completions, Man};
pub use suppressions::{ListFormat, Suppressions};
pub use values::{
    AccountBpa, ColorWhen, FailOn, Format, ModelFormat, OrganizationBpa, Output, Profile, RulesFormat, StdinKind,
};

/// Decides what is public in S3 infrastructure code, and says why.
#[derive(Debug, Parser)]
#[command(name = "bucketlint", version, max_term_width = 100)]
#[command(after_help = EXIT_CODES, disable_help_flag = true)]
pub struct Cli {
    /// Print help
    #[arg(long, short, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,
    /// Print help with every option
    #[arg(long, global = true, action = ArgAction::HelpLong)]
    help_all: Option<bool>,
    /// What to do; `check` where nothing is said.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
`bucketlint PATH…` is short for `bucketlint check PATH…`.

Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 wrong usage or configuration;
3 incomplete: something could not be read, parsed or resolved well enough, and nothing else was found.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lint Terraform, CloudFormation and bucket policies
    Check(Check),
    /// Print the normalised model, with the exposure verdict of each bucket
    Model(Model),
    /// List the rules
    Rules(Rules),
    /// Explain one rule: why, how to mend, references
    Explain(Explain),
    /// List the suppressions: reason, last day, what each hides
    Suppressions(Suppressions),
    /// Rewrite the suppressions of other tools in our words; a dry run without --write
    Migrate(Migrate),
    /// Write a configuration, and on wish a pre-commit hook and a workflow
    Init(Init),
    /// Would a request be allowed, and by which statement: layer by layer
    ExplainAccess(ExplainAccess),
    /// What two policies, or buckets of code, snapshot and state, permit differently
    Diff(Diff),
    /// Write the configuration of live buckets into one file, with the evidence
    Snapshot(Snapshot),
    /// Plan the way from a bucket as it is to the bucket as it should be; do it where that is confirmed
    Restore(Restore),
    /// Replay CloudTrail: who opened the bucket, when, for how long
    Timeline(Timeline),
    /// Write the incident report, every statement with its evidence
    Report(IncidentReport),
    /// Plan the containment of a bucket, with the way back
    Contain(Contain),
    /// Judge a stream of live buckets, one JSON document a line; findings as lines
    Fleet(Fleet),
    /// Contracts of Terraform modules
    #[command(subcommand)]
    Contract(Contract),
    /// Serve an editor: findings, rules and verdicts, fixes
    Lsp(Lsp),
    /// Print a completion script for a shell
    #[command(hide = true)]
    Completions(Completions),
    /// Print a page of the manual
    #[command(hide = true)]
    Man(Man),
}

/// What is looked at, and what is known about it from outside.
#[derive(Debug, Args)]
pub struct Input {
    /// In which order `--var` and `--var-file` are given: read before what they give is taken
    #[command(flatten)]
    pub order: Order,
    /// Files and folders; `-` reads standard input (needs --input)
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// What standard input is
    #[arg(long, value_name = "KIND", hide_short_help = true)]
    pub input: Option<StdinKind>,
    /// Value of a Terraform variable
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair, help_heading = "Context")]
    pub vars: Vec<(String, String)>,
    /// File with values of Terraform variables
    #[arg(long = "var-file", value_name = "FILE", help_heading = "Context")]
    pub var_files: Vec<PathBuf>,
    /// Value of a CloudFormation parameter
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair, help_heading = "Context")]
    pub params: Vec<(String, String)>,
    /// File with values of CloudFormation parameters: as for the AWS CLI, a map, or a CodePipeline configuration
    #[arg(long = "param-file", value_name = "FILE", help_heading = "Context", hide_short_help = true)]
    pub param_files: Vec<PathBuf>,
    /// Terraform workspace
    #[arg(long, value_name = "NAME", help_heading = "Context", hide_short_help = true)]
    pub workspace: Option<String>,
    /// Folder that has a Terraform module's source
    #[arg(long = "module-source", value_name = "SOURCE=DIR", value_parser = pair, help_heading = "Context", hide_short_help = true)]
    pub module_sources: Vec<(String, String)>,
    /// Read files and modules outside of the checked folders and their repositories too, where code or a link names them
    #[arg(long, help_heading = "Context", hide_short_help = true)]
    pub allow_outside: bool,
    /// What a call of a Terraform module makes, for a module whose source is not here (see `contract generate`)
    #[arg(long = "contract", value_name = "FILE", help_heading = "Context", hide_short_help = true)]
    pub contracts: Vec<PathBuf>,
    /// Region that is deployed to
    #[arg(long, value_name = "REGION", help_heading = "Context", hide_short_help = true)]
    pub region: Option<String>,
    /// Partition that is deployed to: aws, aws-cn, aws-us-gov
    #[arg(long, value_name = "PARTITION", help_heading = "Context", hide_short_help = true)]
    pub partition: Option<String>,
    /// Own account id
    #[arg(long, value_name = "ID", value_parser = values::account_id, help_heading = "Context")]
    pub account: Option<String>,
    /// Account that counts as own
    #[arg(long = "trusted-account", value_name = "ID", value_parser = values::account_id, help_heading = "Context", hide_short_help = true)]
    pub trusted_accounts: Vec<String>,
    /// Organisation that counts as own; where one is said, others are foreign
    #[arg(long = "trusted-organization", value_name = "ID", value_parser = values::organization_id, help_heading = "Context", hide_short_help = true)]
    pub trusted_organizations: Vec<String>,
    /// VPC endpoint that counts as own; where one is said, others are foreign
    #[arg(long = "trusted-vpc-endpoint", value_name = "ID", value_parser = values::vpc_endpoint_id, help_heading = "Context", hide_short_help = true)]
    pub trusted_vpc_endpoints: Vec<String>,
    /// VPC that counts as own; where one is said, others are foreign
    #[arg(long = "trusted-vpc", value_name = "ID", value_parser = values::vpc_id, help_heading = "Context", hide_short_help = true)]
    pub trusted_vpcs: Vec<String>,
    /// Account-wide Block Public Access outside this code
    #[arg(long, value_name = "STATE", default_value = "unknown", help_heading = "Context", hide_short_help = true)]
    pub account_bpa: AccountBpa,
    /// What an S3 policy of the organisation assigns to the account; it overrides the account's own settings
    #[arg(long, value_name = "ASSIGNED", help_heading = "Context", hide_short_help = true)]
    pub organization_bpa: Option<OrganizationBpa>,
}

/// Which rules run.
#[derive(Debug, Args)]
pub struct Selection {
    /// Rule set [default: default]
    #[arg(long, help_heading = "Rules")]
    pub profile: Option<Profile>,
    /// The rules of a framework, in the place of a profile: cis, fsbp, nist, incident, or one that own rules name
    #[arg(long, value_name = "NAME", conflicts_with = "profile", help_heading = "Rules")]
    pub framework: Option<String>,
    /// Folder with further rule pages
    #[arg(long = "rules", value_name = "DIR", help_heading = "Rules", hide_short_help = true)]
    pub rule_folders: Vec<PathBuf>,
    /// Turn a rule on
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    pub enable: Vec<String>,
    /// Turn a rule off
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    pub disable: Vec<String>,
}

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub input: Input,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub selection: Selection,
    /// Check once for each environment, with its file of Terraform variables; a name may have several files
    #[arg(long = "environment", value_name = "NAME=FILE", value_parser = pair, help_heading = "Context", hide_short_help = true)]
    pub environments: Vec<(String, String)>,
    /// Format on standard output
    #[arg(long, help_heading = "Output")]
    pub format: Option<Format>,
    /// Format with an optional file to write it to; may be repeated
    #[arg(long, short, value_name = "FORMAT[=PATH]", value_parser = values::output, help_heading = "Output")]
    pub output: Vec<Output>,
    /// Least severity that fails the run [default: medium]
    #[arg(long, help_heading = "Verdict")]
    pub fail_on: Option<FailOn>,
    /// Fail also where a rule at or above --fail-on could not be decided
    #[arg(long, help_heading = "Verdict")]
    pub fail_on_unknown: bool,
    /// Configuration; else bucketlint.yaml in the folder of the paths or above, up to the repository's root
    #[arg(long, value_name = "FILE", conflicts_with = "no_config", help_heading = "Verdict")]
    pub config: Option<PathBuf>,
    /// Look for no configuration
    #[arg(long, help_heading = "Verdict", hide_short_help = true)]
    pub no_config: bool,
    /// Findings that were there before and do not count
    #[arg(long, value_name = "FILE", help_heading = "Verdict")]
    pub baseline: Option<PathBuf>,
    /// Write what is found now as a baseline
    #[arg(long, value_name = "FILE", help_heading = "Verdict", hide_short_help = true)]
    pub write_baseline: Option<PathBuf>,
    /// Take what was fixed out of the baseline
    #[arg(long, help_heading = "Verdict", hide_short_help = true)]
    pub prune_baseline: bool,
    /// Only what a change brings: findings that are not there at a git revision, and access that it opens
    #[arg(long, value_name = "REVISION", help_heading = "Verdict")]
    pub base: Option<String>,
    /// Take configuration, baseline, own rules and suppressions from a git revision: a change cannot weaken what judges it
    #[arg(long, value_name = "REVISION", help_heading = "Verdict", hide_short_help = true)]
    pub policy_from: Option<String>,
    /// Mend what an edit can mend, proved first; see also --diff, --unsafe-fixes
    #[arg(long, help_heading = "Verdict")]
    pub fix: bool,
    /// With --fix: also what changes what works now
    #[arg(long, help_heading = "Verdict", hide_short_help = true)]
    pub unsafe_fixes: bool,
    /// Print what --fix would change, and change nothing
    #[arg(long, help_heading = "Verdict", hide_short_help = true)]
    pub diff: bool,
    /// Count what the code says does not count
    #[arg(long, help_heading = "Verdict", hide_short_help = true)]
    pub ignore_suppressions: bool,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output", hide_short_help = true)]
    pub color: ColorWhen,
    /// Findings, and one line where rules are undecided
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Also notes, and every undecided rule
    #[arg(long, short, help_heading = "Output")]
    pub verbose: bool,
}

/// `model`.
#[derive(Debug, Args)]
pub struct Model {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub input: Input,
    /// Format
    #[arg(long, default_value = "json")]
    pub format: ModelFormat,
}

/// `rules`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Rules {
    /// What to do with rules; list them where nothing is said
    #[command(subcommand)]
    pub action: Option<RulesAction>,
    /// Only rules of a profile
    #[arg(long, default_value = "all")]
    pub profile: Profile,
    /// Only rules of a framework, with its controls: cis, fsbp, nist, incident, or one that own rules name
    #[arg(long, value_name = "NAME", conflicts_with = "profile")]
    pub framework: Option<String>,
    /// Folder with further rule pages
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
    /// Format; json has every field
    #[arg(long, default_value = "pretty")]
    pub format: RulesFormat,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum RulesAction {
    /// Run the cases of rule pages: the examples under `## Cases`
    Test {
        /// Folders with rule pages, and single pages
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// Id of the rule
    pub rule: String,
    /// Folder with further rule pages
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
}

impl Check {
    /// Every output that was asked for: pretty on standard output where none was.
    #[must_use]
    pub fn outputs(&self) -> Vec<Output> {
        let mut out: Vec<Output> = self.format.map(|format| Output { format, path: None }).into_iter().collect();
        out.extend(self.output.iter().cloned());
        if out.is_empty() {
            out.push(Output { format: Format::Pretty, path: None });
        }
        out
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// Inserts `check` where the first argument is no command: `bucketlint`, `bucketlint infra/`, `bucketlint --format json`.
#[must_use]
pub fn with_default_command(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    const OTHERS: [&str; 6] = ["help", "-h", "--help", "--help-all", "-V", "--version"];
    let mut args: Vec<OsString> = args.into_iter().collect();
    let is_word = |it: &str| Command::has_subcommand(it) || OTHERS.contains(&it);
    let is_command = args.get(1).and_then(|it| it.to_str()).is_some_and(is_word);
    if !is_command {
        let at = args.len().min(1);
        args.insert(at, "check".into());
    }
    args
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn clap_agrees_with_itself() {
        Cli::command().debug_assert();
    }

    #[test]
    fn check_is_the_default_command() {
        for (args, expected) in [
            (vec!["b"], vec!["b", "check"]),
            (vec!["b", "infra"], vec!["b", "check", "infra"]),
            (vec!["b", "--format", "json"], vec!["b", "check", "--format", "json"]),
            (vec!["b", "model", "x"], vec!["b", "model", "x"]),
            (vec!["b", "contract", "generate", "x"], vec!["b", "contract", "generate", "x"]),
            (vec!["b", "--version"], vec!["b", "--version"]),
        ] {
            let got = with_default_command(args.iter().map(OsString::from));
            assert_eq!(got, expected.iter().map(OsString::from).collect::<Vec<_>>());
        }
    }
}
