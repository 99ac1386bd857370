//! The `aws` CLI as a child process: an argument vector, no shell, nothing on standard input, retries.
//!
//! Credentials, profiles, single sign-on and proxies are the CLI's own: this program has none of them.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::frontend::live::{Reply, error_code};

/// How the CLI is called.
#[derive(Clone, Debug)]
pub struct Aws {
    /// The program: `aws`, found in PATH.
    pub program: OsString,
    /// `--profile`.
    pub profile: Option<String>,
    /// Calls of one question at most.
    pub attempts: u32,
}

/// Why there is no answer at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// The program is not there.
    #[error(
        "the program `aws` was not found in PATH: install the AWS CLI \
         (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html), or collect elsewhere with \
         `bucketlint snapshot --print-script` and read the folder with --from"
    )]
    Missing,
    /// The operating system refuses to run it.
    #[error("the program `aws` cannot be run: {0}")]
    Refused(String),
}

/// What may succeed when asked again.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList>
const AGAIN: [&str; 9] = [
    "InternalError",
    "OperationAborted",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

impl Aws {
    /// The CLI of PATH.
    #[must_use]
    pub fn new(profile: Option<String>) -> Self {
        Self { program: "aws".into(), profile, attempts: 5 }
    }

    /// Asks until there is an answer that asking again would not change.
    ///
    /// # Errors
    /// [`AwsError`] where the program cannot be run; what AWS refuses is an answer.
    pub fn call(&self, args: &[&str]) -> Result<Reply, AwsError> {
        let mut wait = Duration::from_millis(100);
        for _ in 1..self.attempts {
            let reply = self.once(args)?;
            if !is_worth_another(&reply) {
                return Ok(reply);
            }
            std::thread::sleep(wait);
            wait *= 2;
        }
        self.once(args)
    }

    fn once(&self, args: &[&str]) -> Result<Reply, AwsError> {
        let mut command = Command::new(&self.program);
        command.args(args).args(["--output", "json", "--cli-connect-timeout", "10", "--cli-read-timeout", "60"]);
        if let Some(profile) = &self.profile {
            command.args(["--profile", profile]);
        }
        // Version 2 would page; version 1 knows no `--no-cli-pager`.
        command.env("AWS_PAGER", "").stdin(Stdio::null());
        let output = command.output().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => AwsError::Missing,
            _ => AwsError::Refused(error.to_string()),
        })?;
        Ok(Reply {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: Some(output.status.code().unwrap_or(-1)),
        })
    }
}

fn is_worth_another(reply: &Reply) -> bool {
    if reply.code == Some(0) {
        return false;
    }
    match error_code(&reply.stderr) {
        Some(code) => AGAIN.contains(&code),
        None => ["Could not connect to the endpoint", "Read timeout", "Connect timeout"]
            .iter()
            .any(|it| reply.stderr.contains(it)),
    }
}
