//! What policies name that nobody knows the text of: whether it is the same under another name, or may be.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Bucket, Moved};
use crate::policy::{Policy, Statement};
use crate::value::{Cause, Class, Hole, Origin, Seg, SymStr, Symbol, Why};

use super::Both;
use super::pairs::{MAX_MOVES, former, renamed, steps, text_with_entities, with_texts};
use super::partition;
use super::written::{Identity, Says, Written, are_instances, whys};

/// So many names of before are taken for so many of now, one for one; of more nothing is certain.
const MAX_GUESSES: usize = 32;

/// So many names of now are looked at for one that has another name; of more it may be none.
const MAX_LOOKED_AT: usize = 64;

/// What of AWS has the name that the code gives it in its ARN.
const NAMED: [&str; 2] = ["aws_iam_role", "aws_iam_user"];

/// What is of no other kind than what it is given: one of some, in some order.
const SHUFFLE: &str = "random_shuffle";

/// What gives what it is given.
const STORE: &str = "terraform_data";

/// How variables of the Serverless Framework start.
const VARIABLE: &str = "${";

/// What a thing of before is called that is another one now under its name: after its address.
pub(super) const BEFORE: &str = " (before)";

/// What something of before is now.
enum Now {
    /// What is called so.
    Called(Arc<str>),
    /// Something else has its name.
    Another,
}

/// Two policies as they are compared: that of now, and that of before with the names of now, where the code says that they are of one
/// thing: by a `moved` block, or by what the block says.
pub(super) fn compared<'p>(
    new: &'p Policy,
    old: &'p Policy,
    both: &Both<'_, '_>,
) -> (Cow<'p, Policy>, Cow<'p, Policy>) {
    let new = instances(new);
    let mut old = renamed(&instances(old), &both.old.address, &both.new.address);
    let mut news: BTreeSet<String> = new.statements.iter().flat_map(entities).collect();
    let read =
        |it: &Statement| rests(it).filter(|it| is_read(it)).map(|it| it.subject().to_owned()).collect::<Vec<_>>();
    news.extend(new.statements.iter().flat_map(read));
    let now = |it: &SymStr, may_be_another: bool| {
        text_with_entities(it, &|from| match name_of_now(from, &news, both)? {
            Now::Called(to) => Some(to),
            Now::Another => (may_be_another || is_given(from)).then(|| format!("{from}{BEFORE}").into()),
        })
    };
    for it in &mut old.statements {
        it.principals.items.iter_mut().for_each(|it| it.text = now(&it.text, true));
        let values = it.conditions.iter_mut().filter_map(|it| it.rest.as_mut());
        for own in it.principals.rest.iter_mut().chain(values).filter(|it| is_read(it)) {
            match name_of_now(own.subject(), &news, both) {
                Some(Now::Called(to)) => *own = Why::new(own.cause(), to.to_string(), own.at()),
                Some(Now::Another) => *own = Why::new(own.cause(), format!("{}{BEFORE}", own.subject()), own.at()),
                None => (),
            }
        }
        it.conditions.iter_mut().flat_map(|it| &mut it.values).for_each(|it| it.0 = now(&it.0, true));
        it.actions.items.iter_mut().chain(&mut it.resources.items).for_each(|it| it.0 = now(&it.0, false));
    }
    let (new, old) = partition::one(new, Cow::Owned(old));
    listed(new, old, both)
}

/// Why not all is known of who is meant, and of the values of conditions.
fn rests(it: &Statement) -> impl Iterator<Item = &Why> {
    it.principals.rest.iter().chain(it.conditions.iter().flat_map(|it| &it.rest))
}

/// Whether the code says what it gives.
fn is_given(from: &str) -> bool {
    from.starts_with(VARIABLE) || kind(from).0 == STORE
}

/// Whether a data source gives it, a module that is not here, or a resource that gives what it is given.
fn is_read(it: &Why) -> bool {
    let is_asked = it.subject().contains("data.") || it.subject().starts_with(VARIABLE);
    it.cause() == Cause::RemoteModule
        || (it.cause() == Cause::DataSource && is_asked)
        || kind(it.subject()).0 == SHUFFLE
}

/// The same of a text of before, in the place of one of now.
pub(super) fn in_words_of_now(old: &SymStr, new: &SymStr, both: &Both<'_, '_>) -> SymStr {
    let news: BTreeSet<String> = instance(new).unknown_holes().map(|it| it.symbol.entity.to_string()).collect();
    text_with_entities(&instance(old), &|from| match name_of_now(from, &news, both)? {
        Now::Called(to) => Some(to),
        Now::Another => Some(format!("{from}{BEFORE}").into()),
    })
}

/// A policy with what it names of one instance by the address of that, and not of the one that stands for several.
fn instances(it: &Policy) -> Cow<'_, Policy> {
    let is_instance = |it: &SymStr| it.unknown_holes().any(is_of_instance);
    match it.statements.iter().flat_map(Statement::texts).any(is_instance) {
        true => Cow::Owned(with_texts(it, &instance)),
        false => Cow::Borrowed(it),
    }
}

/// A text with the addresses of instances.
fn instance(text: &SymStr) -> SymStr {
    let seg = |seg: &Seg| match seg {
        Seg::Hole(hole) if is_of_instance(hole) => {
            let symbol = Symbol::new(hole.why.subject(), Arc::clone(&hole.symbol.attribute));
            Seg::hole(Hole { symbol, ..Hole::clone(hole) })
        }
        _ => seg.clone(),
    };
    text.segs().iter().map(seg).collect()
}

/// The name of a bucket is that of the bucket.
fn is_of_instance(it: &Hole) -> bool {
    it.why.cause() == Cause::Instance && it.class != Class::BucketName
}

/// What a thing of before is now, where it is called otherwise and one of some names is its own, or is another one under its name.
fn name_of_now(from: &str, news: &BTreeSet<String>, both: &Both<'_, '_>) -> Option<Now> {
    if from == both.new.address {
        return None;
    }
    if from.starts_with(VARIABLE) {
        return variable_of_now(from, news, both);
    }
    let to = moved(from, &both.new.namespace, both.moved);
    let is_there = |it: &String| news.contains(it);
    let counted = || former(&both.new.namespace, from, &[]).skip(1).find(is_there);
    let same = Some(to).filter(|it| it != from || is_there(it)).or_else(counted);
    if let Some(to) = same {
        return match is_another(from, &to, both) {
            true => Some(Now::Another),
            false => (to != from).then(|| Now::Called(to.into())),
        };
    }
    news.iter().take(MAX_LOOKED_AT).find(|it| is_one(from, it, both)).map(|it| Now::Called(it.as_str().into()))
}

/// The same of a variable of the Serverless Framework, which is what it refers to.
fn variable_of_now(from: &str, news: &BTreeSet<String>, both: &Both<'_, '_>) -> Option<Now> {
    let (now, then) = both.written?;
    let was = then.filled(both.old, from);
    let is_it = |it: &str| now.filled(both.new, it) == was;
    let is_there = news.contains(from);
    if is_there && is_it(from) {
        return None;
    }
    let other = news.iter().take(MAX_LOOKED_AT).find(|it| it.starts_with(VARIABLE) && is_it(it));
    let called = other.map(|it| Now::Called(it.as_str().into()));
    called.or_else(|| is_there.then_some(Now::Another))
}

/// The address of now.
fn moved(from: &str, namespace: &str, moved: &[Moved]) -> String {
    let step = |address: &String| moved.iter().filter(|it| it.namespace == namespace).find_map(|it| it.now(address));
    std::iter::successors(Some(from.to_owned()), step).take(1 + MAX_MOVES).last().unwrap_or_else(|| from.to_owned())
}

/// Whether a policy of now, which is not known, depends on something that is another one than before under its name.
pub(super) fn depends_on_another(both: &Both<'_, '_>) -> bool {
    let is_asked = |it: &&Why| matches!(it.cause(), Cause::DataSource | Cause::RemoteModule);
    whys(both.new).into_iter().filter(is_asked).any(|it| is_another(it.subject(), it.subject(), both))
}

/// Whether something of before, and of now under its name, are two: a data source that asks for something else, a module that is not here
/// and is given something else, or what another provider configuration has.
fn is_another(from: &str, to: &str, both: &Both<'_, '_>) -> bool {
    let (kind, is_data) = kind(from);
    let arguments: Option<&[&str]> = match kind.as_str() {
        SHUFFLE => Some(&["input", "result_count"]),
        STORE => Some(&["input"]),
        it if is_data || it.is_empty() => None,
        _ => Some(&[]),
    };
    let is_asked = arguments.is_none_or(|it| !it.is_empty());
    if NAMED.contains(&kind.as_str()) && has_name_of_another(from, to, both) {
        return true;
    }
    identities(from, to, arguments, both)
        .is_some_and(|(is, was)| !is.is_one_place(&was, &kind) || (is_asked && Says::is_other(&[is.says], &[was.says])))
}

/// Whether a role or user, one of several of its block, has the name now that another of them had: entries of a list that change places.
fn has_name_of_another(from: &str, to: &str, both: &Both<'_, '_>) -> bool {
    let Some((block, _)) = from.strip_suffix(']').and_then(|it| it.rsplit_once('[')) else { return false };
    let name = |of: &str, (bucket, written): (&Bucket, &Written<'_>)| {
        let says = written.identity(bucket, of, Some(&["name"]))?.says;
        says.texts.into_iter().find(|it| it.starts_with("name=\""))
    };
    let Some((now, then)) = both.written else { return false };
    let (Some(is), Some(was)) = (name(to, (both.new, now)), name(from, (both.old, then))) else { return false };
    let others = (0..MAX_LOOKED_AT).map(|it| format!("{block}[{it}]")).filter(|it| it != from);
    is != was && others.map_while(|it| name(&it, (both.old, then))).any(|it| it == is)
}

/// What tells something of now from others, and what told something of before, in the words of now.
fn identities<'w>(
    from: &str,
    to: &str,
    arguments: Option<&[&str]>,
    both: &Both<'w, '_>,
) -> Option<(Identity<'w>, Identity<'w>)> {
    let (now, then) = both.written?;
    let (is, was) = (now.identity(both.new, to, arguments)?, then.identity(both.old, from, arguments)?);
    let says = was.says.in_words(|it| both.in_words_of_now(it));
    Some((is, Identity { says, ..was }))
}

/// Whether two blocks of other names are about one thing: data sources that ask for the same, roles and users of one name, provider
/// configurations of one account.
fn is_one(from: &str, to: &str, both: &Both<'_, '_>) -> bool {
    let ((kind, is_data), Some((now, then))) = (kind(from), both.written) else { return false };
    let is_same = |arguments: Option<&[&str]>, is_told: fn(&Says) -> bool| {
        let found = identities(from, to, arguments, both).filter(|it| is_told(&it.0.says));
        found.is_some_and(|(is, was)| is.is_one_place(&was, &kind) && !Says::is_other(&[is.says], &[was.says]))
    };
    // What is null is made up by the provider, or may be.
    let is_chosen = |it: &Says| !it.texts.iter().any(|it| it.ends_with("null"));
    if let (Some(was), Some(is)) = (then.provider(both.old, from), now.provider(both.new, to)) {
        return is.is_one_account(was);
    }
    let other = self::kind(to);
    if other.0 != kind {
        return false;
    }
    if is_data && other.1 {
        return is_same(None, |_| true);
    }
    // Both may be there at once, but as one instance of a block or module and another.
    let is_two = steps(from) != steps(to)
        && (then.said(both.old, to, None).is_some() || now.said(both.new, from, None).is_some());
    let is_named = || then.said(both.old, from, Some("name")).is_some();
    // Names are unique, and data sources look for them.
    let arguments: &[&str] = if is_data || other.1 { &["name"] } else { &["name", "path"] };
    NAMED.contains(&kind.as_str()) && !is_two && is_named() && is_same(Some(arguments), is_chosen)
}

/// The type of an address, and whether it is a data source.
fn kind(address: &str) -> (String, bool) {
    let steps = steps(address);
    let mut parts = steps.as_slice();
    // A call may be named `data` too.
    while let [module, _, rest @ ..] = parts
        && module == "module"
    {
        parts = rest;
    }
    let is_data = parts.first().is_some_and(|it| it == "data");
    (parts.iter().rev().nth(1).cloned().unwrap_or_default(), is_data)
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
fn listed<'p>(new: Cow<'p, Policy>, old: Cow<'p, Policy>, both: &Both<'_, '_>) -> (Cow<'p, Policy>, Cow<'p, Policy>) {
    let has_rest = |it: &Policy| {
        let rests = |it: &Statement| it.principals.rest.is_some() || it.conditions.iter().any(|it| it.rest.is_some());
        it.statements.iter().any(rests)
    };
    if !(has_rest(&new) || has_rest(&old)) || !both.is_written_whole_alike() {
        return (new, old);
    }
    let with = |of: &Policy, other: &Policy| {
        let mut of = of.clone();
        if of.statements.len() == other.statements.len() {
            of.statements.iter_mut().zip(&other.statements).for_each(|(own, it)| with_lists(own, it));
        }
        Cow::Owned(of)
    };
    (with(&new, &old), with(&old, &new))
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
    let entity = entity.strip_suffix(BEFORE).unwrap_or(entity);
    let is_named = NAMED.contains(&kind(entity).0.as_str());
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
    // Two instances of one block, by keys that are known.
    if a.entity != b.entity && steps(&a.entity) == steps(&b.entity) && !are_instances(&a.entity, &b.entity) {
        return false;
    }
    // Two data sources may ask for one thing.
    let has_both = |bucket: &Bucket, written: &Written<'_>| {
        let is_there = |it: &str| !kind(it).1 && written.said(bucket, it, None).is_some();
        [&a.entity, &b.entity].into_iter().all(|it| is_there(it))
    };
    has_both(both.old, then) || has_both(both.new, now)
}
