//! The verdict about each bucket as one row: who can do what, by what, held by what, and what is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::exposure::{Closer, Exposure, Way};
use crate::model::{Bucket, masked};
use crate::policy::Audience;
use crate::source::Span;
use crate::value::Truth;

use super::{Places, Run, say};

/// Unread places that one row names.
const MAX_UNREAD: usize = 3;

/// How open a bucket is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Openness {
    /// Anyone, or any AWS account, can do something.
    Public,
    /// Cannot be known from the code.
    Unknown,
    /// A named foreign account can do something.
    Shared,
    /// Something grants access to all, and a setting alone keeps it shut.
    Latent,
    /// Nobody outside.
    Closed,
}

impl Openness {
    /// Words for a table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unknown => "not known",
            Self::Shared => "shared",
            Self::Latent => "held shut",
            Self::Closed => "not public",
        }
    }
}

/// One bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketRow {
    /// Its address.
    pub address: String,
    /// Its name, as far as it is known.
    pub name: Option<String>,
    /// Where it is declared.
    pub at: Option<Span>,
    /// The verdict.
    pub openness: Openness,
    /// Who gets in: `anyone on the internet`; empty where nobody outside does.
    pub who: Vec<String>,
    /// What they can do: `read`, `list` …
    pub powers: Vec<&'static str>,
    /// An example request.
    pub witness: Option<String>,
    /// What opens it, with places.
    pub opened_by: Vec<String>,
    /// Settings that keep a grant shut, with places.
    pub held_by: Vec<String>,
    /// What is not known and would change the verdict, with places.
    pub unknown: Vec<String>,
    /// Neighbours of its declaration that could not be read: what they say about it is missing here.
    pub unread: Vec<String>,
    /// The environments for which this row is true, where the run had any.
    pub environments: Vec<String>,
}

impl BucketRow {
    /// The verdict in words; `so far` where something beside the bucket could not be read, for it may open it.
    #[must_use]
    pub fn verdict(&self) -> String {
        let hedge = if self.is_settled() { "" } else { " so far" };
        format!("{}{hedge}", self.openness.as_str())
    }

    /// Whether nothing that was not read could make it worse.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.unread.is_empty() || matches!(self.openness, Openness::Public | Openness::Unknown)
    }

    /// Whether it says the same as `other`, of another environment than `environment`.
    fn agrees(&self, other: &Self, environment: &str) -> bool {
        !self.environments.iter().any(|it| it == environment)
            && Self { environments: Vec::new(), ..self.clone() } == *other
    }
}

/// The rows of a run, the most open first. Environments that agree about a bucket share a row.
#[must_use]
pub fn rows(run: &Run<'_>) -> Vec<BucketRow> {
    let mut out: Vec<BucketRow> = Vec::new();
    let unread = unread(run);
    let mut index: BTreeMap<(String, Option<Span>), Vec<usize>> = BTreeMap::new();
    for view in run.views {
        for (at, bucket) in view.estate.buckets.iter().enumerate() {
            let mut own = row(bucket, view.exposures.get(at), &run.places, &view.estate.secrets);
            own.unread = beside(bucket, &unread, run);
            let places = index.entry((own.address.clone(), own.at)).or_default();
            // Only another environment can repeat a row; in one, every bucket has its own.
            let name = view.environment.unwrap_or_default();
            let same = |it: &&usize| out.get(**it).is_some_and(|it| it.agrees(&own, name));
            let known = view.environment.and_then(|_| places.iter().find(same).copied());
            match known.and_then(|at| out.get_mut(at)) {
                Some(row) => row.environments.push(name.to_owned()),
                None => {
                    own.environments.extend(view.environment.map(str::to_owned));
                    places.push(out.len());
                    out.push(own);
                }
            }
        }
    }
    out.sort_by_key(|it| it.openness);
    out
}

/// Complaints about what could not be read at all, each with its folder; none where it may be anywhere.
fn unread(run: &Run<'_>) -> Vec<(Option<PathBuf>, String)> {
    const CODES: [&str; 4] = ["syntax-error", "syntax", "unreadable-file", "internal-error"];
    let all = say::complaints(run.report).filter(|it| CODES.contains(&it.code));
    let placed = all.map(|it| {
        let path = match it.at {
            Some(at) => Some(run.places.sources.file(at.file).path.clone()),
            None => it.path.clone().filter(|_| it.code != "internal-error"),
        };
        let place = it.at.map(|at| run.places.short(at)).or_else(|| path.as_ref().map(|it| run.places.path(it)));
        let text = format!("{} ({})", it.message, place.unwrap_or_else(|| ".".to_owned()));
        (path.and_then(|it| it.parent().map(Path::to_path_buf)), text)
    });
    placed.collect()
}

/// Those in the folder of a bucket.
fn beside(bucket: &Bucket, unread: &[(Option<PathBuf>, String)], run: &Run<'_>) -> Vec<String> {
    if unread.is_empty() {
        return Vec::new();
    }
    let own = bucket.origin.span.map(|at| run.places.sources.file(at.file).path.clone());
    let own = own.as_deref().and_then(Path::parent);
    let near = unread.iter().filter(|(folder, _)| own.is_none() || folder.is_none() || folder.as_deref() == own);
    let mut all: Vec<String> = near.map(|it| it.1.clone()).collect();
    if MAX_UNREAD < all.len() {
        let more = all.split_off(MAX_UNREAD).len();
        all.push(format!("and {more} more"));
    }
    all
}

fn row(bucket: &Bucket, exposure: Option<&Exposure>, places: &Places<'_>, secrets: &BTreeSet<String>) -> BucketRow {
    let mut row = BucketRow {
        address: bucket.address.clone(),
        // A hole that no name stands for is no name to show.
        name: bucket.name.as_known().map(|it| it.display()).filter(|it| !it.contains("${@")),
        at: bucket.origin.span,
        openness: Openness::Unknown,
        who: Vec::new(),
        powers: Vec::new(),
        witness: None,
        opened_by: Vec::new(),
        held_by: Vec::new(),
        unknown: Vec::new(),
        unread: Vec::new(),
        environments: Vec::new(),
    };
    let Some(it) = exposure else {
        row.unknown.push("it was not judged".to_owned());
        return row;
    };
    let is_outside = |way: &&Way| !matches!(way.audience, Audience::Service(_));
    let outside: Vec<&Way> = it.ways.iter().filter(is_outside).collect();
    let of = |open: Truth| outside.iter().copied().filter(move |way| way.open == open);
    let latent: Vec<&Way> = outside.iter().copied().filter(|it| it.latent() == Truth::Yes && it.is_public()).collect();
    row.openness = match (it.public, it.cross_account) {
        (Truth::Yes, _) => Openness::Public,
        (Truth::Unknown, _) => Openness::Unknown,
        (Truth::No, Truth::Yes) => Openness::Shared,
        (Truth::No, Truth::Unknown) => Openness::Unknown,
        (Truth::No, Truth::No) if !latent.is_empty() => Openness::Latent,
        (Truth::No, Truth::No) => Openness::Closed,
    };
    let audiences: BTreeSet<&Audience> = of(Truth::Yes).map(|way| &way.audience).collect();
    row.who = audiences.into_iter().rev().map(who).collect();
    row.powers =
        of(Truth::Yes).map(|way| way.power).collect::<BTreeSet<_>>().into_iter().map(|it| it.as_str()).collect();
    let widest = of(Truth::Yes).filter(|way| way.witness.is_some()).max_by_key(|way| &way.audience);
    row.witness = widest.and_then(|way| way.witness.clone()).map(|mut it| {
        it.conceal(secrets);
        say::request(&it)
    });
    let placed = |text: &str, at: Option<Span>| match at {
        Some(at) => format!("{text} ({})", places.short(at)),
        None => text.to_owned(),
    };
    for way in of(Truth::Yes) {
        add(&mut row.opened_by, placed(&way.opened_by.text, way.opened_by.origin.span));
    }
    let closer = |it: &Closer| placed(it.setting, it.origin.span);
    for way in &latent {
        way.closed_by.iter().for_each(|it| add(&mut row.held_by, closer(it)));
    }
    let reasons = it.unknown.iter().chain(of(Truth::Unknown).flat_map(|way| &way.why));
    reasons.for_each(|it| add(&mut row.unknown, placed(&it.to_string(), it.at())));
    if row.openness == Openness::Unknown && row.unknown.is_empty() {
        row.unknown.push("the reason is not recorded".to_owned());
    }
    let texts = row.name.iter_mut().chain(&mut row.who).chain(&mut row.opened_by).chain(&mut row.unknown);
    texts.for_each(|it| *it = masked(it, secrets).into_owned());
    row
}

fn who(it: &Audience) -> String {
    match it {
        Audience::Anonymous => "anyone on the internet".to_owned(),
        Audience::AnyAccount => "any AWS account".to_owned(),
        Audience::Account(who) | Audience::Service(who) => who.clone(),
    }
}

/// Each once, in order.
fn add(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}
