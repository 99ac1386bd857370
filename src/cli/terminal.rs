//! Standard output: whether it is a terminal, how wide, whether to colour; writing that survives a closed pipe.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use crate::report::clean;
use crate::report::pretty::{Detail, Style};

use super::args::ColorWhen;

/// Width where there is no terminal.
const DEFAULT_WIDTH: usize = 100;

/// How to print to standard output. `detail` is the user's.
#[must_use]
pub fn style(when: ColorWhen, detail: Detail) -> Style {
    let is_terminal = std::io::stdout().is_terminal();
    Style { color: color(when, is_terminal, &|name| std::env::var(name).ok()), unicode: true, width: width(), detail }
}

/// How to print into a file.
#[must_use]
pub fn plain(when: ColorWhen, detail: Detail) -> Style {
    Style { color: when == ColorWhen::Always, unicode: true, width: DEFAULT_WIDTH, detail }
}

/// `--color` wins; then `NO_COLOR` (any text), `FORCE_COLOR` and `CLICOLOR_FORCE` (other than `0`), then the terminal.
/// <https://no-color.org>, <https://force-color.org>, <https://bixense.com/clicolors/>
fn color(when: ColorWhen, is_terminal: bool, env: &dyn Fn(&str) -> Option<String>) -> bool {
    let is_set = |name: &str| env(name).is_some_and(|it| !it.is_empty());
    let is_forced = |name: &str| env(name).is_some_and(|it| !it.is_empty() && it != "0");
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if is_set("NO_COLOR") => false,
        ColorWhen::Auto if is_forced("FORCE_COLOR") || is_forced("CLICOLOR_FORCE") => true,
        ColorWhen::Auto => is_terminal && env("TERM").as_deref() != Some("dumb"),
    }
}

fn width() -> usize {
    let from_env = std::env::var("COLUMNS").ok().and_then(|it| it.parse().ok());
    let from_terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    from_env.or_else(from_terminal).unwrap_or(DEFAULT_WIDTH)
}

/// Prints to standard output. A reader that has gone away ends the printing, not the run.
///
/// # Errors
/// Any other refusal of the operating system.
pub fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints to standard error, without what would rewrite a terminal; nobody can be told if that fails.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "bucketlint: {}", clean(text));
}

/// Writes a file whole or not at all: into a neighbour first, then renamed. A link stays a link; a device or pipe (`/dev/stdout`) is
/// written to, never replaced.
///
/// # Errors
/// Any refusal of the operating system; the neighbour is removed.
pub fn write_file(path: &Path, text: &str) -> std::io::Result<()> {
    let there = std::fs::metadata(path).ok();
    let is_special = ["/dev", "/proc"].iter().any(|it| path.starts_with(it));
    if is_special || there.as_ref().is_some_and(|it| !it.is_file() && !it.is_dir()) {
        let mut file = std::fs::OpenOptions::new().append(true).open(path)?;
        return match file.write_all(text.as_bytes()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            other => other,
        };
    }
    let is_link = path.symlink_metadata().is_ok_and(|it| it.is_symlink());
    let target = if is_link { path.canonicalize()? } else { path.to_owned() };
    let name = target.file_name().ok_or_else(|| std::io::Error::new(ErrorKind::InvalidInput, "names no file"))?;
    let mut temporary = name.to_os_string();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = target.with_file_name(temporary);
    // Of a run that was killed: the same number comes again.
    let _ = std::fs::remove_file(&temporary);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    let kept = |file: &std::fs::File| there.map_or(Ok(()), |it| file.set_permissions(it.permissions()));
    let written =
        file.write_all(text.as_bytes()).and_then(|()| kept(&file)).and_then(|()| std::fs::rename(&temporary, &target));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Adds to the end of a file, for files that several programs write to.
///
/// # Errors
/// Any refusal of the operating system.
pub fn append_file(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(when: ColorWhen, is_terminal: bool, env: &[(&str, &str)], expected: bool) {
        let look_up = |name: &str| env.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(color(when, is_terminal, &look_up), expected, "{when:?} {is_terminal} {env:?}");
    }

    #[test]
    fn colour() {
        use ColorWhen::{Always, Auto, Never};
        check(Auto, true, &[], true);
        check(Auto, false, &[], false);
        check(Auto, true, &[("NO_COLOR", "1")], false);
        check(Auto, true, &[("NO_COLOR", "")], true);
        check(Auto, false, &[("FORCE_COLOR", "1")], true);
        check(Auto, false, &[("FORCE_COLOR", "0")], false);
        check(Auto, false, &[("CLICOLOR_FORCE", "1")], true);
        check(Auto, true, &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], false);
        check(Auto, true, &[("TERM", "dumb")], false);
        check(Always, false, &[("NO_COLOR", "1")], true);
        check(Never, true, &[("FORCE_COLOR", "1")], false);
    }
}
