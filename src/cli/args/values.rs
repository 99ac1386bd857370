//! The values that options take.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Deserialize;

use crate::finding::Severity;
use crate::value::is_account_id;

/// Kinds of standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum StdinKind {
    Policy,
    Terraform,
    #[value(name = "cloudformation")]
    CloudFormation,
    Plan,
    Snapshot,
}

/// Formats of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Format {
    Pretty,
    Json,
    Sarif,
    Github,
    Gitlab,
    Junit,
    Markdown,
    Html,
    Csv,
}

/// Formats of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ModelFormat {
    Json,
}

/// Formats of the rule list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum RulesFormat {
    Pretty,
    Json,
}

/// Rule sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Profile {
    Default,
    Strict,
    All,
}

/// What is known of account-wide Block Public Access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AccountBpa {
    On,
    Off,
    Unknown,
}

/// What the S3 policy of an organisation assigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum OrganizationBpa {
    All,
    None,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ColorWhen {
    Auto,
    Always,
    Never,
}

/// The least severity that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum FailOn {
    Critical,
    High,
    Medium,
    Low,
    Info,
    Never,
}

/// One `--output`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// The file; standard output where none.
    pub path: Option<PathBuf>,
}

impl Profile {
    /// `default`, `strict`, `all`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Strict => "strict",
            Self::All => "all",
        }
    }
}

impl FailOn {
    /// `None` for never.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Critical => Some(Severity::Critical),
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

impl AccountBpa {
    /// `None` for unknown.
    #[must_use]
    pub fn known(self) -> Option<bool> {
        match self {
            Self::On => Some(true),
            Self::Off => Some(false),
            Self::Unknown => None,
        }
    }
}

/// Reads `FORMAT` or `FORMAT=FILE`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn output(text: &str) -> Result<Output, String> {
    let (name, path) = text.split_once('=').map_or((text, None), |(name, path)| (name, Some(path)));
    if path == Some("") {
        return Err("no path after `=`".to_owned());
    }
    Ok(Output { format: Format::from_str(name, true)?, path: path.map(PathBuf::from) })
}

/// Reads the id of an organisation.
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html>
///
/// # Errors
/// What is none.
pub fn organization_id(text: &str) -> Result<String, String> {
    let tail = text.strip_prefix("o-").unwrap_or_default();
    let fits = (10..=32).contains(&tail.len()) && tail.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    if fits {
        Ok(text.to_owned())
    } else {
        Err("an organisation id is `o-` and 10 to 32 letters and digits".to_owned())
    }
}

/// Reads the id of an account.
///
/// # Errors
/// What is none.
pub fn account_id(text: &str) -> Result<String, String> {
    if is_account_id(text) {
        return Ok(text.to_owned());
    }
    Err("an account id has twelve digits".to_owned())
}

/// Reads the id of a VPC endpoint.
///
/// # Errors
/// What is none.
pub fn vpc_endpoint_id(text: &str) -> Result<String, String> {
    hexadecimal(text, "vpce-").ok_or_else(|| "the id of a VPC endpoint is `vpce-` and hexadecimal digits".to_owned())
}

/// Reads the id of a VPC.
///
/// # Errors
/// What is none.
pub fn vpc_id(text: &str) -> Result<String, String> {
    hexadecimal(text, "vpc-").ok_or_else(|| "the id of a VPC is `vpc-` and hexadecimal digits".to_owned())
}

fn hexadecimal(text: &str, prefix: &str) -> Option<String> {
    let digits = text.strip_prefix(prefix)?;
    (!digits.is_empty() && digits.bytes().all(|it| it.is_ascii_hexdigit())).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs() {
        let file = Some(PathBuf::from("a=b.sarif"));
        assert_eq!(output("sarif=a=b.sarif"), Ok(Output { format: Format::Sarif, path: file }));
        assert_eq!(output("json"), Ok(Output { format: Format::Json, path: None }));
        assert!(output("sarif=").is_err());
        assert!(output("xml").is_err());
    }
}
