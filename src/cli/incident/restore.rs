//! `restore` and `contain`: a plan by default, its steps where that was confirmed.

use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use crate::cli::args::{Contain, ContainLevel, Restore};
use crate::cli::commands::{Complaint, options};
use crate::cli::pipeline::Options;
use crate::cli::terminal;
use crate::exposure;
use crate::frontend::live::{AccountRecord, BucketRecord, Snapshot};
use crate::incident::plan::contain::{self, Level};
use crate::incident::plan::{Around, Ask, Plan, Stage, Step, plan};
use crate::incident::points::{self, Place};
use crate::incident::{Side, Subject, left, said};
use crate::model::partition_of;
use crate::report::clean;

use super::apply::{End, Way, apply};
use super::aws::{Aws, CALL_TIMEOUT};
use super::collect::{Wanted, collect};
use super::diff::{self, Context};
use super::folder;
use super::sources::{intact, intact_account, snapshot_of};
use super::timeline::{bucket_of, read_alerts};

/// `restore`. Exit codes: 0 planned or done; 2 refused; 4 the bucket has moved; 5 stopped part-way.
pub fn restore(args: &Restore) -> Result<u8, Complaint> {
    if let Some(folder) = args.apply.as_ref().or(args.rollback.as_ref()) {
        let way = if args.apply.is_some() { Way::Forth } else { Way::Back };
        return run(folder, way, args.yes, args.plan_hash.as_deref(), args.allow_loosen, args.profile.clone());
    }
    let (Some(desired), Some(output)) = (&args.desired, &args.output) else {
        return Err(
            "say what should be with --desired, and where the plan goes with --output; or --apply FOLDER".to_owned()
        );
    };
    let context = Context {
        maps: args.maps.clone(),
        vars: args.vars.clone(),
        var_files: args.var_files.clone(),
        order: args.order.clone(),
        params: args.params.clone(),
        account: args.account.clone(),
        ..Context::default()
    };
    let settings = options(&context.input(desired));
    let mut live =
        live(args.live.as_deref(), args.bucket.as_deref(), args.account.as_deref(), args.profile.clone(), &settings)?;
    let name = choose(&live, args.bucket.as_deref())?;
    let region = live.buckets.get(&name).and_then(|it| it.region.as_deref());
    let partition = region.map(|it| partition_of(it).to_owned());
    // Code leaves open where it is deployed: that is where the bucket is.
    let own = live.buckets.get(&name).and_then(|it| it.account.clone());
    let account = context.account.clone().or(own);
    let context = Context { partition, region: region.map(str::to_owned), account, ..context };
    let loaded = diff::load(&context, desired, &settings)?;
    let text: Arc<String> = loaded.text();
    let mut problems = Vec::new();
    let side = loaded.side(&text, &context, &settings, &mut problems)?;
    let Some(subject) = side.subject(&name) else {
        let why = problems.first().map(|it| format!(": {it}")).unwrap_or_default();
        return Err(format!("{} has no bucket {name}{why}", desired.display()));
    };
    let mut warnings = unread(args, desired, &loaded, &subject, problems)?;
    if let Side::Live(side) = &side {
        let should = side.record(&name)?;
        warnings.extend(owned_alike(args, &should, record(&live, &name)?, &name)?);
        // The same owner: what it is called is known of one side.
        if live.buckets.get(&name).is_some_and(|it| it.account.is_none() && same_owner(&should, it) == Some(true)) {
            live = of_account(live, Some(&name), should.account.as_deref())?;
        }
    }
    let record = record(&live, &name)?;
    let desired_points = match &side {
        Side::Live(live) => {
            let record = live.record(&name)?;
            intact(&record, &name).map_err(|why| format!("{}: {why}", desired.display()))?;
            points::of_record(&record, live.points(&name))
        }
        Side::Code { .. } => subject
            .bucket()
            .map(|it| points::of_code(subject.estate(), it, &name, &Place::of_record(record)))
            .unwrap_or_default(),
    };
    let fields = subject.bucket().map(|it| it.left.clone()).unwrap_or_default();
    let mut desired = subject.sayings;
    if !side_is_live(&loaded) {
        // Code that says nothing of a policy leaves it; the plan says so.
        desired.retain(|name, _| *name != "policy_status");
    }
    let own = settings.exposure.own_account.as_deref().or(record.account.as_deref());
    let mut kept = left::keep(&mut desired, &said::of_record(record), &fields, own);
    kept.retain(|it| args.only.is_empty() || args.only.iter().any(|only| only == it.field));
    let caller = live.caller.as_ref().map(|it| it.arn.clone());
    let around = around(&live, &name);
    let mut made = plan(&Ask {
        purpose: "restore".to_owned(),
        bucket: &name,
        live: record,
        around: &around,
        desired: &desired,
        desired_points: &desired_points,
        only: &args.only,
        allow_loosen: args.allow_loosen,
        include_account: args.include_account,
        confirm_self_lockout: args.confirm_self_lockout,
        caller: args.caller.as_deref().or(caller.as_deref()),
        options: &settings.exposure,
    });
    if let Ok(made) = &mut made {
        made.warnings.extend(warnings);
        made.warnings.extend(kept.iter().filter_map(|it| it.doubt.clone()));
        made.manual.extend(kept.into_iter().map(|it| it.told));
    }
    finish(made, output, (&live, &name), loaded.secrets())
}

/// What of the code was not read: refused where it may be about the bucket, else told in the plan.
fn unread(
    args: &Restore,
    desired: &Path,
    loaded: &diff::Loaded,
    subject: &Subject<'_>,
    problems: Vec<String>,
) -> Result<Vec<String>, Complaint> {
    let Some(bucket) = subject.bucket().filter(|_| !subject.is_live) else { return Ok(Vec::new()) };
    let found = loaded.unread(bucket);
    if !found.concerning.is_empty() && !args.allow_unread {
        return Err(format!(
            "no plan was made: a part of {} was not read, and it may be about {}, so that the plan could take away what it gives:\n  \
             {}\nmend that, give what should be as a snapshot, a policy file or `terraform show -json`, or say --allow-unread where none \
             of it is about this bucket",
            desired.display(),
            bucket.address,
            found.concerning.join("\n  ")
        ));
    }
    let not_read = found.concerning.into_iter().chain(found.elsewhere);
    let not_read = not_read.map(|it| format!("of what should be this was not read, and the plan is without it: {it}"));
    // What is not about files: buckets whose name is not known.
    let is_of_file = |it: &String| it.starts_with(&format!("{}: ", desired.display()));
    Ok(not_read.chain(problems.into_iter().filter(|it| !is_of_file(it))).collect())
}

/// Whether two records are of one owner, by the canonical id of the ACL, else by the account; nothing where one of them does not say.
fn same_owner(a: &BucketRecord, b: &BucketRecord) -> Option<bool> {
    let same = |a: Option<String>, b: Option<String>| Some(a? == b?);
    let by_account = same(a.account.clone(), b.account.clone());
    if by_account == Some(false) { by_account } else { same(owner_id(a), owner_id(b)).or(by_account) }
}

fn owner_id(it: &BucketRecord) -> Option<String> {
    Some(it.features.get("acl")?.value()?.get("Owner")?.get("ID")?.as_str()?.to_owned())
}

/// A baseline is of the bucket of the same owner: names can be taken again once a bucket is deleted.
fn owned_alike(
    args: &Restore,
    should: &BucketRecord,
    live: &BucketRecord,
    name: &str,
) -> Result<Option<String>, Complaint> {
    if same_owner(should, live) != Some(false) {
        return Ok(None);
    }
    let of = |it: &BucketRecord| {
        let account = it.account.clone().map_or_else(|| "an account".to_owned(), |it| format!("account {it}"));
        owner_id(it).map_or(account.clone(), |id| format!("{account}, canonical id {id}"))
    };
    let told = format!(
        "what should be is of a bucket {name} of another owner ({}) than the bucket that is there ({}): grants and ids of the one mean \
         other people in the other",
        of(should),
        of(live)
    );
    if args.allow_other_owner {
        return Ok(Some(told));
    }
    Err(format!("no plan was made: {told}; say --allow-other-owner if that is meant"))
}

/// `contain`. The folder's `before/snapshot.json` is what `restore --desired` takes to leave containment.
pub fn contain(args: &Contain) -> Result<u8, Complaint> {
    let settings = Options {
        exposure: exposure::Options { own_account: args.account.clone(), ..Default::default() },
        ..Options::default()
    };
    let alerts = read_alerts(args.finding.as_deref())?;
    let wanted = bucket_of(args.bucket.as_deref(), &alerts, args.finding.as_deref())?;
    let live = live(args.live.as_deref(), Some(&wanted), args.account.as_deref(), args.profile.clone(), &settings)?;
    let name = choose(&live, Some(&wanted))?;
    let caller = args.caller.clone().or_else(|| live.caller.as_ref().map(|it| it.arn.clone()));
    for (given, option, level) in [
        (!args.deny_principals.is_empty(), "--deny-principal", ContainLevel::Principal),
        (!args.except.is_empty(), "--except", ContainLevel::Quarantine),
    ] {
        if given && args.level != level {
            return Err(format!(
                "{option} is of --level {}, and the level is {}: it would be passed over; say --level {0}, or leave {option} out",
                level.as_str(),
                args.level.as_str()
            ));
        }
    }
    let level = match args.level {
        ContainLevel::Bpa => Level::Bpa,
        ContainLevel::Principal if args.deny_principals.is_empty() => {
            return Err("say whom with --deny-principal ARN".to_owned());
        }
        ContainLevel::Principal => Level::Principal(args.deny_principals.clone()),
        ContainLevel::Quarantine if args.except.is_empty() => {
            return Err(
                "say with --except ARN who keeps access: the break-glass role; without one nobody could end it"
                    .to_owned(),
            );
        }
        ContainLevel::Quarantine => Level::Quarantine(args.except.clone()),
    };
    let record = record(&live, &name)?;
    let mut desired = contain::desired(record, &name, &level, !args.no_tag)?;
    let around = around(&live, &name);
    let public = if Stage::of(&name, record, &around).blocks_public_policy() {
        contain::leave_out_public(&mut desired, &name)
    } else {
        Vec::new()
    };
    let left_out = contain::left_out(record, &level, !args.no_tag);
    let mut made = plan(&Ask {
        purpose: format!("contain --level {}", args.level.as_str()),
        bucket: &name,
        live: record,
        around: &around,
        desired: &desired,
        desired_points: &around.points,
        only: &[],
        allow_loosen: false,
        include_account: args.include_account,
        confirm_self_lockout: args.confirm_self_lockout,
        caller: caller.as_deref(),
        options: &settings.exposure,
    });
    if let Ok(made) = &mut made {
        made.manual.extend(left_out);
        made.warnings.extend(public);
    }
    finish(made, &args.output, (&live, &name), &BTreeSet::new())
}

fn side_is_live(loaded: &diff::Loaded) -> bool {
    loaded.is_live()
}

/// The bucket as it is: a source, or the `aws` CLI.
fn live(
    path: Option<&Path>,
    bucket: Option<&str>,
    account: Option<&str>,
    profile: Option<String>,
    settings: &Options,
) -> Result<Snapshot, Complaint> {
    match (path, bucket) {
        (Some(path), _) => snapshot_of(path, settings).and_then(|it| of_account(it, bucket, account)),
        (None, Some(bucket)) => {
            let wanted = Wanted { buckets: vec![bucket.to_owned()], account: account.map(str::to_owned), jobs: 4 };
            collect(&Aws::new(profile).within(CALL_TIMEOUT), &wanted)
        }
        (None, None) => Err("say which bucket with --bucket, or give a snapshot with --live".to_owned()),
    }
}

/// The same, of buckets of the account that the user names: another one is a mistake, and each call says whose bucket it is.
fn of_account(mut live: Snapshot, bucket: Option<&str>, account: Option<&str>) -> Result<Snapshot, Complaint> {
    let Some(account) = account else { return Ok(live) };
    for (name, record) in live.buckets.iter_mut().filter(|it| bucket.is_none_or(|name| name == it.0)) {
        match &record.account {
            Some(other) if other != account => {
                return Err(format!("{name} is a bucket of account {other} in {}, not of {account}", live.source));
            }
            _ => record.account = Some(account.to_owned()),
        }
    }
    // What it says of an account that it does not name is of that one.
    if let Some(record) = live.accounts.remove("") {
        live.accounts.entry(account.to_owned()).or_insert(record);
    }
    Ok(live)
}

fn choose(live: &Snapshot, wanted: Option<&str>) -> Result<String, Complaint> {
    let mut names = live.buckets.keys();
    match (wanted, names.next(), names.next()) {
        (Some(wanted), _, _) if live.buckets.contains_key(wanted) => Ok(wanted.to_owned()),
        (Some(wanted), _, _) => Err(format!("{} has no bucket {wanted}", live.source)),
        (None, Some(only), None) => Ok(only.clone()),
        _ => Err(format!("{} has {} buckets: say which with --bucket", live.source, live.buckets.len())),
    }
}

fn record<'s>(live: &'s Snapshot, name: &str) -> Result<&'s BucketRecord, Complaint> {
    let record = live.buckets.get(name).ok_or_else(|| format!("{} has no bucket {name}", live.source))?;
    intact(record, name)?;
    intact_account(live, record)?;
    Ok(record)
}

fn around(live: &Snapshot, name: &str) -> Around {
    let accounts: std::collections::BTreeMap<String, AccountRecord> = live.accounts.clone();
    let own = live.access_points.iter().filter(|it| it.bucket == name).cloned().collect();
    let points = live.buckets.get(name).map(|it| points::of_record(it, own)).unwrap_or_default();
    Around { accounts, points, collected_at: live.collected_at.clone() }
}

/// `secrets`: what the plan uses and nobody is shown; the files of the plan are their owner's alone.
fn finish(
    made: Result<Plan, Vec<String>>,
    output: &Path,
    (live, name): (&Snapshot, &str),
    secrets: &BTreeSet<String>,
) -> Result<u8, Complaint> {
    let made = made.map_err(|refused| {
        let refused: Vec<String> = refused.iter().map(|it| diff::redacted(it, secrets)).collect();
        format!("no plan was made:\n  {}", refused.join("\n  "))
    })?;
    let mut evidence = live.clone();
    evidence.buckets.retain(|it, _| it == name);
    evidence.access_points.retain(|it| it.bucket == name);
    let hash = folder::write(output, &made, &evidence.to_json())?;
    let mut text = String::new();
    for step in &made.steps {
        let loosens = if step.loosens { " (opens something or takes a guard away)" } else { "" };
        text.push_str(&format!("[{}] {}{loosens}: {}\n", step.id, step.feature, step.reason));
    }
    for it in &made.manual {
        text.push_str(&format!("by hand: {it}\n"));
    }
    for it in &made.warnings {
        text.push_str(&format!("warning: {it}\n"));
    }
    text.push_str(&format!(
        "{} steps in {}; nothing was changed. Read PLAN.md, then:\n  bucketlint restore --apply {}\n  (unattended: --yes --plan-hash {hash})\n",
        made.steps.len(),
        output.display(),
        output.display()
    ));
    let text = diff::redacted(&text, secrets);
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(0)
}

/// Does what a plan says, once that was confirmed.
fn run(
    folder: &Path,
    way: Way,
    yes: bool,
    hash: Option<&str>,
    allow_loosen: bool,
    profile: Option<String>,
) -> Result<u8, Complaint> {
    let (plan, own) = folder::read(folder)?;
    if way == Way::Back && !allow_loosen && plan.steps.iter().any(|it| !it.loosens && it.is_access()) {
        return Err("taking the plan back opens again what it closed; say --allow-loosen if that is meant".to_owned());
    }
    if yes {
        match hash {
            Some(hash) if hash == own => (),
            Some(_) => {
                return Err(format!(
                    "the plan's hash is {own}, another was given: it is not the plan that was reviewed"
                ));
            }
            None => return Err("--yes needs --plan-hash: the hash that was printed when the plan was made".to_owned()),
        }
    } else {
        confirm(&plan, way, &own)?;
    }
    let mut say = |line: &str| {
        let _ = terminal::print(&format!("{line}\n"));
    };
    match apply(&Aws::new(profile), folder, &plan, way, &mut say)? {
        End::Done(calls) => {
            let what = if plan.steps.is_empty() { "no step was planned" } else { "the bucket reads back as planned" };
            let left =
                plan.left_by_hand().filter(|_| way == Way::Forth).map(|it| format!("; {it}")).unwrap_or_default();
            say(&format!("done: {calls} calls changed something, {what}{left}"));
            Ok(0)
        }
        End::Moved(text) => {
            terminal::complain(&text);
            Ok(4)
        }
        End::Changed(all) => {
            terminal::complain(&format!(
                "{}\nevery step was taken, and the bucket is not as planned: someone is at work. Stop them (PLAN.md, by hand), then run \
                 the same again",
                all.join("\n")
            ));
            Ok(4)
        }
        End::Stopped(text) => {
            terminal::complain(&format!(
                "{text}\nstopped; what was done before stays done (journal.jsonl). Run the same again to go on."
            ));
            Ok(5)
        }
    }
}

/// The name of the bucket, typed by a person.
fn confirm(plan: &Plan, way: Way, hash: &str) -> Result<(), Complaint> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err("applying needs a person at a terminal, or --yes --plan-hash HASH".to_owned());
    }
    let verb = if way == Way::Forth { "makes" } else { "takes back" };
    let mut out = std::io::stderr();
    let steps: Vec<&Step> = if way == Way::Forth { plan.steps.iter().collect() } else { plan.way_back() };
    let mut shown = String::new();
    for it in steps {
        let command = if way == Way::Forth { &it.command } else { &it.undo };
        let call =
            if command.is_empty() { "cannot be taken back".to_owned() } else { format!("aws {}", command.join(" ")) };
        shown.push_str(&format!("[{}] {}: {call}\n", it.id, it.feature));
    }
    let shown = clean(&shown);
    let asked = write!(
        out,
        "{shown}The plan's hash is {hash}.\nThis {verb} up to {} changes to the bucket {} (account {}).\nType the name of the bucket to go on: ",
        plan.steps.len(),
        plan.bucket,
        plan.account.as_deref().unwrap_or("not known")
    );
    asked.and_then(|()| out.flush()).map_err(|error| format!("cannot ask: {error}"))?;
    let mut line = String::new();
    stdin.lock().read_line(&mut line).map_err(|error| format!("cannot read the answer: {error}"))?;
    if line.trim() == plan.bucket {
        Ok(())
    } else {
        Err("that is not the bucket's name: nothing was changed".to_owned())
    }
}
