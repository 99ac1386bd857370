//! Arguments of `suppressions`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Input;

/// `suppressions`.
#[derive(Debug, Args)]
pub struct Suppressions {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub input: Input,
    /// Folder with further rule pages
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
    /// Configuration; else bucketlint.yaml in the folder of the paths or above, up to the repository's root
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Look for no configuration
    #[arg(long)]
    pub no_config: bool,
    /// Format
    #[arg(long, default_value = "pretty")]
    pub format: ListFormat,
}

/// Formats of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ListFormat {
    Pretty,
    Json,
}
