//! Account-wide settings of Block Public Access, and an organisation's, that were on and are not.

use std::collections::BTreeSet;
use std::path::Path;

use crate::finding::Finding;
use crate::model::{Account, AccountLevel, Bucket, BucketKind, Format, PublicAccessBlock};
use crate::policy::Context;
use crate::source::{Sources, Span};
use crate::value::{Attr, Cause, Origin, Truth, Why};

use super::gone::kept;
use super::joined::under;
use super::providers::{self, Accounts};
use super::written::Written;
use super::{Both, Place, State, finding, settings};

/// Takes a setting out of all four.
pub(super) type Flag = fn(&PublicAccessBlock) -> &Attr<bool>;

/// A setting with its name.
pub(super) type Setting = (&'static str, Flag);

/// All of them.
pub(super) const FLAGS: [Setting; 4] = [
    ("block_public_acls", |it| &it.block_public_acls),
    ("block_public_policy", |it| &it.block_public_policy),
    ("ignore_public_acls", |it| &it.ignore_public_acls),
    ("restrict_public_buckets", |it| &it.restrict_public_buckets),
];

/// Whether a setting is on.
pub(super) fn is_on(block: &Attr<PublicAccessBlock>, flag: Flag) -> Truth {
    block.holds(Truth::No, |it| flag(it).holds(Truth::No, |on| (*on).into()))
}

/// What the accounts of before closed and those of now do not.
pub(super) fn opened<'w>(
    (before, now): (State<'_>, State<'_>),
    written: Option<(&Written<'w>, &Written<'w>)>,
    own_account: Option<&str>,
    found: &mut Vec<Finding>,
) {
    let pairs = pairs(before, now);
    let accounts = Accounts { before, now, written, own_account };
    for (old, paired) in before.estate.accounts.iter().zip(pairs) {
        let is_another = paired.map_or(Truth::No, |it| accounts.is_another(old, it));
        let new = if is_another == Truth::Yes { accounts.of_account(old) } else { paired };
        // What Terraform lets go of stays as it is.
        let removed = paired.is_none().then(|| kept(now, root(old), &old.address)).flatten();
        if removed.is_none() {
            perhaps(old, new, (before, now), written, found);
        }
        let mut gone = Vec::new();
        for (name, flag) in FLAGS {
            let was = is_on(&old.public_access_block, flag).and(old.exists.truth());
            let is = match new {
                Some(it) => is_on(&it.public_access_block, flag).and(it.exists.truth()),
                None => removed.map_or(Truth::No, |it| !it.is_destroyed),
            };
            let is = if is_another == Truth::Unknown { is.and(Truth::Unknown) } else { is };
            let is_open = is_another == Truth::Unknown && was == Truth::Unknown && is == Truth::Unknown;
            if (was == Truth::Yes && is != Truth::Yes) || is_open {
                gone.push((name, flag, is));
            }
        }
        let Some((_, flag, _)) = gone.first().copied() else { continue };
        let names: Vec<&str> = gone.iter().map(|it| it.0).collect();
        let whose = match old.level {
            AccountLevel::Account => "the whole account",
            AccountLevel::Organization => "the organisation",
        };
        let what = match (new, is_another) {
            (Some(_), Truth::Unknown) => "may be another account's now",
            (Some(_), _) => "was on and is not any more",
            (None, Truth::Yes) => "was on and is gone: it is another account's now",
            (None, _) => "was on and is gone",
        };
        let message = format!("{}: Block Public Access of {whose} ({}) {what}", old.address, names.join(", "));
        let holds = Truth::any(gone.iter().map(|it| !it.2));
        let block = new.and_then(|it| it.public_access_block.as_known());
        let at = match (block, new) {
            _ if is_another != Truth::No => paired.and_then(|it| it.account_id.origin.span.or(it.origin.span)),
            (Some(block), _) => flag(block).origin.span.or(new.and_then(|it| it.origin.span)),
            (None, Some(new)) => new.origin.span,
            (None, None) if removed.is_some() => removed.map(|it| it.at),
            (None, None) => left(old, before, now),
        };
        let why: Option<Why> = match new {
            Some(it) if is_another == Truth::Unknown => Some(providers::why(it)),
            Some(it) => block.and_then(|it| flag(it).why()).or_else(|| it.public_access_block.why()).cloned(),
            None => removed.map(|it| {
                Why::new(Cause::NotInInput, "whether it is destroyed (`destroy` in `lifecycle`)", Some(it.at))
            }),
        };
        let address = new.or(paired).map_or(&old.address, |it| &it.address);
        let declared = new.or(paired).and_then(|it| it.origin.span);
        let place = Place { address, namespace: "", declared };
        found.push(finding(place, &format!("account {}", names.join(" ")), message, at, holds, None, why.as_ref()));
    }
}

/// What an account may have closed, where that, or what it depends on, is written otherwise.
fn perhaps<'w>(
    old: &Account,
    new: Option<&Account>,
    (before, now): (State<'_>, State<'_>),
    written: Option<(&Written<'w>, &Written<'w>)>,
    found: &mut Vec<Finding>,
) {
    let start = found.len();
    let was = as_bucket(old);
    let is = new.map_or_else(
        || {
            let origin = Origin { span: left(old, before, now), ..Origin::default() };
            let block = Attr::absent(origin.clone());
            Bucket { origin, public_access_block: block, ..was.clone() }
        },
        as_bucket,
    );
    let both = Both { new: &is, old: &was, written, moved: &now.estate.moved, context: Context::default() };
    settings::flags(&both, found);
    found.iter_mut().skip(start).for_each(|it| it.namespace.clear());
}

/// An account in the place of a bucket: what is compared of its settings is the same.
pub(super) fn as_bucket(account: &Account) -> Bucket {
    let mut it = Bucket::new(account.address.clone(), Format::Terraform, account.origin.clone());
    // No bucket of the code has it to itself.
    it.kind = BucketKind::PolicyOnly;
    root(account).clone_into(&mut it.namespace);
    it.public_access_block = under(account.public_access_block.clone(), &account.exists, &account.origin);
    it
}

/// Where an account's block stood that is gone.
fn left(old: &Account, before: State<'_>, now: State<'_>) -> Option<Span> {
    old.origin.span.zip(before.sources).zip(now.sources).and_then(|it| place(it.0, it.1))
}

/// The file of a place of before, where there still is one.
pub(super) fn place((old, before): (Span, &Sources), now: &Sources) -> Option<Span> {
    let path = before.file(old.file).path.clone();
    now.has(&path).then(|| now.load(&path).ok()).flatten().map(Span::head)
}

/// The folder of the root module of an account: a provider configuration is named by that and its own name.
fn root(account: &Account) -> &str {
    account.provider.split_once('|').map_or("", |it| it.0)
}

/// The account of now that each one of before is: by root module and address, else by provider configuration.
fn pairs<'a>(before: State<'a>, now: State<'a>) -> Vec<Option<&'a Account>> {
    let parts = |it: &'a Account| it.provider.split_once('|').unwrap_or(("", &it.provider));
    let is_kept = |it: &Account| {
        let folder = Path::new(root(it));
        folder.as_os_str().is_empty() || now.sources.is_none_or(|it| it.fs().is_dir(folder))
    };
    let by = |old: &'a Account, new: &'a Account, way: usize| {
        let ((root, provider), (new_root, new_provider)) = (parts(old), parts(new));
        let is_alike = (old.level, provider) == (new.level, new_provider);
        match way {
            0 => root == new_root && old.address == new.address,
            1 => root == new_root && is_alike,
            // Another folder is another account's, unless it is the old one under a new name.
            _ => is_alike && !is_kept(old),
        }
    };
    let mut found: Vec<Option<&Account>> = vec![None; before.estate.accounts.len()];
    let mut taken = BTreeSet::new();
    for way in 0..3 {
        for (old, found) in before.estate.accounts.iter().zip(&mut found).filter(|it| it.1.is_none()) {
            let mut left = now.estate.accounts.iter().enumerate();
            if let Some((at, new)) = left.find(|(at, new)| !taken.contains(at) && by(old, new, way)) {
                taken.insert(at);
                *found = Some(new);
            }
        }
    }
    found
}
