//! Completion scripts and pages of the manual, for packages: both made of what the command line knows about itself.

use clap::CommandFactory;

use super::args::{Cli, Completions, Man};
use super::commands::Complaint;
use super::terminal;

/// `completions`.
pub(super) fn completions(args: &Completions) -> Result<u8, Complaint> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bucketlint", &mut script);
    print(&script)
}

/// `man`.
pub(super) fn man(args: &Man) -> Result<u8, Complaint> {
    let mut program = Cli::command();
    program.build();
    let page = match &args.command {
        None => program,
        // Built, so that its page is called `bucketlint-check`.
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return Err(format!("no command is called `{name}`")),
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text).map_err(|error| format!("cannot write the page: {error}"))?;
    print(&text)
}

fn print(text: &[u8]) -> Result<u8, Complaint> {
    let text = String::from_utf8_lossy(text);
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(0)
}
