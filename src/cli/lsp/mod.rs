//! `lsp`: findings, rules, verdicts and fixes for an editor, over standard input and output.
//!
//! `wire` and `message` are JSON-RPC, `protocol`, `position` and `uri` the words of LSP. `server` knows what is open and what is due;
//! `worker` runs `judge`, which is `check` over what is open; `diagnostics`, `answers` and `fixes` say what was found.

mod answers;
mod diagnostics;
mod documents;
mod fixes;
mod judge;
mod message;
mod position;
mod protocol;
mod publish;
mod server;
mod uri;
mod wire;
mod worker;

use std::io::{BufReader, ErrorKind};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Instant;

use super::STACK;
use super::args::Lsp;
use super::commands::Complaint;
use super::guard::guarded;
use diagnostics::Told;
use judge::{Analysis, Job, Proof};
use message::Incoming;
use server::Server;
use wire::Frame;
use worker::Done;

/// What a run made.
enum Made {
    /// What is found in a scope.
    Analysis(Box<(Analysis, Told)>),
    /// Whether a fix holds.
    Proof(Proof),
}

/// Something happened.
enum Event {
    /// The client said something.
    Message(Incoming),
    /// It sent something that is no message.
    Broken(String),
    /// It is gone.
    End,
    /// A run is done.
    Judged(Box<Done<Made>>),
}

/// `lsp`. The exit code is the protocol's: 0 after `shutdown`, else 1.
pub(super) fn lsp(args: &Lsp) -> Result<u8, Complaint> {
    let cannot = |error: std::io::Error| format!("cannot start: {error}");
    let (events, happened) = channel();
    let judged = events.clone();
    // Nobody listens any more only at the end.
    let done = move |it| drop(judged.send(Event::Judged(Box::new(it))));
    let work = |job: &Job| {
        if let Some(target) = &job.prove {
            return judge::prove(job, target).map(Made::Proof);
        }
        let analysis = Analysis::new(job)?;
        let told = diagnostics::of(&analysis, job.encoding);
        Ok(Made::Analysis(Box::new((analysis, told))))
    };
    let jobs = worker::start(STACK, work, done).map_err(cannot)?;
    let listen = move || {
        let mut input = BufReader::new(std::io::stdin().lock());
        loop {
            let event = match wire::read(&mut input) {
                Ok(Frame::Body(bytes)) => Event::Message(message::parse(&bytes)),
                Ok(Frame::Broken(complaint)) => Event::Broken(complaint),
                Ok(Frame::End) | Err(_) => Event::End,
            };
            let is_end = matches!(event, Event::End);
            if events.send(event).is_err() || is_end {
                return;
            }
        }
    };
    std::thread::Builder::new().spawn(listen).map_err(cannot)?;
    let settings = Lsp { profile: args.profile, config: args.config.clone(), ..*args };
    let mut server = Server::new(std::io::stdout().lock(), jobs, settings);
    loop {
        let event = match server.due() {
            Some(due) => match happened.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Event::End),
            },
            None => Some(happened.recv().unwrap_or(Event::End)),
        };
        let take = || match event {
            None => Ok(false),
            Some(Event::End) => Ok(true),
            Some(Event::Message(it)) => server.receive(it),
            Some(Event::Broken(complaint)) => server.broken(&complaint).map(|()| false),
            Some(Event::Judged(it)) => server.done(*it).map(|()| false),
        };
        let more = match guarded(Path::new("."), take) {
            Ok(more) => more,
            Err(bug) => server.bug(&bug.message).map(|()| false),
        };
        match more.and_then(|is_end| server.send_due().map(|()| is_end)) {
            Ok(true) => return Ok(server.code()),
            Ok(false) => (),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(server.code()),
            Err(error) => return Err(format!("cannot write to standard output: {error}")),
        }
    }
}
