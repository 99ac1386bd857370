//! The commands: read the world, run the pipeline, print, answer with the exit code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::finding::{Fixed, Gate, Report, RuleInfo, Verdict, judge};
use crate::report::pretty::Detail;
use crate::report::{Places, model_json, one_line};
use crate::rules::Catalogue;
use crate::source::{Disk, FileId, FileSystem, Gravity, Sources};

use super::args::{Check, FailOn, Input, Model, Profile};
use super::base::Base;
use super::config::{self, Found, Switch};
use super::floors::{self, Rules, Selection};
use super::gating::Gating;
pub(super) use super::inputs::options;
use super::inputs::{Edited, Inputs};
use super::links::Ways;
use super::pipeline::{Options, Outcome};
use super::{fix, inputs, outputs, rule_folders, secrets, terminal, undeclared, world};

/// A sentence for standard error; the exit code is 2.
pub(super) type Complaint = String;

/// `check`.
pub fn check(args: &Check) -> Result<u8, Complaint> {
    if args.unsafe_fixes && !args.fix && !args.diff {
        return Err("--unsafe-fixes says which fixes are made: say --fix, or --diff, too".to_owned());
    }
    outputs::refuse(args)?;
    let scene = Scene { base: world::base(), ..Scene::default() };
    let Judged { looked: Looked { sources, outcome, .. }, verdict, infos, difference } = judged(args, &scene)?;
    let places = Places { sources: &sources, base: scene.base.as_deref() };
    let detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    if let Some(it) = difference {
        // What is printed is the difference; reports that go to files are written all the same.
        let mut files = args.outputs();
        files.retain(|it| it.path.is_some());
        outputs::write(&files, args.color, detail, &outcome, &verdict, &infos, places)?;
        return show(&it, &outcome.report);
    }
    outputs::write(&args.outputs(), args.color, detail, &outcome, &verdict, &infos, places)?;
    // The program ends here: to free a large model piece by piece would take a tenth of the time.
    std::mem::forget((sources, outcome));
    Ok(verdict.code)
}

/// What a run sees beside the disk.
#[derive(Default)]
pub(super) struct Scene<'a> {
    /// The folder that paths are shown relative to.
    pub base: Option<PathBuf>,
    /// Puts something over the disk, and shows nobody how far the run is.
    pub over: Option<&'a dyn Fn(Disk) -> Box<dyn FileSystem>>,
    /// Files that a walk does not meet.
    pub unmet: &'a [PathBuf],
    /// The only fix that is made.
    pub only: Option<&'a fix::Target>,
}

/// What was found, what it means, and the rules that ran.
pub(super) struct Judged {
    pub looked: Looked,
    pub verdict: Verdict,
    pub infos: Vec<RuleInfo>,
    /// What fixes would change, where that is to be shown.
    pub difference: Option<Difference>,
}

/// What fixes would change.
pub(super) struct Difference {
    text: String,
    /// The new texts by path.
    pub edited: Edited,
    pub fixed: Fixed,
}

/// Everything that `check` does before it tells. With `--fix` the files are written here.
pub(super) fn judged(args: &Check, scene: &Scene<'_>) -> Result<Judged, Complaint> {
    let revision = args.policy_from.as_deref();
    let mut found = config::find(args.config.as_deref(), args.no_config, &args.input.paths, revision)?;
    let (contracts, stand_ins) = inputs::stand_ins(&args.input, &found);
    let added = config::stand_ins(&found, &contracts, &stand_ins)?;
    found.added.extend(added);
    let mut folders = args.selection.rule_folders.clone();
    folders.extend(found.config.rule_folders.iter().map(|it| found.folder.join(it)));
    let kept = rule_folders::of(&found, &mut folders)?;
    let catalogue = load_catalogue(&folders)?;
    drop(kept);
    let mut gating = Gating::new(args.into(), &found, catalogue.infos())?;
    let (mut enable, mut disable) = gating.switches();
    // The command line wins.
    enable.retain(|it| !args.selection.disable.contains(it));
    disable.retain(|it| !args.selection.enable.contains(it));
    enable.extend(gating.turn(&args.selection.enable, Switch::On));
    disable.extend(gating.turn(&args.selection.disable, Switch::Off));
    let profile = args.selection.profile.or(found.config.profile).unwrap_or(Profile::Default);
    let framework = args.selection.framework.as_deref();
    let selection = Selection { profile: profile.as_str(), framework, enable: &enable, disable: &disable };
    let rules = select_rules(&catalogue, &selection)?;
    gating.runs(rules.infos());
    let mut inputs = Inputs::new(&args.input, &args.environments, Some(&found), scene)?;
    if let Some(revision) = args.policy_from.as_deref().or(args.base.as_deref()) {
        inputs = inputs.judging_a_change(revision)?;
    }
    if args.fix && !args.diff && inputs.has_stdin() {
        return Err("--fix writes files, and standard input is none: say --diff".to_owned());
    }
    gating.runs_in(inputs.environments());
    let mut looked = inputs.judge(&rules, &Edited::default())?;
    gating.reached_by(looked.ways.clone());
    gating.moved_by(looked.outcome.moves());
    if inputs.is_whole() {
        let unused = config::unused::of_addresses(&found.config, &looked.outcome.addresses())?;
        unused.iter().for_each(|it| terminal::complain(it));
    }
    undeclared::complaints(&inputs, &looked, &found).iter().for_each(|it| terminal::complain(it));
    let base = args.base.as_ref().map(|it| Base::new(it, &inputs, &looked, &rules, &found)).transpose()?;
    if let Some(trusted) = found.trusted.as_ref().filter(|_| gating.asks_for_subjects()) {
        let of_base = base.as_ref().filter(|_| args.base == args.policy_from);
        let now = (&looked.outcome, &looked.sources);
        let (then, now) = match of_base {
            Some(it) => it.subjects(trusted, now),
            None => Base::new(&trusted.revision, &inputs, &looked, &Rules::default(), &found)?.subjects(trusted, now),
        };
        gating.held_against(then, now);
    }
    let shown = scene.base.as_deref();
    let new_only = |looked: &mut Looked| base.iter().for_each(|it| only_new(it, looked, shown));
    let scope = fix::Scope::new(&inputs.asked(), &inputs.roots);
    let (mut fixed, mut difference) = (None, None);
    if args.fix || args.diff {
        let count = |looked: &mut Looked| {
            new_only(looked);
            looked.count(&gating, shown);
        };
        // Each proof asks for it: nothing is compared with what was there before.
        let suppress = |looked: &mut Looked| {
            let Looked { sources, outcome, files, .. } = looked;
            gating.suppress(sources, files, &mut outcome.report);
        };
        let unsafe_too = args.unsafe_fixes;
        let (count, suppress) = (&count, &suppress);
        let (inputs, rules, only, scope) = (&inputs, &rules, scene.only, &scope);
        let job = fix::Job { inputs, rules, unsafe_too, only, count, suppress, scope, base: shown };
        let mended = fix::mend(&job, looked)?;
        if args.diff {
            let edited = Edited::clone(&mended.edited);
            difference = Some(Difference { text: mended.diff(shown), edited, fixed: mended.fixed.clone() });
        } else {
            mended.write(&inputs.roots)?;
        }
        looked = mended.looked;
        fixed = Some(mended.fixed);
    }
    new_only(&mut looked);
    {
        let Looked { sources, outcome, files, .. } = &mut looked;
        let places = Places { sources, base: shown };
        let path = |it| places.location(it).path;
        match difference {
            None => gating.apply(sources, files, &mut outcome.report, &path)?,
            // Who asks what would be done has nothing written.
            Some(_) => drop(gating.count(sources, files, &mut outcome.report, &path)),
        }
        fix::hint(places, outcome, rules.infos(), &scope);
        if let Some(fixed) = fixed {
            fix::tell(&mut outcome.report, fixed, args.unsafe_fixes);
        }
        // What a change opens is told with what the code was, too.
        let mut all = outcome.secrets();
        all.extend(base.iter().flat_map(Base::secrets));
        secrets::conceal(sources, &mut outcome.report, &all);
    }
    let least = args.fail_on.or(found.config.fail_on).map_or(Gate::default().fail_on, FailOn::severity);
    let fail_on_unknown = args.fail_on_unknown || found.config.fail_on_unknown;
    let mut infos = rules.infos().to_vec();
    infos.extend(Gating::infos());
    infos.extend(args.base.as_ref().map(|_| crate::gate::rules::widened()));
    let verdict = judge(&looked.outcome.report, Gate { fail_on: least, fail_on_unknown });
    Ok(Judged { looked, verdict, infos, difference })
}

/// Keeps what a change brings. `shown` is the folder that paths are shown relative to.
fn only_new(base: &Base, looked: &mut Looked, shown: Option<&Path>) {
    let Looked { sources, outcome, files, options, .. } = looked;
    let places = Places { sources, base: shown };
    let paths: BTreeSet<String> = files.iter().map(|it| places.file(*it)).collect();
    let before = |sources: &Sources, at| Places { sources, base: shown }.location(at).path;
    base.apply(outcome, (sources, options), &|it| places.location(it).path, &before, &paths);
}

/// Prints what would be fixed. The exit code tells whether anything would.
fn show(difference: &Difference, report: &Report) -> Result<u8, Complaint> {
    if let Some(it) = report.diagnostics.iter().find(|it| it.gravity == Gravity::Usage) {
        let path = it.path.as_ref().map(|it| format!("{}: ", it.display())).unwrap_or_default();
        return Err(one_line(&format!("{path}{}", it.message)).into_owned());
    }
    terminal::print(&difference.text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    for it in &difference.fixed.refused {
        terminal::complain(&format!("not fixed: {}", one_line(it)));
    }
    let number = difference.fixed.fixed;
    terminal::complain(&format!("would fix {number} {}", if number == 1 { "finding" } else { "findings" }));
    Ok(u8::from(!difference.text.is_empty()))
}

/// `model`. The exit code tells of the input only: 0, 2 or 3.
pub fn model(args: &Model) -> Result<u8, Complaint> {
    let rules = Rules::default();
    let Looked { sources, outcome, .. } = look(&args.input, &[], &rules, None)?;
    let base = world::base();
    let places = Places { sources: &sources, base: base.as_deref() };
    let text = model_json::render(&outcome.estate, &outcome.exposures, &outcome.report.diagnostics, &places);
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    for diagnostic in outcome.report.diagnostics.iter().filter(|it| it.gravity == Gravity::Usage) {
        let path = diagnostic.path.as_ref().map(|it| format!("{}: ", it.display())).unwrap_or_default();
        terminal::complain(&one_line(&format!("{path}{}", diagnostic.message)));
    }
    Ok(judge(&outcome.report, Gate { fail_on: None, fail_on_unknown: false }).code)
}

pub(super) fn load_catalogue(folders: &[PathBuf]) -> Result<Catalogue, Complaint> {
    floors::load_catalogue(folders).map_err(|complaints| complaints.join("\n"))
}

pub(super) fn select_rules(catalogue: &Catalogue, selection: &Selection<'_>) -> Result<Rules, Complaint> {
    floors::select_rules(catalogue, selection).map_err(|complaints| complaints.join("\n"))
}

/// What a run looked at and found.
pub(super) struct Looked {
    pub sources: Sources,
    pub outcome: Outcome,
    /// The files that were asked about, and those of findings.
    pub files: Vec<FileId>,
    pub options: Options,
    /// By which paths files are reached.
    pub ways: Ways,
}

impl Looked {
    /// The files that are below the paths that were named.
    pub fn asked(&self, paths: &[PathBuf]) -> Vec<FileId> {
        let real = |it: &PathBuf| it.canonicalize().unwrap_or_else(|_| it.clone());
        let named: Vec<PathBuf> = paths.iter().map(real).collect();
        let is_below = |it: &&FileId| {
            let path = real(&self.sources.file(**it).path);
            named.iter().any(|it| path.starts_with(it))
        };
        self.files.iter().filter(is_below).copied().collect()
    }

    /// Leaves the findings that count.
    fn count(&mut self, gating: &Gating, shown: Option<&Path>) {
        let places = Places { sources: &self.sources, base: shown };
        gating.count(&self.sources, &self.files, &mut self.outcome.report, &|it| places.location(it).path);
    }
}

/// Finds the files on disk and judges them.
pub(super) fn look(
    input: &Input,
    environments: &[(String, String)],
    rules: &Rules,
    found: Option<&Found>,
) -> Result<Looked, Complaint> {
    Inputs::new(input, environments, found, &Scene::default())?.judge(rules, &Edited::default())
}
