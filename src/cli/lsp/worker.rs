//! The thread that judges, so that the editor never waits. A bug in judging is told, and the next run is made.

use std::path::Path;
use std::sync::mpsc::{Sender, channel};

use crate::cli::guard::guarded;

use super::judge::{Job, Scope};

/// What became of a run.
#[derive(Debug)]
pub struct Done<T> {
    /// What was judged.
    pub scope: Scope,
    /// Whether a fix was to be proved.
    pub is_proof: bool,
    /// The result.
    pub result: Result<T, Trouble>,
}

/// Why there is no result.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Something that the user can mend.
    Complaint(String),
    /// A bug of ours.
    Bug(String),
}

/// Starts the thread. Jobs are done in order.
///
/// # Errors
/// The operating system's, where there can be no more threads.
pub fn start<T: Send + 'static>(
    stack: usize,
    work: impl Fn(&Job) -> Result<T, String> + Send + 'static,
    done: impl Fn(Done<T>) + Send + 'static,
) -> std::io::Result<Sender<Job>> {
    let (jobs, waiting) = channel::<Job>();
    let run = move || {
        while let Ok(job) = waiting.recv() {
            let result = match guarded(Path::new("."), || work(&job)) {
                Ok(result) => result.map_err(Trouble::Complaint),
                Err(bug) => Err(Trouble::Bug(bug.message)),
            };
            done(Done { scope: job.scope, is_proof: job.prove.is_some(), result });
        }
    };
    std::thread::Builder::new().stack_size(stack).spawn(run)?;
    Ok(jobs)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::super::position::Encoding;
    use super::*;
    use crate::cli::args::Lsp;

    #[test]
    fn a_bug_is_told_and_the_next_run_is_made() {
        let (sender, results) = channel();
        let work = |job: &Job| match &job.scope {
            Scope::Untitled(_) => panic!("boom"),
            Scope::Beside(_) => Err("a mistake".to_owned()),
            Scope::Folder(_) => Ok(7),
        };
        let jobs = start(1 << 20, work, move |it: Done<i32>| sender.send(it).unwrap()).unwrap();
        let scopes = [Scope::Untitled("x".to_owned()), Scope::Beside(PathBuf::new()), Scope::Folder(PathBuf::new())];
        for scope in scopes {
            let settings = Arc::new(Lsp::default());
            jobs.send(Job { scope, encoding: Encoding::Utf8, open: Vec::new(), settings, prove: None }).unwrap();
        }
        let next = || results.recv().unwrap().result;
        assert!(matches!(next(), Err(Trouble::Bug(it)) if it.contains("boom")));
        assert_eq!(next(), Err(Trouble::Complaint("a mistake".to_owned())));
        assert_eq!(next(), Ok(7));
    }
}
