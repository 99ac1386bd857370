//! Block Public Access at every level: the most restrictive setting wins.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use crate::model::{Account, AccountLevel, Bucket, Estate, ObjectOwnership, PublicAccessBlock};
use crate::value::{Attr, Origin, Truth};

use super::{Closer, Options};

/// The settings that act on requests, with the names of their closers.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub own: &'static str,
    pub account: &'static str,
    pub organization: &'static str,
    pub access_point: &'static str,
    read: fn(&PublicAccessBlock) -> &Attr<bool>,
}

/// Public ACLs have no effect.
pub(super) const IGNORE_PUBLIC_ACLS: Setting = Setting {
    own: "ignore_public_acls",
    account: "account.ignore_public_acls",
    organization: "organization.ignore_public_acls",
    access_point: "access_point.ignore_public_acls",
    read: |it| &it.ignore_public_acls,
};

/// A public policy serves only the own account and AWS services.
pub(super) const RESTRICT_PUBLIC_BUCKETS: Setting = Setting {
    own: "restrict_public_buckets",
    account: "account.restrict_public_buckets",
    organization: "organization.restrict_public_buckets",
    access_point: "access_point.restrict_public_buckets",
    read: |it| &it.restrict_public_buckets,
};

impl Setting {
    /// Whether the setting is on in a configuration; `absent` is its truth where there is no configuration.
    pub fn of(self, block: &Attr<PublicAccessBlock>, absent: Truth) -> Truth {
        // Once a configuration exists, a setting that it does not mention is off.
        block.holds(absent, |it| (self.read)(it).holds(Truth::No, |on| (*on).into()))
    }

    /// Where the setting is written, or the configuration that should have it.
    pub fn origin(self, block: &Attr<PublicAccessBlock>) -> Origin {
        block.possible().first().map_or_else(|| block.origin.clone(), |it| (self.read)(it).origin.clone())
    }

    /// The closers of this setting for a bucket: its own, and the account's. Those that are certainly off are not listed.
    pub fn closers(self, bucket: &Bucket, estate: &Estate, options: &Options) -> Vec<Closer> {
        let mut closers = Vec::new();
        if bucket.kind.is_always_blocked() {
            // S3 has it on for the kind, and nobody can turn it off.
            closers.push(Closer { setting: self.own, holds: Truth::Yes, origin: bucket.origin.clone() });
            return closers;
        }
        let own = self.of(&bucket.public_access_block, Truth::No);
        if own != Truth::No {
            let origin = self.origin(&bucket.public_access_block);
            closers.push(Closer { setting: self.own, holds: own, origin });
        }
        let governed = overridden(bucket, estate, options);
        for account in estate.accounts_of(bucket, options.own_account.as_deref()) {
            let mut holds = exists(bucket, account).and(self.of(&account.public_access_block, Truth::No));
            let setting = match account.level {
                AccountLevel::Organization => self.organization,
                AccountLevel::Account => {
                    holds = holds.and(!governed);
                    self.account
                }
            };
            if holds != Truth::No {
                let origin = self.origin(&account.public_access_block);
                closers.push(Closer { setting, holds, origin });
            }
        }
        let own = options.account_block == Some(true) && options.organization_block.is_none();
        if own && governed != Truth::Yes {
            closers.push(Closer { setting: self.account, holds: !governed, origin: Origin::default() });
        }
        if options.organization_block == Some(true) {
            closers.push(Closer { setting: self.organization, holds: Truth::Yes, origin: Origin::default() });
        }
        closers
    }
}

/// Whether the organisation decides for the account, so that the account's own settings have no say.
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3.html>
fn overridden(bucket: &Bucket, estate: &Estate, options: &Options) -> Truth {
    let all = estate.accounts_of(bucket, options.own_account.as_deref());
    let of_organization = all.filter(|it| it.level == AccountLevel::Organization);
    let code = Truth::any(of_organization.map(|it| exists(bucket, it)));
    code.or(options.organization_block.is_some().into())
}

fn exists(bucket: &Bucket, account: &Account) -> Truth {
    bucket.exists.implies(&account.exists)
}

/// Object Ownership "bucket owner enforced" turns ACLs off.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
pub(super) fn ownership_closer(bucket: &Bucket) -> Option<Closer> {
    let enforced = bucket.ownership.holds(Truth::No, |it| (*it == ObjectOwnership::BucketOwnerEnforced).into());
    let origin = bucket.ownership.origin.clone();
    (enforced != Truth::No).then_some(Closer { setting: "object_ownership", holds: enforced, origin })
}

/// Whether any of the closers is in force.
pub(super) fn closed(closers: &[Closer]) -> Truth {
    Truth::any(closers.iter().map(|it| it.holds))
}
