//! In whose name and where things work: what closed one account's buckets, or one bucket, may be about another when its provider
//! configuration is another.

use crate::finding::Finding;
use crate::model::{Account, AccountLevel, Bucket, Estate, Provider};
use crate::source::Span;
use crate::value::{Attr, Cause, Truth, Why};

use super::settings::Places;
use super::written::{Says, Written};
use super::{State, accounts, finding};

/// Fields that close a bucket, by the names of the model and as they are told.
const CLOSING: [(&str, &str); 3] =
    [("public_access_block", "Block Public Access"), ("policy", "the policy"), ("ownership", "Object Ownership")];

/// Whose settings an account's block has.
#[derive(PartialEq, Eq)]
enum Whose {
    /// Those of this account.
    Known(String),
    /// Those of the account of its provider configuration.
    Own,
    /// Nobody knows.
    Open,
}

/// Tells account-wide blocks of two states apart.
pub(super) struct Accounts<'a, 'w> {
    pub before: State<'a>,
    pub now: State<'a>,
    pub written: Option<(&'a Written<'w>, &'a Written<'w>)>,
    pub own_account: Option<&'a str>,
}

impl Accounts<'_, '_> {
    /// Whether an account-wide block is another account's now: the one of before is gone then.
    pub fn is_another(&self, old: &Account, new: &Account) -> Truth {
        if (old.level, new.level) != (AccountLevel::Account, AccountLevel::Account) {
            return Truth::No;
        }
        let is_moved = || Truth::from(!self.is_one_provider(&old.provider, &new.provider)).and(Truth::Unknown);
        match (self.whose(old, self.before.estate), whose(new)) {
            (Whose::Known(old), Whose::Known(new)) => (old != new).into(),
            // The provider keeps what it once was told.
            (Whose::Known(_) | Whose::Own, Whose::Own) => is_moved(),
            (Whose::Open, Whose::Open) => Truth::from(self.is_rewritten(old, new)).and(Truth::Unknown).or(is_moved()),
            _ => Truth::Unknown,
        }
    }

    /// The block of the account of before, whatever it is called now.
    pub fn of_account(&self, old: &Account) -> Option<&Account> {
        let was = Some(self.whose(old, self.before.estate)).filter(|it| matches!(it, Whose::Known(_)))?;
        let mut all = self.now.estate.accounts.iter().filter(|it| it.level == old.level);
        all.find(|it| self.whose(it, self.now.estate) == was)
    }

    fn whose(&self, account: &Account, estate: &Estate) -> Whose {
        let of_provider = || estate.providers.get(&account.provider).and_then(|it| it.account.clone());
        match whose(account) {
            Whose::Own => {
                of_provider().or_else(|| self.own_account.map(str::to_owned)).map_or(Whose::Own, Whose::Known)
            }
            other => other,
        }
    }

    /// Whether a configuration of before and one of now are of one account: what one of a name says may change.
    fn is_one_provider(&self, old: &str, new: &str) -> bool {
        let providers = self.before.estate.providers.get(old).zip(self.now.estate.providers.get(new));
        alias(old) == alias(new) || providers.is_some_and(|(old, new)| old.is_one_account(new))
    }

    fn is_rewritten(&self, old: &Account, new: &Account) -> bool {
        let Some((now, before)) = self.written else { return false };
        let says = |written: &Written<'_>, it: &Account| {
            let at = it.account_id.origin.span;
            written
                .of_setting(&accounts::as_bucket(it), &Places { whole: at, parts: at.into_iter().collect(), key: None })
        };
        Says::is_other(&says(now, new), &says(before, old))
    }
}

/// What its block says. The account of the caller is that of the provider configuration.
fn whose(account: &Account) -> Whose {
    match (account.account_id.as_known(), account.account_id.why()) {
        (Some(id), _) => Whose::Known(id.clone()),
        (None, Some(why)) if !is_of_the_caller(why) => Whose::Open,
        _ => Whose::Own,
    }
}

fn is_of_the_caller(why: &Why) -> bool {
    why.cause() == Cause::Deployment || why.subject().contains("aws_caller_identity")
}

/// Why nobody knows whose the settings are.
pub(super) fn why(account: &Account) -> Why {
    let at: Option<Span> = account.account_id.origin.span.or(account.origin.span);
    account.account_id.why().cloned().unwrap_or_else(|| Why::new(Cause::NotInInput, "the account of the provider", at))
}

/// Tells what another provider configuration sets of a bucket than makes it, where that was one: it may be about another bucket, or
/// fail.
pub(super) fn parted(new: &Bucket, old: &Bucket, (before, now): (State<'_>, State<'_>), found: &mut Vec<Finding>) {
    let is_parted = |it: &Bucket, estate: &Estate, field: &str| {
        it.put_by.get(field).is_some_and(|by| !is_one_place(estate, by, &it.provider))
    };
    let said = |it: &Bucket, field: &str| match field {
        "policy" => place(&it.policy),
        "ownership" => place(&it.ownership),
        _ => place(&it.public_access_block),
    };
    let parted: Vec<(&str, &str)> = CLOSING
        .into_iter()
        .filter(|it| said(old, it.0).is_some() && said(new, it.0).is_some())
        .filter(|it| is_parted(new, now.estate, it.0) && !is_parted(old, before.estate, it.0))
        .collect();
    let Some((field, _)) = parted.first().copied() else { return };
    let names: Vec<&str> = parted.iter().map(|it| it.1).collect();
    let message = format!(
        "{}: whether {} still holds for the bucket is not known: the provider configuration `{}` sets it, and `{}` has the bucket",
        new.address,
        names.join(", "),
        alias(new.put_by.get(field).map_or("", String::as_str)),
        alias(&new.provider)
    );
    let at = said(new, field);
    let why = Why::new(Cause::NotInInput, "the account and region of the provider configurations", at);
    found.push(finding(new.into(), &format!("provider {field}"), message, at, Truth::Unknown, None, Some(&why)));
}

/// What a configuration is called in its root module.
fn alias(provider: &str) -> &str {
    provider.rsplit('|').next().unwrap_or_default()
}

fn place<T>(it: &Attr<T>) -> Option<Span> {
    it.origin.span.filter(|_| !it.is_absent())
}

/// Whether two configurations of one root work in one name and region.
fn is_one_place(estate: &Estate, one: &str, other: &str) -> bool {
    let region = |it: &str| estate.providers.get(it).map(|it: &Provider| it.region.clone());
    one == other || (estate.is_one_account(one, other) && region(one) == region(other))
}
