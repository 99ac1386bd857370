//! Whether the calls of a plan that was read from a file are those that its features have: `plan.json` is a file that others can write,
//! and what it says is run with the credentials of a responder.

use serde_json::Value as Json;

use super::{ACCOUNT, Plan, Step, points, spec_of};
use crate::value::is_account_id;

/// What a feature is set with, the flag of the document, and what takes it away.
const CALLS: [(&str, &str, &str, Option<&str>); 15] = [
    (
        "public_access_block",
        "put-public-access-block",
        "--public-access-block-configuration",
        Some("delete-public-access-block"),
    ),
    ("policy", "put-bucket-policy", "--policy", Some("delete-bucket-policy")),
    ("acl", "put-bucket-acl", "--access-control-policy", None),
    ("ownership", "put-bucket-ownership-controls", "--ownership-controls", Some("delete-bucket-ownership-controls")),
    ("lifecycle", "put-bucket-lifecycle-configuration", "--lifecycle-configuration", Some("delete-bucket-lifecycle")),
    ("replication", "put-bucket-replication", "--replication-configuration", Some("delete-bucket-replication")),
    ("versioning", "put-bucket-versioning", "--versioning-configuration", None),
    ("logging", "put-bucket-logging", "--bucket-logging-status", None),
    ("encryption", "put-bucket-encryption", "--server-side-encryption-configuration", Some("delete-bucket-encryption")),
    ("cors", "put-bucket-cors", "--cors-configuration", Some("delete-bucket-cors")),
    ("website", "put-bucket-website", "--website-configuration", Some("delete-bucket-website")),
    ("notification", "put-bucket-notification-configuration", "--notification-configuration", None),
    ("acceleration", "put-bucket-accelerate-configuration", "--accelerate-configuration", None),
    ("request_payment", "put-bucket-request-payment", "--request-payment-configuration", None),
    ("tags", "put-bucket-tagging", "--tagging", Some("delete-bucket-tagging")),
];

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
const CANNED: [&str; 5] = ["private", "public-read", "public-read-write", "authenticated-read", "log-delivery-write"];

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html>
const SIZES: [&str; 2] = ["all_storage_classes_128K", "varies_by_storage_class"];

impl Plan {
    /// The call that reads a feature of the bucket, or of its account.
    #[must_use]
    pub fn reading(&self, feature: &str) -> Vec<String> {
        let verb = spec_of(feature).map_or("", |it| it.command);
        if feature == ACCOUNT { self.of_account(verb) } else { self.of_bucket(verb) }
    }

    /// Whether each step makes the calls of its feature and no others, on the bucket that the plan names.
    ///
    /// # Errors
    /// A sentence that names the first call that is not.
    pub fn is_lawful(&self) -> Result<(), String> {
        let wrong = |step: &Step, call: &[String]| {
            let call: String = call.join(" ").chars().take(200).collect();
            format!(
                "the step {} for {} has a call that the feature does not have (aws {call}): plan.json was changed after the plan was \
                 made; make the plan again",
                step.id, step.feature
            )
        };
        for step in &self.steps {
            let calls = [("desired", &step.command, &step.sends), ("before", &step.undo, &step.undo_sends)];
            for (folder, call, sends) in calls {
                let is_none = folder == "before" && call.is_empty() && sends.is_none();
                if !is_none && !self.may(step, folder, call, sends.as_ref()) {
                    return Err(wrong(step, call));
                }
            }
            if step.read != self.base(step, None).unwrap_or_default() {
                return Err(wrong(step, &step.read));
            }
        }
        Ok(())
    }

    /// A call about the feature of a step: what reads it where no verb is given.
    fn base(&self, step: &Step, verb: Option<&str>) -> Option<Vec<String>> {
        let read = spec_of(&step.feature)?.command;
        let verb = verb.unwrap_or(read);
        let Some(name) = points::of_feature(&step.feature) else {
            return Some(if step.feature == ACCOUNT { self.of_account(verb) } else { self.of_bucket(verb) });
        };
        // An access point may be of another account than the bucket.
        let account = step.read.get(3).filter(|it| is_account_id(it))?;
        let mut out = words(&["s3control", verb, "--account-id", account, "--name", name]);
        out.extend(self.place());
        Some(out)
    }

    fn may(&self, step: &Step, folder: &str, call: &[String], sends: Option<&Json>) -> bool {
        let (put, flag, delete) = match step.feature.as_str() {
            ACCOUNT => {
                ("put-public-access-block", "--public-access-block-configuration", Some("delete-public-access-block"))
            }
            it if points::of_feature(it).is_some() => {
                ("put-access-point-policy", "--policy", Some("delete-access-point-policy"))
            }
            it => match CALLS.iter().find(|call| call.0 == it) {
                Some(found) => (found.1, found.2, found.3),
                None => return false,
            },
        };
        let with = |verb: &str, more: &[&str]| {
            let mut out = self.base(step, Some(verb)).unwrap_or_default();
            out.extend(words(more));
            out
        };
        if sends.is_none() {
            let canned = || CANNED.iter().any(|it| call == with(put, &["--acl", it]));
            return delete.is_some_and(|it| call == with(it, &[])) || (step.feature == "acl" && canned());
        }
        let file = format!("file://{folder}/{}.json", step.feature);
        let plain = with(put, &[flag, &file]);
        let sized = |it: &&str| {
            let mut out = plain.clone();
            out.extend(words(&["--transition-default-minimum-object-size", it]));
            call == out
        };
        call == plain || (step.feature == "lifecycle" && SIZES.iter().any(sized))
    }

    fn of_bucket(&self, verb: &str) -> Vec<String> {
        let mut out = words(&["s3api", verb, "--bucket", &self.bucket]);
        if let Some(account) = &self.account {
            out.extend(words(&["--expected-bucket-owner", account]));
        }
        out.extend(self.place());
        out
    }

    fn of_account(&self, verb: &str) -> Vec<String> {
        words(&["s3control", verb, "--account-id", self.account.as_deref().unwrap_or_default()])
    }

    fn place(&self) -> Vec<String> {
        self.region.as_ref().map(|it| words(&["--region", it])).unwrap_or_default()
    }
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|it| (*it).to_owned()).collect()
}
