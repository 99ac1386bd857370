//! Arguments of `migrate`.

use std::path::PathBuf;

use clap::Args;

use super::Input;

/// `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the type says it")]
    pub input: Input,
    /// Change the files; else only print what would change
    #[arg(long)]
    pub write: bool,
    /// Keep the words of the other tools beside ours
    #[arg(long)]
    pub keep: bool,
    /// Folder with further rule pages
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_folders: Vec<PathBuf>,
    /// Configuration; else bucketlint.yaml in the folder of the paths or above, up to the repository's root
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Look for no configuration
    #[arg(long)]
    pub no_config: bool,
}
