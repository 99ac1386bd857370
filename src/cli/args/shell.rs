//! Arguments of the commands that packages are made with.

use clap::Args;
use clap_complete::Shell;

/// `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// The command; the page of the program where nothing is said
    pub command: Option<String>,
}
