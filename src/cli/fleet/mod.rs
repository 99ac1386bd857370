//! `fleet`: buckets from a stream, findings as lines; memory does not grow with the number of buckets.
//!
//! Each bucket is judged by itself, so that a stream cut into parts (by Spark, AWS Batch, GNU parallel) gives the same lines.

mod accounts;
mod merge;
mod records;

use std::collections::HashSet;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::mpsc::sync_channel;

use memchr::memmem::Finder;
use rayon::prelude::*;
use serde_json::Value as Json;

use crate::finding::{Gate, Severity, Status, Totals};
use crate::frontend::live::{self, Known, Live, Snapshot, config};
use crate::model::Estate;
use crate::report::lines::{self, Counts};
use crate::source::{Diagnostic, Gravity, Memory, Sources};
use crate::value::Truth;

use super::args::{Fleet, FleetAction, FleetGate, OrganizationBpa, Profile};
use super::commands::{Complaint, load_catalogue, select_rules};
use super::floors::{self, Rules, Selection};
use super::guard::guarded;
use super::pipeline::Options;
use super::terminal;
use accounts::Accounts;
use records::{Block, Records};

/// What a record is called where a path is asked for.
const RECORD: &str = "record";

/// `fleet`.
pub fn fleet(args: &Fleet) -> Result<u8, Complaint> {
    if let Some(FleetAction::Merge(merge)) = &args.action {
        return merge::merge(merge);
    }
    let selection = Selection {
        profile: args.selection.profile.unwrap_or(Profile::Default).as_str(),
        framework: args.selection.framework.as_deref(),
        enable: &args.selection.enable,
        disable: &args.selection.disable,
    };
    let rules = select_rules(&load_catalogue(&args.selection.rule_folders)?, &selection)?;
    let exposure = crate::exposure::Options {
        own_account: args.account.clone(),
        trusted_accounts: args.trusted_accounts.iter().cloned().collect(),
        trusted_organizations: args.trusted_organizations.iter().cloned().collect(),
        trusted_networks: args.trusted_vpc_endpoints.iter().chain(&args.trusted_vpcs).cloned().collect(),
        account_block: args.account_bpa.known(),
        organization_block: args.organization_bpa.map(|it| it == OrganizationBpa::All),
    };
    let options = Options { exposure, ..Options::default() };
    let judge = Judge { rules: &rules, options: &options, gate: gate(&args.gate) };
    let mut sum = Said::default();
    let mut accounts = Accounts::default();
    let mut heard = HashSet::new();
    let (send, blocks) = sync_channel(1);
    std::thread::scope(|scope| {
        // Reading goes on while the last block is judged.
        scope.spawn(move || {
            let mut records = Records::new(std::io::stdin().lock());
            loop {
                let next = records.next();
                let is_last = !matches!(next, Ok(Some(_)));
                if next.transpose().is_some_and(|it| send.send(it).is_err()) || is_last {
                    break;
                }
            }
        });
        for block in blocks {
            let said = match block {
                Ok(block) => judge.block(&block, &mut accounts, &mut heard),
                Err(error) => judge.complain("", "unreadable-file", format!("cannot read standard input: {error}")),
            };
            terminal::print(&said.text).map_err(|error| format!("cannot write to standard output: {error}"))?;
            sum.add(&said);
        }
        Ok::<(), Complaint>(())
    })?;
    terminal::print(&lines::end(&sum.counts)).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(sum.totals.code(judge.gate))
}

fn gate(args: &FleetGate) -> Gate {
    Gate { fail_on: args.fail_on.severity(), fail_on_unknown: args.fail_on_unknown }
}

/// What is said of some records.
#[derive(Default)]
struct Said {
    text: String,
    counts: Counts,
    totals: Totals,
    /// What is said of accounts: each bucket of one says the same.
    of_accounts: Vec<(String, Severity, Status)>,
}

impl Said {
    fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.totals.add(&other.totals);
    }

    fn finding(&mut self, line: &str, severity: Severity, status: Status, gate: Gate) {
        self.text.push_str(line);
        match status {
            Status::Violated => self.counts.findings += 1,
            Status::Unknown => self.counts.unknown += 1,
        }
        self.totals.finding(severity, status, gate);
    }
}

struct Judge<'a> {
    rules: &'a Rules,
    options: &'a Options,
    gate: Gate,
}

impl Judge<'_> {
    fn block(&self, block: &Block, accounts: &mut Accounts, heard: &mut HashSet<String>) -> Said {
        let records: Vec<(usize, &[u8])> = block.records().into_iter().enumerate().collect();
        for (at, record) in &records {
            self.remember((*at, record), accounts);
        }
        let known = &*accounts;
        let judge = |(at, record): &(usize, &[u8])| self.record(record, &|id| known.of(id, *at));
        let judged: Vec<Said> = records.par_iter().with_min_len(16).map(judge).collect();
        accounts.settle();
        let mut sum = Said::default();
        for said in &judged {
            sum.text.push_str(&said.text);
            sum.add(said);
            for (line, severity, status) in &said.of_accounts {
                if heard.insert(line.clone()) {
                    sum.finding(line, *severity, *status, self.gate);
                }
            }
        }
        if let Some(problem) = &block.problem {
            let said = self.complain("", "syntax-error", problem.clone());
            sum.text.push_str(&said.text);
            sum.add(&said);
        }
        sum
    }

    /// Keeps what a record without buckets says of accounts.
    fn remember(&self, (at, record): (usize, &[u8]), accounts: &mut Accounts) {
        static SIGNS: LazyLock<[Finder<'static>; 3]> =
            LazyLock::new(|| ["AWS::S3::AccountPublicAccessBlock", "\"accounts\"", "\"features\""].map(Finder::new));
        let [item, accounts_of, features] = SIGNS.each_ref().map(|it| it.find(record).is_some());
        let may = item || (accounts_of && !features);
        let Some(text) = may.then(|| std::str::from_utf8(record).ok()).flatten() else { return };
        let sources = Sources::new(Box::new(Memory::default()));
        let found = match form(text) {
            Ok(Some(Form::Snapshot)) => {
                let file = sources.add(Path::new(RECORD), text.to_owned());
                let text = sources.text(file);
                let live = Live::new(&sources, file, &text, floors::live_options(self.options));
                let live = live.ok().filter(|it| it.names().next().is_none());
                live.map(|it| it.estate().0.accounts).unwrap_or_default()
            }
            Ok(Some(Form::Items(it))) if it.buckets.is_empty() => {
                let file = sources.add(Path::new(RECORD), String::new());
                live::accounts_of(&it, file, floors::live_options(self.options))
            }
            _ => return,
        };
        found.into_iter().for_each(|it| accounts.say(at, it));
    }

    fn record(&self, record: &[u8], accounts: Known<'_>) -> Said {
        let Ok(text) = std::str::from_utf8(record) else {
            return self.complain("", "unreadable-file", "a record is not valid UTF-8".to_owned());
        };
        let judged = guarded(Path::new(RECORD), || self.buckets(text, accounts));
        match judged {
            Ok(Ok(said)) => said,
            Ok(Err(diagnostic)) | Err(diagnostic) => self.said("", &diagnostic),
        }
    }

    fn buckets(&self, text: &str, accounts: Known<'_>) -> Result<Said, Diagnostic> {
        let mut sum = Said::default();
        let sources = Sources::new(Box::new(Memory::default()));
        let options = floors::live_options(self.options);
        match form(text)? {
            None => {}
            Some(Form::Items(snapshot)) => {
                let file = sources.add(Path::new(RECORD), String::new());
                self.diagnostics("", &live::incomplete(&snapshot.errors, file), &mut sum);
                for (name, estate) in live::estates_of(&snapshot, file, accounts, options) {
                    self.bucket(&name, &estate, &mut sum);
                }
            }
            Some(Form::Snapshot) => {
                let file = sources.add(Path::new(RECORD), text.to_owned());
                let text = sources.text(file);
                let live = Live::new(&sources, file, &text, options)?;
                self.diagnostics("", &live.incomplete(), &mut sum);
                for name in live.names() {
                    let (estate, diagnostics) = live.estate_beside(name, accounts);
                    self.bucket(name, &estate, &mut sum);
                    self.diagnostics(name, &diagnostics, &mut sum);
                }
            }
        }
        Ok(sum)
    }

    fn diagnostics(&self, bucket: &str, all: &[Diagnostic], sum: &mut Said) {
        for diagnostic in all {
            let said = self.said(bucket, diagnostic);
            sum.text.push_str(&said.text);
            sum.add(&said);
        }
    }

    fn bucket(&self, name: &str, estate: &Estate, sum: &mut Said) {
        let (exposures, findings) = floors::judge_bare(estate, self.rules, self.options);
        sum.counts.buckets += estate.buckets.len() as u64;
        for exposure in &exposures {
            sum.counts.public += u64::from(exposure.public == Truth::Yes);
            sum.counts.exposure_unknown += u64::from(exposure.public == Truth::Unknown);
        }
        for finding in &findings {
            if estate.accounts.iter().any(|it| it.address == finding.address) {
                sum.of_accounts.push((lines::finding("", finding), finding.severity, finding.status));
            } else {
                sum.finding(&lines::finding(name, finding), finding.severity, finding.status, self.gate);
            }
        }
    }

    fn complain(&self, bucket: &str, code: &'static str, message: String) -> Said {
        self.said(bucket, &Diagnostic::path(code, Gravity::Incomplete, Path::new(RECORD), message))
    }

    fn said(&self, bucket: &str, diagnostic: &Diagnostic) -> Said {
        let mut said = Said { text: lines::diagnostic(bucket, diagnostic), ..Said::default() };
        said.counts.diagnostics += 1;
        said.totals.diagnostic(diagnostic.gravity);
        said
    }
}

/// What a record is.
enum Form {
    /// A snapshot, as it stands.
    Snapshot,
    /// Items of AWS Config.
    Items(Box<Snapshot>),
}

/// The form of a record; nothing where it is about something else than buckets and accounts.
fn form(text: &str) -> Result<Option<Form>, Diagnostic> {
    if live::is_snapshot(text) {
        return Ok(Some(Form::Snapshot));
    }
    let complaint = |code, message: String| {
        let shown: String = text.chars().take(60).collect();
        let message = format!("{message}: {shown}");
        Diagnostic::path(code, Gravity::Incomplete, Path::new(RECORD), message)
    };
    let no_json = |error| complaint("syntax-error", format!("a record is no JSON ({error})"));
    if let Some(snapshot) = config::read_bare(text).map_err(no_json)? {
        return Ok(Some(Form::Items(Box::new(snapshot))));
    }
    let document: Json = serde_json::from_str(text).map_err(no_json)?;
    let member = |key: &str| document.get(key).and_then(Json::as_str).unwrap_or_default();
    let is_other = !member("resourceType").is_empty() && member("resourceType") != "AWS::S3::Bucket";
    if is_other || member("configurationItemStatus").starts_with("ResourceDeleted") {
        return Ok(None);
    }
    Err(complaint("unrecognised-record", "a record is no snapshot and no item of AWS Config".to_owned()))
}
