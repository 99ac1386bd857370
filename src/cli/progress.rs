//! A line on the terminal for a run that takes longer than a moment: that it works, on how many files, since when.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::source::Sources;

/// A run shorter than this says nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is written anew.
const TICK: Duration = Duration::from_millis(200);
/// Back to the start of the line, and clear it.
const CLEAR: &str = "\r\u{1b}[2K";

/// Does `work`; where standard error is a terminal, with a line about it there as soon as it takes more than a second.
pub(super) fn watched<T>(sources: &Sources, work: impl FnOnce() -> T) -> T {
    let is_dumb = std::env::var_os("TERM").is_some_and(|it| it == "dumb");
    if !std::io::stderr().is_terminal() || is_dumb {
        return work();
    }
    watch(PATIENCE, TICK, std::io::stderr(), || sources.len(), work)
}

fn watch<T>(
    patience: Duration,
    tick: Duration,
    mut out: impl Write + Send,
    files: impl Fn() -> usize + Sync + Send,
    work: impl FnOnce() -> T,
) -> T {
    let (done, waiting) = channel::<()>();
    std::thread::scope(|scope| {
        let watcher = move || {
            let start = Instant::now();
            let mut pause = patience;
            // The other end closes when the work is done, and also when it fails.
            while waiting.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = tick;
                // Nobody can be told where standard error does not take it.
                let _ = write!(out, "{CLEAR}{}", line(files(), start.elapsed())).and_then(|()| out.flush());
            }
            if pause == tick {
                let _ = write!(out, "{CLEAR}").and_then(|()| out.flush());
            }
        };
        // A system that refuses another thread loses the line, not the run.
        let _ = std::thread::Builder::new().spawn_scoped(scope, watcher);
        let _done = done;
        work()
    })
}

fn line(files: usize, since: Duration) -> String {
    let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    format!("bucketlint: {files} read, {:.1} s", since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(patience: u64, work: u64) -> String {
        let mut out = Vec::new();
        let millis = Duration::from_millis;
        let answer = watch(
            millis(patience),
            millis(10),
            &mut out,
            || 7,
            || {
                std::thread::sleep(millis(work));
                42
            },
        );
        assert_eq!(answer, 42);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_short_run_says_nothing() {
        assert_eq!(written(60_000, 0), "");
    }

    #[test]
    fn a_long_run_says_what_it_does_and_leaves_no_trace() {
        let text = written(1, 200);
        assert!(text.contains("bucketlint: 7 files read, 0."), "{text:?}");
        assert!(text.ends_with(CLEAR), "{text:?}");
    }

    #[test]
    fn a_failure_of_the_work_ends_the_line() {
        let failed = std::panic::catch_unwind(|| {
            watch(
                Duration::ZERO,
                Duration::from_millis(1),
                Vec::new(),
                || 0,
                || std::panic::resume_unwind(Box::new(())),
            )
        });
        assert!(failed.is_err());
    }
}
