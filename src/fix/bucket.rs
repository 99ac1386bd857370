//! Settings of a bucket: Block Public Access, versioning, ownership, encryption, `force_destroy`.

use crate::finding::{Finding, Remedy};
use crate::model::{Bucket, BucketKind, Format, PublicAccessBlock};
use crate::source::Span;
use crate::value::{Attr, Origin, Value};

use super::data::{New, mapping_at};
use super::hcl::aligned;
use super::module::Home;
use super::{Draft, Drafted, Planner, call, literal, safety, shared, tf_json};

/// A setting: its remedy, its name in Terraform and in CloudFormation, its field.
type Flag = (Remedy, &'static str, &'static str, fn(&PublicAccessBlock) -> &Attr<bool>);

/// The four settings.
pub(super) const FLAGS: [Flag; 4] = [
    (Remedy::BlockPublicAcls, "block_public_acls", "BlockPublicAcls", |it| &it.block_public_acls),
    (Remedy::BlockPublicPolicy, "block_public_policy", "BlockPublicPolicy", |it| &it.block_public_policy),
    (Remedy::IgnorePublicAcls, "ignore_public_acls", "IgnorePublicAcls", |it| &it.ignore_public_acls),
    (Remedy::RestrictPublicBuckets, "restrict_public_buckets", "RestrictPublicBuckets", |it| {
        &it.restrict_public_buckets
    }),
];

pub(super) fn plan(planner: &Planner<'_>, finding: &Finding, remedy: Remedy) -> Drafted {
    let (bucket, exposure) = planner.bucket(finding).ok_or("its bucket is not in this code")?;
    match bucket.format {
        Format::Policy => return Err("a bare policy says nothing of it".to_owned()),
        Format::Snapshot => {
            return Err("a snapshot tells what is deployed: mend the code, or `bucketlint restore`".to_owned());
        }
        Format::Terraform | Format::CloudFormation => (),
    }
    if bucket.kind != BucketKind::General {
        return Err("the bucket is declared elsewhere, or of another kind".to_owned());
    }
    if let Some(draft) = call::argument(planner, bucket, remedy)? {
        let draft = draft.because(safety::against(planner, remedy, bucket, exposure));
        let at = draft.edits.first().map(|it| it.at).filter(|_| draft.because.is_none());
        return Ok(draft.because(at.and_then(|at| shared::argument(planner, remedy, bucket, at))));
    }
    let draft = match remedy {
        Remedy::PublicAccessBlock => public_access_block(planner, bucket),
        Remedy::Versioning => versioning(planner, bucket),
        Remedy::OwnershipEnforced => {
            word(planner, &bucket.ownership, "BucketOwnerEnforced", "set Object Ownership to BucketOwnerEnforced")
        }
        Remedy::DefaultEncryption => encryption(planner, bucket),
        Remedy::BucketKey => bucket_key(planner, bucket),
        Remedy::KeepObjects => word(planner, &bucket.force_destroy, "false", "set force_destroy to false"),
        _ => flag(planner, bucket, remedy),
    }?;
    shared::refused(planner, remedy, bucket)?;
    let own = safety::against(planner, remedy, bucket, exposure);
    Ok(draft.because(own.or_else(|| shared::setting(planner, remedy, bucket))))
}

/// Puts a word in the place of the one that is written.
fn word<T>(planner: &Planner<'_>, attr: &Attr<T>, to: &str, title: &str) -> Drafted {
    match &attr.value {
        Value::Known(_) => replaced(planner, &attr.origin, to, to, title),
        Value::Absent => Err("it is not written anywhere".to_owned()),
        Value::Unknown(why) | Value::OneOf(_, why) => Err(format!("it is not decided: {why}")),
    }
}

/// Puts a word in the place of a literal: `truth` where that is a boolean.
pub(super) fn replaced(planner: &Planner<'_>, origin: &Origin, to: &str, truth: &str, title: &str) -> Drafted {
    let sources = planner.sources;
    let found = literal::of(sources, origin).ok_or("its value is computed, or not the code's own")?;
    let to = if found.is_bool(sources) { truth } else { to };
    let (_, because) = found.safety();
    Ok(Draft::new(title, vec![found.becomes(sources, to)]).because(because))
}

fn flag(planner: &Planner<'_>, bucket: &Bucket, remedy: Remedy) -> Drafted {
    let (_, name, property, read) = FLAGS.iter().find(|it| it.0 == remedy).ok_or("there is no such setting")?;
    let Value::Known(block) = &bucket.public_access_block.value else {
        return Err("whether there is a public access block is not decided".to_owned());
    };
    let attr = read(block);
    let title = format!("set {name} to true");
    match &attr.value {
        Value::Absent if bucket.format == Format::CloudFormation => {
            entry(planner, bucket, &["PublicAccessBlockConfiguration"], property, &New::Word("true"), &title)
        }
        Value::Absent => argument(planner, &attr.origin, name, "true", &title),
        _ => word(planner, attr, "true", &title),
    }
}

fn public_access_block(planner: &Planner<'_>, bucket: &Bucket) -> Drafted {
    let title = "add a public access block with all four settings on";
    if !bucket.public_access_block.is_absent() {
        return Err("whether there is a public access block is not decided".to_owned());
    }
    if bucket.format == Format::CloudFormation {
        let value = New::Map(FLAGS.iter().map(|it| (it.2, New::Word("true"))).collect());
        return entry(planner, bucket, &[], "PublicAccessBlockConfiguration", &value, title);
    }
    let settings = FLAGS.map(|it| (it.1, "true"));
    let body = FLAGS.iter().map(|it| (it.1, New::Word("true"))).collect();
    companion(planner, bucket, ("aws_s3_bucket_public_access_block", title), body, &|home| {
        let reference = format!("{}.id", home.reference());
        let mut all = vec![("bucket", reference.as_str())];
        all.extend(settings);
        aligned(&all)
    })
}

fn versioning(planner: &Planner<'_>, bucket: &Bucket) -> Drafted {
    let title = "enable versioning";
    match &bucket.versioning.value {
        Value::Known(it) if it.status.is_absent() => match bucket.format {
            Format::CloudFormation => {
                entry(planner, bucket, &["VersioningConfiguration"], "Status", &New::Word("Enabled"), title)
            }
            _ if block_kind(planner, &it.status.origin).as_deref() == Some("versioning") => {
                argument(planner, &it.status.origin, "enabled", "true", title)
            }
            _ => argument(planner, &it.status.origin, "status", "\"Enabled\"", title),
        },
        Value::Known(it) if it.status.as_known().is_some() => {
            replaced(planner, &it.status.origin, "Enabled", "true", title)
        }
        Value::Absent if bucket.format == Format::CloudFormation => {
            let value = New::Map(vec![("Status", New::Word("Enabled"))]);
            entry(planner, bucket, &[], "VersioningConfiguration", &value, title)
        }
        Value::Absent => {
            let at = bucket.origin.span.ok_or("it has no place in the code")?;
            let is_json = tf_json::is_json(&planner.sources.file(at.file).path);
            if planner.module(at.file)?.is_before_4() {
                if is_json {
                    return Err("the provider is older than version 4: add a block `versioning`".to_owned());
                }
                let home = home(planner, bucket)?;
                let end = home.block.span.range().end.saturating_sub(1);
                let text = "\n  versioning {\n    enabled = true\n  }\n".to_owned();
                return Ok(Draft::new(title, vec![home.code.edit(end..end, text)]));
            }
            let status = New::Map(vec![("status", New::Word("Enabled"))]);
            let body = vec![("versioning_configuration", status)];
            companion(planner, bucket, ("aws_s3_bucket_versioning", title), body, &|home| {
                let inner = "versioning_configuration {\n  status = \"Enabled\"\n}";
                format!("bucket = {}.id\n\n{inner}", home.reference())
            })
        }
        _ => Err("whether it is versioned is not decided".to_owned()),
    }
}

fn encryption(planner: &Planner<'_>, bucket: &Bucket) -> Drafted {
    let title = "write the default encryption down";
    if !bucket.encryption.is_absent() {
        return Err("there is a configuration that says something else".to_owned());
    }
    if bucket.format == Format::CloudFormation {
        let default = New::Map(vec![("SSEAlgorithm", New::Word("AES256"))]);
        let rule = New::Map(vec![("ServerSideEncryptionByDefault", default)]);
        let value = New::Map(vec![("ServerSideEncryptionConfiguration", New::List(vec![rule]))]);
        return entry(planner, bucket, &[], "BucketEncryption", &value, title);
    }
    let default = New::Map(vec![("sse_algorithm", New::Word("AES256"))]);
    let rule = New::Map(vec![("apply_server_side_encryption_by_default", default)]);
    let kind = "aws_s3_bucket_server_side_encryption_configuration";
    companion(planner, bucket, (kind, title), vec![("rule", rule)], &|home| {
        let default = "  apply_server_side_encryption_by_default {\n    sse_algorithm = \"AES256\"\n  }";
        format!("bucket = {}.id\n\nrule {{\n{default}\n}}", home.reference())
    })
}

fn bucket_key(planner: &Planner<'_>, bucket: &Bucket) -> Drafted {
    let title = "use an S3 Bucket Key";
    let rules = bucket.encryption.as_known().map(|it| it.rules.as_slice()).unwrap_or_default();
    let [rule] = rules else { return Err("there is not exactly one rule of encryption".to_owned()) };
    match (&rule.bucket_key_enabled.value, bucket.format) {
        (Value::Absent, Format::CloudFormation) => {
            let at = rule.bucket_key_enabled.origin.span.ok_or("it has no place in the template")?;
            let document = planner.document(at.file).ok_or("the template does not parse")?;
            let map = mapping_at(&document.root, at).ok_or("the rule is not written out here")?;
            if map.get("ServerSideEncryptionByDefault").is_none() || map.get("BucketKeyEnabled").is_some() {
                return Err("the rule is made by a function".to_owned());
            }
            let edit = document.insert_into(map, "BucketKeyEnabled", &New::Word("true"));
            Ok(Draft::new(title, vec![edit.ok_or("the rule is laid out in a way that is not edited")?]))
        }
        (Value::Absent, _) => argument(planner, &rule.bucket_key_enabled.origin, "bucket_key_enabled", "true", title),
        _ => word(planner, &rule.bucket_key_enabled, "true", title),
    }
}

/// The kind of the block that lacks an argument.
fn block_kind(planner: &Planner<'_>, lacks: &Origin) -> Option<String> {
    let at = lacks.span?;
    Some(planner.code(at.file).block_at(at)?.kind)
}

/// Adds an argument to the block of an origin.
fn argument(planner: &Planner<'_>, lacks: &Origin, name: &str, value: &str, title: &str) -> Drafted {
    let at = lacks.span.ok_or("it has no place in the code")?;
    planner.may_edit(at.file)?;
    if tf_json::is_json(&planner.sources.file(at.file).path) {
        return tf_json::argument(planner, at, name, value, title);
    }
    code_file(planner, at)?;
    let code = planner.code(at.file);
    let block = code.block_at(at).ok_or("its block is not written out here")?;
    let starts_here = at.start <= block.span.start.saturating_add(1);
    if !starts_here || matches!(block.kind.as_str(), "dynamic" | "content" | "locals" | "variable") {
        return Err("its block is made by an expression".to_owned());
    }
    let edits = code.insert_arguments(&block, &[(name, value)]).ok_or("the block is on one line")?;
    Ok(Draft::new(title, edits))
}

/// Adds a resource behind the bucket's block; one that is there on a condition loses the condition instead.
fn companion(
    planner: &Planner<'_>,
    bucket: &Bucket,
    (kind, title): (&str, &str),
    json: Vec<(&'static str, New)>,
    body: &dyn Fn(&Home) -> String,
) -> Drafted {
    let at = bucket.origin.span.ok_or("it has no place in the code")?;
    planner.may_edit(at.file)?;
    if tf_json::is_json(&planner.sources.file(at.file).path) {
        return tf_json::companion(planner, bucket, kind, title, json);
    }
    let home = home(planner, bucket)?;
    let siblings = planner.module(home.code.file)?.siblings(kind, home.name())?;
    if siblings.in_json {
        return Err(format!("there is a {kind} for it that does not exist here"));
    }
    if let Some((file, own)) = siblings.about.first() {
        let count = own.body.attribute("count").filter(|_| siblings.about.len() == 1 && !home.is_repeated());
        let count = count.ok_or_else(|| format!("there is a {kind} for it that does not exist here"))?;
        let name = own.labels.get(1).map_or("", String::as_str);
        let edit = crate::finding::Edit { at: Span { file: *file, ..count.value.span }, text: "1".to_owned() };
        let title = format!("make {kind}.{name} exist always");
        return Ok(Draft::new(title, vec![edit]).because(Some("the code makes it on a condition only".to_owned())));
    }
    let block = home.companion(kind, &siblings.free_name(home.name()), &body(&home));
    Ok(Draft::new(title, vec![home.code.insert_behind(home.block.span, &block)]))
}

/// The block of a bucket.
pub(super) fn home(planner: &Planner<'_>, bucket: &Bucket) -> Result<Home, String> {
    let at = bucket.origin.span.ok_or("it has no place in the code")?;
    code_file(planner, at)?;
    if !bucket.is_source {
        return Err("it stands in a plan or state: mend the code".to_owned());
    }
    if planner.code(at.file).blocks.iter().any(|it| it.broken && it.span.start <= at.start && at.end <= it.span.end) {
        return Err("its block does not parse".to_owned());
    }
    Home::new(planner, at).ok_or_else(|| "only aws_s3_bucket can be mended".to_owned())
}

/// Whether a place is in Terraform's own language.
pub(super) fn code_file(planner: &Planner<'_>, at: Span) -> Result<(), String> {
    planner.may_edit(at.file)?;
    let path = planner.sources.file(at.file).path.clone();
    match path.extension().and_then(|it| it.to_str()) {
        Some("tf" | "tofu") => Ok(()),
        _ => Err(format!("new blocks are not written into {}", path.display())),
    }
}

/// Adds a property to a resource of a template, below `path`.
fn entry(
    planner: &Planner<'_>,
    bucket: &Bucket,
    path: &[&str],
    name: &'static str,
    value: &New,
    title: &str,
) -> Drafted {
    let at = bucket.origin.span.ok_or("it has no place in the template")?;
    let document = planner.document(at.file).ok_or("the template does not parse")?;
    let resource = document.resource(at).ok_or("the resource is made by a macro")?;
    let odd = || "the properties are laid out in a way that is not edited".to_owned();
    let kind = resource.value.get("Type").and_then(crate::syntax::data::Node::text);
    if kind.as_deref() != Some("AWS::S3::Bucket") {
        return Err("it is not an AWS::S3::Bucket".to_owned());
    }
    let Some(properties) = resource.value.entry("Properties") else {
        let kind = resource.value.entry("Type").ok_or_else(odd)?;
        let value = New::Map(vec![(name, value.clone())]);
        let edit = document.insert_beside(kind, "Properties", &value, false).ok_or_else(odd)?;
        return Ok(Draft::new(title, vec![edit]));
    };
    let mut owner = properties;
    for step in path {
        owner = owner.value.entry(step).ok_or_else(odd)?;
    }
    let edit = document.insert_entry(owner, name, value).ok_or_else(odd)?;
    Ok(Draft::new(title, vec![edit]))
}
