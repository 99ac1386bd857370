//! Arguments of `fleet`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::{account_id, organization_id, vpc_endpoint_id, vpc_id};
use super::{AccountBpa, FailOn, OrganizationBpa, Selection};

/// `fleet`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = INPUT)]
pub struct Fleet {
    /// What to do; judge standard input where nothing is said
    #[command(subcommand)]
    pub action: Option<FleetAction>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub selection: Selection,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub gate: FleetGate,
    /// Own account id; else that of each bucket
    #[arg(long, value_name = "ID", value_parser = account_id, help_heading = "Context")]
    pub account: Option<String>,
    /// Account that counts as own
    #[arg(long = "trusted-account", value_name = "ID", value_parser = account_id, help_heading = "Context")]
    pub trusted_accounts: Vec<String>,
    /// Organisation that counts as own; where one is said, others are foreign
    #[arg(long = "trusted-organization", value_name = "ID", value_parser = organization_id, help_heading = "Context")]
    pub trusted_organizations: Vec<String>,
    /// VPC endpoint that counts as own; where one is said, others are foreign
    #[arg(long = "trusted-vpc-endpoint", value_name = "ID", value_parser = vpc_endpoint_id, help_heading = "Context")]
    pub trusted_vpc_endpoints: Vec<String>,
    /// VPC that counts as own; where one is said, others are foreign
    #[arg(long = "trusted-vpc", value_name = "ID", value_parser = vpc_id, help_heading = "Context")]
    pub trusted_vpcs: Vec<String>,
    /// Account-wide Block Public Access where the records do not say
    #[arg(long, value_name = "STATE", default_value = "unknown", help_heading = "Context")]
    pub account_bpa: AccountBpa,
    /// What an S3 policy of the organisation assigns to the accounts; it overrides their own settings
    #[arg(long, value_name = "ASSIGNED", help_heading = "Context")]
    pub organization_bpa: Option<OrganizationBpa>,
}

const INPUT: &str = "\
Standard input has one JSON document a line: a snapshot (as `bucketlint snapshot` writes it, of one bucket or of many) or an
item of AWS Config. A whole delivery of AWS Config is read as it is. Each bucket is judged by itself, whatever comes before and
after it; only account-wide Block Public Access is remembered for the lines behind it, so put it into each record or first.";

/// What fails the run.
#[derive(Debug, Args)]
pub struct FleetGate {
    /// Least severity that fails the run
    #[arg(long, default_value = "medium", help_heading = "Verdict")]
    pub fail_on: FailOn,
    /// Fail also where a rule at or above --fail-on could not be decided
    #[arg(long, help_heading = "Verdict")]
    pub fail_on_unknown: bool,
}

/// What else can be done.
#[derive(Debug, Subcommand)]
pub enum FleetAction {
    /// Merge the outputs of several runs over parts of a fleet: what one run over all of it prints, in order of the text
    Merge(FleetMerge),
}

/// `fleet merge`.
#[derive(Debug, Args)]
pub struct FleetMerge {
    /// Outputs of `fleet`
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// How many buckets there must be in all: fewer or more make the result incomplete
    #[arg(long, value_name = "NUMBER")]
    pub expect: Option<u64>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub gate: FleetGate,
}
