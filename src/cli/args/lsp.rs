//! Arguments of `lsp`.

use std::path::PathBuf;

use clap::Args;

use super::Profile;

/// `lsp`.
#[derive(Debug, Default, Args)]
pub struct Lsp {
    /// Rule set [default: default]
    #[arg(long)]
    pub profile: Option<Profile>,
    /// Configuration; else bucketlint.yaml in the workspace folder, or in the file's folder or above, up to the repository's root
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Look for no configuration
    #[arg(long)]
    pub no_config: bool,
    /// Speak over standard input and output, which is the only way there is: editors say it
    #[arg(long, hide = true)]
    pub stdio: bool,
}
