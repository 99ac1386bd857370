//! All that a run knows: accounts, buckets, access points, objects, and what could not be attached.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Span;
use crate::value::{Attr, Guard, Origin, SymStr, Truth, Val, Why};

use super::beside::Beside;
use super::{AccessPoint, Acl, Bucket, Feature, PublicAccessBlock};

/// The whole model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estate {
    /// Account-wide settings, one per provider configuration that has any.
    pub accounts: Vec<Account>,
    /// What the code says of provider configurations, by their names in [`Bucket::provider`].
    pub providers: BTreeMap<String, Provider>,
    /// What root modules are given for their variables, by their names in [`Bucket::namespace`].
    pub given: BTreeMap<String, BTreeMap<String, Val>>,
    /// The buckets.
    pub buckets: Vec<Bucket>,
    /// The access points.
    pub access_points: Vec<AccessPoint>,
    /// Objects that code uploads with an ACL of their own.
    pub objects: Vec<Object>,
    /// What stands beside buckets and is about S3.
    pub beside: Vec<Beside>,
    /// Companions whose bucket is not in the estate.
    pub dangling: Vec<Dangling>,
    /// Parts of the input that could not be judged: one per cause (an unresolved module, an opaque transform).
    pub gaps: Vec<Gap>,
    /// What resources are called in the program that made the template, by the place where they are declared.
    pub constructs: BTreeMap<Span, Construct>,
    /// What the code says of resources that were called otherwise before.
    pub moved: Vec<Moved>,
    /// What the code says of resources that it has let go of.
    pub removed: Vec<Removed>,
    /// Known texts that code marks as sensitive: they are used, and not shown.
    pub secrets: BTreeSet<String>,
    /// What was looked at.
    pub tally: Tally,
}

/// In whose name and where a provider configuration works.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// What the code says of in whose name; none where the configuration is not there.
    pub credentials: Option<Vec<String>>,
    /// The account, where the code says it.
    pub account: Option<String>,
    /// The region, or what it is written as.
    pub region: Option<String>,
}

impl Provider {
    /// Whether two certainly work in one name.
    #[must_use]
    pub fn is_one_account(&self, other: &Self) -> bool {
        let is_same = |own: &Option<_>, other: &Option<_>| own.is_some() && own == other;
        is_same(&self.credentials, &other.credentials) || (self.account.is_some() && self.account == other.account)
    }
}

/// A `moved` block.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Moved {
    /// The root module that it is in.
    pub namespace: String,
    /// The address of before: of a resource, an instance, a module.
    pub from: String,
    /// The address of now.
    pub to: String,
}

impl Moved {
    /// What an address of before is called now, where the block is about it.
    #[must_use]
    pub fn now(&self, before: &str) -> Option<String> {
        below(before, &self.from).filter(|it| fits(it, &self.to)).map(|rest| format!("{}{rest}", self.to))
    }

    /// What an address of now was called, where the block is about it.
    #[must_use]
    pub fn before(&self, now: &str) -> Option<String> {
        below(now, &self.to).filter(|it| fits(it, &self.from)).map(|rest| format!("{}{rest}", self.from))
    }
}

/// Whether what follows an address can follow another: an instance has no instances.
fn fits(rest: &str, of: &str) -> bool {
    !(rest.starts_with('[') && of.ends_with(']'))
}

/// What follows an address in one of the same thing, of an instance of it or of what is in it.
fn below<'a>(address: &'a str, of: &str) -> Option<&'a str> {
    address.strip_prefix(of).filter(|it| it.is_empty() || it.starts_with(['.', '[']))
}

/// A `removed` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The root module that it is in.
    pub namespace: String,
    /// The address: of a resource, a module.
    pub from: String,
    /// The block.
    pub at: Span,
    /// Whether what it had is destroyed, and not only let go of.
    pub is_destroyed: Truth,
}

/// A resource in the program that a template was made by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Construct {
    /// Its path in the tree of constructs: `Stack/Data/Resource`.
    pub path: String,
    /// The line of the program that made it, where the output of the program tells.
    pub created_at: Option<String>,
}

/// What was looked at, for the summary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files read and recognised.
    pub files: usize,
    /// Files in which something did not parse.
    pub broken_files: usize,
}

/// Who sets an account-wide configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountLevel {
    /// The account itself.
    Account,
    /// An S3 policy of AWS Organizations, which overrides what the account says.
    Organization,
}

/// Account-wide Block Public Access.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Instance address of the block.
    pub address: String,
    /// The block.
    pub origin: Origin,
    /// When it exists.
    pub exists: Guard,
    /// Provider configuration.
    pub provider: String,
    /// The account's own setting, or its organisation's.
    pub level: AccountLevel,
    /// The account id, where known; of an organisation's setting, the account that it is attached to.
    pub account_id: Attr<String>,
    /// The settings.
    pub public_access_block: Attr<PublicAccessBlock>,
}

/// An object uploaded by code.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Instance address.
    pub address: String,
    /// The root module or template it belongs to: addresses are unique within one.
    pub namespace: String,
    /// The block.
    pub origin: Origin,
    /// When it exists.
    pub exists: Guard,
    /// The bucket.
    pub bucket: Attr<SymStr>,
    /// Address of that bucket where it is in the estate (set by `link`).
    pub bucket_address: Option<String>,
    /// What it is called in the bucket.
    pub key: Attr<SymStr>,
    /// Its ACL.
    pub acl: Attr<Acl>,
    /// The encryption that the upload asks for: `AES256`, `aws:kms`, `aws:kms:dsse`.
    pub encryption: Attr<String>,
}

/// A companion that could not be attached.
#[derive(Clone, Debug, PartialEq)]
pub struct Dangling {
    /// Instance address.
    pub address: String,
    /// The block.
    pub origin: Origin,
    /// The bucket it names.
    pub bucket: Attr<SymStr>,
    /// Why it could not be attached.
    pub reason: DanglingReason,
    /// What it says.
    pub feature: Feature,
}

/// Why a companion could not be attached.
#[derive(Clone, Debug, PartialEq)]
pub enum DanglingReason {
    /// It names a bucket that is not declared here (managed elsewhere).
    Elsewhere,
    /// It names a block that does not exist (a typo).
    Missing(String),
    /// The name is not known.
    Unknown(Why),
}

/// A part of the input that could not be judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Why.
    pub why: Why,
    /// Where.
    pub origin: Origin,
    /// One sentence without a final dot: what was not judged.
    pub message: String,
    /// What would resolve it.
    pub help: Option<String>,
}

impl Estate {
    /// Adds all of another estate.
    pub fn absorb(&mut self, other: Self) {
        append(&mut self.accounts, other.accounts);
        self.providers.extend(other.providers);
        self.given.extend(other.given);
        append(&mut self.buckets, other.buckets);
        append(&mut self.access_points, other.access_points);
        append(&mut self.objects, other.objects);
        append(&mut self.beside, other.beside);
        append(&mut self.dangling, other.dangling);
        append(&mut self.gaps, other.gaps);
        self.constructs.extend(other.constructs);
        append(&mut self.moved, other.moved);
        append(&mut self.removed, other.removed);
        self.secrets.extend(other.secrets);
        self.tally.files += other.tally.files;
        self.tally.broken_files += other.tally.broken_files;
    }

    /// Whether what two provider configurations have is of one account.
    #[must_use]
    pub fn is_one_account(&self, one: &str, other: &str) -> bool {
        fn root(it: &str) -> Option<&str> {
            it.split_once('|').map(|it| it.0)
        }
        let is_one = || Some(self.providers.get(one)?.is_one_account(self.providers.get(other)?));
        one == other || (root(one) == root(other) && is_one() == Some(true))
    }

    /// Account-wide blocks that apply to a bucket: those under a provider configuration of the same account (another region is the
    /// same account), and an organisation's that is attached to the bucket's account. `own_account` is that of the run.
    pub fn accounts_of<'e>(&'e self, bucket: &Bucket, own_account: Option<&str>) -> impl Iterator<Item = &'e Account> {
        let provider = bucket.provider.clone();
        let own = bucket.account.clone().or_else(|| own_account.map(str::to_owned));
        self.accounts.iter().filter(move |it| {
            let applies = match (it.level, it.account_id.as_known()) {
                (AccountLevel::Organization, Some(id)) => own.as_ref() == Some(id),
                (AccountLevel::Account, Some(id)) if own.as_ref().is_some_and(|own| own != id) => false,
                _ => self.is_one_account(&it.provider, &provider),
            };
            applies && it.exists != Guard::Never
        })
    }

    /// Root module or template, address and name of the bucket of each resource that is one or is about one.
    pub fn named(&self) -> impl Iterator<Item = (&str, &str, &Attr<SymStr>)> {
        let buckets = self.buckets.iter().map(|it| (it.namespace.as_str(), it.address.as_str(), &it.name));
        let points = self.access_points.iter().map(|it| (it.namespace.as_str(), it.address.as_str(), &it.bucket));
        let objects = self.objects.iter().map(|it| (it.namespace.as_str(), it.address.as_str(), &it.bucket));
        buckets.chain(points).chain(objects)
    }

    /// The bucket of an address in a root module or template.
    #[must_use]
    pub fn bucket(&self, namespace: &str, address: &str) -> Option<&Bucket> {
        self.buckets.iter().find(|it| it.namespace == namespace && it.address == address)
    }

    /// Says which root module or template everything in the estate belongs to.
    pub fn set_namespace(&mut self, namespace: &str) {
        for bucket in &mut self.buckets {
            namespace.clone_into(&mut bucket.namespace);
        }
        for point in &mut self.access_points {
            namespace.clone_into(&mut point.namespace);
        }
        for beside in &mut self.beside {
            namespace.clone_into(&mut beside.namespace);
        }
        for object in &mut self.objects {
            namespace.clone_into(&mut object.namespace);
        }
        for moved in &mut self.moved {
            namespace.clone_into(&mut moved.namespace);
        }
        for removed in &mut self.removed {
            namespace.clone_into(&mut removed.namespace);
        }
    }
}

/// Adds to a list. An empty one takes the other as it is: thousands of buckets are megabytes, which would be there twice.
fn append<T>(own: &mut Vec<T>, other: Vec<T>) {
    if own.is_empty() {
        *own = other;
    } else {
        own.extend(other);
    }
}
