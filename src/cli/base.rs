//! `--base REVISION`: the code as it was, judged in the same way, and what the change brings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::finding::Finding;
use crate::finding::environments::{apart, together};
use crate::gate::baseline::Baseline;
use crate::gate::names::{Named, Names, Side, named};
use crate::gate::suppression::Subjects;
use crate::gate::widened::{Rename, State, readdressed, renames, untouched, widened};
use crate::model::Estate;
use crate::source::{Diagnostic, Gravity, Sources, Span, normal};
use crate::value::Cause;

use super::commands::{Complaint, Looked};
use super::config::{Found, Trusted, inputs};
use super::discover::{Beside, Discovery, discover};
use super::floors::Rules;
use super::inputs::{Inputs, said};
use super::pipeline::{Options, Outcome, run};
use super::recognise::by_name;
use super::then::Then;
use super::tree::Tree;
use super::unsaid;
use super::{former_modules, git, tree};

/// Resources of which the bucket is another, and the addresses of theirs.
type Replaced = BTreeMap<(Option<String>, String, String), Option<String>>;

/// The code at a revision, judged.
pub(super) struct Base {
    sources: Sources,
    outcome: Outcome,
    options: Options,
}

impl Base {
    /// Judges the code that a run asks about as it was at a revision.
    pub fn new(
        revision: &str,
        inputs: &Inputs<'_>,
        looked: &Looked,
        rules: &Rules,
        found: &Found,
    ) -> Result<Self, Complaint> {
        let paths = &inputs.input().paths;
        let first = paths.first().cloned().unwrap_or_else(|| PathBuf::from("."));
        let root = git::root(&first)?;
        let root = root.canonicalize().unwrap_or(root);
        let tree = git::tree(&root, revision)?;
        let met = asked_about(&tree, &root, paths)?;
        let then = Then {
            tree,
            index: git::Index::new(&root)?,
            now: inputs.disk(),
            named: inputs.named_beside().iter().filter_map(|it| tree::below(&root, it)).collect(),
            root: root.clone(),
            ignored: Mutex::default(),
        };
        let sources = Sources::new(Box::new(then));
        let met: Vec<Beside> = met.iter().map(|it| Beside::file(it)).collect();
        let Discovery { files, complaints, .. } = discover(&sources, &[], &met);
        // Root modules and templates that were elsewhere, or are gone, have their inputs too.
        let mut options = Options { exact_modules: true, ..looked.options.clone() };
        without_new(&mut options.environments, &sources);
        inputs::assign(&mut options, found, &said(inputs.input()), &files, &looked.ways)?;
        let mut outcome = run(&sources, &files, complaints, &options, rules);
        former_modules::add(&mut outcome, &looked.outcome, &sources, &options, rules);
        Ok(Self { sources, outcome, options })
    }

    /// The buckets that the code as it was is about, and those that the code of now is about.
    pub fn subjects(&self, trusted: &Trusted, now: (&Outcome, &Sources)) -> (Subjects, Subjects) {
        let real = |path: &Path| {
            let below = trusted.below(path).and_then(|it| trusted.tree.real(&it));
            below.map_or_else(|| path.to_path_buf(), |it| trusted.root.join(it))
        };
        let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let names = self.names(now);
        let of = |(outcome, sources), real: &dyn Fn(&Path) -> PathBuf, side| {
            let mut subjects = Subjects::default();
            states(outcome, sources)
                .for_each(|(name, it)| subjects.add(name, it.estate, sources, real, (&names, side)));
            subjects
        };
        (of((&self.outcome, &self.sources), &real, Side::Before), of(now, &canonical, Side::Now))
    }

    /// What buckets are called in both states.
    fn names<'a>(&'a self, (now, sources): (&'a Outcome, &'a Sources)) -> Names<'a> {
        let [old, new] = [(&self.outcome, &self.sources), (now, sources)]
            .map(|(outcome, sources)| states(outcome, sources).map(|it| it.1.estate).collect::<Vec<_>>());
        Names::new((&self.sources, &old), (sources, &new))
    }

    /// The resources of before of which the bucket is another now, by environment, root module and address, each with the address that
    /// its bucket has now: entries of a list that change places.
    fn replaced(&self, now: (&Outcome, &Sources), renames: &[Rename]) -> Replaced {
        let names = self.names(now);
        let renamed: BTreeMap<(&str, &str), &str> =
            renames.iter().map(|it| ((it.namespace.as_str(), it.from.as_str()), it.to.as_str())).collect();
        let mut found = Replaced::new();
        for (environment, new) in states(now.0, now.1) {
            let Some((_, old)) = states(&self.outcome, &self.sources).find(|it| it.0 == environment) else { continue };
            let own: BTreeMap<(&str, &str), Named<'_>> =
                named(new.estate).map(|it| ((it.namespace, it.address), it)).collect();
            let other = |old: &Named<'_>| {
                let address = renamed.get(&(old.namespace, old.address)).copied().unwrap_or(old.address);
                own.get(&(old.namespace, address)).is_some_and(|new| names.is_another(*new, *old))
            };
            let others: Vec<Named<'_>> = named(old.estate).filter(other).collect();
            if others.is_empty() {
                continue;
            }
            let mut called: BTreeMap<(&str, BTreeSet<String>), Vec<&str>> = BTreeMap::new();
            for it in new.estate.buckets.iter().map(Named::from) {
                called.entry((it.namespace, names.of(Side::Now, it))).or_default().push(it.address);
            }
            for old in others {
                let now = called.get(&(old.namespace, names.of(Side::Before, old)));
                let now = now.and_then(|it| <[&str; 1]>::try_from(it.as_slice()).ok()).map(|[it]| it.to_owned());
                let environment = environment.map(str::to_owned);
                found.insert((environment, old.namespace.to_owned(), old.address.to_owned()), now);
            }
        }
        found
    }

    /// What the code as it was marks as sensitive.
    pub fn secrets(&self) -> BTreeSet<String> {
        self.outcome.secrets()
    }

    /// Keeps what the change brings, and adds the access that it opens. `shown` gives the shown path of a place of now, `files` are
    /// the shown paths of now.
    pub fn apply(
        &self,
        now: &mut Outcome,
        (sources, options): (&Sources, &Options),
        shown: &dyn Fn(Span) -> String,
        before: &dyn Fn(&Sources, Span) -> String,
        files: &BTreeSet<String>,
    ) {
        let then =
            State { estate: &self.outcome.estate, exposures: &self.outcome.exposures, sources: Some(&self.sources) };
        let renames = renames(then, State { estate: &now.estate, exposures: &now.exposures, sources: Some(sources) });
        let path = |at: Option<Span>| at.map(|at| before(&self.sources, at)).unwrap_or_default();
        // What was found of a bucket is what is found of it under another address, in the file where it stands now.
        let mut report = self.outcome.report.clone();
        report.findings = apart(report.findings);
        now.report.findings = apart(std::mem::take(&mut now.report.findings));
        // What is found of a bucket of another name is found of another bucket.
        let replaced = self.replaced((now, sources), &renames);
        if !replaced.is_empty() {
            report.findings.retain_mut(|it| {
                let environment = it.environments.first().cloned();
                match replaced.get(&(environment, it.namespace.clone(), it.address.clone())) {
                    None => true,
                    Some(None) => false,
                    Some(Some(to)) => {
                        readdressed(it, to);
                        true
                    }
                }
            });
        }
        let mut moved: BTreeMap<(String, String), String> = BTreeMap::new();
        for finding in &mut report.findings {
            let Some(rename) = renames.iter().find(|it| it.is_of(finding)) else { continue };
            rename.apply(finding);
            if path(finding.at) == path(rename.before) {
                let now = rename.now.map(shown).unwrap_or_default();
                moved.insert((finding.identity.clone(), path(finding.at)), now);
            }
        }
        let old_path = |it: &Finding| {
            let path = path(it.at);
            moved.get(&(it.identity.clone(), path.clone())).cloned().unwrap_or(path)
        };
        let old = Baseline::of(&report, &old_path);
        let is_gone = |path: &str| !files.contains(path);
        // This is no baseline that somebody writes: what a locked rule found before is not what the change brings.
        let locked = BTreeSet::new();
        let moves = now.moves();
        old.apply(&mut now.report, &|it| it.at.map(shown).unwrap_or_default(), &is_gone, &locked, &moves);
        let own_account = options.exposure.own_account.as_deref();
        self.keep_new_gaps(now, sources);
        let opened: Vec<Finding> = states(now, sources)
            .flat_map(|(name, state)| {
                // Each environment is compared with itself.
                let nothing = State { estate: &Estate::default(), exposures: &[], sources: None };
                let before = states(&self.outcome, &self.sources).find(|it| it.0 == name).map_or(nothing, |it| it.1);
                let mut opened = widened(before, state, own_account);
                opened.iter_mut().for_each(|it| it.environments.extend(name.map(str::to_owned)));
                opened
            })
            .collect();
        let told = opened.iter().map(|it| (it.namespace.clone(), it.address.clone())).collect();
        now.report.findings.extend(together(opened));
        let [then, judged] = [(&self.outcome, &self.sources), (&*now, sources)]
            .map(|(outcome, sources)| states(outcome, sources).map(|it| it.1).collect::<Vec<_>>());
        let before = unsaid::Side { sources: &self.sources, options: &self.options, judged: &then };
        let own = unsaid::Side { sources, options, judged: &judged };
        let (more, complaints) = unsaid::opened((before, own), &told);
        now.report.findings.extend(more);
        now.report.diagnostics.extend(complaints);
    }
}

impl Base {
    /// What was not judged and is as it was is said, and does not count.
    fn keep_new_gaps(&self, now: &mut Outcome, sources: &Sources) {
        let mut same: BTreeSet<Span> = BTreeSet::new();
        for (name, state) in states(now, sources) {
            let then = states(&self.outcome, &self.sources).find(|it| it.0 == name);
            same.extend(then.into_iter().flat_map(|it| untouched(it.1, state)));
        }
        let is_same = |it: &Diagnostic| it.at.is_some_and(|at| same.iter().any(|own| sources.seen(*own) == at));
        let code = Cause::RemoteModule.code();
        for it in now.report.diagnostics.iter_mut().filter(|it| it.code == code && is_same(it)) {
            it.gravity = Gravity::Note;
        }
    }
}

/// Drops the environments that have no file of their own: those are new, and are compared with nothing. Where no environment has
/// one, environments are what is new, and the code is compared.
fn without_new(environments: &mut Vec<(String, Vec<PathBuf>)>, sources: &Sources) {
    let is_own = |file: &PathBuf| environments.iter().filter(|it| it.1.contains(file)).count() == 1;
    let is_there = |files: &[PathBuf]| {
        let mut own = files.iter().filter(|it| is_own(it)).peekable();
        own.peek().is_none() || own.any(|it| sources.fs().is_file(it))
    };
    let known: Vec<_> = environments.iter().filter(|it| is_there(&it.1)).cloned().collect();
    if !known.is_empty() {
        *environments = known;
    }
}

/// The files of a revision that a run asks about, as a walk meets them: what was at the paths that are asked for, and where these
/// lead now, for a change may have made any of them a link.
fn asked_about(tree: &Tree, root: &Path, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Complaint> {
    let here = std::env::current_dir().and_then(|it| it.canonicalize()).map_err(|error| error.to_string())?;
    let absolute = paths.iter().any(|it| it.is_absolute());
    // As the working tree is named, so that both are told alike.
    let named = |path: &Path| if absolute { root.join(path) } else { relative(&root.join(path), &here) };
    // What is asked for in the tree, and how it is called.
    let mut asked: Vec<(PathBuf, PathBuf)> = Vec::new();
    for path in paths {
        let written = tree::below(root, path).and_then(|it| tree.real(&it));
        asked.extend(written.map(|it| (it, normal(path))));
        let real = path.canonicalize().ok().and_then(|it| it.strip_prefix(root).ok().map(Path::to_path_buf));
        asked.extend(real.map(|it| (it.clone(), normal(&named(&it)))));
    }
    let shown = |path: &Path| {
        let (rest, name) = asked.iter().find_map(|(from, name)| Some((path.strip_prefix(from).ok()?, name)))?;
        Some(if rest.as_os_str().is_empty() { name.clone() } else { name.join(rest) })
    };
    // Of links to files, those to Terraform code.
    let links = tree.linked().filter(|it| by_name(it).is_some());
    let met = tree.files().map(|it| it.0).chain(links).filter(|it| git::fetched_in(it).is_none());
    let mut all: Vec<PathBuf> = met.filter_map(shown).collect();
    for (link, to) in tree.linked_folders() {
        // What is met where it is, is not met through the link.
        let is_met = shown(&to).is_some() && git::fetched_in(&to).is_none();
        let Some(name) = shown(link).filter(|_| !is_met && !link.starts_with(&to)) else { continue };
        all.extend(tree.below(link).into_iter().map(|(rest, _)| name.join(rest)));
    }
    Ok(all)
}

/// What a run judged: once, or once for each environment.
fn states<'a>(of: &'a Outcome, sources: &'a Sources) -> impl Iterator<Item = (Option<&'a str>, State<'a>)> {
    let sources = Some(sources);
    let earlier = of
        .earlier
        .iter()
        .map(move |(name, estate, exposures)| (Some(name.as_str()), State { estate, exposures, sources }));
    let last = State { estate: &of.estate, exposures: &of.exposures, sources };
    earlier.chain([(of.environment.as_deref(), last)])
}

/// A path as seen from a folder, both without links.
pub(super) fn relative(path: &Path, from: &Path) -> PathBuf {
    let common = path.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| std::path::Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}
