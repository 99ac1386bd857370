//! What another environment of the same code had, under the names of this one.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Bucket, Estate};
use crate::value::{Hole, Seg, SymStr};

use super::pairs::{name, with_resources};

/// The same with its buckets called as those of another environment are: each is another bucket there, of which the same is said.
#[must_use]
pub fn called_as(estate: &Estate, other: &Estate) -> Estate {
    let address = |it: &'_ Bucket| (it.namespace.clone(), it.address.clone());
    let buckets: HashMap<(String, String), &Bucket> = other.buckets.iter().map(|it| (address(it), it)).collect();
    let mut called = estate.clone();
    for it in &mut called.buckets {
        let Some(other) = buckets.get(&address(it)) else { continue };
        let Some((from, to)) = name(it).zip(name(other)) else { continue };
        let text = |text: &SymStr| renamed(text, &it.address, (&from, &to));
        it.policy = it.policy.clone().map(|policy| with_resources(&policy, &text));
        it.name = other.name.clone();
    }
    called
}

/// A text that names a bucket by another name.
fn renamed(text: &SymStr, address: &str, names: (&str, &str)) -> SymStr {
    let seg = |seg: &Seg| match seg {
        Seg::Hole(hole) => {
            let known = hole.known.as_deref().and_then(|it| named(it, names, *hole.symbol.entity == *address));
            known.map_or_else(|| seg.clone(), |it| Seg::hole(Hole { known: Some(it), ..Hole::clone(hole) }))
        }
        Seg::Lit(lit) => match named(&lit.text, names, false) {
            Some(text) => SymStr::text(&*text).segs().first().cloned().unwrap_or_else(|| seg.clone()),
            None => seg.clone(),
        },
    };
    text.segs().iter().map(seg).collect()
}

/// The ARN of a bucket or its objects, or its name, with another name.
fn named(text: &str, (from, to): (&str, &str), is_name: bool) -> Option<Arc<str>> {
    if is_name && text == from {
        return Some(to.into());
    }
    let (head, tail) = text.split_once(":::")?;
    let rest = tail.strip_prefix(from).filter(|it| it.is_empty() || it.starts_with('/'))?;
    Some(format!("{head}:::{to}{rest}").into())
}
