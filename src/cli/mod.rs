//! Floor 10: the only room with windows: arguments, files, terminal, exit codes.

mod access;
pub mod args;
mod base;
pub mod cases;
mod commands;
pub mod config;
mod contract;
mod discover;
pub mod embed;
mod environments;
mod fix;
mod fleet;
mod floors;
mod former_modules;
mod gating;
mod git;
mod guard;
mod incident;
mod init;
mod inputs;
mod links;
mod lsp;
mod migrate;
mod new_baseline;
mod outputs;
pub mod pipeline;
mod progress;
mod recognise;
mod rewrite;
mod rule_commands;
mod rule_folders;
mod scenarios;
mod secrets;
mod shell;
mod submodules;
mod suppressions;
mod target;
mod terminal;
mod then;
mod tree;
mod undeclared;
mod unsaid;
mod world;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, with_default_command};

/// Deeply nested input is bounded everywhere; this is the reserve for what was overlooked (bytes).
const STACK: usize = 256 * 1024 * 1024;

/// The same for each thread that takes a part of the work (bytes; address space, not memory).
const WORKER_STACK: usize = 64 * 1024 * 1024;

/// Runs the program: everything between the arguments and the exit code.
///
/// Exit codes: 0 nothing at or above `--fail-on`; 1 findings; 2 wrong usage or configuration; 3 incomplete.
#[must_use]
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = with_default_command(args);
    let run = move || match Cli::try_parse_from(args) {
        Ok(cli) => dispatch(cli.command),
        Err(error) => usage(&error),
    };
    guard::install();
    // The threads that share the work go as deep as this one does.
    let _ = rayon::ThreadPoolBuilder::new().stack_size(WORKER_STACK).build_global();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run);
    let code = match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => {
            terminal::complain(&format!("internal error: {}; please report it", guard::last()));
            3
        }
        Err(error) => {
            terminal::complain(&format!("cannot start: {error}"));
            3
        }
    };
    ExitCode::from(code)
}

fn dispatch(command: Command) -> u8 {
    let done = match command {
        Command::Check(it) => commands::check(&it),
        Command::Model(it) => commands::model(&it),
        Command::Rules(it) => rule_commands::rules(&it),
        Command::Explain(it) => rule_commands::explain(&it),
        Command::Suppressions(it) => suppressions::suppressions(&it),
        Command::Migrate(it) => migrate::migrate(&it),
        Command::Init(it) => init::init(&it),
        Command::ExplainAccess(it) => access::explain_access(&it),
        Command::Diff(it) => incident::diff::diff(&it),
        Command::Snapshot(it) => incident::snapshot::snapshot(&it),
        Command::Restore(it) => incident::restore::restore(&it),
        Command::Report(it) => incident::report::report(&it),
        Command::Timeline(it) => incident::timeline::timeline(&it),
        Command::Contain(it) => incident::restore::contain(&it),
        Command::Lsp(it) => lsp::lsp(&it),
        Command::Fleet(it) => fleet::fleet(&it),
        Command::Completions(it) => shell::completions(&it),
        Command::Man(it) => shell::man(&it),
        Command::Contract(args::Contract::Generate(it)) => contract::generate(&it),
    };
    done.unwrap_or_else(|complaint| {
        terminal::complain(&complaint);
        2
    })
}

/// Help and version go to standard output with code 0, complaints to standard error with code 2.
fn usage(error: &clap::Error) -> u8 {
    let _ = error.print();
    u8::from(error.use_stderr()) * 2
}
