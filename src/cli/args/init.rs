//! Arguments of `init`.

use std::path::PathBuf;

use clap::Args;

/// `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Folder of the code; bucketlint.yaml is written there
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// Also the hook, into .pre-commit-config.yaml at the repository's root
    #[arg(long)]
    pub pre_commit: bool,
    /// Also a workflow, .github/workflows/bucketlint.yml at the repository's root
    #[arg(long)]
    pub github_action: bool,
    /// Where hook and workflow get bucketlint from, on GitHub
    #[arg(long, value_name = "OWNER/NAME", value_parser = repository)]
    pub source: Option<String>,
    /// The commit of it that they pin
    #[arg(long, value_name = "COMMIT", value_parser = commit)]
    pub rev: Option<String>,
    /// Print what would be written
    #[arg(long)]
    pub dry_run: bool,
}

fn repository(text: &str) -> Result<String, String> {
    let is_name = |it: &str| {
        !it.is_empty()
            && !it.starts_with('.')
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
    };
    match text.split_once('/') {
        Some((owner, name)) if is_name(owner) && is_name(name) => Ok(text.to_owned()),
        _ => Err("expected OWNER/NAME".to_owned()),
    }
}

/// A tag or a branch can be moved by whoever takes the repository over: a pin is a commit.
fn commit(text: &str) -> Result<String, String> {
    match text.len() == 40 && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')) {
        true => Ok(text.to_owned()),
        false => Err("a commit has 40 hexadecimal digits; tags and branches can be moved".to_owned()),
    }
}
