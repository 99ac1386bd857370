//! Fields of a bucket.

use super::super::expr::{Fact, Item};
use super::exposure::of;
use super::{BucketView, Field, Kind, Object, PolicyView, Type, fields};
use crate::exposure;
use crate::model::{AccountLevel, Bucket, Grantee};
use crate::policy::{StatementStatus, is_log_delivery};
use crate::value::{Cause, Why};

pub(super) const BUCKET: &[Field] = fields! { Bucket:
    "address" Type::Text, "instance address" => |it| Item::at(Fact::text(&it.bucket.address), &it.bucket.origin);
    "name" Type::Text, "the bucket's name; absent where AWS or the tool makes it up" =>
        |it| Item::attr(&it.bucket.name, Fact::symbolic);
    "format" Type::Text, "`terraform`, `cloudformation`, `policy`, `snapshot`" =>
        |it| Item::new(Fact::text(it.bucket.format.as_str()));
    "kind" Type::Text, "`general`, `directory`, `table`, `vector`, `outposts`, `policy-only` (known only through its policy)" =>
        |it| Item::new(Fact::text(it.bucket.kind.as_str()));
    "is_log_target" Type::Bool, "receives logs: of another bucket, a trail, a distribution or a load balancer of this code, or by what its policy or ACL lets in" =>
        |it| Item::new(Fact::Bool(it.bucket.is_log_target));
    "is_trail_target" Type::Bool, "a trail of this code writes to it" =>
        |it| Item::new(Fact::Bool(it.bucket.is_trail_target));
    "is_cdn_log_target" Type::Bool, "a CloudFront distribution of this code writes its standard logs to it, or its ACL is written for them" =>
        |it| Item::new(Fact::Bool(it.bucket.is_cdn_log_target || granted_to_cdn_logs(it.bucket)));
    "is_backed_up" Type::Bool, "a selection of AWS Backup of this code names it" =>
        |it| Item::new(Fact::Bool(it.bucket.is_backed_up));
    "is_replica" Type::Bool, "another bucket of this code is replicated into it" =>
        |it| Item::new(Fact::Bool(it.bucket.is_replica));
    "log_target" Type::Object(Kind::Bucket), "the bucket of this code that receives its access logs" => |it| log_target(it);
    "takes_access_logs" Type::Bool, "S3's log delivery may write to it: by policy, or by an ACL that is in force" =>
        |it| Item::at(of(exposure::takes_access_logs(it.bucket), &log_whys(it.bucket)), &it.bucket.policy.origin);
    "own_accounts" Type::Texts, "ids of the own account and of those that count as own" => |it| own_accounts(it);
    "acl" Type::Object(Kind::Acl), "the ACL" => |it| Item::attr(&it.bucket.acl, |acl| Fact::Object(Object::Acl(acl)));
    "ownership" Type::Text, "`BucketOwnerEnforced`, `BucketOwnerPreferred`, `ObjectWriter`" =>
        |it| Item::attr(&it.bucket.ownership, |own| Fact::text(own.as_str()));
    "public_access_block" Type::Object(Kind::PublicAccessBlock), "Block Public Access of the bucket" =>
        |it| Item::attr(&it.bucket.public_access_block, |block| Fact::Object(Object::PublicAccessBlock(block)));
    "policy" Type::Object(Kind::Policy), "the bucket policy" => |it| policy(it);
    "versioning" Type::Object(Kind::Versioning), "versioning" =>
        |it| Item::attr(&it.bucket.versioning, |own| Fact::Object(Object::Versioning(own)));
    "encryption" Type::Object(Kind::Encryption), "default encryption" =>
        |it| Item::attr(&it.bucket.encryption, |own| Fact::Object(Object::Encryption(own)));
    "logging" Type::Object(Kind::Logging), "server access logging" =>
        |it| Item::attr(&it.bucket.logging, |own| Fact::Object(Object::Logging(own)));
    "object_lock" Type::Object(Kind::ObjectLock), "Object Lock" =>
        |it| Item::attr(&it.bucket.object_lock, |own| Fact::Object(Object::ObjectLock(own)));
    "lifecycle" Type::Object(Kind::Lifecycle), "lifecycle" =>
        |it| Item::attr(&it.bucket.lifecycle, |own| Fact::Object(Object::Lifecycle(own)));
    "replication" Type::Object(Kind::Replication), "replication" =>
        |it| Item::attr(&it.bucket.replication, |own| Fact::Object(Object::Replication(own)));
    "cors" Type::Objects(Kind::CorsRule), "CORS rules" => |it| Item::attr(&it.bucket.cors, |rules| {
        Fact::list(rules.iter().map(|rule| Item::at(Fact::Object(Object::CorsRule(rule)), &rule.origin)))
    });
    "website" Type::Object(Kind::Website), "static website hosting" =>
        |it| Item::attr(&it.bucket.website, |own| Fact::Object(Object::Website(own)));
    "notification" Type::Object(Kind::Notification), "event notifications" =>
        |it| Item::attr(&it.bucket.notification, |own| Fact::Object(Object::Notification(own)));
    "tags" Type::Objects(Kind::Tag), "tags" => |it| Item::attr(&it.bucket.tags, |tags| {
        Fact::list(tags.iter().map(|tag| Item::at(Fact::Object(Object::Tag(tag)), &tag.value.origin)))
    });
    "force_destroy" Type::Bool, "Terraform's `force_destroy`" =>
        |it| Item::attr(&it.bucket.force_destroy, |own| Fact::Bool(*own));
    "acceleration" Type::Text, "`Enabled`, `Suspended`" =>
        |it| Item::attr(&it.bucket.acceleration, |own| Fact::text(own));
    "deletion_policy" Type::Text, "CloudFormation's `DeletionPolicy`" =>
        |it| Item::attr(&it.bucket.deletion_policy, |own| Fact::text(own));
    "refuses_http" Type::Bool, "the policy denies every request over plain HTTP" =>
        |it| Item::at(of(exposure::refuses_http(it.bucket), &policy_whys(it.bucket)), &it.bucket.policy.origin);
    "exposure" Type::Object(Kind::Exposure), "the verdict about the bucket" =>
        |it| Item::at(Fact::Object(Object::Exposure(*it)), &it.bucket.origin);
    "account" Type::Object(Kind::Account), "the account-wide block under the same provider, where the code has one" =>
        |it| account(it);
};

fn granted_to_cdn_logs(bucket: &Bucket) -> bool {
    let writer = |it: &Grantee| matches!(it, Grantee::CanonicalUser { id, .. } if is_log_delivery(id));
    let grants = bucket.acl.possible().into_iter().flat_map(|it| &it.grants);
    grants.flat_map(|it| it.grantee.possible()).any(writer)
}

fn log_target<'m>(it: &BucketView<'m>) -> Item<'m> {
    let it = *it;
    if it.bucket.logging.is_absent() {
        return Item::at(Fact::Absent, &it.bucket.logging.origin);
    }
    let found = it.bucket.log_target.as_ref().and_then(|address| it.world.bucket(&it.bucket.namespace, address));
    match found {
        Some(target) => Item::at(Fact::Object(Object::Bucket(target)), &target.bucket.origin),
        None => {
            let why = Why::new(Cause::NotInInput, "the bucket that receives the logs", None);
            Item::at(Fact::Unknown(vec![why]), &it.bucket.logging.origin)
        }
    }
}

fn log_whys(bucket: &Bucket) -> Vec<Why> {
    let mut whys = policy_whys(bucket);
    whys.extend(bucket.acl.why().cloned());
    whys.extend(bucket.ownership.why().cloned());
    whys
}

fn own_accounts<'m>(it: &BucketView<'m>) -> Item<'m> {
    let it = *it;
    let accounts = it.facts.own_account.iter().chain(&it.facts.trusted_accounts);
    let rest = it.facts.own_account.is_none().then(|| Why::new(Cause::Deployment, "the own account", None));
    Item::new(Fact::List(accounts.map(|own| Item::new(Fact::text(own))).collect(), rest))
}

impl<'m> BucketView<'m> {
    /// Whether the policy denies every request for an action of which a condition holds.
    pub fn refuses(self, action: &str, condition: Option<(&str, &str, &str)>) -> Fact<'m> {
        of(exposure::refuses(self.bucket, action, condition), &policy_whys(self.bucket))
    }
}

/// The policy with the verdict of its statements.
fn policy<'m>(it: &BucketView<'m>) -> Item<'m> {
    let it = *it;
    let statuses: &'m [StatementStatus] = it.facts.policy_status.as_ref().map_or(&[], |it| &it.statements);
    Item::attr(&it.bucket.policy, |policy| {
        let ways = &it.facts.exposure.ways;
        Fact::Object(Object::Policy(PolicyView { policy, statuses, ways, is_of_point: false }))
    })
}

fn account<'m>(it: &BucketView<'m>) -> Item<'m> {
    let it = *it;
    let all = it.world.estate.accounts_of(it.bucket, it.facts.own_account.as_deref());
    let mut own = all.filter(|own| own.level == AccountLevel::Account);
    match own.next() {
        Some(account) => Item::at(Fact::Object(Object::Account(account)), &account.origin),
        None => Item::at(Fact::Absent, &it.bucket.origin),
    }
}

/// What is not known about a policy, for questions to it as a whole.
fn policy_whys(bucket: &Bucket) -> Vec<Why> {
    let mut whys: Vec<Why> = bucket.policy.why().cloned().into_iter().collect();
    whys.extend(bucket.policy.possible().into_iter().filter_map(|it| it.rest.clone()));
    if whys.is_empty() {
        whys.push(Why::new(Cause::Conditional, "a statement of the policy", bucket.policy.origin.span));
    }
    whys
}
