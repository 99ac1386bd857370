//! What companions say of a bucket → its fields: one that is certain decides, others leave alternatives.

use crate::value::{Attr, Cause, Guard, Origin, Truth, Value, Why};

use super::super::{Bucket, Feature, Left};

pub(super) struct Candidate {
    /// Whether it is certainly about this bucket.
    pub certain: bool,
    pub exists: Guard,
    /// Why it is not certain.
    pub why: Option<Why>,
    pub address: String,
    pub provider: String,
    pub origin: Origin,
    pub feature: Feature,
    pub left: Option<Left>,
}

impl Candidate {
    /// Whether it is about one of the instances that the bucket stands for.
    fn is_of_instance(&self) -> bool {
        !self.certain && self.why.as_ref().is_some_and(|it| it.cause() == Cause::Instance)
    }
}

pub(super) fn attach(bucket: &mut Bucket, mut candidates: Vec<Candidate>) {
    super::duplicates::note(bucket, &candidates);
    let own = bucket.exists.clone();
    // What is said of all instances first, then what is said of one.
    candidates.sort_by_key(|it| (it.is_of_instance(), it.is_of_instance() && own.implies(&it.exists) != Truth::Yes));
    // One that is kept as the code has it holds against those that are left.
    if let Some(first) = candidates.first() {
        let field = first.feature.field();
        bucket.left.remove(field);
        if candidates.iter().all(|it| it.certain && it.left.is_some()) {
            bucket.left.extend(first.left.clone().map(|it| (field, it)));
        }
    }
    for candidate in &candidates {
        if candidate.provider != bucket.provider {
            bucket.put_by.insert(candidate.feature.field(), candidate.provider.clone());
        }
        macro_rules! set {
            ($field:ident, $attr:expr) => {
                combine(&mut bucket.$field, $attr, &own, candidate, &candidates)
            };
        }
        match &candidate.feature {
            Feature::Acl(it) => set!(acl, it),
            Feature::Ownership(it) => set!(ownership, it),
            Feature::PublicAccessBlock(it) => set!(public_access_block, it),
            Feature::Policy(it) => set!(policy, it),
            Feature::Versioning(it) => set!(versioning, it),
            Feature::Encryption(it) => set!(encryption, it),
            Feature::Logging(it) => set!(logging, it),
            Feature::ObjectLock(it) => set!(object_lock, it),
            Feature::Lifecycle(it) => set!(lifecycle, it),
            Feature::Replication(it) => set!(replication, it),
            Feature::Cors(it) => set!(cors, it),
            Feature::Website(it) => set!(website, it),
            Feature::Notification(it) => set!(notification, it),
            Feature::Acceleration(it) => set!(acceleration, it),
        }
    }
}

/// Folds one candidate into the field.
pub(super) fn combine<T: Clone>(
    field: &mut Attr<T>,
    new: &Attr<T>,
    own: &Guard,
    candidate: &Candidate,
    all: &[Candidate],
) {
    let covered = own.implies(&candidate.exists);
    if covered == Truth::No {
        return;
    }
    let decides = |it: &Candidate| it.certain && own.implies(&it.exists) == Truth::Yes;
    let mut before = all.iter().take_while(|it| !std::ptr::eq(*it, candidate));
    // What stands in the bucket's own block is applied first; companions are applied in any order.
    let is_first = !before.any(|it| it.certain && own.implies(&it.exists) != Truth::No);
    if is_first && decides(candidate) {
        *field = new.clone();
        return;
    }
    let one = candidate.is_of_instance();
    // One whose bucket is not known may be about any: it does not shake what is certain.
    if !candidate.certain && !one && all.iter().any(decides) {
        return;
    }
    let order = || Why::new(Cause::Conditional, "the order in which several are applied", new.origin.span);
    let existence = || Why::new(Cause::Conditional, candidate.exists.to_string(), new.origin.span);
    let why = match (&candidate.why, covered) {
        // One instance decides nothing that is open without it, or is said of all.
        (Some(_), _) if one && field.why().is_some() && !field.is_by_instance() => {
            field.why().cloned().unwrap_or_else(order)
        }
        (Some(_), Truth::Yes) if one && all.iter().any(decides) => order(),
        (Some(_), Truth::Yes) if one => new.why().or(candidate.why.as_ref()).cloned().unwrap_or_else(order),
        (Some(_), _) if one => existence(),
        (Some(why), _) => why.clone(),
        // Which of two is applied last, and stays, Terraform does not say.
        (None, Truth::Yes) => order(),
        (None, _) => existence(),
    };
    let mut alternatives = flat(&field.value);
    if (field.is_absent() && exhaustive(own, all)) || (is_first && all.iter().any(decides)) {
        alternatives.clear();
    }
    for value in flat(&new.value) {
        alternatives.push(value);
    }
    let origin = if field.is_absent() { new.origin.clone() } else { field.origin.clone() };
    let value = match alternatives.as_slice() {
        [only] => only.clone(),
        _ if alternatives.iter().all(|it| matches!(it, Value::Unknown(_))) => Value::Unknown(why),
        _ => Value::OneOf(alternatives, why),
    };
    *field = Attr { value, origin };
}

/// Whether one of the candidates exists whenever the bucket does.
fn exhaustive(own: &Guard, all: &[Candidate]) -> bool {
    let certain: Vec<&Guard> = all.iter().filter(|it| it.certain).map(|it| &it.exists).collect();
    1 < certain.len() && own.covered_by(&certain) == Truth::Yes
}

fn flat<T: Clone>(value: &Value<T>) -> Vec<Value<T>> {
    match value {
        Value::OneOf(all, _) => all.clone(),
        other => vec![other.clone()],
    }
}
