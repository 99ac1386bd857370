//! Folders that were modules only and are root modules now, for nothing calls them any more: they are compared with what they were
//! as root modules. That their code stands for nothing now is no new bucket.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::frontend::terraform::is_code;
use crate::model::{Estate, Format};
use crate::source::{Sources, normal};

use super::floors::Rules;
use super::pipeline::{InputFile, InputKind, Options, Outcome, run};

/// Adds to what was judged of before the folders that are root modules of `now` only.
pub(super) fn add(before: &mut Outcome, now: &Outcome, sources: &Sources, options: &Options, rules: &Rules) {
    let known = roots(before);
    for dir in roots(now).difference(&known) {
        let paths = sources.fs().list(dir).into_iter().filter(|it| is_code(it));
        let file = |path: PathBuf| InputFile { path, kind: InputKind::Terraform, alone: false };
        let files: Vec<InputFile> = paths.map(file).collect();
        if !files.is_empty() {
            absorb(before, run(sources, &files, Vec::new(), options, rules));
        }
    }
}

/// The root modules that have anything.
fn roots(of: &Outcome) -> BTreeSet<PathBuf> {
    let estates = of.earlier.iter().map(|it| &it.1).chain([&of.estate]);
    let named = |it: &Estate| {
        let buckets = it.buckets.iter().filter(|it| it.format == Format::Terraform).map(|it| &it.namespace);
        let points = it.access_points.iter().filter(|it| it.format == Format::Terraform).map(|it| &it.namespace);
        let all = buckets.chain(points).chain(it.objects.iter().map(|it| &it.namespace));
        all.chain(it.beside.iter().map(|it| &it.namespace)).map(|it| normal(Path::new(it))).collect::<Vec<_>>()
    };
    estates.flat_map(named).collect()
}

/// Of each environment to that environment.
fn absorb(all: &mut Outcome, own: Outcome) {
    all.estate.absorb(own.estate);
    all.exposures.extend(own.exposures);
    for (name, estate, exposures) in own.earlier {
        if let Some(it) = all.earlier.iter_mut().find(|it| it.0 == name) {
            it.1.absorb(estate);
            it.2.extend(exposures);
        }
    }
    all.report.findings.extend(own.report.findings);
}
