//! `snapshot`.

use crate::cli::args::Snapshot as Args;
use crate::cli::commands::Complaint;
use crate::cli::pipeline::Options;
use crate::cli::terminal;
use crate::frontend::live::Snapshot;

use super::aws::Aws;
use super::collect::{Wanted, collect};
use super::{files, script, sources};

/// `snapshot`. Exit codes: 0 everything was read; 2 nothing could be; 3 something could not, and the file says what.
pub fn snapshot(args: &Args) -> Result<u8, Complaint> {
    let print = |text: &str| terminal::print(text).map_err(|error| format!("cannot write to standard output: {error}"));
    if args.print_iam_policy {
        print(&script::iam_policy())?;
        return Ok(0);
    }
    if let Some(bad) = args.buckets.iter().find(|it| !is_name(it)) {
        return Err(format!("`{bad}` is no name of a bucket"));
    }
    if args.print_script {
        print(&script::collector(&args.buckets))?;
        return Ok(0);
    }
    let mut snapshot = match (args.from.as_slice(), args.buckets.is_empty(), args.all) {
        ([], true, false) => {
            return Err("say what to read: --bucket NAME, --all, or --from FOLDER|FILE".to_owned());
        }
        ([], _, _) => {
            let wanted = Wanted { buckets: args.buckets.clone(), account: args.account.clone(), jobs: args.jobs };
            collect(&Aws::new(args.profile.clone()).within(args.call_timeout), &wanted)?
        }
        (paths, _, _) => {
            let options = Options {
                exposure: crate::exposure::Options { own_account: args.account.clone(), ..Default::default() },
                ..Options::default()
            };
            let mut found = sources::merged(paths, &options)?;
            if let Some(account) = &args.account {
                of_account(&mut found, account);
            }
            found
        }
    };
    if !args.from.is_empty() && !args.buckets.is_empty() {
        only(&mut snapshot, &args.buckets)?;
    }
    let text = snapshot.to_json();
    match &args.output {
        None => print(&text)?,
        Some(path) => {
            files::write_new(path, text.as_bytes()).map_err(|error| format!("{}: {error}", path.display()))?
        }
    }
    for error in snapshot.errors.iter().take(20) {
        terminal::complain(&format!("{}: {} answered {}: {}", error.subject, error.asked, error.code, error.message));
    }
    if let Some(more) = snapshot.errors.len().checked_sub(20).filter(|it| 0 < *it) {
        terminal::complain(&format!("and {more} more; the snapshot lists them as `errors`"));
    }
    Ok(if snapshot.errors.is_empty() { 0 } else { 3 })
}

/// What a source says of no account is of the one that was named.
fn of_account(snapshot: &mut Snapshot, account: &str) {
    let buckets = snapshot.buckets.values_mut().map(|it| &mut it.account);
    for it in buckets.chain(snapshot.access_points.iter_mut().map(|it| &mut it.account)) {
        it.get_or_insert_with(|| account.to_owned());
    }
    if !snapshot.accounts.contains_key(account)
        && let Some(record) = snapshot.accounts.remove("")
    {
        snapshot.accounts.insert(account.to_owned(), record);
    }
}

/// Leaves the buckets that were named.
fn only(snapshot: &mut Snapshot, names: &[String]) -> Result<(), Complaint> {
    if let Some(missing) = names.iter().find(|it| !snapshot.buckets.contains_key(*it)) {
        return Err(format!("{} has no bucket {missing}", snapshot.source));
    }
    snapshot.buckets.retain(|name, _| names.contains(name));
    snapshot.access_points.retain(|it| names.contains(&it.bucket));
    snapshot.errors.retain(|it| names.contains(&it.subject) || it.subject.contains(' '));
    Ok(())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>; old buckets may have upper case and `_`.
pub(super) fn is_name(text: &str) -> bool {
    (3..=255).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'_'))
        && !text.starts_with('-')
}
