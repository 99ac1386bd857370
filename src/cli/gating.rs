//! From what was found to what counts: settings of the configuration, suppressions, the baseline.

mod declared;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;

use crate::finding::{Access, Finding, Report, RuleInfo, Severity, Suppressed, Suppressor, SuppressorKind};
use crate::gate::baseline::{Baseline, Entry};
use crate::gate::moves::Moves;
use crate::gate::suppression::{self, Listed, Policy, Subjects};
use crate::gate::{Date, rules as gate_rules};
use crate::source::{FileId, Memory, Sources, Span, did_you_mean};

use super::args::Check;
use super::commands::Complaint;
use super::config::{self, Added, Found, RuleSetting, Switch, Trusted, globs, globs_of_files};
use super::links::Ways;
use super::{new_baseline, terminal};
use declared::{Declared, Places};

/// What a run decides about its findings, checked before it begins.
pub(super) struct Gating {
    settings: Vec<(Option<GlobSet>, String, RuleSetting)>,
    suppress: Vec<Declared>,
    policy: Policy,
    folder: PathBuf,
    baseline: Option<(PathBuf, Baseline)>,
    write_baseline: Option<PathBuf>,
    prune: bool,
    added: Vec<Added>,
    ways: Ways,
    /// The environments that are judged.
    environments: Vec<String>,
    /// What is called otherwise than in the baseline.
    moves: Moves,
}

/// What a command line says about what counts.
#[derive(Default)]
pub(super) struct Wishes {
    pub ignore_suppressions: bool,
    pub baseline: Option<PathBuf>,
    pub write_baseline: Option<PathBuf>,
    pub prune_baseline: bool,
}

impl From<&Check> for Wishes {
    fn from(args: &Check) -> Self {
        Self {
            ignore_suppressions: args.ignore_suppressions,
            baseline: args.baseline.clone(),
            write_baseline: args.write_baseline.clone(),
            prune_baseline: args.prune_baseline,
        }
    }
}

/// A suppression of the configuration, and what it hides.
pub(super) struct ListedDeclared {
    /// What is named: a glob of rules, or the public bucket.
    pub shown: String,
    pub by: Suppressor,
    pub is_over: bool,
    /// Whether what it would hide is locked.
    pub is_locked: bool,
    pub hides: Vec<Finding>,
}

impl Gating {
    /// Reads what the configuration and the command line say. `all` are all rules that exist.
    pub fn new(args: Wishes, found: &Found, all: &Arc<[RuleInfo]>) -> Result<Self, Complaint> {
        // What a change opens is told by the gate and suppressed like what rules tell.
        let all: Arc<[RuleInfo]> = all.iter().cloned().chain([gate_rules::widened()]).collect();
        let config = &found.config;
        let shown = found.file.as_ref().map(|it| format!("{}: ", it.display())).unwrap_or_default();
        let today = Date::of(std::time::SystemTime::now());
        let mut settings = Vec::new();
        let own = config.rules.iter().map(|it| (None, it));
        let there = config.paths.iter().flat_map(|it| it.rules.iter().map(move |rule| (Some(&it.path), rule)));
        for (path, (rule, setting)) in own.chain(there) {
            if !all.iter().any(|it| it.id == *rule) && !gate_rules::is_own(rule) {
                let hint = did_you_mean(rule, all.iter().map(|it| it.id.as_str()));
                return Err(format!("{shown}no rule is called `{rule}`{hint}"));
            }
            let path = path.map(|it| globs_of_files(std::slice::from_ref(it))).transpose()?;
            settings.push((path, rule.clone(), setting.clone()));
        }
        if let Some(wrong) = config::against_a_lock(config, &all) {
            return Err(format!("{shown}{wrong}"));
        }
        let mut suppress = Vec::new();
        let day = |text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => {
                Date::parse(text).map(Some).ok_or_else(|| format!("{shown}`{text}` is no day; write it as 2027-01-31"))
            }
        };
        let one = |it: &Option<String>| it.as_ref().map(|it| globs(std::slice::from_ref(it))).transpose();
        for it in &config.suppress {
            let rule = globs(std::slice::from_ref(&it.rule))?;
            if gate_rules::infos().iter().any(|own| own.id == it.rule) {
                let id = &it.rule;
                return Err(format!(
                    "{shown}`{id}` is about suppressions and cannot be suppressed; `rules: {{ {id}: off }}` turns it off"
                ));
            }
            if !all.iter().any(|own| rule.is_match(&own.id)) {
                return Err(format!("{shown}no rule is called `{}`", it.rule));
            }
            let until = day(&it.until)?;
            let by = by_configuration(&it.reason, until);
            let over = until.is_some_and(|it| it < today);
            suppress.push(Declared {
                shown: it.rule.clone(),
                rule,
                public: false,
                address: one(&it.address)?,
                path: it.path.as_ref().map(|it| globs_of_files(std::slice::from_ref(it))).transpose()?,
                by,
                over,
            });
        }
        for it in &config.public {
            let until = day(&it.until)?;
            let address = Some(globs(std::slice::from_ref(&it.bucket))?);
            let by = by_configuration(&it.reason, until);
            let over = until.is_some_and(|it| it < today);
            let shown = format!("public {}", it.bucket);
            let rule = globs(&["*".to_owned()])?;
            let path = it.path.as_ref().map(|it| globs_of_files(std::slice::from_ref(it))).transpose()?;
            suppress.push(Declared { shown, rule, public: true, address, path, by, over });
        }
        let locked = |it: &(Option<GlobSet>, String, RuleSetting)| match &it.2 {
            RuleSetting::More(more) if more.locked => Some(it.1.clone()),
            _ => None,
        };
        let honour = config.suppressions.honour.iter().map(|it| it.as_str());
        let policy = Policy {
            today,
            ignore: args.ignore_suppressions,
            locked: settings.iter().filter_map(locked).collect(),
            require_reason: config.suppressions.require_reason,
            honour: std::iter::once("bucketlint").chain(honour).collect(),
            known: Arc::clone(&all),
            ran: None,
            trusted: found.trusted.as_ref().map(|it| trusted(it, &all)),
        };
        let path = args.baseline.or_else(|| config.baseline.as_ref().map(|it| found.folder.join(it)));
        let baseline = match path {
            // A baseline that is about to be written need not be there yet.
            Some(path) if args.write_baseline.is_none() || path.is_file() => {
                let text = found
                    .read(&path)
                    .map_err(|error| format!("{}: the baseline cannot be read: {error}", path.display()))?;
                Some((path.clone(), Baseline::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?))
            }
            _ => None,
        };
        if args.prune_baseline && baseline.is_none() {
            return Err("--prune-baseline needs a baseline (--baseline FILE)".to_owned());
        }
        let folder = found.folder.canonicalize().unwrap_or_else(|_| found.folder.clone());
        let write_baseline = args.write_baseline;
        write_baseline.as_deref().map_or(Ok(()), new_baseline::check)?;
        Ok(Self {
            settings,
            suppress,
            policy,
            folder,
            baseline,
            write_baseline,
            prune: args.prune_baseline,
            added: found.added.clone(),
            ways: Ways::default(),
            environments: Vec::new(),
            moves: Moves::default(),
        })
    }

    /// Rules that the configuration turns on and off for all paths.
    pub fn switches(&self) -> (Vec<String>, Vec<String>) {
        let (mut on, mut off) = (Vec::new(), Vec::new());
        for (path, rule, setting) in self.settings.iter().filter(|it| !gate_rules::is_own(&it.1)) {
            match (path, setting.switch()) {
                (None, Some(Switch::On)) => on.push(rule.clone()),
                (None, Some(Switch::Off)) => off.push(rule.clone()),
                _ => (),
            }
        }
        (on, off)
    }

    /// Turns on or off what the gate tells itself, as the command line says. Gives the other rules.
    pub fn turn(&mut self, rules: &[String], switch: Switch) -> Vec<String> {
        let (own, others): (Vec<String>, Vec<String>) = rules.iter().cloned().partition(|it| gate_rules::is_own(it));
        self.settings.extend(own.into_iter().map(|it| (None, it, RuleSetting::Switch(switch))));
        others
    }

    /// The descriptions of the rules about suppressions.
    pub fn infos() -> Vec<RuleInfo> {
        gate_rules::infos()
    }

    /// How suppressions of the code are treated.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Takes note of the rules that run: only of these it is known whether a suppression is needed.
    pub fn runs(&mut self, rules: &[RuleInfo]) {
        self.policy.ran = Some(rules.iter().map(|it| it.id.clone()).collect());
    }

    /// Takes note of the environments that are judged.
    pub fn runs_in(&mut self, environments: Vec<String>) {
        self.environments = environments;
    }

    /// Takes note of what the code says that things were called.
    pub fn moved_by(&mut self, moves: Moves) {
        self.moves = moves;
    }

    /// Takes note of the paths by which files are reached.
    pub fn reached_by(&mut self, ways: Ways) {
        self.ways = ways;
    }

    /// Whether it matters which buckets the code of the trusted revision was about.
    pub fn asks_for_subjects(&self) -> bool {
        !self.policy.ignore && self.policy.trusted.as_ref().is_some_and(|it| !it.is_empty())
    }

    /// Takes note of the buckets that the code of the trusted revision was about, and of those of now.
    pub fn held_against(&mut self, then: Subjects, now: Subjects) {
        if let Some(it) = &mut self.policy.trusted {
            it.subjects = Some((then, now));
        }
    }

    /// Applies the suppressions of the code alone.
    pub fn suppress(&self, sources: &Sources, files: &[FileId], report: &mut Report) {
        suppression::apply(sources, files, report, &self.policy);
    }

    /// Decides what counts. `shown` gives the shown path of a place.
    pub fn apply(
        &self,
        sources: &Sources,
        files: &[FileId],
        report: &mut Report,
        shown: &dyn Fn(Span) -> String,
    ) -> Result<(), Complaint> {
        self.warn();
        let mut gone = self.count(sources, files, report, shown);
        if self.prune
            && let Some((file, baseline)) = &self.baseline
        {
            // What was not looked at may still be there.
            let seen = self.seen(files, shown);
            gone.retain(|it| {
                let was_seen = seen.contains(&it.path) || is_gone(&it.path);
                was_seen && self.is_run_in(it.environment.as_deref()) && self.runs_at(&it.rule, &it.path)
            });
            let kept = baseline.without(&gone);
            terminal::write_file(file, &kept.render())
                .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
            terminal::complain(&format!(
                "{} entries of {} were fixed and are gone from it",
                gone.len(),
                file.display()
            ));
        }
        if let Some(file) = &self.write_baseline {
            new_baseline::write(file, report, &|it| it.at.map(shown).unwrap_or_default(), &self.policy.locked)?;
        }
        Ok(())
    }

    /// The same without a word and without writing. Gives the entries of the baseline that nothing matches any more.
    pub fn count(
        &self,
        sources: &Sources,
        files: &[FileId],
        report: &mut Report,
        shown: &dyn Fn(Span) -> String,
    ) -> Vec<Entry> {
        self.set(sources, report);
        suppression::apply(sources, files, report, &self.policy);
        self.declared(sources, report);
        report.findings.extend(self.added.iter().map(|it| {
            let at = sources.load(&it.file).ok().map(|file| Span::of(file, it.range.clone()));
            gate_rules::added(&it.shown, at)
        }));
        if self.settings.iter().any(|it| gate_rules::is_own(&it.1)) {
            self.set(sources, report);
        }
        let path = |it: &Finding| it.at.map(shown).unwrap_or_default();
        let baseline = self.baseline.as_ref().map(|it| &it.1);
        let seen = self.seen(files, shown);
        let is_gone = |path: &str| !seen.contains(path) && is_gone(path);
        baseline.map(|it| it.apply(report, &path, &is_gone, &self.policy.locked, &self.moves)).unwrap_or_default()
    }

    fn seen(&self, files: &[FileId], shown: &dyn Fn(Span) -> String) -> BTreeSet<String> {
        files.iter().map(|it| shown(Span::head(*it))).collect()
    }

    /// Whether the run is one of an environment, or of none.
    fn is_run_in(&self, environment: Option<&str>) -> bool {
        match environment {
            Some(name) => self.environments.iter().any(|it| it == name),
            None => self.environments.is_empty(),
        }
    }

    /// Whether a rule runs, and is not off where a file is.
    fn runs_at(&self, rule: &str, path: &str) -> bool {
        let is_on = |path: &PathBuf| {
            let there =
                self.settings.iter().filter(|it| it.1 == rule && it.0.as_ref().is_some_and(|glob| glob.is_match(path)));
            there.filter_map(|it| it.2.switch()).next_back().is_none_or(|it| it == Switch::On)
        };
        self.below(Path::new(path)).iter().any(is_on) && self.policy.ran.as_ref().is_none_or(|it| it.contains(rule))
    }

    /// Says which suppressions of the configuration are over.
    fn warn(&self) {
        for it in self.suppress.iter().filter(|it| it.over) {
            let reason = it.by.reason.as_deref().unwrap_or_default();
            let until = it.by.until.as_deref().unwrap_or_default();
            terminal::complain(&format!(
                "the suppression \"{reason}\" of the configuration ended on {until}; its findings count again"
            ));
        }
    }

    /// The suppressions of the code and of the configuration with what they hide, where all rules run.
    pub fn list(&self, sources: &Sources, files: &[FileId], report: &mut Report) -> (Vec<Listed>, Vec<ListedDeclared>) {
        self.set(sources, report);
        let listed = suppression::list(sources, files, report, &self.policy);
        let before = report.suppressed.len();
        let is_held = |it: &Declared| {
            let locked = report.findings.iter().filter(|it| self.policy.locked.contains(&it.rule));
            locked.into_iter().any(|finding| self.fits(it, finding, &self.places_of(finding, sources)))
        };
        let held: Vec<bool> = self.suppress.iter().map(is_held).collect();
        let uses = self.declared(sources, report);
        let hidden: Vec<Suppressed> = report.suppressed.split_off(before);
        let declared = self.suppress.iter().zip(uses).zip(held).map(|((it, uses), is_locked)| ListedDeclared {
            shown: it.shown.clone(),
            by: it.by.clone(),
            is_over: it.over,
            is_locked,
            hides: uses.iter().filter_map(|at| hidden.get(*at)).map(|it| it.finding.clone()).collect(),
        });
        (listed, declared.collect())
    }

    /// Settings of rules: what is off by every path by which a file is reached is not found there, severities are what the configuration
    /// says, of several the highest.
    pub fn set(&self, sources: &Sources, report: &mut Report) {
        if self.settings.is_empty() {
            return;
        }
        let mut findings = std::mem::take(&mut report.findings);
        findings.retain_mut(|finding| {
            if !self.settings.iter().any(|it| it.1 == finding.rule) {
                return true;
            }
            let paths = finding.at.map(|it| self.below(&sources.file(it.file).path)).unwrap_or_default();
            let paths = if paths.is_empty() { BTreeSet::from([PathBuf::new()]) } else { paths };
            let set: Vec<(bool, Option<Severity>)> = paths.iter().map(|it| self.setting(&finding.rule, it)).collect();
            // By a path without a setting it is as severe as it was found to be.
            if let Some(severity) = set.iter().map(|it| it.1.unwrap_or(finding.severity)).max()
                && set.iter().any(|it| it.1.is_some())
            {
                finding.judged.get_or_insert(finding.severity);
                finding.severity = severity;
                finding.at_worst = None;
            }
            set.iter().any(|it| it.0)
        });
        report.findings = findings;
    }

    /// Whether a rule is on where a path leads, and the severity of its findings there.
    fn setting(&self, rule: &str, path: &Path) -> (bool, Option<Severity>) {
        let (mut on, mut severity) = (true, None);
        let own = self.settings.iter().filter(|it| it.1 == rule && it.0.as_ref().is_none_or(|it| it.is_match(path)));
        for (glob, _, setting) in own {
            if let RuleSetting::More(more) = setting {
                severity = more.severity.or(severity);
            }
            // What is off everywhere does not run, but for what the gate tells.
            if glob.is_some() || gate_rules::is_own(rule) {
                on = setting.switch().map_or(on, |it| it == Switch::On);
            }
        }
        (on, severity)
    }

    /// Suppressions of the configuration. For each, which of the findings that were moved it hides.
    fn declared(&self, sources: &Sources, report: &mut Report) -> Vec<Vec<usize>> {
        let mut uses = vec![Vec::new(); self.suppress.len()];
        // To know the paths of a file without links is a call to the system.
        if self.suppress.is_empty() {
            return uses;
        }
        let mut moved = 0;
        let gate: Vec<RuleInfo> = gate_rules::infos();
        for finding in std::mem::take(&mut report.findings) {
            let places = self.places_of(&finding, sources);
            let own = gate.iter().any(|it| it.id == finding.rule) || self.policy.locked.contains(&finding.rule);
            match self.suppress.iter().zip(&mut uses).find(|it| self.fits(it.0, &finding, &places)).filter(|_| !own) {
                Some((it, uses)) => {
                    uses.push(moved);
                    moved += 1;
                    report.suppressed.push(Suppressed { finding, by: it.by.clone() });
                }
                None => report.findings.push(finding),
            }
        }
        uses
    }

    /// Whether a suppression of the configuration is about a finding, which stands at some paths.
    fn fits(&self, it: &Declared, finding: &Finding, places: &Places) -> bool {
        let paths = if it.public { &places.declared } else { &places.at };
        !it.over
            && it.rule.is_match(&finding.rule)
            && (!it.public || self.is_about_public(finding))
            && it.address.as_ref().is_none_or(|it| it.is_match(&finding.address))
            && it.path.as_ref().is_none_or(|it| !paths.is_empty() && paths.iter().all(|path| it.is_match(path)))
    }

    fn places_of(&self, finding: &Finding, sources: &Sources) -> Places {
        let paths = |at: Option<Span>| at.map(|it| self.below(&sources.file(it.file).path)).unwrap_or_default();
        Places { at: paths(finding.at), declared: paths(finding.declared.or(finding.at)) }
    }

    /// Whether a finding says that the public may read. Who is public on purpose lets nobody write, delete or change settings.
    fn is_about_public(&self, finding: &Finding) -> bool {
        let group = self.policy.known.iter().find(|it| it.id == finding.rule).map_or("", |it| it.group.as_str());
        let is_public = matches!(group, "acl" | "block-public-access") || finding.rule.contains("public");
        is_public && !finding.accesses().any(Access::is_more_than_reading)
    }

    /// The paths by which a file is reached, relative to the folder of the configuration.
    fn below(&self, path: &Path) -> BTreeSet<PathBuf> {
        self.ways.below(&self.folder, path)
    }
}

/// Whether the file of an entry of a baseline is there no more.
pub(super) fn is_gone(path: &str) -> bool {
    !Path::new(path).is_file()
}

/// The suppressions of a trusted revision.
fn trusted(of: &Trusted, all: &[RuleInfo]) -> suppression::Trusted {
    let sources = Sources::new(Box::new(Memory::default()));
    let files: Vec<FileId> = of.tree.files().map(|(path, text)| sources.add(&of.root.join(path), text)).collect();
    suppression::Trusted { known: suppression::known(&sources, &files, all), real, subjects: None }
}

/// A path without links.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

fn by_configuration(reason: &str, until: Option<Date>) -> Suppressor {
    Suppressor {
        kind: SuppressorKind::Configuration,
        reason: Some(reason.to_owned()),
        until: until.map(|it| it.to_string()),
        at: None,
    }
}
