//! Arguments of the commands about live buckets.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::account_id;
use super::{AccountBpa, AnswerFormat, Order, pair};

/// `snapshot`.
#[derive(Debug, Args)]
pub struct Snapshot {
    /// Folder of saved `aws s3api` outputs, or file: AWS Config items, Steampipe rows, Terraform state, a snapshot
    #[arg(long, value_name = "FOLDER|FILE", conflicts_with_all = ["all", "profile"])]
    pub from: Vec<PathBuf>,
    /// Name of a bucket; may be repeated
    #[arg(long = "bucket", value_name = "NAME")]
    pub buckets: Vec<String>,
    /// All buckets of the account
    #[arg(long, conflicts_with = "buckets")]
    pub all: bool,
    /// Account that must own the buckets; else the caller's
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account: Option<String>,
    /// Profile of the aws CLI
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Calls of the aws CLI at a time
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub jobs: usize,
    /// Seconds after which a call of the aws CLI is ended; what it was to read is unknown
    #[arg(long, value_name = "N", default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..=86400))]
    pub call_timeout: u64,
    /// File to write, which must not exist; else standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print a collector for a machine that has the aws CLI and not this program
    #[arg(long)]
    pub print_script: bool,
    /// Print the IAM policy that collecting needs
    #[arg(long, conflicts_with = "print_script")]
    pub print_iam_policy: bool,
}

/// `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// In which order `--var` and `--var-file` are given: read before what they give is taken
    #[command(flatten)]
    pub order: Order,
    /// The old side: a policy file, code, a snapshot or another source of live configuration
    pub old: PathBuf,
    /// The new side
    pub new: PathBuf,
    /// Name of the bucket; else what the policies name, or all buckets
    #[arg(long, value_name = "NAME")]
    pub bucket: Option<String>,
    /// How a bucket of the code is called; may be repeated
    #[arg(long = "map", value_name = "ADDRESS=NAME", value_parser = pair)]
    pub maps: Vec<(String, String)>,
    /// Count what code says nothing about as a change
    #[arg(long)]
    pub strict: bool,
    /// Value of a Terraform variable
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair, help_heading = "Context")]
    pub vars: Vec<(String, String)>,
    /// File with values of Terraform variables
    #[arg(long = "var-file", value_name = "FILE", help_heading = "Context")]
    pub var_files: Vec<PathBuf>,
    /// Value of a CloudFormation parameter
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair, help_heading = "Context")]
    pub params: Vec<(String, String)>,
    /// Own account id
    #[arg(long, value_name = "ID", value_parser = account_id, help_heading = "Context")]
    pub account: Option<String>,
    /// Account that counts as own
    #[arg(long = "trusted-account", value_name = "ID", value_parser = account_id, help_heading = "Context")]
    pub trusted_accounts: Vec<String>,
    /// Account-wide Block Public Access where a side does not say
    #[arg(long, value_name = "STATE", default_value = "unknown", help_heading = "Context")]
    pub account_bpa: AccountBpa,
    /// What makes the exit code 1
    #[arg(long, value_name = "CHANGE", default_value = "gained")]
    pub fail_on: DiffFailOn,
    /// Format
    #[arg(long, default_value = "pretty")]
    pub format: DiffFormat,
}

/// Changes that make `diff` fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum DiffFailOn {
    Gained,
    Any,
    None,
}

/// Formats of `diff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum DiffFormat {
    Pretty,
    Json,
    #[value(alias = "md")]
    Markdown,
    Sarif,
}

/// `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// In which order `--var` and `--var-file` are given: read before what they give is taken
    #[command(flatten)]
    pub order: Order,
    /// What should be: code, a policy file, a snapshot
    #[arg(long, visible_aliases = ["iac", "baseline"], value_name = "SOURCE")]
    pub desired: Option<PathBuf>,
    /// What is: a snapshot or another source of live configuration; else the aws CLI is asked
    #[arg(long, value_name = "SOURCE")]
    pub live: Option<PathBuf>,
    /// Name of the bucket
    #[arg(long, value_name = "NAME")]
    pub bucket: Option<String>,
    /// Folder to write the plan into, which must not exist
    #[arg(long, short, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Feature to restore; may be repeated, all where none is said
    #[arg(long, value_name = "FEATURE", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Take steps that open something, after all others
    #[arg(long)]
    pub allow_loosen: bool,
    /// Turn account-wide Block Public Access on too: it is of all buckets of the account
    #[arg(long)]
    pub include_account: bool,
    /// The caller may lose the power to change the policy
    #[arg(long)]
    pub confirm_self_lockout: bool,
    /// Plan although a part of the code, which may be about the bucket, could not be read
    #[arg(long)]
    pub allow_unread: bool,
    /// Take what should be from a bucket of another owner
    #[arg(long)]
    pub allow_other_owner: bool,
    /// ARN of who will run the plan; else who took the snapshot
    #[arg(long, value_name = "ARN")]
    pub caller: Option<String>,
    /// How a bucket of the code is called; may be repeated
    #[arg(long = "map", value_name = "ADDRESS=NAME", value_parser = pair)]
    pub maps: Vec<(String, String)>,
    /// Value of a Terraform variable
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair, help_heading = "Context")]
    pub vars: Vec<(String, String)>,
    /// File with values of Terraform variables
    #[arg(long = "var-file", value_name = "FILE", help_heading = "Context")]
    pub var_files: Vec<PathBuf>,
    /// Value of a CloudFormation parameter
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair, help_heading = "Context")]
    pub params: Vec<(String, String)>,
    /// Account that must own the bucket; else the caller's
    #[arg(long, value_name = "ID", value_parser = account_id, help_heading = "Context")]
    pub account: Option<String>,
    /// Do the steps of a plan
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["desired", "live", "output", "rollback"], help_heading = "Apply")]
    pub apply: Option<PathBuf>,
    /// Take back the steps of a plan that were done
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["desired", "live", "output"], help_heading = "Apply")]
    pub rollback: Option<PathBuf>,
    /// Do not ask; needs --plan-hash
    #[arg(long, help_heading = "Apply")]
    pub yes: bool,
    /// Hash of the plan that was reviewed
    #[arg(long, value_name = "HASH", help_heading = "Apply")]
    pub plan_hash: Option<String>,
    /// Profile of the aws CLI
    #[arg(long, value_name = "NAME", help_heading = "Apply")]
    pub profile: Option<String>,
}

/// `contain`.
#[derive(Debug, Args)]
pub struct Contain {
    /// Name of the bucket
    #[arg(long, value_name = "NAME", required_unless_present = "finding")]
    pub bucket: Option<String>,
    /// Finding of GuardDuty, Security Hub or Access Analyzer that names the bucket
    #[arg(long, value_name = "FILE")]
    pub finding: Option<PathBuf>,
    /// How far
    #[arg(long, value_name = "LEVEL", default_value = "bpa")]
    pub level: ContainLevel,
    /// What is: a snapshot or another source of live configuration; else the aws CLI is asked
    #[arg(long, value_name = "SOURCE")]
    pub live: Option<PathBuf>,
    /// Folder to write the plan into, which must not exist
    #[arg(long, short, value_name = "FOLDER")]
    pub output: PathBuf,
    /// Whom to deny everything (--level principal); may be repeated
    #[arg(long = "deny-principal", value_name = "ARN")]
    pub deny_principals: Vec<String>,
    /// Who keeps access (--level quarantine); may be repeated
    #[arg(long, value_name = "ARN")]
    pub except: Vec<String>,
    /// Do not mark the bucket with the tag Status=Compromised
    #[arg(long)]
    pub no_tag: bool,
    /// Turn account-wide Block Public Access on too: it is of all buckets of the account
    #[arg(long)]
    pub include_account: bool,
    /// The caller may lose the power to change the policy
    #[arg(long)]
    pub confirm_self_lockout: bool,
    /// ARN of who will run the plan; else who took the snapshot
    #[arg(long, value_name = "ARN")]
    pub caller: Option<String>,
    /// Account that must own the bucket; else the caller's
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account: Option<String>,
    /// Profile of the aws CLI
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

/// How far containment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ContainLevel {
    /// Block Public Access on, ACL private, versioning on
    Bpa,
    /// Deny the named principals, sessions that are signed in included
    Principal,
    /// Deny everyone but those of --except, and AWS services
    Quarantine,
}

impl ContainLevel {
    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bpa => "bpa",
            Self::Principal => "principal",
            Self::Quarantine => "quarantine",
        }
    }
}

/// `timeline`.
#[derive(Debug, Args)]
pub struct Timeline {
    /// CloudTrail files or folders of them, packed or not: delivered files, `lookup-events`, EventBridge, one record to a line, CSV of
    /// Athena or CloudTrail Lake
    #[arg(required_unless_present = "print_query")]
    pub trail: Vec<PathBuf>,
    /// Name of the bucket
    #[arg(long, value_name = "NAME")]
    pub bucket: Option<String>,
    /// Finding of GuardDuty, Security Hub or Access Analyzer that names the bucket
    #[arg(long, value_name = "FILE")]
    pub finding: Option<PathBuf>,
    /// The bucket before the first event: a snapshot or another source of live configuration
    #[arg(long, value_name = "SOURCE")]
    pub start_state: Option<PathBuf>,
    /// The bucket after the last event: where the events do not lead there, one is missing
    #[arg(long, value_name = "SOURCE")]
    pub end_state: Option<PathBuf>,
    /// Show only calls of an ARN, a part of one, or an access key id
    #[arg(long, value_name = "WHO")]
    pub identity: Option<String>,
    /// Pattern of ARNs that are expected to change buckets, of the own account unless it has another's id: what deployments do, too, is no sign of theirs; may be repeated
    #[arg(long = "deployer", value_name = "GLOB")]
    pub deployers: Vec<String>,
    /// Address range that calls are expected from, or a file of them; may be repeated
    #[arg(long = "known-cidr", value_name = "CIDR|FILE")]
    pub known_cidrs: Vec<String>,
    /// Only ask whether there was a call after this time (of --identity, where that is said)
    #[arg(long, value_name = "TIME")]
    pub verify_since: Option<String>,
    /// Server access logs of the bucket, a file or a folder: who used it while it was open; may be repeated
    #[arg(long = "access-log", value_name = "PATH")]
    pub access_logs: Vec<PathBuf>,
    /// Print the query that fetches the events (of --bucket), and do nothing else
    #[arg(long, value_name = "STORE", requires = "bucket")]
    pub print_query: Option<QueryStore>,
    /// Table of Athena, or id of the event data store (--print-query)
    #[arg(long, value_name = "NAME", requires = "print_query")]
    pub table: Option<String>,
    /// Stop at this time
    #[arg(long, value_name = "TIME")]
    pub state_at: Option<String>,
    /// Write the bucket as the events leave it: a snapshot for `restore --desired`
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Own account id
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account: Option<String>,
    /// Format
    #[arg(long, default_value = "pretty")]
    pub format: AnswerFormat,
}

/// Where a trail can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum QueryStore {
    /// A table of Athena
    Athena,
    /// An event data store of CloudTrail Lake
    Lake,
    /// `aws cloudtrail lookup-events`: the last 90 days
    Lookup,
}

/// `report`.
#[derive(Debug, Args)]
pub struct IncidentReport {
    /// Name of the bucket
    #[arg(long, value_name = "NAME")]
    pub bucket: Option<String>,
    /// Finding of GuardDuty, Security Hub or Access Analyzer
    #[arg(long, value_name = "FILE")]
    pub finding: Option<PathBuf>,
    /// CloudTrail file; may be repeated
    #[arg(long, value_name = "FILE")]
    pub trail: Vec<PathBuf>,
    /// Server access log of the bucket; may be repeated
    #[arg(long = "access-log", value_name = "FILE")]
    pub access_logs: Vec<PathBuf>,
    /// The bucket before the first event
    #[arg(long, value_name = "SOURCE")]
    pub start_state: Option<PathBuf>,
    /// The bucket as it is: a snapshot or another source of live configuration
    #[arg(long, value_name = "SOURCE")]
    pub live: Option<PathBuf>,
    /// Folder of a plan of `restore` or `contain`, with its journal; may be repeated
    #[arg(long = "plan", value_name = "FOLDER")]
    pub plans: Vec<PathBuf>,
    /// Own account id; else that of the start state, or the one that the events name as the bucket's owner
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account: Option<String>,
    /// Pattern of ARNs that are expected to change the bucket, of its own account unless it has another's id: what deployments do, too, is no sign of theirs; may be repeated
    #[arg(long = "deployer", value_name = "GLOB")]
    pub deployers: Vec<String>,
    /// Number of the case
    #[arg(long, value_name = "ID")]
    pub case: Option<String>,
    /// When it was noticed; else the earliest finding
    #[arg(long, value_name = "TIME")]
    pub noticed: Option<String>,
    /// Folder to write, which must not exist
    #[arg(long, short, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Hash the files of a report again
    #[arg(long, value_name = "FOLDER", conflicts_with = "output")]
    pub verify: Option<PathBuf>,
}
