//! Account-wide settings of Block Public Access, and an organisation's, that were on and are not.

use std::collections::BTreeSet;
use std::path::Path;

use crate::finding::Finding;
use crate::model::{Account, AccountLevel, PublicAccessBlock};
use crate::source::{Sources, Span};
use crate::value::{Attr, Cause, Truth, Why};

use super::gone::kept;
use super::{Place, State, finding};

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
pub(super) fn opened(before: State<'_>, now: State<'_>, found: &mut Vec<Finding>) {
    let pairs = pairs(before, now);
    for (old, new) in before.estate.accounts.iter().zip(pairs) {
        // What Terraform lets go of stays as it is.
        let removed = new.is_none().then(|| kept(now, root(old), &old.address)).flatten();
        let mut gone = Vec::new();
        for (name, flag) in FLAGS {
            let was = is_on(&old.public_access_block, flag).and(old.exists.truth());
            let is = match new {
                Some(it) => is_on(&it.public_access_block, flag).and(it.exists.truth()),
                None => removed.map_or(Truth::No, |it| !it.is_destroyed),
            };
            if was == Truth::Yes && is != Truth::Yes {
                gone.push((name, flag, is));
            }
        }
        let Some((_, flag, _)) = gone.first().copied() else { continue };
        let names: Vec<&str> = gone.iter().map(|it| it.0).collect();
        let whose = match old.level {
            AccountLevel::Account => "the whole account",
            AccountLevel::Organization => "the organisation",
        };
        let what = if new.is_some() { "on and is not any more" } else { "on and is gone" };
        let message = format!("{}: Block Public Access of {whose} ({}) was {what}", old.address, names.join(", "));
        let holds = Truth::any(gone.iter().map(|it| !it.2));
        let block = new.and_then(|it| it.public_access_block.as_known());
        let at = match (block, new) {
            (Some(block), _) => flag(block).origin.span.or(new.and_then(|it| it.origin.span)),
            (None, Some(new)) => new.origin.span,
            (None, None) if removed.is_some() => removed.map(|it| it.at),
            (None, None) => old.origin.span.zip(before.sources).zip(now.sources).and_then(|it| place(it.0, it.1)),
        };
        let why: Option<Why> = match new {
            Some(it) => block.and_then(|it| flag(it).why()).or_else(|| it.public_access_block.why()).cloned(),
            None => removed.map(|it| {
                Why::new(Cause::NotInInput, "whether it is destroyed (`destroy` in `lifecycle`)", Some(it.at))
            }),
        };
        let address = new.map_or(&old.address, |it| &it.address);
        let declared = new.and_then(|it| it.origin.span);
        let place = Place { address, namespace: "", declared };
        found.push(finding(place, &format!("account {}", names.join(" ")), message, at, holds, None, why.as_ref()));
    }
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
