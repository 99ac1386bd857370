//! The suppressions of a trusted revision, and which of them one of now is.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::finding::{Finding, RuleInfo};
use crate::source::{FileId, Sources};

use super::super::Date;
use super::outline::{Level, Outline};
use super::subjects::{Piece, Place};
use super::{Aliases, Extent, Named, Subjects, Suppression, Tool, find};

/// The suppressions of a trusted revision, and how those of now are held against them.
#[derive(Clone, Debug)]
pub struct Trusted {
    /// What it has, each under the path of its file without links.
    pub known: Vec<Known>,
    /// The path without links of a file of now.
    pub real: fn(&Path) -> PathBuf,
    /// The buckets of the code of that revision, and those of now; `None` where nobody looked.
    pub subjects: Option<(Subjects, Subjects)>,
}

impl Trusted {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether a suppression of that revision was about the bucket that a finding is about.
    /// `is_there`: whether the finding stands in the code that it is about, which another tool's words were about alone.
    pub(super) fn was_about(
        &self,
        was: &Was,
        finding: &Finding,
        is_there: &dyn Fn() -> bool,
        aliases: &Aliases<'_>,
    ) -> bool {
        let is_of = |it: &Known| {
            let Some((then, now)) = &self.subjects else { return true };
            let is_whole = it.whole && !was.is_elsewhere;
            is_whole
                || (!finding.beyond && then.are_of((&it.place, it.around.as_ref()), now, finding, was.is_elsewhere))
        };
        let names = |it: &Words| {
            it.rules.name(it.tool, &finding.rule, aliases) && is_there()
                || it.rules.name_of_bucket(it.tool, &finding.rule, aliases)
        };
        let mut known = was.at.iter().filter_map(|it| self.known.get(*it));
        known.any(|it| names(&it.words) && is_of(it))
    }
}

/// A suppression of a trusted revision: its words with what it is about and the blocks around that, and the file that has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    path: PathBuf,
    words: Words,
    /// What it is about, from the outermost block.
    about: Vec<Level>,
    /// Whether it is about the whole file, whatever is in there.
    whole: bool,
    /// The code that it is about.
    place: Place,
    /// The resource that this is in.
    around: Option<Piece>,
}

/// What a suppression says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Words {
    tool: Tool,
    rules: Named,
    mistake: Option<String>,
    reason: Option<String>,
    until: Option<Date>,
}

impl Words {
    /// Whether the others name the same rules.
    fn name(&self, other: &Self) -> bool {
        (self.tool, &self.rules, &self.mistake) == (other.tool, &other.rules, &other.mistake)
    }

    /// The same for each of the rules that they name.
    fn each(&self) -> Vec<Self> {
        let one = |rules: Named| Self { rules, ..self.clone() };
        let all: Vec<Self> = match &self.rules {
            Named::Own(ids) => ids.iter().map(|it| one(Named::Own(vec![it.clone()]))).collect(),
            Named::Foreign(ids) => ids.iter().map(|it| one(Named::Foreign(vec![it.clone()]))).collect(),
            Named::All => Vec::new(),
        };
        if all.is_empty() { vec![self.clone()] } else { all }
    }

    /// Whether the others say no more: fewer of the rules, or ours in the place of another tool's ids that cover them.
    fn cover(&self, other: &Self, aliases: &Aliases<'_>) -> bool {
        let is_all = |own: &[String], of: &[String]| own.iter().all(|it| of.contains(it));
        let is_ours = other.tool == Tool::Bucketlint;
        let is_named = match (&self.rules, &other.rules) {
            (Named::Own(of), Named::Own(own)) => is_all(own, of),
            (Named::Foreign(of), Named::Foreign(own)) => self.tool == other.tool && is_all(own, of),
            (Named::Foreign(of), Named::Own(own)) if is_ours => {
                own.iter().all(|rule| of.iter().any(|it| aliases.covers(self.tool, it, rule)))
            }
            (Named::All, Named::All) => self.tool == other.tool,
            (Named::All, Named::Own(own)) if is_ours => own.iter().all(|it| aliases.has_equivalent(self.tool, it)),
            _ => false,
        };
        is_named && (&self.reason, self.until) == (&other.reason, other.until) && self.mistake.is_none()
    }
}

/// The suppressions of files, as others are held against them.
#[must_use]
pub fn known(sources: &Sources, files: &[FileId], rules: &[RuleInfo]) -> Vec<Known> {
    Known::all(&find(sources, files, rules), sources, Path::to_path_buf)
}

impl Known {
    fn all(of: &[Suppression], sources: &Sources, real: fn(&Path) -> PathBuf) -> Vec<Self> {
        let mut outlines: BTreeMap<FileId, Outline> = BTreeMap::new();
        let mut all = Vec::with_capacity(of.len());
        for one in of {
            let file = one.at.file;
            let outline = outlines.entry(file).or_insert_with(|| Outline::new(file, sources));
            all.push(Self::of(one, sources, real, outline));
        }
        all
    }

    fn of(one: &Suppression, sources: &Sources, real: fn(&Path) -> PathBuf, outline: &Outline) -> Self {
        let path = real(&sources.file(one.at.file).path);
        // Moved to another resource, or beside another value, the same words are about something else.
        let about = match &one.extent {
            Extent::File(_) => Vec::new(),
            Extent::Range(at) | Extent::Call(at, _) => outline.around(*at),
        };
        let words = Words {
            tool: one.tool,
            rules: one.rules.clone(),
            mistake: one.mistake.clone(),
            reason: one.reason.clone(),
            until: one.until,
        };
        let (at, call, around) = match &one.extent {
            Extent::Range(at) => (*at, None, outline.resource(*at).map(|it| (path.clone(), it))),
            Extent::Call(at, name) => (*at, Some(name.as_str()), None),
            Extent::File(_) => (one.extent.span(sources), None, None),
        };
        let place = outline.place(&path, at, call);
        Self { path, words, about, whole: matches!(one.extent, Extent::File(_)), place, around }
    }

    /// Whether both are about the same, as it is written.
    fn is_about(&self, other: &Self) -> bool {
        self.whole == other.whole && self.is_like(other, Level::is_same)
    }

    /// Whether the same is said about the same.
    fn is_same(&self, other: &Self) -> bool {
        self.words == other.words && self.is_about(other)
    }

    fn is_like(&self, other: &Self, alike: fn(&Level, &Level) -> bool) -> bool {
        self.about.len() == other.about.len() && self.about.iter().zip(&other.about).all(|it| alike(it.0, it.1))
    }

    /// Whether the same is said about what is the same thing of the same buckets, wherever it stands and whatever it is called.
    fn is_moved_to(&self, now: &Self, (then, subjects): &(Subjects, Subjects)) -> bool {
        let places = self.around.as_ref().zip(now.around.as_ref());
        self.words == now.words
            && self.is_like(now, Level::is_alike)
            && places.is_some_and(|(old, new)| then.are_all_of(old, subjects, new))
    }
}

/// The suppressions of the trusted revision that one of now is.
#[derive(Clone, Debug)]
pub(super) struct Was {
    /// Their places among those that are known; of several each says a part of its words.
    at: BTreeSet<usize>,
    /// Whether it is known by what it is about alone: whatever else is there now, it is not about.
    is_elsewhere: bool,
}

/// What a suppression of now is at the trusted revision.
pub(super) enum Held {
    /// These of its suppressions.
    As(Was),
    /// One that said the same of the same but for this.
    Reworded(&'static str),
    /// None.
    New,
}

/// Which suppressions of the trusted revision each one is: one in its file, else one in a file that is not there any more, else one
/// that was about the same thing of the same buckets, else one that is gone and said as much or more of the same, else those that said
/// all of it of what it is about now or of more. Words about a whole file say nothing of what is in there: in a file of another name they
/// are new.
pub(super) fn held(
    suppressions: &[Suppression],
    trusted: &Trusted,
    sources: &Sources,
    aliases: &Aliases<'_>,
) -> Vec<Held> {
    let own = Known::all(suppressions, sources, trusted.real);
    let mut left: Vec<(usize, &Known)> = trusted.known.iter().enumerate().collect();
    let mut found: Vec<Option<usize>> = vec![None; own.len()];
    let mut take = |fits: &dyn Fn(&Known, &Known) -> bool| {
        for (it, found) in own.iter().zip(&mut found).filter(|it| it.1.is_none()) {
            let at = left.iter().position(|old| fits(old.1, it));
            *found = at.map(|at| left.remove(at).0);
        }
    };
    take(&|old, it| old.path == it.path && old.is_same(it));
    // A file is gone too where its path has become a link to this one.
    let is_gone = |old: &Known, it: &Known| !sources.fs().is_file(&old.path) || (trusted.real)(&old.path) == it.path;
    take(&|old, it| !old.whole && old.is_same(it) && is_gone(old, it));
    if let Some(subjects) = &trusted.subjects {
        take(&|old, it| old.is_moved_to(it, subjects));
    }
    let covered = |it: &Known| {
        let is_it = |old: &Known| old.path == it.path && old.words.cover(&it.words, aliases) && old.is_about(it);
        left.iter().find(|old| is_it(old.1)).map(|old| old.0)
    };
    let all_said = OnceCell::new();
    let said = |it: &Known| {
        let (then, now) = trusted.subjects.as_ref().filter(|_| !it.whole)?;
        let all = all_said.get_or_init(|| then.said(trusted.known.iter().map(|it| &it.place)));
        let mut at = BTreeSet::new();
        for words in it.words.each() {
            let is_it = |at: usize| trusted.known.get(at).is_some_and(|old| old.words.cover(&words, aliases));
            at.extend(then.that_said(all, &is_it, now, &it.place)?);
        }
        Some(Was { at, is_elsewhere: true })
    };
    let reworded = |it: &Known| {
        let is_it = |old: &&(usize, &Known)| old.1.path == it.path && old.1.words.name(&it.words) && old.1.is_about(it);
        let old = left.iter().find(is_it)?.1;
        Some(if old.words.reason == it.words.reason { "last day" } else { "reason" })
    };
    let held = |(it, found): (&Known, Option<usize>)| {
        let was = found.or_else(|| covered(it)).map(|at| Was { at: BTreeSet::from([at]), is_elsewhere: false });
        match was.or_else(|| said(it)) {
            Some(was) => Held::As(was),
            None => reworded(it).map_or(Held::New, Held::Reworded),
        }
    };
    own.iter().zip(found).map(held).collect()
}
