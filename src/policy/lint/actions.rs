//! Actions that do not exist, and actions that none of the statement's resources can meet.

use crate::source::{is_slip, nearest};
use crate::value::SymStr;

use super::super::actions::{KNOWN, READING, table};
use super::super::glob::Pattern;
use super::super::{NoteKind, Statement};
use super::Notes;
use super::resources::{Target, target};

pub(super) fn check(statement: &Statement, notes: &mut Notes<'_>) {
    for (item, origin) in &statement.actions.items {
        let Some(text) = item.known() else { continue };
        if let Some((message, sure)) = unknown(&text) {
            if sure {
                notes.add(NoteKind::UnknownAction, message, origin);
            } else {
                notes.add_unsure(NoteKind::UnknownAction, message, origin);
            }
        } else if let Some(message) = mismatch(item, &text, statement) {
            notes.add(NoteKind::ActionResourceMismatch, message, origin);
        }
    }
}

fn matches(pattern: &str) -> impl Iterator<Item = &'static super::super::actions::Action> {
    let pattern = Pattern::text(pattern, READING);
    table().iter().filter(move |it| pattern.matches(&it.name, true) == crate::value::Truth::Yes)
}

/// Services with bucket policies of the same form, whose actions are not in the table: directory buckets, Outposts.
const SIBLINGS: [&str; 4] = ["s3express", "s3-outposts", "s3-object-lambda", "s3tables"];

/// Names of the API that are no actions, and the action that they ask for.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
const OPERATIONS: [(&str, &str); 25] = [
    ("CompleteMultipartUpload", "s3:PutObject"),
    ("CopyObject", "s3:GetObject` and `s3:PutObject"),
    ("CreateMultipartUpload", "s3:PutObject"),
    ("DeleteBucketEncryption", "s3:PutEncryptionConfiguration"),
    ("DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"),
    ("DeleteObjects", "s3:DeleteObject"),
    ("GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    ("GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
    ("GetBucketReplication", "s3:GetReplicationConfiguration"),
    ("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("HeadBucket", "s3:ListBucket"),
    ("HeadObject", "s3:GetObject"),
    ("ListBuckets", "s3:ListAllMyBuckets"),
    ("ListMultipartUploads", "s3:ListBucketMultipartUploads"),
    ("ListObjects", "s3:ListBucket"),
    ("ListObjectsV2", "s3:ListBucket"),
    ("ListObjectVersions", "s3:ListBucketVersions"),
    ("ListParts", "s3:ListMultipartUploadParts"),
    ("PutBucketEncryption", "s3:PutEncryptionConfiguration"),
    ("PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
    ("PutBucketReplication", "s3:PutReplicationConfiguration"),
    ("PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    ("SelectObjectContent", "s3:GetObject"),
    ("UploadPart", "s3:PutObject"),
    ("UploadPartCopy", "s3:GetObject` and `s3:PutObject"),
];

/// What is wrong with an action, and whether it is for certain: a name that is near none of ours may be newer than the table.
fn unknown(text: &str) -> Option<(String, bool)> {
    if text == "*" {
        return None;
    }
    let Some((service, name)) = text.split_once(':') else {
        return Some((format!("`{text}` is not an action: write `s3:{text}`"), true));
    };
    // S3's sibling services have policies of their own; a wildcard may stand for the service too.
    if SIBLINGS.iter().any(|it| service.eq_ignore_ascii_case(it)) {
        return None;
    }
    if !service.eq_ignore_ascii_case("s3") && !service.contains(['*', '?']) {
        return Some((
            format!("`{text}` is an action of another service: a bucket policy takes actions of `s3`"),
            true,
        ));
    }
    if matches(text).next().is_some() {
        return None;
    }
    if let Some((_, asked)) = OPERATIONS.iter().find(|it| it.0.eq_ignore_ascii_case(name)) {
        return Some((format!("`{text}` is an operation of the API and no action: it asks for `{asked}`"), true));
    }
    let what = if name.contains(['*', '?']) { "matches no action of S3" } else { "is not an action of S3" };
    Some(match meant(name) {
        Some(it) if is_slip(text, it) => (format!("`{text}` {what}: did you mean `{it}`?"), true),
        _ => (format!("`{text}` {what} that is known here ({KNOWN}): misspelt, or newer"), false),
    })
}

/// The action that was meant, where that is a likely slip.
fn meant(name: &str) -> Option<&'static str> {
    let names = table().iter().filter_map(|it| it.name.strip_prefix("s3:"));
    let near = nearest(name, names)?;
    table().iter().map(|it| it.name.as_str()).find(|it| it.strip_prefix("s3:") == Some(near))
}

/// An action on buckets where all resources are objects, or the reverse.
fn mismatch(item: &SymStr, text: &str, statement: &Statement) -> Option<String> {
    let resources = &statement.resources;
    if statement.actions.negated
        || !resources.present
        || resources.negated
        || resources.rest.is_some()
        || resources.items.is_empty()
    {
        return None;
    }
    let targets: Vec<Target> = resources.items.iter().map(|(it, _)| target(it)).collect();
    if targets.contains(&Target::Either) {
        return None;
    }
    let (has_bucket, has_object) = (targets.contains(&Target::Bucket), targets.contains(&Target::Object));
    let mut all = matches(text).filter(|it| it.on_bucket || it.on_object).peekable();
    all.peek()?;
    let shown = item.display();
    let fits = |it: &super::super::actions::Action| it.on_bucket && has_bucket || it.on_object && has_object;
    if all.any(fits) {
        return None;
    }
    Some(if has_object {
        format!("`{shown}` acts on the bucket, and the statement names only objects: add the bucket's ARN without `/*`")
    } else {
        format!("`{shown}` acts on objects, and the statement names only the bucket: add its ARN with `/*`")
    })
}
