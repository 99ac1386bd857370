//! Buckets, accounts and access points → an estate.

use std::collections::BTreeSet;

use crate::model::{self, AccessPoint, Account, Bucket, Estate};
use crate::source::{FileId, Span};
use crate::value::Origin;

use super::record::{Features, Translated};
use super::snapshot::{AccountRecord, BucketRecord, Snapshot};
use super::{Options, lower};

/// An account that is known from elsewhere, by its id.
pub type Known<'a> = &'a dyn Fn(&str) -> Option<&'a Account>;

/// What an estate is put together of.
#[derive(Default)]
pub(super) struct Parts {
    pub buckets: Vec<Bucket>,
    pub accounts: Vec<Account>,
    pub points: Vec<AccessPoint>,
}

impl Parts {
    /// With accounts that are `known` from elsewhere; `is_told` says of which the source speaks itself.
    pub(super) fn assembled(
        self,
        known: Known<'_>,
        is_told: impl Fn(&str) -> bool,
        head: Span,
        namespace: &str,
        options: Options,
    ) -> Estate {
        let Self { buckets, accounts, points } = self;
        let mut estate = Estate { buckets, accounts, access_points: points, ..Estate::default() };
        for account in estate.buckets.iter().filter_map(|it| known(&it.provider)) {
            let said = |it: &Account| it.provider == account.provider && it.public_access_block.why().is_none();
            if !estate.accounts.iter().any(said) {
                estate.accounts.retain(|it| it.provider != account.provider);
                estate.accounts.push(account.clone());
            }
        }
        // An account that nobody asked about may close everything or nothing.
        for account in estate.buckets.iter().map(|it| it.provider.clone()).collect::<BTreeSet<_>>() {
            if !estate.accounts.iter().any(|it| it.provider == account) && !is_told(&account) {
                estate.accounts.extend(lower::silent_account(&account, head, options));
            }
        }
        estate.set_namespace(namespace);
        model::resolve(&mut estate);
        estate
    }
}

/// A snapshot that is in no file, bucket by bucket, with accounts that are known from elsewhere: what [`Live`] makes of its text, but all
/// of it stands at the head of `file`. Buckets only: a source with access points is written and read.
#[must_use]
pub fn estates_of(snapshot: &Snapshot, file: FileId, known: Known<'_>, options: Options) -> Vec<(String, Estate)> {
    let head = Span::head(file);
    let one = |(name, record): (&String, &BucketRecord)| {
        let bucket = lower::bucket(name, &Translated { record, origin: Origin::at(head) });
        let accounts = accounts_of(snapshot, file, options);
        let parts = Parts { buckets: vec![bucket], accounts, points: Vec::new() };
        let is_told = |id: &str| snapshot.accounts.contains_key(id);
        (name.clone(), parts.assembled(known, is_told, head, "record", options))
    };
    snapshot.buckets.iter().map(one).collect()
}

/// The accounts of such a snapshot.
#[must_use]
pub fn accounts_of(snapshot: &Snapshot, file: FileId, options: Options) -> Vec<Account> {
    let origin = Origin::at(Span::head(file));
    let account = |(id, it): (&String, &AccountRecord)| {
        lower::account(id, &Features::one(&it.public_access_block, origin.clone()), options)
    };
    snapshot.accounts.iter().filter_map(account).collect()
}
