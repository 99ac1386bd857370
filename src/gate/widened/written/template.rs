//! The same in YAML and JSON: of a template the parameters, conditions, mappings and custom resources that a text names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

use crate::frontend::cloudformation::{STORED, fragments, is_framework};
use crate::model::{Bucket, Format};
use crate::source::{FileId, Span};
use crate::syntax::data::{Node, NodeKind, Pair};
use crate::syntax::{json, yaml};

use super::{Written, plain};

/// A part of a template that has a name.
struct Part {
    section: &'static str,
    name: String,
    /// Whether what it says decides what it is to others: what AWS says of its own resources does not.
    is_followed: bool,
    at: Span,
    members: Vec<Member>,
}

/// A key, its value, and the places of what is in that.
struct Member {
    name: String,
    at: Span,
    inner: Vec<(String, Span)>,
}

/// What a template says, taken apart once.
pub(in super::super) struct Template {
    documents: Vec<Node>,
    /// The file of the Serverless Framework that the template stands in.
    framework: Option<Node>,
    parts: Vec<Part>,
    is_json: bool,
}

impl Template {
    pub(in super::super) fn of(file: FileId, path: &Path, text: &str) -> Self {
        let is_json = path.extension().is_some_and(|it| it == "json");
        let documents: Vec<Node> = match is_json {
            true => json::parse(file, text).tree.into_iter().collect(),
            false => yaml::parse(file, text).tree,
        };
        let (frameworks, mut documents): (Vec<Node>, Vec<Node>) = documents.into_iter().partition(is_framework);
        documents.extend(frameworks.iter().flat_map(fragments).cloned());
        let framework = frameworks.into_iter().next();
        Self { parts: documents.iter().flat_map(|it| parts(it, text)).collect(), documents, framework, is_json }
    }

    pub(super) fn framework(&self) -> Option<&Node> {
        self.framework.as_ref()
    }

    pub(super) fn documents(&self) -> &[Node] {
        &self.documents
    }

    fn plain(&self, text: &str, at: Span, known: &[Span]) -> String {
        plain(text, at, known, if self.is_json { super::no_comments } else { super::line_comments })
    }

    fn resource(&self, at: Span) -> Option<&Part> {
        self.parts.iter().find(|it| it.section == "Resources" && super::holds(it.at, at))
    }

    /// The resource that a place is in.
    pub(super) fn resource_at(&self, at: Span) -> Option<String> {
        self.resource(at).map(|it| it.name.clone())
    }

    /// Whether the resource that a place is in is kept when it goes from the template.
    pub(super) fn is_retained(&self, at: Span, text: &str) -> bool {
        let policy = self.resource(at).and_then(|it| it.members.iter().find(|it| it.name == "DeletionPolicy"));
        policy.and_then(|it| text.get(it.at.range())).is_some_and(|it| it.contains("Retain"))
    }

    /// The text of a place, and those of all that it names.
    pub(super) fn of_policy(&self, at: Span, text: &str, known: &[Span]) -> BTreeSet<String> {
        let slice = |at: Span| self.plain(text, at, known);
        let mut open = vec![slice(at)];
        // Whether the resource is there at all is said beside the policy.
        let own = self.parts.iter().filter(|it| it.at.range().contains(&at.range().start));
        open.extend(own.flat_map(|it| &it.members).filter(|it| it.name == "Condition").map(|it| slice(it.at)));
        let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
        while let Some(text) = open.pop() {
            let names = words(&text);
            let is_named = |it: &Part| it.is_followed && names.contains(it.name.as_str());
            for (at, part) in self.parts.iter().enumerate().filter(|it| is_named(it.1)) {
                if seen.insert(at) {
                    open.push(slice(part.at));
                }
            }
            found.insert(text);
        }
        found
    }

    /// The part that gives what is not known, and what it says of that. `entity` is as the evaluation calls it.
    pub(super) fn source(&self, entity: &str, text: &str) -> Option<(String, BTreeSet<String>)> {
        let names = words(entity);
        let part = self.parts.iter().find(|it| names.contains(it.name.as_str()))?;
        let says = match part.section {
            // Where it is read from.
            "Parameters" => {
                let default = part.members.iter().filter(|it| it.name == "Default");
                default.map(|it| self.plain(text, it.at, &[])).collect()
            }
            "Resources" if !part.is_followed => BTreeSet::new(),
            _ => self.of_policy(part.at, text, &[]),
        };
        Some((part.name.clone(), says))
    }

    /// Whether it has a part of a name.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.parts.iter().any(|it| it.name == name)
    }

    /// The parameters with a default that another state has under another name: that, and the one here. Each says what nothing else says.
    fn renamed(&self, text: &str, (other, was): (&Self, &str)) -> Vec<(String, String)> {
        let only = |of: &Self, text: &str, other: &Self| -> Vec<(String, String)> {
            let all = of.parts.iter().filter(|it| it.section == "Parameters" && !other.declares(&it.name));
            let all = all.filter(|it| it.members.iter().any(|it| it.name == "Default"));
            all.map(|it| (it.name.clone(), of.plain(text, it.at, &[]))).collect()
        };
        let (new, old) = (only(self, text, other), only(other, was, self));
        let is_only = |all: &[(String, String)], says: &str| all.iter().filter(|it| it.1 == says).count() == 1;
        let fits = |it: &&(String, String)| is_only(&new, &it.1) && is_only(&old, &it.1);
        let now = |it: &(String, String)| new.iter().find(|own| own.1 == it.1).map(|own| own.0.clone());
        old.iter().filter(fits).filter_map(|it| Some((it.0.clone(), now(it)?))).collect()
    }

    /// The parameters that a text names.
    pub(super) fn parameters(&self, text: &str) -> impl Iterator<Item = &str> {
        let names = words(text);
        let is_named = move |it: &&Part| it.section == "Parameters" && names.contains(it.name.as_str());
        self.parts.iter().filter(is_named).map(|it| it.name.as_str())
    }

    /// The parameters with the places of their defaults and of what they may be.
    pub(in super::super) fn inputs(&self) -> impl Iterator<Item = (&str, Option<Span>, Vec<Span>)> {
        self.parts.iter().filter(|it| it.section == "Parameters").map(|it| {
            let member = |name: &str| it.members.iter().find(|it| it.name == name);
            let allowed = member("AllowedValues").map(|it| it.inner.iter().map(|it| it.1).collect());
            (it.name.as_str(), member("Default").map(|it| it.at), allowed.unwrap_or_default())
        })
    }

    /// What parameters with a default and without `AllowedValues` may be that the template names, by parameter.
    pub(in super::super) fn tried(&self, deciding: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
        super::free::tried(self, deciding)
    }

    /// Values of several parameters with defaults, with which conditions hold or do not.
    pub(in super::super) fn together(&self, deciding: &BTreeSet<String>) -> BTreeSet<BTreeMap<String, String>> {
        super::free::together(self, deciding)
    }

    /// The parameters that decide what resources say that are of S3, or may have such.
    pub(in super::super) fn deciding(&self, text: &str) -> BTreeSet<String> {
        let kind = |it: &Part| {
            let own = it.members.iter().find(|it| it.name == "Type").and_then(|it| text.get(it.at.range()));
            own.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
        };
        let may_have = |it: &&Part| {
            let kind = kind(it);
            let is_other =
                kind.starts_with("AWS::") && !["S3", "CloudFormation", "Serverless"].iter().any(|it| kind.contains(it));
            it.section == "Resources" && !is_other
        };
        let texts = self.parts.iter().filter(may_have).flat_map(|it| self.of_policy(it.at, text, &[]));
        let named = |text: String| self.parameters(&text).map(str::to_owned).collect::<Vec<_>>();
        texts.flat_map(named).collect()
    }

    /// What the parameters and entries of maps that something stands for may be, one text for each. `entity` is as the evaluation
    /// calls it: `Who`, `Mappings.Ids.${AWS::Region}.Who`. What a parameter with a default is called says nothing, where the other state
    /// has none of its name (`is_there`).
    pub(super) fn choices(&self, entity: &str, text: &str, is_there: &dyn Fn(&str) -> bool) -> BTreeSet<Choice> {
        let names = words(entity);
        let slice = |at: Span| self.plain(text, at, &[]);
        let (mut found, mut entries) = (BTreeSet::new(), BTreeSet::new());
        for part in self.parts.iter().filter(|it| names.contains(it.name.as_str())) {
            let has_default = part.section == "Parameters" && part.members.iter().any(|it| it.name == "Default");
            let default = || part.members.iter().filter(|it| it.name == "Default").map(|it| slice(it.at)).collect();
            let own: &String = &if has_default && !is_there(&part.name) { default() } else { part.name.clone() };
            match part.section {
                "Mappings" => {
                    let keys = entity.split_once(&format!("Mappings.{own}.")).and_then(|it| it.1.rsplit_once('.'));
                    let is_it = |key: Option<&str>, name: &str| key.is_none_or(|it| it.contains("${") || it == name);
                    for first in part.members.iter().filter(|it| is_it(keys.map(|it| it.0), &it.name)) {
                        let second = first.inner.iter().filter(|it| is_it(keys.map(|it| it.1), &it.0));
                        entries.extend(second.map(|it| Choice::Entry {
                            map: own.clone(),
                            key: format!("{}.{}", first.name, it.0),
                            value: slice(it.1),
                        }));
                    }
                }
                "Parameters" => {
                    for it in &part.members {
                        match it.name.as_str() {
                            "AllowedValues" => found.extend(it.inner.iter().map(|it| format!("{own} {}", slice(it.1)))),
                            "Type" | "AllowedPattern" => {
                                found.insert(format!("{own} {} {}", it.name, slice(it.at)));
                            }
                            _ => (),
                        }
                    }
                    let lacks = |name: &str| part.members.iter().all(|it| it.name != name);
                    found.extend(lacks("AllowedValues").then(|| format!("{own} is free")));
                    found.extend(lacks("AllowedPattern").then(|| format!("{own} AllowedPattern")));
                }
                _ => (),
            }
        }
        entries.extend(found.into_iter().map(Choice::Said));
        entries
    }
}

/// Names of before, each with that of now.
pub(super) type Renamed = Rc<[(String, String)]>;

/// What something may be that stands for something in a policy.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Choice {
    /// By what a parameter says.
    Said(String),
    /// An entry of a map.
    Entry { map: String, key: String, value: String },
}

impl Choice {
    /// Whether it is more than was there. Each entry is compared with itself; one of a new key may say what another said.
    pub fn is_more(&self, before: &BTreeSet<Self>) -> bool {
        if before.contains(self) {
            return false;
        }
        let has = |text: String| before.contains(&Self::Said(text));
        match self {
            // What was free, or of any form, is less where it is not.
            Self::Said(it) => match it.split(' ').collect::<Vec<_>>().as_slice() {
                [own, "AllowedPattern", ..] => !has(format!("{own} AllowedPattern")),
                [_, "Type", ..] | [] => true,
                [own, ..] => !has(format!("{own} is free")),
            },
            Self::Entry { map, key, value } => {
                let of_map = |it: &Self| match it {
                    Self::Entry { map: own, key: other, value: said } if own == map => {
                        Some((other == key, said == value))
                    }
                    _ => None,
                };
                let was: Vec<(bool, bool)> = before.iter().filter_map(of_map).collect();
                was.iter().any(|it| it.0) || !was.iter().any(|it| it.1)
            }
        }
    }
}

impl Written<'_> {
    /// The parameters of the template of a bucket that were called otherwise, and are otherwise what they were: the names of before and now.
    pub(in super::super) fn renamed(&self, bucket: &Bucket, (other, was): (&Self, &Bucket)) -> Renamed {
        let file = |it: &Bucket| it.origin.span.filter(|_| it.format == Format::CloudFormation).map(|it| it.file);
        let Some((own, before)) = file(bucket).zip(file(was)) else { return Renamed::default() };
        if let Some(known) = self.renamed.borrow().get(&[own, before]) {
            return Rc::clone(known);
        }
        let text = self.sources.text(own);
        let found = self.template(own).renamed(&text, (&other.template(before), &other.sources.text(before)));
        let found = Renamed::from(found);
        self.renamed.borrow_mut().insert([own, before], Rc::clone(&found));
        found
    }
}

/// The words of a text that may be names: a key names nothing, though a parameter may be called `Version` too.
fn words(text: &str) -> BTreeSet<&str> {
    let (mut found, mut rest) = (BTreeSet::new(), text);
    while let Some(start) = rest.find(|it: char| it.is_ascii_alphanumeric()) {
        let (_, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(from.len()));
        if !is_key(after) {
            found.insert(word);
        }
        rest = after;
    }
    found
}

/// Whether what stands before is the end of a key of YAML or JSON.
fn is_key(after: &str) -> bool {
    match after.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.trim_start().starts_with(':'),
        None => {
            after.trim_start().strip_prefix(':').is_some_and(|it| it.is_empty() || it.starts_with(char::is_whitespace))
        }
    }
}

fn parts(document: &Node, text: &str) -> Vec<Part> {
    let mut all = Vec::new();
    for section in ["Parameters", "Conditions", "Mappings", "Resources"] {
        for pair in pairs(document).iter().filter(|it| word(&it.key, text) == section).flat_map(|it| pairs(&it.value)) {
            let members: Vec<Member> = pairs(&pair.value).iter().map(|it| member(it, text)).collect();
            let kind = members.iter().find(|it| it.name == "Type").and_then(|it| text.get(it.at.range()));
            let kind = kind.unwrap_or_default().trim_matches(['"', '\'']);
            let is_own = kind.starts_with("AWS::CloudFormation::") || kind == STORED.0;
            let is_of_aws = kind.starts_with("AWS::") && !is_own;
            let is_followed = section != "Resources" || !is_of_aws;
            all.push(Part { section, name: word(&pair.key, text), is_followed, at: pair.value.span, members });
        }
    }
    all
}

fn member(pair: &Pair, text: &str) -> Member {
    let inner = match &pair.value.kind {
        NodeKind::Mapping(pairs) => pairs.iter().map(|it| (word(&it.key, text), it.value.span)).collect(),
        NodeKind::Sequence(all) => all.iter().map(|it| (String::new(), it.span)).collect(),
        NodeKind::Scalar(_) => Vec::new(),
    };
    Member { name: word(&pair.key, text), at: pair.value.span, inner }
}

fn pairs(node: &Node) -> &[Pair] {
    match &node.kind {
        NodeKind::Mapping(pairs) => pairs,
        _ => &[],
    }
}

fn word(node: &Node, text: &str) -> String {
    text.get(node.span.range()).unwrap_or_default().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_no_names() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = words(text).into_iter().collect();
            assert_eq!(found, expected, "{text}");
        };
        check("Version: !Ref A", &["A", "Ref"]);
        check("{\"Version\":\"x\", \"Ref\" : \"Version\"}", &["Version", "x"]);
        check("!Sub 'arn:a:${B}:c'", &["B", "Sub", "a", "arn", "c"]);
        check("Mappings.Ids.${AWS::Region}.Who", &["AWS", "Ids", "Mappings", "Region", "Who"]);
        check("é: [A", &["A"]);
        check("", &[]);
    }
}
