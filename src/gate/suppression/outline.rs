//! What a place of the code is in, so that it is known again elsewhere: blocks and entries by their headers, those that share one with
//! what stands beside them by what they say.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::source::{FileId, Sources, Span};
use crate::syntax::hcl;

use super::extent::{self, Thing};
use super::subjects::Place;

/// One of the things that a place is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Level {
    /// `resource "aws_s3_bucket" "b"`, `statement`; of the innermost its first line.
    header: String,
    /// Whether nothing beside it has the same header.
    is_alone: bool,
    /// Its Sid.
    sid: Option<String>,
    /// How the bucket is called that it makes or belongs to: that of another name is another.
    bucket: Option<String>,
    /// What it says, as a digest.
    content: String,
    /// What sort of thing it is, whatever it is called: the type of a resource, the name of an argument.
    kind: String,
    /// Of a statement, and of others that are one of several by nature: what it says, but for its Sid and for how its bucket is called.
    says: Option<String>,
}

impl Level {
    /// Whether it is the same thing in two versions of the code.
    pub fn is_same(&self, other: &Self) -> bool {
        let is_same = match (&self.sid, &other.sid) {
            (Some(own), Some(other)) => own == other,
            _ => (self.is_alone && other.is_alone) || self.content == other.content,
        };
        self.header == other.header && self.bucket == other.bucket && is_same
    }

    /// Whether it is the same sort of thing, and says the same where it is one of several.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.kind == other.kind && self.says == other.says
    }
}

/// The things of a file, each with what it is in.
pub(super) struct Outline {
    things: Vec<Thing>,
    parents: Vec<Option<usize>>,
    headers: Vec<String>,
    alone: Vec<bool>,
    contents: Vec<OnceCell<String>>,
    text: Arc<String>,
    is_hcl: bool,
}

impl Outline {
    pub fn new(file: FileId, sources: &Sources) -> Self {
        let (path, text) = (sources.file(file).path.clone(), sources.text(file));
        let things = extent::nodes(file, &path, &text);
        let header = |it: &Thing| {
            let range = it.span.range().start..(it.header as usize).max(it.span.range().start);
            text.get(range).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let headers: Vec<String> = things.iter().map(header).collect();
        let parents = parents(&things);
        let mut counts: BTreeMap<(Option<usize>, &str), usize> = BTreeMap::new();
        for (parent, header) in parents.iter().zip(&headers) {
            *counts.entry((*parent, header)).or_default() += 1;
        }
        let is_alone =
            |(parent, header): (&Option<usize>, &String)| counts.get(&(*parent, header.as_str())) == Some(&1);
        let alone = parents.iter().zip(&headers).map(is_alone).collect();
        let contents = vec![OnceCell::new(); things.len()];
        let is_hcl = is_hcl(&path);
        Self { alone, parents, contents, text, is_hcl, headers, things }
    }

    /// What a place is in, the outermost first, and itself.
    pub fn around(&self, at: Span) -> Vec<Level> {
        let whole = self.text.get(at.range()).unwrap_or_default();
        let start = at.start + u32::try_from(whole.len() - whole.trim_start().len()).unwrap_or(0);
        // What begins where a line begins and goes on after it is not in the line.
        let is_thing = self.things.iter().any(|it| it.span == at);
        let is_around = |it: &(usize, &Thing)| match is_thing {
            true => it.1.span.start <= at.start && at.end <= it.1.span.end,
            false => it.1.span.start <= start && start < it.1.span.end,
        };
        let mut all: Vec<(usize, &Thing)> = self.things.iter().enumerate().filter(is_around).collect();
        all.sort_by_key(|it| Reverse(it.1.span.end - it.1.span.start));
        let mut levels: Vec<Level> = all.iter().filter_map(|it| self.level(it.0)).collect();
        let first = whole.trim_start().lines().next().unwrap_or_default();
        let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
        match levels.last_mut().filter(|_| all.last().is_some_and(|it| it.1.span == at)) {
            Some(own) => {
                // Of an argument the value belongs to it.
                if own.kind == own.header.trim_matches(['"', '\'']) && own.says.is_none() {
                    own.kind.clone_from(&first);
                }
                own.header = first;
            }
            None => levels.push(Level {
                header: first.clone(),
                is_alone: true,
                sid: None,
                bucket: None,
                content: String::new(),
                kind: first,
                says: None,
            }),
        }
        levels
    }

    /// A place as it is known in other words.
    pub fn place(&self, path: &Path, at: Span, call: Option<&str>) -> Place {
        let all =
            self.things.iter().zip(&self.headers).filter(|it| it.0.span.start <= at.start && at.end <= it.0.span.end);
        let mut within: Vec<(Range<u32>, String)> =
            all.map(|(it, header)| (it.span.start..it.span.end, plain_name(header))).collect();
        within.sort_by_key(|it| (Reverse(it.0.end - it.0.start), it.1.is_empty()));
        within.dedup_by_key(|it| it.0.clone());
        let text = bare(self.text.get(at.range()).unwrap_or_default(), self.is_hcl);
        let text = text.trim_matches(['"', '\'']).to_owned();
        let piece = (path.to_owned(), at.start..at.end);
        let is_whole = call.is_some() || self.resource(at).is_none_or(|it| it == piece.1);
        Place { piece, call: call.map(str::to_owned), within, text, is_whole }
    }

    /// The resource that a place is in, or whatever else stands by itself.
    pub fn resource(&self, at: Span) -> Option<Range<u32>> {
        let around = self.things.iter().enumerate().filter(|it| it.1.span.start <= at.start && at.end <= it.1.span.end);
        let mut around: Vec<(usize, &Thing)> = around.collect();
        around.sort_by_key(|it| Reverse(it.1.span.end - it.1.span.start));
        let found = around.iter().find(|it| self.is_resource(it.0)).or_else(|| around.first())?;
        Some(found.1.span.start..found.1.span.end)
    }

    /// A top-level block; an entry of `Resources`, of a type of `resource` or `data`.
    fn is_resource(&self, at: usize) -> bool {
        let parent = |at: usize| self.parents.get(at).copied().flatten();
        let is_top = |it: usize, names: &[&str]| self.is_called(it, names) && parent(it).is_none();
        match parent(at) {
            of if self.is_hcl => of.is_none(),
            Some(of) if is_top(of, &["resources"]) => true,
            of => of.and_then(parent).is_some_and(|it| is_top(it, &BLOCKS)),
        }
    }

    fn kind(&self, at: usize) -> String {
        let header = self.headers.get(at).map_or("", |it| it.trim_matches(['"', '\'']));
        match self.is_resource(at) {
            true if self.is_hcl => {
                // The name of a resource is left out.
                let mut words = header.split(' ');
                let (kind, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                let labelled = matches!(kind, "resource" | "data");
                if labelled { format!("{kind} {name}") } else { header.to_owned() }
            }
            // The name of an entry is left out too.
            true => self.says(at, &["type"]).unwrap_or_default(),
            false => header.to_owned(),
        }
    }

    /// What an element of a list, a `statement` or a block that is not the only one says, but for its Sid and for how its bucket is called.
    fn item(&self, at: usize) -> Option<String> {
        let header = self.headers.get(at)?;
        let is_alone = self.alone.get(at).copied().unwrap_or_default();
        let thing = self.things.get(at).filter(|_| header.is_empty() || header == "statement" || !is_alone)?;
        let range = thing.span.range();
        let sid = self.children(at).find(|it| self.is_called(*it, &["sid"])).and_then(|it| self.things.get(it));
        let sid = sid.map_or(range.end..range.end, |it| it.span.range());
        let parts = [range.start..sid.start, sid.end..range.end];
        let parts = parts.map(|it| bare(self.text.get(it).unwrap_or_default(), self.is_hcl));
        Some(crate::lint::fingerprint(&[&without_names(&parts.join(" "))]))
    }

    fn level(&self, at: usize) -> Option<Level> {
        let content = self.contents.get(at)?.get_or_init(|| {
            let text = self.things.get(at).and_then(|it| self.text.get(it.span.range())).unwrap_or_default();
            crate::lint::fingerprint(&[&bare(text, self.is_hcl)])
        });
        Some(Level {
            header: self.headers.get(at)?.clone(),
            is_alone: *self.alone.get(at)?,
            sid: self.says(at, &["sid"]),
            bucket: self.bucket(at),
            content: content.clone(),
            kind: self.kind(at),
            says: self.item(at),
        })
    }

    /// In templates the properties say it.
    fn bucket(&self, at: usize) -> Option<String> {
        let properties = || self.children(at).find(|it| self.is_called(*it, &["properties"]));
        let own = |at| self.says(at, &["bucket", "bucketname"]);
        own(at).or_else(|| own(properties().filter(|_| !self.is_hcl)?))
    }

    /// What a thing says under one of some names.
    fn says(&self, at: usize, names: &[&str]) -> Option<String> {
        let found = self.things.get(self.children(at).find(|it| self.is_called(*it, names))?)?;
        let value = self.text.get(found.header as usize..found.span.range().end)?;
        let value = bare(value, self.is_hcl);
        Some(value.trim_matches(|it: char| it.is_whitespace() || "=:\"',".contains(it)).to_owned())
            .filter(|it| !it.is_empty())
    }

    fn is_called(&self, at: usize, names: &[&str]) -> bool {
        let header = self.headers.get(at).map_or("", |it| it.trim_matches('"'));
        names.iter().any(|it| header.eq_ignore_ascii_case(it))
    }

    /// What is directly in a thing.
    fn children(&self, at: usize) -> impl Iterator<Item = usize> {
        self.parents.iter().enumerate().filter(move |it| *it.1 == Some(at)).map(|it| it.0)
    }
}

/// Where Terraform's JSON has its resources.
const BLOCKS: [&str; 2] = ["resource", "data"];

/// The name of an element of a policy in any language: `not_principals`, `"NotPrincipal"`.
fn plain_name(header: &str) -> String {
    let name: String = header.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = name.to_ascii_lowercase();
    name.strip_suffix('s').map(str::to_owned).unwrap_or(name)
}

fn is_hcl(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    [".tf", ".tofu", ".hcl", ".tfvars"].iter().any(|it| name.ends_with(it))
}

/// The thing that each one is directly in.
fn parents(things: &[Thing]) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..things.len()).collect();
    order.sort_by_key(|at| things.get(*at).map(|it| (it.span.start, Reverse(it.span.end), *at)));
    let mut parents = vec![None; things.len()];
    let mut open: Vec<(usize, u32)> = Vec::new();
    for at in order {
        let Some(thing) = things.get(at) else { continue };
        while open.last().is_some_and(|it| it.1 < thing.span.end) {
            open.pop();
        }
        if let Some(parent) = parents.get_mut(at) {
            *parent = open.last().map(|it| it.0);
        }
        open.push((at, thing.span.end));
    }
    parents
}

/// A text in which buckets of Terraform have no names: `aws_s3_bucket.b[0].arn` → `aws_s3_bucket.arn`.
fn without_names(text: &str) -> String {
    const BUCKET: &str = "aws_s3_bucket.";
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(BUCKET) {
        let (before, own) = rest.split_at(at + BUCKET.len());
        out.push_str(before.trim_end_matches('.'));
        let name = own.find(|it: char| !(it.is_ascii_alphanumeric() || it == '_' || it == '-')).unwrap_or(own.len());
        rest = own.get(name..).unwrap_or_default();
        if let Some((_, left)) = rest.strip_prefix('[').and_then(|it| it.split_once(']')) {
            rest = left;
        }
    }
    out.push_str(rest);
    out
}

/// A text without comments, in which spaces say nothing.
fn bare(text: &str, is_hcl: bool) -> String {
    if is_hcl {
        let (mut out, mut end) = (String::new(), 0);
        for it in hcl::comments(text) {
            out.push_str(text.get(end..it.start).unwrap_or_default());
            end = it.end;
        }
        out.push_str(text.get(end..).unwrap_or_default());
        return out.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let code = text.lines().map(|line| {
        let comment = line
            .match_indices('#')
            .find(|(at, _)| line.get(..*at).is_some_and(|it| it.is_empty() || it.ends_with([' ', '\t'])));
        line.get(..comment.map_or(line.len(), |it| it.0)).unwrap_or_default()
    });
    code.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}
