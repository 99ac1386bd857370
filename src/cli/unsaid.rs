//! `--base` and values that the run is not given, though they stand beside the code: the change is compared once more with each set
//! of them. What is shut in one environment may be open in another.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::finding::{Finding, Report};
use crate::frontend::terraform::is_code;
use crate::gate::widened::unsaid::{Unsaid, Values};
use crate::gate::widened::{State, called_as, supposed};
use crate::model::{Bucket, Format};
use crate::source::{Diagnostic, Gravity, Sources, normal};
use crate::value::Truth;

use super::floors::Rules;
use super::pipeline::{InputFile, InputKind, Options, Outcome, RootInputs, TemplateInputs, run};
use super::secrets;

/// So many sets of values are compared.
const MAX_SETS: usize = 200;

/// A new environment is compared with so many others.
const MAX_BESIDE: usize = 4;

/// A state of the code, and what it is given.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub sources: &'a Sources,
    pub options: &'a Options,
    /// With the values that the run is given, of each environment.
    pub judged: &'a [State<'a>],
}

/// What the change opens with other values, without what is `told`: root module or template, and address.
pub(super) fn opened(
    (before, now): (Side<'_>, Side<'_>),
    told: &BTreeSet<(String, String)>,
) -> (Vec<Finding>, Vec<Diagnostic>) {
    let own_account = now.options.exposure.own_account.as_deref();
    let (mut found, mut known, mut complaints) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (count, Set { unit, was, new, old, beside }) in sets(before, now).into_iter().enumerate() {
        if MAX_SETS <= count {
            let message = format!(
                "there are more than {MAX_SETS} sets of values that the run is not given: it is not compared with this one"
            );
            let at = new.path.clone().unwrap_or_default();
            let complaint = Diagnostic::path("values-not-compared", Gravity::Incomplete, at, message);
            let help = "give the run its values: `--environment`, or those of the configuration";
            complaints.push(complaint.help(help));
            return (found, complaints);
        }
        if new.is_unread {
            let message = "not all that it says of parameters can be read: the change is not compared with that";
            let at = new.path.clone().unwrap_or_default();
            let complaint = Diagnostic::path("values-not-compared", Gravity::Incomplete, at, message.to_owned());
            if !complaints.contains(&complaint) {
                complaints.push(complaint);
            }
            continue;
        }
        let own = unit.judged(now, Some(&new));
        let compared = |old: Option<&Unsaid>, is_other: bool| {
            let mut then = was.judged(before, old);
            if is_other {
                then.estate = called_as(&then.estate, &own.estate);
            }
            // Values that nothing else has been judged with.
            let secrets: BTreeSet<String> = then.secrets().into_iter().chain(own.secrets()).collect();
            let then = State { estate: &then.estate, exposures: &then.exposures, sources: Some(before.sources) };
            let own = State { estate: &own.estate, exposures: &own.exposures, sources: Some(now.sources) };
            let mut report =
                Report { findings: supposed(then, own, own_account, &new, now.judged), ..Report::default() };
            secrets::conceal(now.sources, &mut report, &secrets);
            report.findings
        };
        // A new environment is no wider than one that there was, but where anybody gets in: then it is compared with nothing.
        let is_public = own.exposures.iter().flat_map(|it| &it.ways).any(|it| it.is_public() && it.open != Truth::No);
        let like = beside.iter().filter(|_| !is_public).map(|it| compared(Some(it), true)).min_by_key(Vec::len);
        for it in like.unwrap_or_else(|| compared(old.as_ref(), false)) {
            let is_told = told.contains(&(it.namespace.clone(), it.address.clone()));
            if !is_told && known.insert(it.identity.clone()) {
                found.push(it);
            }
        }
    }
    (found, complaints)
}

/// A root module or a template.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Root(PathBuf),
    Template(PathBuf),
}

impl Unit {
    fn values(&self, of: &Values<'_>) -> Vec<Unsaid> {
        match self {
            Self::Root(dir) => of.of_root(dir),
            Self::Template(path) => of.of_template(path),
        }
    }

    /// What a deployment could give of the same values before, though nothing said so.
    fn takes(&self, it: &Unsaid, of: &Values<'_>) -> Option<Unsaid> {
        match self {
            Self::Template(path) if it.path.is_none() => it.only(|name, value| of.may_be(path, name, value)),
            _ => None,
        }
    }

    /// Whether variables are called otherwise, and nothing else is otherwise than before.
    fn has_only_renamed(&self, own: &Values<'_>, (was, then): (&Self, &Values<'_>)) -> bool {
        matches!((self, was), (Self::Root(dir), Self::Root(old)) if own.has_only_renamed(dir, (then, old)))
    }

    /// Whether it has none of the parameters of some values.
    fn lacks(&self, it: &Unsaid, of: &Values<'_>) -> bool {
        matches!(self, Self::Template(path) if !it.values.iter().any(|own| of.declares(path, &own.0)))
    }

    /// The same values before, where the parameters that have them were called otherwise. `now` is what it is now.
    fn under_another_name(
        &self,
        new: &Unsaid,
        (olds, then): (&[Unsaid], &Values<'_>),
        (now, own): (&Self, &Values<'_>),
    ) -> Option<Unsaid> {
        let values = |it: &Unsaid| it.values.iter().map(|it| it.1.clone()).collect::<BTreeSet<_>>();
        let is_it = |it: &&Unsaid| {
            it.path.is_none() && it.values.len() == new.values.len() && values(it) == values(new) && now.lacks(it, own)
        };
        let mut all = olds.iter().filter(is_it).filter(|_| new.path.is_none() && self.lacks(new, then));
        all.next().filter(|_| all.next().is_none()).cloned()
    }

    /// The variables that may be anything, where no value of the run or beside the code is one of a deployment.
    fn open(&self, side: Side<'_>, of: &Values<'_>) -> BTreeSet<String> {
        let Self::Root(dir) = self else { return BTreeSet::new() };
        let own = side.options.of_roots.get(dir);
        let files = own.map_or(&side.options.variable_files, |it| &it.variable_files);
        if !files.is_empty() || !side.options.environments.is_empty() {
            return BTreeSet::new();
        }
        let given = own.map_or(&side.options.variables, |it| &it.variables);
        let mut open = of.open(dir);
        open.retain(|name| !given.iter().any(|it| it.0 == *name));
        open
    }

    fn files(&self, sources: &Sources) -> Vec<PathBuf> {
        match self {
            Self::Root(dir) => sources.fs().list(dir).into_iter().filter(|it| is_code(it)).collect(),
            Self::Template(path) => Some(path.clone()).filter(|it| sources.fs().is_file(it)).into_iter().collect(),
        }
    }

    /// What it was before: itself, else the one that is gone and said the same, or had its last name.
    fn was(&self, (before, then): (Side<'_>, &Values<'_>), (now, own): (Side<'_>, &Values<'_>)) -> Self {
        if !self.files(before.sources).is_empty() {
            return self.clone();
        }
        let gone: Vec<Self> = units(before).into_iter().filter(|it| it.files(now.sources).is_empty()).collect();
        let only = |is_it: &dyn Fn(&&Self) -> bool| {
            let mut all = gone.iter().filter(is_it);
            all.next().filter(|_| all.next().is_none()).cloned()
        };
        let code = self.code(now, own);
        let says_it = |it: &&Self| it.last().0 == self.last().0 && it.code(before, then) == code;
        only(&says_it).or_else(|| only(&|it| it.last() == self.last())).unwrap_or_else(|| self.clone())
    }

    /// Its kind and last name.
    fn last(&self) -> (bool, Option<&OsStr>) {
        match self {
            Self::Root(path) => (true, path.file_name()),
            Self::Template(path) => (false, path.file_name()),
        }
    }

    /// All that it says.
    fn code(&self, side: Side<'_>, of: &Values<'_>) -> Option<String> {
        match self {
            Self::Root(dir) => Some(of.code_of_root(dir)),
            Self::Template(path) => {
                let text = |it: &Path| side.sources.load(it).ok().map(|it| side.sources.text(it).to_string());
                let own = text(path)?;
                // Stacks that it nests are a part of it.
                let buckets = side.judged.iter().flat_map(|it| &it.estate.buckets);
                let within =
                    buckets.filter(|it| root_of(it).is_some_and(|it| it == *path)).filter_map(|it| it.origin.span);
                let within: BTreeSet<PathBuf> = within.map(|at| side.sources.file(at.file).path.clone()).collect();
                Some(within.iter().filter(|it| *it != path).filter_map(|it| text(it)).fold(own, |own, it| own + &it))
            }
        }
    }

    fn is_given(&self, it: &Unsaid, options: &Options) -> bool {
        let is_it = |path: &PathBuf| it.path.as_ref().is_some_and(|own| normal(own) == normal(path));
        match self {
            Self::Root(dir) => {
                let own = options.of_roots.get(dir).into_iter().flat_map(|it| &it.variable_files);
                let environments = options.environments.iter().flat_map(|it| &it.1);
                options.variable_files.iter().chain(own).chain(environments).any(is_it)
            }
            Self::Template(path) => {
                let own = options.of_templates.get(path);
                let files = own.map_or(&options.parameter_files, |it| &it.parameter_files);
                let given = own.map_or(&options.parameters, |it| &it.parameters);
                let is_said = |name: &String| given.iter().any(|it| it.0 == *name);
                files.iter().any(is_it)
                    || (!it.is_unread && it.names.iter().all(is_said))
                    || (it.path.is_none() && !files.is_empty())
            }
        }
    }

    fn judged(&self, side: Side<'_>, with: Option<&Unsaid>) -> Outcome {
        let kind = match self {
            Self::Root(_) => InputKind::Terraform,
            Self::Template(_) => InputKind::CloudFormation,
        };
        let file = |path: PathBuf| InputFile { path, kind, alone: false };
        let files: Vec<InputFile> = self.files(side.sources).into_iter().map(file).collect();
        let mut options = Options { environments: Vec::new(), ..side.options.clone() };
        let file = with.filter(|it| it.values.is_empty()).and_then(|it| it.path.clone());
        match self {
            Self::Root(dir) => {
                let of_all = || RootInputs {
                    variable_files: side.options.variable_files.clone(),
                    variables: side.options.variables.clone(),
                    again: side.options.variables_again.clone(),
                    workspace: side.options.workspace.clone(),
                    open: BTreeSet::new(),
                };
                let own = options.of_roots.entry(dir.clone()).or_insert_with(of_all);
                own.variable_files.extend(file);
                own.open.extend(with.into_iter().filter(|it| it.is_open).flat_map(|it| it.names.iter().cloned()));
            }
            Self::Template(path) => {
                let of_all = || TemplateInputs {
                    parameters: side.options.parameters.clone(),
                    parameter_files: side.options.parameter_files.clone(),
                };
                let own = options.of_templates.entry(path.clone()).or_insert_with(of_all);
                own.parameter_files.extend(file);
                own.parameters.extend(with.into_iter().flat_map(|it| it.values.clone()));
            }
        }
        run(side.sources, &files, Vec::new(), &options, &Rules::default())
    }
}

/// Values that may make a difference.
struct Set {
    unit: Unit,
    /// What it was before: another, where that one is gone and this one has come in its place.
    was: Unit,
    new: Unsaid,
    old: Option<Unsaid>,
    /// Those of other environments that there were, where this one is new: the likest first.
    beside: Vec<Unsaid>,
}

/// The template that a bucket of a stack is in, or that nests it.
fn root_of(bucket: &Bucket) -> Option<&Path> {
    bucket.namespace.rsplit_once('#').map(|it| Path::new(it.0))
}

/// The root modules and templates of the estates of all environments.
fn units(side: Side<'_>) -> BTreeSet<Unit> {
    let unit = |it: &Bucket| match it.format {
        Format::Terraform => Some(Unit::Root(normal(Path::new(&it.namespace)))),
        Format::CloudFormation => {
            // A nested stack is given its values by the one that nests it.
            let root = root_of(it).filter(|it| side.sources.has(it)).map(Path::to_path_buf);
            root.or_else(|| it.origin.span.map(|at| side.sources.file(at.file).path.clone())).map(Unit::Template)
        }
        Format::Policy | Format::Snapshot => None,
    };
    side.judged.iter().flat_map(|it| &it.estate.buckets).filter_map(unit).collect()
}

/// The values of environments that there were beside a new one, the likest first.
fn beside(new: &Unsaid, olds: &[Unsaid]) -> Vec<Unsaid> {
    let mut all: Vec<&Unsaid> = olds.iter().filter(|it| it.path.is_some() && !it.is_unread).collect();
    let said: BTreeSet<&str> = new.text.lines().collect();
    all.sort_by_key(|it| Reverse(it.text.lines().filter(|it| said.contains(it)).count()));
    all.into_iter().take(MAX_BESIDE).cloned().collect()
}

/// The values that may make a difference: where they or the code have changed. Each with what they were.
fn sets(before: Side<'_>, now: Side<'_>) -> Vec<Set> {
    let (own, then) = (Values::new(now.sources), Values::new(before.sources));
    let (mut all, mut last) = (Vec::new(), Vec::new());
    for unit in units(now) {
        let mut news = unit.values(&own);
        news.retain(|it| !unit.is_given(it, now.options));
        let was = unit.was((before, &then), (now, &own));
        let open: BTreeSet<String> = unit.open(now, &own).into_iter().chain(was.open(before, &then)).collect();
        let olds = was.values(&then);
        if news.is_empty() && olds.is_empty() && open.is_empty() {
            continue;
        }
        let is_same = unit.code(now, &own) == was.code(before, &then);
        for new in news {
            let is_it = |it: &&Unsaid| it.is_place_of(&new);
            // A file that is new, or was renamed, and says what another said, gives what that gave. One that was there gave its own.
            let is_new = new.path.as_ref().is_some_and(|it| !before.sources.fs().is_file(it));
            let is_moved = |it: &&Unsaid| is_new && it.text == new.text && it.path.is_some();
            let old = olds.iter().find(is_it).or_else(|| olds.iter().find(is_moved)).cloned();
            let old = old
                .or_else(|| was.takes(&new, &then))
                .or_else(|| was.under_another_name(&new, (&olds, &then), (&unit, &own)));
            if !(is_same && old.as_ref().is_some_and(|it| it.text == new.text)) {
                let is_added = old.is_none() && new.path.is_some() && (is_new || !new.values.is_empty());
                let beside = if is_added { beside(&new, &olds) } else { Vec::new() };
                all.push(Set { unit: unit.clone(), was: was.clone(), new, old, beside });
            }
        }
        // What a value turned on may be gone, and with it what made a difference of that value.
        for old in olds.into_iter().filter(|it| !is_same && it.path.is_none() && !unit.is_given(it, now.options)) {
            let is_told = |it: &&Set| it.unit == unit && (it.new.is_place_of(&old) || it.old.as_ref() == Some(&old));
            let given = unit.takes(&old, &own).or_else(|| unit.lacks(&old, &own).then(|| old.clone()));
            if let Some(new) = given.filter(|_| !all.iter().any(|it| is_told(&it))) {
                all.push(Set { unit: unit.clone(), was: was.clone(), new, old: Some(old), beside: Vec::new() });
            }
        }
        if !is_same && !open.is_empty() && !unit.has_only_renamed(&own, (&was, &then)) {
            let new = Unsaid::open(open);
            last.push(Set { unit, was, old: Some(new.clone()), new, beside: Vec::new() });
        }
    }
    all.extend(last);
    all
}
