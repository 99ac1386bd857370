//! The commands that answer a question of their own: `explain-access`, `contract`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Input, pair};

/// `contract`.
#[derive(Debug, Subcommand)]
pub enum Contract {
    /// Print the contract of a module: what its buckets and outputs rest on, for --contract where the source is not
    Generate(ContractGenerate),
}

/// `contract generate`.
#[derive(Debug, Args)]
pub struct ContractGenerate {
    /// Folder of the module
    pub dir: PathBuf,
    /// What calls of it say as their `source`
    #[arg(long, value_name = "SOURCE")]
    pub source: String,
    /// Versions that the contract holds for, `>= 2.0, < 3.0`; all where nothing is said
    #[arg(long, value_name = "CONSTRAINT")]
    pub version: Option<String>,
}

/// `explain-access`.
#[derive(Debug, Args)]
pub struct ExplainAccess {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub input: Input,
    /// Name or address of the bucket; needed where there are several
    #[arg(long, value_name = "NAME", help_heading = "Request")]
    pub bucket: Option<String>,
    /// Who asks: `anonymous`, an ARN, an account id, or a service such as `cloudfront.amazonaws.com`
    #[arg(long, value_name = "WHO", help_heading = "Request")]
    pub principal: String,
    /// The action, `s3:GetObject` for example
    #[arg(long, value_name = "ACTION", help_heading = "Request")]
    pub action: String,
    /// ARN of the bucket, object or access point, or an object's key; an object called `example` where the action needs one
    #[arg(long, value_name = "ARN|KEY", help_heading = "Request")]
    pub resource: Option<String>,
    /// Condition key that the request carries; may be repeated, also for several values. What --principal says is known, and TLS
    /// is taken for granted; the value of any other key that the request may have is unknown
    #[arg(long = "context", value_name = "KEY=VALUE", value_parser = pair, help_heading = "Request")]
    pub context: Vec<(String, String)>,
    /// The caller's own policies allow the request
    #[arg(long, help_heading = "Request")]
    pub identity_allows: bool,
    /// Format
    #[arg(long, default_value = "pretty")]
    pub format: AnswerFormat,
}

/// Formats of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AnswerFormat {
    Pretty,
    Json,
}
