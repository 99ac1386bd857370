//! What buckets are called in two states of the code, so that one of another name is known as another: what is known of the name, and
//! of the rest what that is written as. What gives it may be called otherwise, where it says the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Bucket, Estate, Moved};
use crate::source::Sources;
use crate::value::{Attr, Seg, SymStr, Value, Why};

use super::widened::{Written, former};

/// Buckets that are called after each other are followed so far.
const MAX_DEPTH: usize = 8;

/// One of the two states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The code as it was.
    Before,
    /// The code as it is.
    Now,
}

/// A resource, and the name of the bucket that it is or is about.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The root module or template.
    pub namespace: &'a str,
    /// The address.
    pub address: &'a str,
    /// The name.
    pub name: &'a Attr<SymStr>,
}

impl<'a> From<&'a Bucket> for Named<'a> {
    fn from(it: &'a Bucket) -> Self {
        Self { namespace: &it.namespace, address: &it.address, name: &it.name }
    }
}

/// The resources of an estate that are or have buckets.
pub fn named(estate: &Estate) -> impl Iterator<Item = Named<'_>> {
    estate.named().map(|(namespace, address, name)| Named { namespace, address, name })
}

/// Tells what buckets are called in two states of the code.
pub struct Names<'a> {
    before: Written<'a>,
    now: Written<'a>,
    /// What was there before, and what is there now, by root module or template and address.
    there: BTreeMap<(&'a str, &'a str), Vec<Named<'a>>>,
    here: BTreeMap<(&'a str, &'a str), Vec<Named<'a>>>,
    moved: Vec<&'a Moved>,
}

impl<'a> Names<'a> {
    /// Of several environments there are several estates.
    pub fn new((before, old): (&'a Sources, &[&'a Estate]), (now, new): (&'a Sources, &[&'a Estate])) -> Self {
        let all = |of: &[&'a Estate]| {
            let mut all = BTreeMap::<_, Vec<_>>::new();
            of.iter()
                .flat_map(|it| named(it))
                .for_each(|it| all.entry((it.namespace, it.address)).or_default().push(it));
            all
        };
        let moved = new.iter().flat_map(|it| &it.moved).collect();
        Self { before: Written::new(before), now: Written::new(now), there: all(old), here: all(new), moved }
    }

    /// What a bucket is called, as it can be compared with what one of the other state is called: several where it is one of them.
    #[must_use]
    pub fn of(&self, side: Side, it: Named<'_>) -> BTreeSet<String> {
        self.within(side, it, 0)
    }

    /// What a text of a resource says, as it can be compared with one of the other state: its bucket by what that is called.
    #[must_use]
    pub fn text(&self, side: Side, it: Named<'_>, text: &SymStr) -> String {
        let is_own = |seg: &Seg| match seg {
            Seg::Hole(hole) => &*hole.symbol.entity == it.address && &*hole.symbol.attribute == "id",
            Seg::Lit(_) => false,
        };
        let own = || self.of(side, it).into_iter().collect::<Vec<_>>().join("|");
        text.segs().iter().map(|seg| if is_own(seg) { own() } else { self.part(side, it, seg, 0) }).collect()
    }

    /// The same in the name of a bucket that is called after another, and so on.
    fn within(&self, side: Side, it: Named<'_>, depth: usize) -> BTreeSet<String> {
        match &it.name.value {
            Value::OneOf(all, _) => all.iter().map(|name| self.one(side, it, name, depth)).collect(),
            only => BTreeSet::from([self.one(side, it, only, depth)]),
        }
    }

    /// Whether a bucket cannot be one of before: names that are not known may be any that they could become.
    #[must_use]
    pub fn is_another(&self, now: Named<'_>, before: Named<'_>) -> bool {
        let was = self.of(Side::Before, before);
        if self.of(Side::Now, now).is_subset(&was) {
            return false;
        }
        let may_be = |a: &SymStr, b: &SymStr| match (a.known(), b.known()) {
            (Some(a), None) => b.could_be(&a),
            (None, Some(b)) => a.could_be(&b),
            _ => false,
        };
        // One that nobody chose, or of which nothing is known, becomes known.
        let open = |it: &Attr<SymStr>| it.possible().is_empty();
        let is_open = open(now.name) != open(before.name);
        !is_open && !now.name.possible().iter().any(|now| before.name.possible().iter().any(|old| may_be(now, old)))
    }

    fn one(&self, side: Side, it: Named<'_>, name: &Value<SymStr>, depth: usize) -> String {
        match name {
            Value::Known(text) => text.segs().iter().map(|seg| self.part(side, it, seg, depth)).collect(),
            Value::Absent => self.generated(side, it),
            Value::Unknown(why) | Value::OneOf(_, why) => self.open(side, it, why.subject(), why),
        }
    }

    fn part(&self, side: Side, it: Named<'_>, seg: &Seg, depth: usize) -> String {
        let hole = match (seg.known(), seg) {
            (Some(known), _) => return known.to_string(),
            (None, Seg::Lit(_)) => return String::new(),
            (None, Seg::Hole(hole)) => hole,
        };
        let (entity, attribute) = (&*hole.symbol.entity, &*hole.symbol.attribute);
        if entity == it.address {
            return self.generated(side, it);
        }
        let all = if side == Side::Now { &self.here } else { &self.there };
        match all.get(&(it.namespace, entity)).filter(|_| attribute == "id" && depth < MAX_DEPTH) {
            Some(others) => {
                let names: BTreeSet<String> = others.iter().flat_map(|it| self.within(side, *it, depth + 1)).collect();
                names.into_iter().collect::<Vec<_>>().join("|")
            }
            None => self.open(side, it, &format!("{entity}.{attribute}"), &hole.why),
        }
    }

    /// What nobody chose is known by the resource, under its address of before.
    #[must_use]
    pub fn generated(&self, side: Side, it: Named<'_>) -> String {
        let is_moved = |from: &String| {
            let from = (it.namespace, from.as_str());
            self.there.contains_key(&from) && !self.here.contains_key(&from)
        };
        // Another may have had the address before.
        let moved = former(it.namespace, it.address, &self.moved).skip(1).filter(is_moved).last();
        // The one of a `count` is what there was without, and the other way around.
        let counted = || {
            let (all, count) = (it.address, "[0]");
            let without = all.match_indices(count).map(|(at, _)| {
                let (before, own) = all.split_at(at);
                format!("{before}{}", own.strip_prefix(count).unwrap_or(own))
            });
            without.chain([format!("{all}{count}")]).find(is_moved)
        };
        let moved = moved.or_else(counted).filter(|_| side == Side::Now);
        format!("${{{}}}", moved.as_deref().unwrap_or(it.address))
    }

    fn open(&self, side: Side, it: Named<'_>, text: &str, why: &Why) -> String {
        let (own, other) = match side {
            Side::Before => (&self.before, &self.now),
            Side::Now => (&self.now, &self.before),
        };
        match own.source(it.namespace, it.address, text, why) {
            // What another unit of Terragrunt gives is known by what that says of it.
            None => match own.of_dependency(it.namespace, text) {
                Some(says) => format!("${{{text} {says}}}"),
                None => format!("${{{text}}}"),
            },
            Some(source) if other.declares(it.namespace, &source) => {
                format!("${{{} {}}}", source.text(text), source.says)
            }
            // It is called otherwise in the other state, if it is there at all.
            Some(source) => format!("${{{} {}}}", source.without_name(text), source.says),
        }
    }
}
