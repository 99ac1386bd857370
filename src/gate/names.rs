//! What buckets are called in two states of the code, so that one of another name is known as another: what is known of the name, and
//! of the rest what that is written as. What gives it may be called otherwise, where it says the same.

use std::collections::BTreeSet;

use crate::model::{Bucket, Estate, Moved};
use crate::source::Sources;
use crate::value::{Attr, Seg, SymStr, Value, Why};

use super::widened::{Written, former};

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
    let one = |(namespace, address, name)| Named { namespace, address, name };
    let points = estate.access_points.iter().map(|it| (it.namespace.as_str(), it.address.as_str(), &it.bucket));
    let objects = estate.objects.iter().map(|it| (it.namespace.as_str(), it.address.as_str(), &it.bucket));
    estate.buckets.iter().map(Named::from).chain(points.chain(objects).map(one))
}

/// Tells what buckets are called in two states of the code.
pub struct Names<'a> {
    before: Written<'a>,
    now: Written<'a>,
    /// What was there before.
    there: BTreeSet<(&'a str, &'a str)>,
    moved: Vec<&'a Moved>,
}

impl<'a> Names<'a> {
    /// Of several environments there are several estates.
    pub fn new((before, old): (&'a Sources, &[&'a Estate]), (now, new): (&'a Sources, &[&'a Estate])) -> Self {
        let there = old.iter().flat_map(|it| named(it)).map(|it| (it.namespace, it.address)).collect();
        let moved = new.iter().flat_map(|it| &it.moved).collect();
        Self { before: Written::new(before), now: Written::new(now), there, moved }
    }

    /// What a bucket is called, as it can be compared with what one of the other state is called: several where it is one of them.
    #[must_use]
    pub fn of(&self, side: Side, it: Named<'_>) -> BTreeSet<String> {
        match &it.name.value {
            Value::OneOf(all, _) => all.iter().map(|name| self.one(side, it, name)).collect(),
            only => BTreeSet::from([self.one(side, it, only)]),
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

    fn one(&self, side: Side, it: Named<'_>, name: &Value<SymStr>) -> String {
        match name {
            Value::Known(text) => text.segs().iter().map(|seg| self.part(side, it, seg)).collect(),
            Value::Absent => self.generated(side, it),
            Value::Unknown(why) | Value::OneOf(_, why) => self.open(side, it, why.subject(), why),
        }
    }

    fn part(&self, side: Side, it: Named<'_>, seg: &Seg) -> String {
        match (seg.known(), seg) {
            (Some(known), _) => known.to_string(),
            (None, Seg::Hole(hole)) if *hole.symbol.entity == *it.address => self.generated(side, it),
            (None, Seg::Hole(hole)) => {
                self.open(side, it, &format!("{}.{}", hole.symbol.entity, hole.symbol.attribute), &hole.why)
            }
            (None, Seg::Lit(_)) => String::new(),
        }
    }

    /// What nobody chose is known by the resource, under its address of before.
    fn generated(&self, side: Side, it: Named<'_>) -> String {
        let back = || {
            let mut all = former(it.namespace, it.address, &self.moved);
            all.find(|address| self.there.contains(&(it.namespace, address.as_str())))
        };
        let address = Some(()).filter(|()| side == Side::Now).and_then(|()| back());
        format!("${{{}}}", address.as_deref().unwrap_or(it.address))
    }

    fn open(&self, side: Side, it: Named<'_>, text: &str, why: &Why) -> String {
        let (own, other) = match side {
            Side::Before => (&self.before, &self.now),
            Side::Now => (&self.now, &self.before),
        };
        match own.source(it.namespace, it.address, text, why) {
            None => format!("${{{text}}}"),
            Some(source) if other.declares(it.namespace, &source) => format!("${{{text} {}}}", source.says),
            // It is called otherwise in the other state, if it is there at all.
            Some(source) => format!("${{{} {}}}", source.without_name(text), source.says),
        }
    }
}
