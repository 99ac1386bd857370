//! Calls of modules that are not here and that a change leaves as they were: what nobody could judge there, it does not bring.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::model::Gap;
use crate::source::{Sources, Span, normal};
use crate::value::Cause;

use super::State;
use super::beside::{Beside, head, is_of_variables};
use super::pairs::steps;
use super::written::Modules;

/// The places of calls in root modules that say what they said, with all that this depends on.
#[must_use]
pub fn untouched(before: State<'_>, now: State<'_>) -> BTreeSet<Span> {
    let Some((new, old)) = now.sources.zip(before.sources) else { return BTreeSet::new() };
    let was: BTreeMap<(PathBuf, &str), Span> = before.estate.gaps.iter().filter_map(|it| call(it, old)).collect();
    let (mut here, mut there, mut given) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut found = BTreeSet::new();
    for ((dir, address), at) in now.estate.gaps.iter().filter_map(|it| call(it, new)) {
        let Some(own) = was.get(&(dir.clone(), address)) else { continue };
        let now = here.entry(dir.clone()).or_insert_with(|| Modules::new(new, &dir)).around(address, at);
        let then = there.entry(dir.clone()).or_insert_with(|| Modules::new(old, &dir)).around(address, *own);
        let is_same = !now.is_empty() && now == then;
        if is_same && *given.entry(dir).or_insert_with_key(|dir| values(new, dir) == values(old, dir)) {
            found.insert(at);
        }
    }
    found
}

/// What the variable files beside a root module say.
fn values(sources: &Sources, dir: &Path) -> BTreeMap<PathBuf, Option<String>> {
    let all = Beside::default().of(sources.fs(), dir).into_iter().filter(|it| is_of_variables(&it.0));
    all.map(|(path, shown)| (shown, head(sources.fs(), &path))).collect()
}

/// The folder, the address and the place of a call that stands in a root module itself.
fn call<'g>(it: &'g Gap, sources: &Sources) -> Option<((PathBuf, &'g str), Span)> {
    let (address, at) = (it.why.subject(), it.origin.span?);
    let is_call =
        it.why.cause() == Cause::RemoteModule && matches!(steps(address).as_slice(), [kind, _] if kind == "module");
    let path = is_call.then(|| sources.file(at.file).path.clone())?;
    Some(((normal(path.parent().unwrap_or(Path::new(""))), address), at))
}
