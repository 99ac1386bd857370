//! The `aws` CLI as a child process: an argument vector, no shell, nothing on standard input, retries.
//!
//! Credentials, profiles, single sign-on and proxies are the CLI's own: this program has none of them.

use std::ffi::OsString;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

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
    /// How long one call may take that only reads: its own limits are those of the network, and a helper for credentials has none.
    pub limit: Option<Duration>,
}

/// So many seconds a call may take that reads, unless the user says otherwise: somebody may have to type a code for it.
pub const CALL_TIMEOUT: u64 = 180;

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
        Self { program: "aws".into(), profile, attempts: 5, limit: None }
    }

    /// The same, of which each call is ended after so many seconds.
    #[must_use]
    pub fn within(self, seconds: u64) -> Self {
        Self { limit: Some(Duration::from_secs(seconds)), ..self }
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
        let refused = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => AwsError::Missing,
            _ => AwsError::Refused(error.to_string()),
        };
        let Some(limit) = self.limit else {
            let output = command.output().map_err(refused)?;
            return Ok(reply(&output.stdout, &output.stderr, Some(output.status)));
        };
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        within(child.map_err(refused)?, limit).map_err(refused)
    }
}

fn reply(stdout: &[u8], stderr: &[u8], status: Option<ExitStatus>) -> Reply {
    Reply {
        stdout: String::from_utf8_lossy(stdout).into_owned(),
        stderr: String::from_utf8_lossy(stderr).into_owned(),
        code: Some(status.and_then(|it| it.code()).unwrap_or(-1)),
    }
}

/// Waits for the end of a call, and ends it where it takes too long. What it has started may hold its pipes open: nobody waits for that.
fn within(mut child: Child, limit: Duration) -> std::io::Result<Reply> {
    let end = Instant::now() + limit;
    let (stdout, stderr) = (child.stdout.take().map(all), child.stderr.take().map(all));
    let rest = || end.saturating_duration_since(Instant::now());
    let read = |from: Option<Receiver<Vec<u8>>>| from.and_then(|it| it.recv_timeout(rest()).ok());
    let (stdout, stderr) = (read(stdout), read(stderr));
    loop {
        let status = child.try_wait()?;
        if let (Some(stdout), Some(stderr), Some(_)) = (&stdout, &stderr, status) {
            return Ok(reply(stdout, stderr, status));
        }
        if rest().is_zero() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill()?;
    child.wait()?;
    let text = format!(
        "An error occurred ({TIMEOUT}): the aws CLI had not answered after {} seconds and was ended (snapshot: --call-timeout)",
        limit.as_secs()
    );
    Ok(reply(&[], text.as_bytes(), None))
}

/// The code of a call that was ended.
const TIMEOUT: &str = "CallTimeout";

/// Reads a pipe to its end beside what else is done.
fn all(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        // A pipe that breaks has given what it had.
        let _ = from.read_to_end(&mut text);
        let _ = send.send(text);
    });
    receive
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
