//! What policies name that nobody knows the text of: whether it is the same under another name, or may be.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Bucket, Moved};
use crate::policy::{Policy, Statement};
use crate::value::{Origin, SymStr, Why};

use super::Both;
use super::pairs::{MAX_MOVES, steps, text_with_entities, with_entities, with_texts};
use super::written::Written;

/// So many names of before are taken for so many of now, one for one; of more nothing is certain.
const MAX_GUESSES: usize = 32;

/// A policy of before with the names of now, where the code says that they are of one thing: by a `moved` block, or by what
/// the block says.
pub(super) fn followed(old: &Policy, both: &Both<'_, '_>) -> Policy {
    let news: Vec<String> =
        both.new.policy.possible().into_iter().flat_map(|it| &it.statements).flat_map(entities).collect();
    with_entities(old, &|from| name_of_now(from, &news, both))
}

/// The same of a text of before, in the place of one of now.
pub(super) fn in_words_of_now(old: &SymStr, new: &SymStr, both: &Both<'_, '_>) -> SymStr {
    let news: Vec<String> = new.unknown_holes().map(|it| it.symbol.entity.to_string()).collect();
    text_with_entities(old, &|from| name_of_now(from, &news, both))
}

/// What a thing of before is called now, where it is called otherwise and one of some names is its own.
fn name_of_now(from: &str, news: &[String], both: &Both<'_, '_>) -> Option<Arc<str>> {
    let to = moved(from, &both.new.namespace, both.moved);
    if to != from || news.iter().any(|it| it == from) {
        return (to != from).then(|| to.into());
    }
    let (now, then) = both.written?;
    let gone = then.said(both.old, from, None).filter(|_| now.said(both.new, from, None).is_none())?;
    let is_it = |to: &&String| is_one((from, both.old, then), (to, both.new, now), &gone);
    news.iter().find(is_it).map(|it| it.as_str().into())
}

/// The address of now.
fn moved(from: &str, namespace: &str, moved: &[Moved]) -> String {
    let step = |address: &String| moved.iter().filter(|it| it.namespace == namespace).find_map(|it| it.now(address));
    std::iter::successors(Some(from.to_owned()), step).take(1 + MAX_MOVES).last().unwrap_or_else(|| from.to_owned())
}

/// Whether two blocks are about one thing: data sources that ask for the same, roles and users of one name.
fn is_one(
    (from, old, then): (&str, &Bucket, &Written<'_>),
    (to, new, now): (&str, &Bucket, &Written<'_>),
    body: &str,
) -> bool {
    let (from_type, is_data) = kind(from);
    let (to_type, is_data_now) = kind(to);
    if from_type != to_type || then.said(old, to, None).is_some() {
        return false;
    }
    let is_own = |text: &str| !["each.", "count."].iter().any(|it| text.contains(it));
    if is_data && is_data_now {
        return is_own(body) && now.said(new, to, None).as_deref() == Some(body);
    }
    let argument = |name: &str| (then.said(old, from, Some(name)), now.said(new, to, Some(name)));
    let (name, other) = argument("name");
    let (path, other_path) = argument("path");
    let is_named = name.as_deref().is_some_and(is_own) && name == other;
    ["aws_iam_role", "aws_iam_user"].contains(&from_type.as_str()) && is_named && path == other_path
}

/// The type of an address, and whether it is a data source.
fn kind(address: &str) -> (String, bool) {
    let mut parts = steps(address);
    let tail = parts.split_off(parts.len().saturating_sub(3));
    let is_data = tail.first().is_some_and(|it| it == "data");
    (tail.into_iter().rev().nth(1).unwrap_or_default(), is_data)
}

fn entities(it: &Statement) -> Vec<String> {
    it.texts().flat_map(SymStr::unknown_holes).map(|it| it.symbol.entity.to_string()).collect()
}

/// A policy of before as it would be if what it names were what the new one names in the same place: of a name that nobody knows
/// the text of, either may be. Each with what is not known.
pub(super) fn guesses(new: &Policy, old: &Policy, both: &Both<'_, '_>) -> Vec<(Policy, Why)> {
    let whole_of = new;
    let [new, was] = [new, old].map(named);
    let none = BTreeMap::new();
    let mut all: Vec<(&SymStr, &SymStr, &Why)> = Vec::new();
    let mut whole: Vec<(&SymStr, &SymStr, &Why)> = Vec::new();
    for (place, was) in &was {
        let now = new.get(place).unwrap_or(&none);
        let added: Vec<&SymStr> = now.iter().filter(|it| !was.contains_key(it.0)).map(|it| *it.1).collect();
        for dropped in was.iter().filter(|it| !now.contains_key(it.0)).map(|it| *it.1) {
            let fits: Vec<_> = added.iter().filter_map(|it| Some((dropped, *it, may_be(dropped, it, both)?))).collect();
            let is_free = |it: &&(&SymStr, &SymStr, &Why)| !whole.iter().any(|own| std::ptr::eq(own.1, it.1));
            whole.extend(fits.iter().find(is_free).copied());
            all.extend(fits);
        }
    }
    let with = |pairs: &[(&SymStr, &SymStr, &Why)]| {
        let text = |it: &SymStr| pairs.iter().find(|own| own.0 == it).map_or_else(|| it.clone(), |it| it.1.clone());
        Some((with_texts(old, &text), pairs.first()?.2.clone()))
    };
    if MAX_GUESSES < all.len() {
        // As if it had all that the new one has.
        let why = all.first().map(|it| it.2.clone());
        return why.map(|it| (whole_of.clone(), it)).into_iter().collect();
    }
    let single = all.iter().filter_map(|it| with(&[*it]));
    single.chain(with(&whole)).chain(filled(whole_of, old)).collect()
}

/// A policy of before as it would be if further values of a condition, which are not known, were what the new one has there in their place.
fn filled(new: &Policy, old: &Policy) -> Option<(Policy, Why)> {
    let of_key = |key: &str| {
        let all = new.statements.iter().flat_map(|it| &it.conditions);
        let key = key.to_owned();
        all.filter(move |it| it.key.display().eq_ignore_ascii_case(&key))
    };
    let mut filled = old.clone();
    let mut why = None;
    for it in filled.statements.iter_mut().flat_map(|it| &mut it.conditions) {
        let key = it.key.display();
        let Some(rest) = it.rest.as_ref().filter(|_| of_key(&key).all(|own| own.rest.is_none())) else { continue };
        why.get_or_insert_with(|| rest.clone());
        let is_plain = |it: &&(SymStr, Origin)| !it.0.known().is_some_and(|it| it.contains(['*', '?']));
        it.values.extend(of_key(&key).flat_map(|it| &it.values).filter(is_plain).cloned());
    }
    why.map(|why| (filled, why))
}

/// Two policies of which one has a list of one value where the other has the value, which nobody knows: as if both had the list. They are
/// written alike but for that.
pub(super) fn listed<'p>(
    new: &'p Policy,
    old: Cow<'p, Policy>,
    both: &Both<'_, '_>,
) -> (Cow<'p, Policy>, Cow<'p, Policy>) {
    let has_rest = |it: &Policy| {
        let rests = |it: &Statement| it.principals.rest.is_some() || it.conditions.iter().any(|it| it.rest.is_some());
        it.statements.iter().any(rests)
    };
    if !(has_rest(new) || has_rest(&old)) || !both.is_written_whole_alike() {
        return (Cow::Borrowed(new), old);
    }
    let with = |of: &Policy, other: &Policy| {
        let mut of = of.clone();
        if of.statements.len() == other.statements.len() {
            of.statements.iter_mut().zip(&other.statements).for_each(|(own, it)| with_lists(own, it));
        }
        Cow::Owned(of)
    };
    (with(new, &old), with(&old, new))
}

/// A statement with the values of another where it has one that nobody knows, and the other the same in a list.
fn with_lists(own: &mut Statement, other: &Statement) {
    let is_it = |rest: &Option<Why>, texts: &[&SymStr]| {
        let is_of = |it: &&SymStr| it.why().map(Why::subject) == rest.as_ref().map(Why::subject);
        rest.is_some() && !texts.is_empty() && texts.iter().all(is_of)
    };
    let (mine, theirs) = (&mut own.principals, &other.principals);
    let texts: Vec<&SymStr> = theirs.items.iter().map(|it| &it.text).collect();
    if mine.items.is_empty() && theirs.rest.is_none() && is_it(&mine.rest, &texts) {
        (mine.items, mine.rest) = (theirs.items.clone(), None);
    }
    for (mine, theirs) in own.conditions.iter_mut().zip(&other.conditions) {
        let texts: Vec<&SymStr> = theirs.values.iter().map(|it| &it.0).collect();
        let is_same = mine.key.display() == theirs.key.display() && mine.operator == theirs.operator;
        if is_same && mine.values.is_empty() && theirs.rest.is_none() && is_it(&mine.rest, &texts) {
            (mine.values, mine.rest) = (theirs.values.clone(), None);
        }
    }
}

/// The texts that say who is meant, by their place: the principals, the values of each condition key.
fn named(policy: &Policy) -> BTreeMap<String, BTreeMap<String, &SymStr>> {
    let mut all: BTreeMap<String, BTreeMap<String, &SymStr>> = BTreeMap::new();
    for it in &policy.statements {
        for own in &it.principals.items {
            all.entry("principal".to_owned()).or_default().insert(own.text.display(), &own.text);
        }
        for own in &it.conditions {
            let place = all.entry(own.key.display().to_ascii_lowercase()).or_default();
            place.extend(own.values.iter().map(|it| (it.0.display(), &it.0)));
        }
    }
    all
}

/// Why one text may be another, where either is not known.
fn may_be<'t>(a: &'t SymStr, b: &'t SymStr, both: &Both<'_, '_>) -> Option<&'t Why> {
    let (why, may) = match (a.known(), b.known()) {
        (Some(_), Some(_)) => return None,
        (None, Some(text)) => (a.why()?, could_be(a, &text, (both.old, both.written.map(|it| it.1)))),
        (Some(text), None) => (b.why()?, could_be(b, &text, (both.new, both.written.map(|it| it.0)))),
        (None, None) => (b.why()?, !are_two(a, b, both)),
    };
    may.then_some(why)
}

fn could_be(it: &SymStr, text: &str, (bucket, written): (&Bucket, Option<&Written<'_>>)) -> bool {
    let name = it.symbol().zip(written).and_then(|(it, written)| role_name(&it.entity, bucket, written));
    let is_named = name.is_none_or(|name| text.ends_with(&format!("/{name}")));
    !text.contains(['*', '?']) && it.could_be(text) && is_named
}

/// The name of a role or user, where that is known.
fn role_name(entity: &str, bucket: &Bucket, written: &Written<'_>) -> Option<String> {
    let is_named = ["aws_iam_role", "aws_iam_user"].contains(&kind(entity).0.as_str());
    let name = is_named.then(|| written.said(bucket, entity, Some("name")))??;
    let name = name.strip_prefix('"')?.strip_suffix('"')?;
    (!name.contains("${")).then(|| name.to_owned())
}

/// Whether two things that nobody knows the text of are two: the code has had both, or has both now, or they have names that differ.
fn are_two(a: &SymStr, b: &SymStr, both: &Both<'_, '_>) -> bool {
    let (Some(a), Some(b), Some((now, then))) = (a.symbol(), b.symbol(), both.written) else { return false };
    let names = (role_name(&a.entity, both.old, then), role_name(&b.entity, both.new, now));
    if matches!(names, (Some(a), Some(b)) if a != b) {
        return true;
    }
    // Two data sources may ask for one thing.
    let has_both = |bucket: &Bucket, written: &Written<'_>| {
        let is_there = |it: &str| !kind(it).1 && written.said(bucket, it, None).is_some();
        [&a.entity, &b.entity].into_iter().all(|it| is_there(it))
    };
    has_both(both.old, then) || has_both(both.new, now)
}
