//! What the code as a whole says of a bucket: each root module and template says a part of it, and a name that is known says that it is
//! the same bucket. S3 has one policy and one Block Public Access of it.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::model::Bucket;
use crate::value::{Attr, Cause, Guard, Origin, Truth, Value, Why};

use super::State;
use super::pairs::name;

/// The buckets of a state by their names; those of which it is not known have none.
pub(super) struct Named<'a>(HashMap<String, Vec<&'a Bucket>>);

impl<'a> Named<'a> {
    pub fn new(of: State<'a>) -> Self {
        let mut all: HashMap<String, Vec<&'a Bucket>> = HashMap::new();
        for it in &of.estate.buckets {
            if let Some(own) = name(it) {
                all.entry(own).or_default().push(it);
            }
        }
        Self(all)
    }

    /// Those of a name.
    pub fn of(&self, name: &str) -> &[&'a Bucket] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// A bucket with what only one other place says of it, where its own says nothing.
    pub fn joined<'b>(&self, bucket: &'b Bucket) -> Cow<'b, Bucket> {
        let others = || name(bucket).into_iter().flat_map(|it| self.of(&it)).filter(|it| !std::ptr::eq(**it, bucket));
        let mut whole = Cow::Borrowed(bucket);
        if !bucket.policy.is_said()
            && let Some(policy) = only(others().map(|it| (&it.policy, *it)))
        {
            whole.to_mut().policy = policy;
        }
        if !bucket.public_access_block.is_said()
            && let Some(block) = only(others().map(|it| (&it.public_access_block, *it)))
        {
            whole.to_mut().public_access_block = block;
        }
        whole
    }
}

/// The one that is said.
fn only<'a, T: Clone + 'a>(all: impl Iterator<Item = (&'a Attr<T>, &'a Bucket)>) -> Option<Attr<T>> {
    let mut said = all.filter(|it| it.0.is_said());
    let (first, of) = said.next()?;
    said.next().is_none().then(|| under(first.clone(), &of.exists, &of.origin))
}

/// A field of something that may not be there.
pub(super) fn under<T>(field: Attr<T>, exists: &Guard, at: &Origin) -> Attr<T> {
    let value = match (exists.truth(), field.value) {
        (Truth::Yes, value) => value,
        (Truth::No, _) => Value::Absent,
        (Truth::Unknown, value) => {
            let all = match value {
                Value::OneOf(all, _) => all,
                only => vec![only],
            };
            let why = Why::new(Cause::Conditional, exists.to_string(), at.span);
            Value::OneOf(all.into_iter().chain([Value::Absent]).collect(), why)
        }
    };
    Attr { value, origin: field.origin }
}
