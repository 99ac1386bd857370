//! Which bucket of before a bucket of now is.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::exposure::Exposure;
use crate::finding::{Access, Finding};
use crate::model::{Bucket, BucketKind, Format, Moved};
use crate::policy::Policy;
use crate::source::Span;
use crate::value::{Hole, Seg, SymStr, Symbol, Value};

use super::State;

/// Moves that follow each other are followed so far.
pub(super) const MAX_MOVES: usize = 16;

/// The bucket that one was.
pub(super) enum Was<'a> {
    /// This one.
    Bucket(&'a Bucket, &'a Exposure),
    /// This one, which is declared elsewhere in the code of now too: what is compared has the place of a bucket only.
    Elsewhere(&'a Bucket, &'a Exposure),
    /// None: nothing that is gone can be it.
    New,
    /// Perhaps one of those that are gone, and nobody knows which.
    Unclear,
}

/// The buckets of two states.
pub(super) struct Pairs<'a> {
    /// What each bucket of now was, in their order.
    pub was: Vec<Was<'a>>,
    /// The buckets of before that none of now is.
    pub gone: Vec<&'a Bucket>,
}

/// Pairs buckets by address, by a `moved` block, by name, else by the one likeness that nothing else has.
pub(super) fn pairs<'a>(before: State<'a>, now: State<'a>) -> Pairs<'a> {
    let olds: Vec<(&Bucket, &Exposure)> = before.estate.buckets.iter().zip(before.exposures).collect();
    let index = Index::new(&before.estate.buckets);
    let news: Vec<&Bucket> = now.estate.buckets.iter().collect();
    let mut found: Vec<Option<usize>> = news.iter().map(|it| index.by_address(it, &now.estate.moved)).collect();
    let mut is_left = vec![true; olds.len()];
    for at in found.iter().flatten() {
        if let Some(left) = is_left.get_mut(*at) {
            *left = false;
        }
    }
    for (new, found) in news.iter().zip(&mut found).filter(|it| it.1.is_none()) {
        let Some(own) = name(new) else { continue };
        // One that nothing else is comes first; a second bucket of the name is compared with the first.
        let fits = index.of_name(&own);
        let left = |at: &&usize| is_left.get(**at).copied().unwrap_or(false);
        *found = fits.iter().find(left).or_else(|| fits.first()).copied();
        if let Some(left) = found.and_then(|it| is_left.get_mut(it)) {
            *left = false;
        }
    }
    for likeness in LIKENESSES {
        let mut alike: BTreeMap<Key<'_>, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (at, old) in olds.iter().enumerate().filter(|it| is_left.get(it.0).copied().unwrap_or(false)) {
            alike.entry(likeness(old.0, before)).or_default().0.push(at);
        }
        for (at, new) in news.iter().enumerate().filter(|it| found.get(it.0).is_some_and(Option::is_none)) {
            alike.entry(likeness(new, now)).or_default().1.push(at);
        }
        for (key, (old, new)) in alike {
            let ([old], [new]) = (old.as_slice(), new.as_slice()) else { continue };
            let may = |old: &usize, new: &usize| Some(may_be(olds.get(*old)?.0, news.get(*new)?));
            if key.3.as_deref() == Some("") || may(old, new) != Some(true) {
                continue;
            }
            if let (Some(found), Some(left)) = (found.get_mut(*new), is_left.get_mut(*old)) {
                (*found, *left) = (Some(*old), false);
            }
        }
    }
    let declared: HashSet<String> = news.iter().filter(|it| !stands_in(it)).filter_map(|it| name(it)).collect();
    let was = |(new, found): (&&'a Bucket, Option<usize>)| match found.and_then(|it| olds.get(it)) {
        Some((bucket, exposure)) => {
            let is_elsewhere =
                stands_in(new) && !stands_in(bucket) && name(new).is_some_and(|it| declared.contains(&it));
            if is_elsewhere { Was::Elsewhere(bucket, exposure) } else { Was::Bucket(bucket, exposure) }
        }
        None => {
            let mut gone = olds.iter().zip(&is_left).filter(|it| *it.1).map(|it| it.0.0);
            let is_one = |it: &Bucket| (it.format, it.kind) == (new.format, new.kind) && may_be(it, new);
            if gone.any(is_one) { Was::Unclear } else { Was::New }
        }
    };
    let was = news.iter().zip(found).map(was).collect();
    let gone = olds.iter().zip(&is_left).filter(|it| *it.1).map(|it| it.0.0).collect();
    Pairs { was, gone }
}

/// A bucket that certainly is one of before, by another address.
#[derive(Clone, Debug)]
pub struct Rename {
    /// The root module that it was in.
    pub namespace: String,
    /// The address of before.
    pub from: String,
    /// The address of now.
    pub to: String,
    /// Where it was declared.
    pub before: Option<Span>,
    /// Where it is declared.
    pub now: Option<Span>,
}

impl Rename {
    /// Whether a finding of before is about the bucket.
    #[must_use]
    pub fn is_of(&self, finding: &Finding) -> bool {
        (&finding.namespace, &finding.address) == (&self.namespace, &self.from)
    }

    /// A finding of before as it is of the bucket under its address of now.
    pub fn apply(&self, finding: &mut Finding) {
        readdressed(finding, &self.to);
    }
}

/// A finding as it is of the resource under another address.
pub fn readdressed(finding: &mut Finding, to: &str) {
    let from = std::mem::replace(&mut finding.address, to.to_owned());
    finding.identity = crate::lint::fingerprint(&[&finding.rule, to, &finding.key]);
    let [from, to] = [&from, to].map(|it| format!("${{{it}."));
    for access in finding.accesses_mut() {
        access.texts_mut().for_each(|it| *it = it.replace(&from, &to));
        // What is denied holds nothing that is denied.
        access.denied.iter_mut().flat_map(Access::texts_mut).for_each(|it| *it = it.replace(&from, &to));
    }
}

/// The buckets that are called otherwise now, where a `moved` block says so, the one bucket of its name is gone, or a policy stands
/// in another file, letter for letter.
#[must_use]
pub fn renames(before: State<'_>, now: State<'_>) -> Vec<Rename> {
    let (olds, news) = (Index::new(&before.estate.buckets), Index::new(&now.estate.buckets));
    let [mut old_files, new_files] = [before, now].map(policy_files);
    old_files.retain(|_, it| it.iter().all(|it| news.at(&it.namespace, &it.address).is_none()));
    let is_there = |it: &Bucket| news.at(&it.namespace, &it.address).is_some();
    let mut found: Vec<Rename> = Vec::new();
    for new in &now.estate.buckets {
        let moved = || olds.by_address(new, &now.estate.moved).and_then(|it| olds.buckets.get(it));
        let of_name = || {
            let own = name(new)?;
            let is_own = |it: &&Bucket| (it.format, it.kind) == (new.format, new.kind);
            let (mut old, mut now) = (olds.named(&own).filter(is_own), news.named(&own).filter(is_own));
            let (one, _) = (old.next()?, now.next()?);
            (old.next().is_none() && now.next().is_none()).then_some(one)
        };
        let of_text = || {
            let text = text_of_file(new, now);
            match (old_files.get(&text)?.as_slice(), new_files.get(&text)?.as_slice()) {
                ([old], [_]) => Some(*old),
                _ => None,
            }
        };
        let Some(old) =
            moved().or_else(of_name).or_else(of_text).filter(|it| it.address != new.address && !is_there(it))
        else {
            continue;
        };
        found.push(Rename {
            namespace: old.namespace.clone(),
            from: old.address.clone(),
            to: new.address.clone(),
            before: old.origin.span,
            now: new.origin.span,
        });
    }
    found
}

/// The policies that are files of their own, by what stands there.
fn policy_files(state: State<'_>) -> HashMap<String, Vec<&Bucket>> {
    let mut found: HashMap<String, Vec<&Bucket>> = HashMap::new();
    for it in state.estate.buckets.iter().filter(|it| it.format == Format::Policy) {
        found.entry(text_of_file(it, state)).or_default().push(it);
    }
    found
}

/// The buckets of a state, found by address and by name: a change is looked at for each bucket of each.
struct Index<'a> {
    buckets: &'a [Bucket],
    /// Root module or template, and address; the first of several.
    addresses: HashMap<(&'a str, &'a str), usize>,
    /// In their order.
    names: HashMap<String, Vec<usize>>,
}

impl<'a> Index<'a> {
    fn new(buckets: &'a [Bucket]) -> Self {
        let (mut addresses, mut names) = (HashMap::new(), HashMap::<String, Vec<usize>>::new());
        for (at, it) in buckets.iter().enumerate() {
            addresses.entry((it.namespace.as_str(), it.address.as_str())).or_insert(at);
            if let Some(own) = name(it) {
                names.entry(own).or_default().push(at);
            }
        }
        Self { buckets, addresses, names }
    }

    fn at(&self, namespace: &str, address: &str) -> Option<usize> {
        self.addresses.get(&(namespace, address)).copied()
    }

    fn of_name(&self, name: &str) -> &[usize] {
        self.names.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &'a Bucket> {
        self.of_name(name).iter().filter_map(|it| self.buckets.get(*it))
    }

    /// The bucket of the same address, else of the one that it was moved from.
    fn by_address(&self, bucket: &Bucket, moved: &[Moved]) -> Option<usize> {
        let moved: Vec<&Moved> = moved.iter().collect();
        let found =
            former(&bucket.namespace, &bucket.address, &moved).find_map(|it| self.at(&bucket.namespace, &it))?;
        // What stands in for a bucket is about another under its old address, where it names another.
        let is_other = |it: &Bucket| stands_in(it) && stands_in(bucket) && !may_be(it, bucket);
        (!self.buckets.get(found).is_some_and(is_other)).then_some(found)
    }
}

/// An address, and those that `moved` blocks say that it had before, the latest first; then the one of a resource that has got or lost
/// its `count`: the first of several is the one that there was.
/// <https://developer.hashicorp.com/terraform/language/modules/develop/refactoring>
pub(in crate::gate) fn former<'a>(
    namespace: &'a str,
    address: &str,
    moved: &'a [&'a Moved],
) -> impl Iterator<Item = String> + 'a {
    let back =
        move |address: &String| moved.iter().filter(|it| it.namespace == namespace).find_map(|it| it.before(address));
    let counted = match address.strip_suffix("[0]") {
        Some(one) => Some(one.to_owned()),
        None if address.ends_with(']') => None,
        None => Some(format!("{address}[0]")),
    };
    std::iter::successors(Some(address.to_owned()), back).take(MAX_MOVES).chain(counted)
}

/// Whether something has the place of a bucket that its root module or template does not declare.
pub(super) fn stands_in(bucket: &Bucket) -> bool {
    bucket.kind == BucketKind::PolicyOnly
}

/// The name, where it is known.
pub(super) fn name(bucket: &Bucket) -> Option<String> {
    bucket.name.as_known().and_then(SymStr::known)
}

/// Whether two buckets may be one: names that are known and differ are names of two.
pub(super) fn may_be(a: &Bucket, b: &Bucket) -> bool {
    match (name(a), name(b)) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// What buckets are alike in; nothing is alike in an empty last part.
type Key<'a> = (&'a str, Format, BucketKind, Option<String>);

type Likeness = for<'a> fn(&'a Bucket, State<'_>) -> Key<'a>;

/// The closest first.
const LIKENESSES: [Likeness; 7] = [
    |it, state| ("", it.format, it.kind, Some(text_of_file(it, state))),
    |it, _| ("", it.format, it.kind, Some(end_of_namespace(it))),
    |it, _| ("", it.format, it.kind, Some(it.address.clone())),
    |it, _| ("", it.format, it.kind, Some(text_of_name(it))),
    |it, _| ("", it.format, it.kind, Some(tail(&it.address).join("."))),
    |it, _| (&it.namespace, it.format, it.kind, tail(&it.address).into_iter().rev().nth(1)),
    |it, _| ("", it.format, it.kind, tail(&it.address).into_iter().rev().nth(1)),
];

/// What stands in the file, and where in it: of policies and templates, which are whole in one.
fn text_of_file(bucket: &Bucket, state: State<'_>) -> String {
    let place = match bucket.format {
        Format::Policy => "",
        Format::CloudFormation => &bucket.address,
        Format::Terraform | Format::Snapshot => return String::new(),
    };
    let text = state.sources.zip(bucket.origin.span).map(|(sources, at)| sources.text(at.file));
    text.map(|it| format!("{place} {it}")).unwrap_or_default()
}

/// The address, in a root module or template of the same last name.
fn end_of_namespace(bucket: &Bucket) -> String {
    let last = Path::new(&bucket.namespace).file_name().and_then(|it| it.to_str());
    last.map(|it| format!("{it} {}", bucket.address)).unwrap_or_default()
}

/// The name as it is written, where it is written and says more than which bucket it is of.
fn text_of_name(bucket: &Bucket) -> String {
    match &bucket.name.value {
        Value::Known(name) => Some(name.display()).filter(|it| !it.contains(&bucket.address)).unwrap_or_default(),
        _ => String::new(),
    }
}

/// The parts of an address, without keys: `module.a["x.y"].aws_s3_bucket.b[0]` → `module`, `a`, `aws_s3_bucket`, `b`.
pub(super) fn steps(address: &str) -> Vec<String> {
    let (mut plain, mut depth) = (String::new(), 0_usize);
    for it in address.chars() {
        match it {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(it),
            _ => (),
        }
    }
    plain.split('.').map(str::to_owned).collect()
}

/// Type and name of a resource, without modules and keys: `module.a["x.y"].aws_s3_bucket.b[0]` → `aws_s3_bucket`, `b`.
fn tail(address: &str) -> Vec<String> {
    let mut parts = steps(address);
    parts.split_off(parts.len().saturating_sub(2))
}

/// A text of a bucket that is called otherwise now.
pub(super) fn in_words_of(text: &str, old: &Bucket, new: &Bucket) -> String {
    let [old, new] = [old, new].map(|it| tail(&it.address).join("."));
    if old == new { text.to_owned() } else { text.replace(&format!("{old}."), &format!("{new}.")) }
}

/// A policy of a bucket that is called otherwise now: what stood for its name still does.
pub(super) fn renamed(policy: &Policy, from: &str, to: &str) -> Policy {
    let entity: Arc<str> = to.into();
    with_entities(policy, &|it| (it == from).then(|| Arc::clone(&entity)))
}

/// A policy in which things are called otherwise.
pub(super) fn with_entities(policy: &Policy, name: &dyn Fn(&str) -> Option<Arc<str>>) -> Policy {
    with_texts(policy, &|it| text_with_entities(it, name))
}

/// A text in which things are called otherwise.
pub(super) fn text_with_entities(text: &SymStr, name: &dyn Fn(&str) -> Option<Arc<str>>) -> SymStr {
    let seg = |seg: &Seg| match seg {
        Seg::Hole(hole) => match name(&hole.symbol.entity) {
            Some(entity) => {
                let symbol = Symbol::new(entity, Arc::clone(&hole.symbol.attribute));
                Seg::hole(Hole { symbol, ..Hole::clone(hole) })
            }
            None => seg.clone(),
        },
        Seg::Lit(_) => seg.clone(),
    };
    text.segs().iter().map(seg).collect()
}

/// A policy with other texts.
pub(super) fn with_texts(policy: &Policy, text: &dyn Fn(&SymStr) -> SymStr) -> Policy {
    let mut policy = policy.clone();
    for statement in &mut policy.statements {
        statement.principals.items.iter_mut().for_each(|it| it.text = text(&it.text));
        let patterns = statement.actions.items.iter_mut().chain(&mut statement.resources.items);
        let values = statement.conditions.iter_mut().flat_map(|it| &mut it.values);
        patterns.chain(values).for_each(|it| it.0 = text(&it.0));
    }
    policy
}

/// A policy with other texts of its resources.
pub(super) fn with_resources(policy: &Policy, text: &dyn Fn(&SymStr) -> SymStr) -> Policy {
    let mut policy = policy.clone();
    policy.statements.iter_mut().flat_map(|it| &mut it.resources.items).for_each(|it| it.0 = text(&it.0));
    policy
}
