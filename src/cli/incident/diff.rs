//! `diff` of two sources: code, snapshots, whatever can be made into one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde::Deserialize;

use crate::cli::args::{AccountBpa, Diff, DiffFailOn, DiffFormat, Input, Order};
use crate::cli::commands::{Complaint, Looked, look, options};
use crate::cli::discover::discover;
use crate::cli::floors::{Rules, live_options};
use crate::cli::pipeline::{InputKind, Options};
use crate::cli::{access, terminal, world};
use crate::frontend::live::{Live, doubts_of_account, is_snapshot};
use crate::incident::diff::{BucketDiff, Presence, Undecided, account_block, compare};
use crate::incident::{Side, names_of};
use crate::model::partition_of;
use crate::model::{Bucket, Estate};
use crate::report::Places;
use crate::report::changes::{self, Changes, Sides};
use crate::report::sarif;
use crate::report::shared::say::plural;
use crate::source::{Diagnostic, Disk, FileId, Gravity, Sources};

use super::sources::{is_live, read, snapshot_of};
use super::unread::{Unread, unread};

/// `diff`. Exit codes: 0 no change that --fail-on names; 1 such a change; 2 nothing could be compared; 3 undecided.
pub fn diff(args: &Diff) -> Result<u8, Complaint> {
    if [&args.old, &args.new].iter().all(|it| is_policy(it)) {
        return access::diff(args);
    }
    let context = Context {
        maps: args.maps.clone(),
        vars: args.vars.clone(),
        var_files: args.var_files.clone(),
        order: args.order.clone(),
        params: args.params.clone(),
        account: args.account.clone(),
        trusted_accounts: args.trusted_accounts.clone(),
        account_bpa: Some(args.account_bpa),
        partition: None,
        region: None,
    };
    let settings = options(&context.input(&args.old));
    // What is live is read first: it tells where code is deployed that does not say it.
    let (old, new) = match (is_live(&args.old), is_live(&args.new)) {
        (false, true) => {
            let new = load(&context, &args.new, &settings)?;
            (load_beside(&context, &args.old, &settings, &new)?, new)
        }
        (true, false) => {
            let old = load(&context, &args.old, &settings)?;
            let new = load_beside(&context, &args.new, &settings, &old)?;
            (old, new)
        }
        _ => (load(&context, &args.old, &settings)?, load(&context, &args.new, &settings)?),
    };
    let (old_text, new_text) = (old.text(), new.text());
    let mut changes = Changes { old: shown(&args.old), new: shown(&args.new), ..Changes::default() };
    let old_side = old.side(&old_text, &context, &settings, &mut changes.problems)?;
    let new_side = new.side(&new_text, &context, &settings, &mut changes.problems)?;
    // Two sources of one kind claim to have all buckets; code beside what is live has those that it manages.
    let both_alike =
        matches!((&old_side, &new_side), (Side::Live(_), Side::Live(_)) | (Side::Code { .. }, Side::Code { .. }));
    let (old_names, new_names) = (old_side.names(), new_side.names());
    let wanted = |it: &&String| args.bucket.as_ref().is_none_or(|name| name == *it);
    let names: Vec<&String> = old_names.union(&new_names).filter(wanted).collect();
    if names.is_empty() && changes.problems.is_empty() {
        return Err(match &args.bucket {
            Some(name) => format!("neither {} nor {} has a bucket {name}", changes.old, changes.new),
            None => format!("neither {} nor {} has a bucket", changes.old, changes.new),
        });
    }
    for (side, before) in [(&old_side, None), (&new_side, Some(&old_side))] {
        let Side::Live(live) = side else { continue };
        changes.problems.extend(live.missing());
        for (id, record) in &live.accounts()? {
            changes.problems.extend(doubts_of_account(id, record));
        }
        // The same text has the same doubts, which were told of the other side.
        let is_told = |name: &str| matches!(before, Some(Side::Live(old)) if old.has_same_text(live, name));
        let asked = names.par_iter().filter(|it| !is_told(it.as_str()));
        let doubts: Vec<Vec<String>> = asked.map(|it| live.doubts(it)).collect();
        changes.problems.extend(doubts.into_iter().flatten());
    }
    changes.problems.sort();
    changes.problems.dedup();
    let (same_accounts, same_text) = match (&old_side, &new_side) {
        (Side::Live(a), Side::Live(b)) => (a.has_same_accounts(b), a.has_same_text_of_accounts(b)),
        _ => (false, false),
    };
    // A record that cannot be read is no missing bucket.
    let broken = |side: &Side<'_>, has: &std::collections::BTreeSet<String>, name: &String| match side {
        Side::Live(live) if has.contains(name) => live.record(name).err(),
        _ => None,
    };
    // One bucket of each side is in memory for each worker, not all of them; most have not changed.
    let one = |name: &&String| -> Result<(bool, BucketDiff), String> {
        if let (Side::Live(a), Side::Live(b)) = (&old_side, &new_side)
            && (same_accounts && a.has_same(b, name) || same_text && a.is_of_same_state(b, name))
        {
            return Ok((true, BucketDiff::none(name)));
        }
        let (old, new) = (old_side.subject(name), new_side.subject(name));
        let wrong = || broken(&old_side, &old_names, name).or_else(|| broken(&new_side, &new_names, name));
        if (old.is_none() || new.is_none())
            && let Some(why) = wrong()
        {
            return Err(why);
        }
        let diff = compare(name, old.as_ref(), new.as_ref(), &settings.exposure, both_alike);
        Ok((old.is_some() && new.is_some(), diff))
    };
    let kept = |(both, diff): (bool, BucketDiff)| (both, diff.unsaid.clone(), (!diff.is_empty()).then_some(diff));
    let found: Vec<Result<_, String>> = names.par_iter().map(|it| one(it).map(kept)).collect();
    let mut unsaid = (BTreeSet::new(), 0_usize);
    for it in found {
        match it {
            Ok((both, features, diff)) => {
                changes.compared += usize::from(both);
                unsaid.1 += usize::from(!features.is_empty());
                unsaid.0.extend(features);
                changes.buckets.extend(diff);
            }
            Err(why) => changes.problems.push(why),
        }
    }
    changes.notes.extend(not_compared(&unsaid.0, unsaid.1));
    if changes.compared == 0 {
        changes.problems.push(none_compared(&changes, (&old_names, &new_names), args.bucket.as_deref()));
    }
    // What code does not declare was not asked about; a bucket that it declares and that is not there was.
    let old_is_code = matches!(old_side, Side::Code { .. });
    for it in &changes.buckets {
        let missing = !both_alike
            && match it.presence {
                Presence::OnlyOld => old_is_code,
                Presence::OnlyNew => !old_is_code,
                Presence::Both => false,
            };
        if missing {
            changes.problems.push(format!("the code declares {}, and the other side does not have it", it.name));
        }
    }
    if let (Side::Live(a), Side::Live(b)) = (&old_side, &new_side) {
        let is_given = settings.exposure.account_block.is_some();
        accounts(a, b, is_given, context.account.as_ref(), &mut changes)?;
    }
    let base = world::base();
    let places = Sides {
        old: Places { sources: &old.sources, base: base.as_deref() },
        new: Places { sources: &new.sources, base: base.as_deref() },
    };
    let code = code(args, &changes);
    let text = match args.format {
        DiffFormat::Json => changes::json(&changes, &places),
        DiffFormat::Markdown => changes::markdown(&changes, &places),
        DiffFormat::Pretty => changes::text(&changes, &places),
        DiffFormat::Sarif => sarif::changes(&changes, &places, code),
    };
    let text = redacted(&redacted(&text, old.secrets()), new.secrets());
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(code)
}

/// One line for all that a side has no word for and that decides no access.
fn not_compared(features: &BTreeSet<&'static str>, buckets: usize) -> Option<String> {
    let names: Vec<&str> = features.iter().copied().collect();
    (!names.is_empty())
        .then(|| format!("a side has no word for {}: not compared ({})", names.join(", "), plural(buckets, "bucket")))
}

/// That nothing was compared shows nothing.
fn none_compared(
    changes: &Changes,
    (old, new): (&BTreeSet<String>, &BTreeSet<String>),
    bucket: Option<&str>,
) -> String {
    let lacks = |names: &BTreeSet<String>| bucket.map_or(names.is_empty(), |it| !names.contains(it));
    let what = bucket.map_or_else(|| "no bucket".to_owned(), |it| format!("no bucket {it}"));
    match (lacks(old), lacks(new)) {
        (true, _) => format!("no bucket was compared: {} has {what}", changes.old),
        (_, true) => format!("no bucket was compared: {} has {what}", changes.new),
        _ => "no bucket was compared: none is on both sides".to_owned(),
    }
}

/// A text without what code marks as sensitive, as it is and as it stands in JSON, and in JSON within that.
#[must_use]
pub fn redacted(text: &str, secrets: &BTreeSet<String>) -> String {
    const SHORTEST: usize = 8;
    let escaped = |it: &str| {
        let quoted = serde_json::to_string(it).unwrap_or_default();
        quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(&quoted).to_owned()
    };
    // A shorter one stands in much that is no secret.
    let mut all: Vec<String> = secrets
        .iter()
        .filter(|it| SHORTEST <= it.len())
        .flat_map(|it| {
            let once = escaped(it);
            [it.clone(), escaped(&once), once]
        })
        .collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.len()));
    all.dedup();
    all.iter().fold(text.to_owned(), |text, it| if text.contains(it) { text.replace(it, "(sensitive)") } else { text })
}

fn code(args: &Diff, changes: &Changes) -> u8 {
    let fails = match args.fail_on {
        DiffFailOn::Gained => changes.buckets.iter().any(BucketDiff::gains),
        DiffFailOn::Any => !changes.account.is_empty() || changes.buckets.iter().any(|it| it.changes(args.strict)),
        DiffFailOn::None => return 0,
    };
    let undecided = !changes.problems.is_empty()
        || !changes.account_undecided.is_empty()
        || changes.buckets.iter().any(BucketDiff::is_undecided);
    match (fails, undecided) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Whether a file is a bare bucket policy.
fn is_policy(path: &Path) -> bool {
    if !path.is_file() || is_live(path) {
        return false;
    }
    let sources = Sources::new(Box::new(Disk::new(&world::roots(&[path.to_owned()]))));
    let files = discover(&sources, &[path.to_owned()], &[]).files;
    matches!(files.as_slice(), [it] if it.kind == InputKind::Policy)
}

/// What the user says around a source of code.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// How buckets of the code are called.
    pub maps: Vec<(String, String)>,
    /// Values of Terraform variables.
    pub vars: Vec<(String, String)>,
    /// Files with values of Terraform variables.
    pub var_files: Vec<PathBuf>,
    /// In which order they are given.
    pub order: Order,
    /// Values of CloudFormation parameters.
    pub params: Vec<(String, String)>,
    /// Own account id.
    pub account: Option<String>,
    /// Accounts that count as own.
    pub trusted_accounts: Vec<String>,
    /// Account-wide Block Public Access where a side does not say.
    pub account_bpa: Option<AccountBpa>,
    /// The partition that is deployed to.
    pub partition: Option<String>,
    /// The region that is deployed to.
    pub region: Option<String>,
}

impl Context {
    /// As the arguments of `check` would have it.
    #[must_use]
    pub fn input(&self, path: &Path) -> Input {
        Input {
            paths: vec![path.to_owned()],
            input: None,
            vars: self.vars.clone(),
            var_files: self.var_files.clone(),
            order: self.order.clone(),
            params: self.params.clone(),
            param_files: Vec::new(),
            workspace: None,
            module_sources: Vec::new(),
            contracts: Vec::new(),
            region: self.region.clone(),
            partition: self.partition.clone(),
            account: self.account.clone(),
            trusted_accounts: self.trusted_accounts.clone(),
            trusted_organizations: Vec::new(),
            trusted_vpc_endpoints: Vec::new(),
            trusted_vpcs: Vec::new(),
            account_bpa: self.account_bpa.unwrap_or(AccountBpa::Unknown),
            organization_bpa: None,
            allow_outside: false,
        }
    }
}

/// A side as it was read.
pub struct Loaded {
    sources: Sources,
    path: PathBuf,
    what: What,
}

enum What {
    Live(FileId),
    /// The model, and what of the code was not read.
    Code(Box<Estate>, Vec<Diagnostic>),
}

/// Reads a source.
///
/// # Errors
/// A sentence that says what was expected.
pub fn load(context: &Context, path: &Path, settings: &Options) -> Result<Loaded, Complaint> {
    if !path.exists() {
        return Err(format!("{}: no such file or folder", path.display()));
    }
    if is_live(path) {
        let sources = Sources::new(Box::new(Disk::new(&[path.to_owned()])));
        let text = match path.is_file() {
            true => Some(read(&sources, path)?).filter(|it| is_snapshot(it)),
            false => None,
        };
        let file = match text {
            Some(text) => sources.add(path, &text),
            // Places are then those of the snapshot that was made of it.
            None => sources.add(&path.join("snapshot"), snapshot_of(path, settings)?.to_json()),
        };
        return Ok(Loaded { sources, path: path.to_owned(), what: What::Live(file) });
    }
    let Looked { sources, outcome, .. } = look(&context.input(path), &[], &Rules::default(), None)?;
    if let Some(wrong) = outcome.report.diagnostics.iter().find(|it| it.gravity == Gravity::Usage) {
        return Err(format!("{}: {}", path.display(), wrong.message));
    }
    let mut unread = outcome.report.diagnostics;
    unread.retain(|it| it.gravity == Gravity::Incomplete);
    Ok(Loaded { sources, path: path.to_owned(), what: What::Code(Box::new(outcome.estate), unread) })
}

/// Reads code where the live side is: its partition, and its account unless the code says one itself, which may be another.
fn load_beside(context: &Context, path: &Path, settings: &Options, live: &Loaded) -> Result<Loaded, Complaint> {
    let there = Context { partition: live.partition(), ..context.clone() };
    let account = live.account().filter(|_| context.account.is_none());
    if account.is_some() {
        let loaded = load(&Context { account: account.clone(), ..there.clone() }, path, settings)?;
        let is_other = |it: &Bucket| it.account.is_some() && it.account != account;
        if !matches!(&loaded.what, What::Code(estate, _) if estate.buckets.iter().any(is_other)) {
            return Ok(loaded);
        }
    }
    load(&there, path, settings)
}

impl Loaded {
    /// Whether it is live configuration.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.what, What::Live(_))
    }

    /// What code marks as sensitive.
    #[must_use]
    pub fn secrets(&self) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        match &self.what {
            What::Code(estate, _) => &estate.secrets,
            What::Live(_) => &NONE,
        }
    }

    /// The partition of live configuration, by the first region that it names: an account is in one partition.
    #[must_use]
    pub fn partition(&self) -> Option<String> {
        let text = self.text();
        let at = memchr::memmem::find_iter(text.as_bytes(), b"\"region\"").find_map(|at| {
            let rest = text.get(at + 8..)?.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
            rest.split_once('"').map(|it| partition_of(it.0).to_owned())
        });
        at.filter(|_| self.is_live())
    }

    /// The account of live configuration, where all of it that says one is of one.
    #[must_use]
    pub fn account(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Whole {
            buckets: BTreeMap<String, Owned>,
        }
        #[derive(Deserialize)]
        struct Owned {
            account: Option<String>,
        }
        if !self.is_live() {
            return None;
        }
        let whole: Whole = serde_json::from_str(&self.text()).ok()?;
        let all: BTreeSet<String> = whole.buckets.into_values().filter_map(|it| it.account).collect();
        let mut all = all.into_iter();
        all.next().filter(|_| all.next().is_none())
    }

    /// What of code was not read, by whether it may be about a bucket.
    #[must_use]
    pub fn unread(&self, bucket: &Bucket) -> Unread {
        match &self.what {
            What::Live(_) => Unread::default(),
            What::Code(_, found) => unread(&self.sources, found, bucket),
        }
    }

    /// The text of a snapshot.
    #[must_use]
    pub fn text(&self) -> Arc<String> {
        match self.what {
            What::Live(file) => self.sources.text(file),
            What::Code(..) => Arc::default(),
        }
    }

    /// The side of a comparison; `text` is [`Self::text`].
    ///
    /// # Errors
    /// A sentence, where it is a snapshot that cannot be read.
    pub fn side<'a>(
        &self,
        text: &'a str,
        context: &Context,
        settings: &Options,
        problems: &mut Vec<String>,
    ) -> Result<Side<'a>, Complaint> {
        match &self.what {
            What::Live(file) => {
                let live = Live::new(&self.sources, *file, text, live_options(settings));
                let live = live.map_err(|it| {
                    let path = self.sources.file(*file).path.clone();
                    let help = it.help.map(|it| format!("; {it}")).unwrap_or_default();
                    format!("{}: {}{help}", path.display(), it.message)
                })?;
                Ok(Side::Live(Box::new(live)))
            }
            What::Code(estate, found) => {
                problems.extend(found.iter().map(|it| format!("{}: {}", self.path.display(), it.message)));
                let (by_name, unnamed) = names_of(estate, &context.maps);
                problems.extend(unnamed);
                Ok(Side::Code { estate: estate.clone(), by_name })
            }
        }
    }
}

/// `is_given`: the user says what account-wide Block Public Access is; `account`: whose a source is that does not say it.
fn accounts(
    old: &Live<'_>,
    new: &Live<'_>,
    is_given: bool,
    account: Option<&String>,
    changes: &mut Changes,
) -> Result<(), Complaint> {
    if old.has_same_text_of_accounts(new) && old.is_same_state(new) {
        return Ok(());
    }
    let (mut a, mut b) = (old.accounts()?, new.accounts()?);
    for all in [&mut a, &mut b] {
        if let Some(id) = account
            && let Some(record) = all.remove("")
        {
            all.entry(id.clone()).or_insert(record);
        }
    }
    let owner = |live: &Live<'_>, name: &str| live.record(name).ok().and_then(|it| it.account);
    let named = |live: &Live<'_>| live.names().filter_map(|it| owner(live, it)).collect::<BTreeSet<_>>();
    if a.is_empty() && b.is_empty() && !is_given {
        for id in named(old).union(&named(new)) {
            let why = "neither side says anything of the account".to_owned();
            changes.account_undecided.push(Undecided { feature: format!("account {id}: public_access_block"), why });
        }
    }
    let mut ids: Vec<&String> = a.keys().chain(b.keys()).collect();
    ids.sort();
    ids.dedup();
    // A state does not say which account it is of: beside a side that does it says nothing of it.
    let are_states = old.is_of_states() && new.is_of_states();
    let is_told = ids.iter().any(|it| !it.is_empty());
    for id in ids.into_iter().filter(|it| !it.is_empty() || !is_told) {
        let of = |it: &std::collections::BTreeMap<String, crate::frontend::live::AccountRecord>| {
            it.get(id).map(|it| it.public_access_block.clone())
        };
        match account_block(id, of(&a).as_ref(), of(&b).as_ref(), are_states) {
            Ok(change) => changes.account.extend(change),
            Err(_) if is_given => {}
            Err(undecided) => changes.account_undecided.push(undecided),
        }
    }
    Ok(())
}
