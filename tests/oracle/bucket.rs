//! A bucket as far as it decides who gets in, at random, with a stupid evaluator of what S3 does with a request: from its
//! documentation, sharing no code with the engine.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>

use std::collections::{BTreeMap, BTreeSet};

use bucketlint::frontend::live::{AccountRecord, BucketRecord, FEATURES, State};
use bucketlint::incident::plan::Around;
use serde_json::{Value as Json, json};

use crate::oracle::random::{Dice, WORLD, policy};
use crate::oracle::{Req, allowed, strings};

pub const OWN: &str = "111111111111";
pub const ANONYMOUS: &str = "anonymous";
pub const CALLERS: [&str; 3] =
    [ANONYMOUS, "arn:aws:iam::999999999999:user/stranger", "arn:aws:iam::222222222222:user/example"];

/// What decides who gets in.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    pub statements: Vec<Json>,
    pub restrict: bool,
    pub ignore: bool,
    pub block_policy: bool,
    pub enforced: bool,
    /// Group and permission.
    pub grants: Vec<(&'static str, &'static str)>,
    /// Account-wide: public policies are restricted, public ACLs ignored.
    pub account: bool,
}

/// Without conditions, or with: then nothing is restricted, for which conditions keep a policy from being public is not tried here.
pub fn random(dice: &mut Dice<'_>, conditions: bool) -> Bucket {
    let mut statements = match dice.below(6) {
        0 => Vec::new(),
        _ => policy(dice, &mut BTreeSet::new())["Statement"].as_array().unwrap().clone(),
    };
    if !conditions {
        statements.iter_mut().for_each(|it| drop(it.as_object_mut().unwrap().shift_remove("Condition")));
    }
    let enforced = dice.below(3) == 0;
    let grants = match dice.below(5) {
        0 => vec![("AllUsers", "READ")],
        1 => vec![("AllUsers", "WRITE")],
        2 => vec![("AuthenticatedUsers", "READ"), ("AllUsers", "WRITE")],
        _ => Vec::new(),
    };
    let mut flag = || dice.below(3) == 0;
    let (restrict, ignore, block_policy) = (flag() && !conditions, flag(), flag());
    Bucket {
        statements,
        restrict,
        ignore,
        block_policy,
        enforced,
        grants: if enforced { Vec::new() } else { grants },
        account: dice.below(8) == 0 && !conditions,
    }
}

impl Bucket {
    pub fn record(&self) -> BucketRecord {
        let mut out = BucketRecord { account: Some(OWN.to_owned()), ..BucketRecord::default() };
        for spec in &FEATURES {
            out.features.insert(spec.name.to_owned(), State::absent());
        }
        let mut set = |name: &str, value: Json| out.features.insert(name.to_owned(), State::set(value));
        if !self.statements.is_empty() {
            let policy = json!({ "Version": "2012-10-17", "Statement": self.statements });
            set("policy", json!({ "Policy": policy.to_string() }));
        }
        set(
            "public_access_block",
            json!({ "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": false, "IgnorePublicAcls": self.ignore, "BlockPublicPolicy": self.block_policy,
                "RestrictPublicBuckets": self.restrict,
            }}),
        );
        let ownership = if self.enforced { "BucketOwnerEnforced" } else { "ObjectWriter" };
        set("ownership", json!({ "OwnershipControls": { "Rules": [{ "ObjectOwnership": ownership }] } }));
        let grants: Vec<Json> = self
            .grants
            .iter()
            .map(|(group, permission)| {
                let uri = format!("http://acs.amazonaws.com/groups/global/{group}");
                json!({ "Grantee": { "Type": "Group", "URI": uri }, "Permission": permission })
            })
            .collect();
        set("acl", json!({ "Owner": { "ID": "o" }, "Grants": grants }));
        out
    }

    /// The account that the bucket is in.
    pub fn around(&self) -> Around {
        let block = json!({ "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": false, "IgnorePublicAcls": true, "BlockPublicPolicy": false, "RestrictPublicBuckets": true,
        }});
        let block = if self.account { State::set(block) } else { State::absent() };
        let account = AccountRecord { public_access_block: block, ..AccountRecord::default() };
        Around { accounts: [(OWN.to_owned(), account)].into(), ..Around::default() }
    }

    /// What S3 does with a request, from its documentation. Who is of the own account is let in by what this bucket says.
    pub fn permits(&self, request: &Req) -> bool {
        let of = |effect: &str| -> Json {
            let all = self.statements.iter().filter(|it| it["Effect"] == effect).cloned().map(|mut it| {
                it["Effect"] = json!("Allow");
                it
            });
            json!({ "Statement": all.collect::<Vec<_>>() })
        };
        if allowed(&of("Deny"), request) {
            return false;
        }
        let everyone = |it: &Json| {
            it.get("NotPrincipal").is_some()
                || it["Principal"] == "*"
                || it["Principal"]["AWS"].to_string().contains("\"*\"")
        };
        let is_public = self.statements.iter().any(|it| it["Effect"] == "Allow" && everyone(it));
        let is_inside =
            request.principal.split(':').nth(4) == Some(OWN) || request.principal.ends_with(".amazonaws.com");
        let restricted = (self.restrict || self.account) && is_public && !is_inside;
        let by_policy = allowed(&of("Allow"), request) && !restricted;
        let by_acl = !self.enforced
            && !self.ignore
            && !self.account
            && self.grants.iter().any(|(group, permission)| {
                // The group is of accounts: no service is in it.
                let is_one = *group == "AllUsers" || request.principal.starts_with("arn:");
                let actions: &[&str] = match *permission {
                    "READ" => &["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
                    // Deleting is for owners, of the bucket or of the object.
                    _ => &["s3:PutObject"],
                };
                is_one && actions.contains(&request.action)
            });
        by_policy || by_acl
    }
}

/// Every request of the small world, without conditions.
pub fn requests() -> Vec<Req> {
    let mut out = Vec::new();
    for principal in CALLERS {
        for (action, _, on_bucket) in WORLD {
            let objects = strings(2).into_iter().map(|it| format!("arn:aws:s3:::bkt/{it}")).collect();
            let resources: Vec<String> = if on_bucket { vec!["arn:aws:s3:::bkt".to_owned()] } else { objects };
            out.extend(resources.into_iter().map(|resource| Req {
                principal,
                action,
                resource,
                context: BTreeMap::new(),
            }));
        }
    }
    out
}
