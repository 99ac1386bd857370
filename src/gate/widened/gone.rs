//! What is gone of the code though its bucket lives on: what stood in for one that is declared elsewhere, and what was beside one
//! that the code lets go of (`removed`, `DeletionPolicy`).

use std::path::Path;

use crate::finding::{Finding, Status};
use crate::frontend::terraform::is_code;
use crate::model::{Bucket, Format, Removed};
use crate::policy::Policy;
use crate::source::Span;
use crate::value::{Attr, Cause, Origin, Truth, Value, Why};

use super::joined::Named;
use super::pairs::{Pairs, Was, may_be, name, stands_in, steps};
use super::written::Written;
use super::{Both, State, accounts, context, finding, flags, policies, settings};

/// The bucket as it is left.
struct Left {
    bucket: Bucket,
    /// Whether it certainly has lost what it lacks.
    is_certain: bool,
    /// What became of it.
    note: String,
}

/// Tells what the buckets that no bucket of now is kept shut, where they live on.
pub(super) fn lost<'a>(
    pairs: &'a Pairs<'a>,
    (before, now): (State<'a>, State<'a>),
    named: [&'a Named<'a>; 2],
    written: Option<&'a Written<'_>>,
    own_account: Option<&str>,
    found: &mut Vec<Finding>,
) {
    if pairs.gone.is_empty() {
        return;
    }
    let states = States { pairs, before, now, named, written };
    for old in &pairs.gone {
        let left = states.stood_in(old).or_else(|| states.let_go(old));
        if let Some(left) = left {
            tell(&left, old, own_account, found);
        }
    }
}

/// Tells what a stand-in of a bucket keeps shut, where it is there under a condition now and always was.
pub(super) fn perhaps(new: &Bucket, old: &Bucket, own_account: Option<&str>, found: &mut Vec<Finding>) {
    if !stands_in(new) || !stands_in(old) || new.exists.truth() != Truth::Unknown || new.exists == old.exists {
        return;
    }
    let bucket = Bucket { acl: new.acl.clone(), ..bare(new, new.origin.clone()) };
    let note = format!("it is there under a condition now: {}", new.exists);
    tell(&Left { bucket, is_certain: false, note }, old, own_account, found);
}

fn tell(left: &Left, old: &Bucket, own_account: Option<&str>, found: &mut Vec<Finding>) {
    let start = found.len();
    let both = Both { new: &left.bucket, old, written: None, moved: &[], context: context(&left.bucket, own_account) };
    policies::refused(&both, &[], found);
    flags(&left.bucket, old, found);
    if settings::is_turned_on(old, &left.bucket) {
        let message = format!("{}: Object Ownership turned ACLs off, and does not any more", left.bucket.address);
        let (at, why) = (left.bucket.origin.span, left.bucket.acl.why());
        found.push(finding((&left.bucket).into(), "ownership", message, at, Truth::Unknown, None, why));
    }
    let is_certain = left.is_certain && old.exists.truth() == Truth::Yes;
    for it in found.iter_mut().skip(start) {
        it.message.push_str(&format!(" ({})", left.note));
        if !is_certain && it.status == Status::Violated {
            let why = Why::new(Cause::NotInInput, "the rest of the bucket", it.at);
            (it.status, it.unknown) = (Status::Unknown, vec![why.to_string()]);
        }
    }
}

/// The `removed` block of a root module that lets go of something and does not certainly destroy it.
pub(super) fn kept<'a>(now: State<'a>, namespace: &str, address: &str) -> Option<&'a Removed> {
    let path = steps(address);
    let is_it = |it: &&Removed| {
        it.namespace == namespace && it.is_destroyed != Truth::Yes && path.starts_with(&steps(&it.from))
    };
    now.estate.removed.iter().find(is_it)
}

/// Whether it is what code says of a bucket that is declared elsewhere, and not a call of a module that may have more to say.
pub(super) fn is_companion(bucket: &Bucket) -> bool {
    let is_call = || steps(&bucket.address).iter().rev().nth(1).is_some_and(|it| it == "module");
    stands_in(bucket) && matches!(bucket.format, Format::Terraform | Format::CloudFormation) && !is_call()
}

/// A bucket of which nothing is said.
fn bare(of: &Bucket, origin: Origin) -> Bucket {
    let mut bucket = Bucket::new(of.address.clone(), of.format, origin);
    bucket.namespace.clone_from(&of.namespace);
    (bucket.kind, bucket.name) = (of.kind, of.name.clone());
    (bucket.provider, bucket.account) = (of.provider.clone(), of.account.clone());
    bucket
}

struct States<'a, 'w> {
    pairs: &'a Pairs<'a>,
    before: State<'a>,
    now: State<'a>,
    /// The buckets of before, and those of now.
    named: [&'a Named<'a>; 2],
    /// Where the buckets of before are written.
    written: Option<&'a Written<'w>>,
}

impl States<'_, '_> {
    /// A bucket that is declared elsewhere, without what stood in for it.
    fn stood_in(&self, old: &Bucket) -> Option<Left> {
        if !is_companion(old) {
            return None;
        }
        let own = name(old);
        let [before, now] = self.named;
        let others: Vec<&Bucket> = match &own {
            Some(own) => now.of(own).to_vec(),
            None => self.unpaired().filter(|it| may_be(it, old)).collect(),
        };
        // A bucket that goes with it needs no guard.
        let is_own = |it: &&Bucket| !stands_in(it) && self.kept(it, &it.address).is_none();
        if others.is_empty() && own.as_ref().is_some_and(|it| before.of(it).iter().any(is_own)) {
            return None;
        }
        if own.is_none() && self.is_of_a_module_that_is_gone(old) {
            return None;
        }
        let mut left = self.without(old, &bare(old, self.place(old)), &others, None);
        left.is_certain &= own.is_some() && self.is_code_left(old);
        left.is_certain &= !self.unpaired().any(|it| stands_in(it) && name(it).is_none());
        left.note = match own {
            Some(name) => format!("what was beside `{name}`, which is declared elsewhere, is gone"),
            None => "what was beside a bucket that is declared elsewhere is gone".to_owned(),
        };
        Some(left)
    }

    /// A bucket that the code knows no more of and that lives on, without what is destroyed of it.
    fn let_go(&self, old: &Bucket) -> Option<Left> {
        if stands_in(old) {
            return None;
        }
        let removed = self.kept(old, &old.address);
        let is_retained = old.deletion_policy.as_known().is_some_and(|it| it.starts_with("Retain"));
        let is_kept = old.format == Format::CloudFormation && is_retained && self.is_code_left(old);
        let (origin, is_certain, note) = match removed {
            Some(it) => (Origin::at(it.at), it.is_destroyed == Truth::No, "a `removed` block"),
            None if is_kept => (self.place(old), true, "its `DeletionPolicy`"),
            None => return None,
        };
        let others = name(old).map(|it| self.named[1].of(&it).to_vec()).unwrap_or_default();
        let mut left = self.without(old, &Bucket { origin, ..old.clone() }, &others, Some(old));
        left.is_certain &= is_certain;
        left.note = format!("{note} keeps the bucket, and not what was beside it");
        Some(left)
    }

    /// Whether there is still code that something may have been taken out of. What becomes of things whose code is gone as a whole,
    /// nobody knows.
    fn is_code_left(&self, old: &Bucket) -> bool {
        let Some(sources) = self.now.sources else { return false };
        match old.format {
            Format::Terraform => sources.fs().list(Path::new(&old.namespace)).iter().any(|it| is_code(it)),
            _ => self.place(old).span.is_some(),
        }
    }

    /// The buckets of now that nothing of before is.
    fn unpaired(&self) -> impl Iterator<Item = &Bucket> {
        let all = self.now.estate.buckets.iter().zip(&self.pairs.was);
        all.filter(|it| matches!(it.1, Was::New | Was::Unclear)).map(|it| it.0)
    }

    /// A bucket with what is left of it. `others` say something of it now, `own` is the bucket whose block does.
    fn without(&self, old: &Bucket, bucket: &Bucket, others: &[&Bucket], own: Option<&Bucket>) -> Left {
        let mut left = Left { bucket: bucket.clone(), is_certain: true, note: String::new() };
        let origin = &bucket.origin;
        // What was never said is not lost.
        let stays = |has: bool, at: &Origin| if has { self.stays(old, at.span, own) } else { Truth::No };
        match stays(old.policy.is_said(), &old.policy.origin) {
            Truth::Yes => left.bucket.policy = old.policy.clone(),
            stays => {
                left.is_certain &= stays == Truth::No;
                let other = others.iter().map(|it| &it.policy).find(|it| it.is_said());
                left.bucket.policy = other.cloned().unwrap_or_else(|| Attr::<Policy>::absent(origin.clone()));
            }
        }
        match stays(!old.public_access_block.is_absent(), &old.public_access_block.origin) {
            Truth::Yes => left.bucket.public_access_block = old.public_access_block.clone(),
            stays => {
                left.is_certain &= stays == Truth::No;
                let other = others.iter().map(|it| &it.public_access_block).find(|it| it.is_said());
                left.bucket.public_access_block = other.cloned().unwrap_or_else(|| Attr::absent(origin.clone()));
            }
        }
        left.bucket.acl = old.acl.clone();
        left.bucket.ownership = match stays(!old.ownership.is_absent(), &old.ownership.origin) {
            Truth::Yes => old.ownership.clone(),
            _ => {
                let other = others.iter().map(|it| &it.ownership).find(|it| it.is_said());
                other.cloned().unwrap_or_else(|| Attr::absent(origin.clone()))
            }
        };
        left
    }

    /// Whether what stood at a place stays in force: in the block of a bucket that stays, or let go of itself.
    fn stays(&self, old: &Bucket, at: Option<Span>, own: Option<&Bucket>) -> Truth {
        let block = at.zip(self.written).and_then(|(at, written)| written.block_at(old, at));
        let Some(block) = block else { return Truth::Unknown };
        let path = steps(&old.address);
        let own_block = path.get(path.len().saturating_sub(2)..).unwrap_or_default().join(".");
        if own.is_some() && own_block == block {
            return Truth::Yes;
        }
        let module = path.get(..path.len().saturating_sub(2)).unwrap_or_default();
        let address = module.iter().map(String::as_str).chain([block.as_str()]).collect::<Vec<_>>().join(".");
        let is_retained = at.zip(self.written).is_some_and(|(at, written)| written.is_retained(old, at));
        self.kept(old, &address).map_or(is_retained.into(), |it| !it.is_destroyed)
    }

    /// The `removed` block that lets go of something and does not certainly destroy it.
    fn kept(&self, old: &Bucket, address: &str) -> Option<&Removed> {
        kept(self.now, &old.namespace, address)
    }

    /// Where the code stood that is gone.
    fn place(&self, old: &Bucket) -> Origin {
        let sources = self.before.sources.zip(self.now.sources);
        let at = old.origin.span.zip(sources).and_then(|(at, (before, now))| accounts::place((at, before), now));
        Origin { span: at, ..Origin::default() }
    }

    /// Whether the bucket was that of a module whose call is gone too.
    fn is_of_a_module_that_is_gone(&self, old: &Bucket) -> bool {
        let holes = match &old.name.value {
            Value::Known(it) => it.unknown_holes().map(|it| it.symbol.entity.to_string()).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let mut subjects = holes.into_iter().chain(old.name.why().map(|it| it.subject().to_owned()));
        let is_left = |call: &str| {
            let own = self.now.estate.buckets.iter().filter(|it| it.namespace == old.namespace);
            own.map(|it| steps(&it.address)).any(|it| it.starts_with(&["module".to_owned(), call.to_owned()]))
                || self.now.estate.gaps.iter().any(|it| it.why.subject().contains(&format!("module.{call}")))
        };
        subjects.any(|it| match steps(&it).as_slice() {
            [module, call, ..] => module == "module" && !is_left(call),
            _ => false,
        })
    }
}
