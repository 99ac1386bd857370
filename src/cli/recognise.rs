//! What a file is, by its name and by what it holds.

use std::path::Path;

use crate::frontend::terraform::plan;
use crate::frontend::{cloudformation, live, policy_file, terraform};
use crate::source::FileId;
use crate::syntax::data::{Node, NodeKind};
use crate::syntax::{json, yaml};

use super::pipeline::InputKind;

/// How a file came to be looked at; names that hold anything are trusted less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Named on the command line.
    Named,
    /// Met in a folder, and its name says JSON or YAML.
    Data,
    /// Met in a folder, and its name says nothing: prose and programs quote templates.
    Other,
}

/// The configuration of a Terragrunt unit.
const TERRAGRUNT: &str = "terragrunt.hcl";

/// The kind that a file's name tells.
pub(super) fn by_name(path: &Path) -> Option<InputKind> {
    let name = path.file_name()?.to_string_lossy();
    match name.as_ref() {
        TERRAGRUNT => Some(InputKind::Terragrunt),
        _ if terraform::is_stack(path) => Some(InputKind::Terragrunt),
        // Their buckets may come from events of functions: nothing in the text need speak of AWS.
        "serverless.yml" | "serverless.yaml" | "serverless.json" => Some(InputKind::CloudFormation),
        _ => terraform::is_code(path).then_some(InputKind::Terraform),
    }
}

/// How much a file met in a folder is trusted; `None` where its name says that it is neither template nor policy.
pub(super) fn by_extension(path: &Path) -> Option<Trust> {
    let extension = path.extension().map(|it| it.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        _ if path.file_name().is_some_and(|it| it == TERRAGRUNT) || terraform::is_stack(path) => Some(Trust::Data),
        Some("tf" | "tofu" | "json" | "yaml" | "yml" | "template" | "cfn" | "policy") => Some(Trust::Data),
        Some(other) if NEVER.contains(&other) => None,
        _ => Some(Trust::Other),
    }
}

/// Programs, prose, pictures, archives: what is never given to CloudFormation or S3 as it stands.
const NEVER: &[&str] = &[
    "7z", "a", "adoc", "avi", "avro", "bash", "bat", "bin", "bmp", "bz2", "c", "cc", "class", "cmd", "cpp", "crt",
    "cs", "css", "csv", "db", "diff", "dll", "doc", "docx", "drawio", "dylib", "eot", "ex", "exe", "fish", "gif", "go",
    "gradle", "graphql", "gz", "h", "hcl", "hpp", "htm", "html", "ico", "iml", "ini", "ipynb", "jar", "java", "jpeg",
    "jpg", "js", "jsonl", "jsx", "key", "kt", "less", "lock", "log", "lua", "m", "map", "md", "mdx", "mjs", "mmd",
    "mov", "mp3", "mp4", "ndjson", "o", "odt", "otf", "parquet", "patch", "pdf", "pem", "php", "pl", "png", "pom",
    "ppt", "pptx", "proto", "ps1", "psd", "puml", "py", "pyc", "r", "rar", "rb", "rs", "rst", "s", "sass", "scala",
    "scss", "sh", "snap", "so", "sql", "sqlite", "sum", "svelte", "svg", "swift", "tar", "tfstate", "tfvars", "tgz",
    "tiff", "toml", "ts", "tsv", "tsx", "ttf", "vue", "wasm", "wav", "webp", "whl", "woff", "woff2", "xls", "xlsx",
    "xml", "xz", "zip", "zst", "zsh",
];

/// A cheap look before anything is parsed: whether the bytes may hold a template or a policy.
pub(super) fn seems_ours(bytes: &[u8]) -> bool {
    let has = |it: &str| memchr::memmem::find(bytes, it.as_bytes()).is_some();
    seems_template(has) || (has("\"Statement\"") && has("\"Effect\"")) || begins_policy(bytes)
}

/// Whether what is the start of a file only begins as a template or a policy does; specifications speak of `AWS::` too.
pub(super) fn begins_ours(bytes: &[u8]) -> bool {
    let has = |it: &str| memchr::memmem::find(bytes, it.as_bytes()).is_some();
    let is_template = || has("AWSTemplateFormatVersion") || has("AWS::") && (has("Resources:") || has("\"Resources\""));
    is_template() || begins_policy(bytes)
}

/// Whether JSON begins as a policy does, so that one that breaks off early is still told.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
fn begins_policy(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let Some(first) = bytes.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else { return false };
    let begins = |it: &str| first.starts_with(it.as_bytes());
    let has = |it: &str| memchr::memmem::find(bytes, it.as_bytes()).is_some();
    let is_dated = || has("\"2012-10-17\"") || has("\"2008-10-17\"");
    begins("\"Statement\"") || ((begins("\"Version\"") || begins("\"Id\"")) && is_dated())
}

fn seems_template(has: impl Fn(&str) -> bool) -> bool {
    has("AWSTemplateFormatVersion") || has("AWS::")
}

/// By a cheap look at the text, then by its tree. Text that does not parse is taken for what it seems to be, so that its
/// frontend says what is wrong with it, unless nothing but its content speaks for it. A policy that was not named must be
/// a bucket's: identity, trust, key and queue policies look alike.
pub(super) fn by_content(file: FileId, text: &str, trust: Trust) -> Option<InputKind> {
    if trust != Trust::Other && plan::is_plan(text) {
        return Some(InputKind::Plan);
    }
    if trust != Trust::Other && live::is_snapshot(text) {
        return Some(InputKind::Snapshot);
    }
    let is_json = text.trim_start().starts_with('{');
    // An answer of the aws CLI is meant only where it is named.
    if is_json && trust == Trust::Named && text.contains("\"Policy\"") && text.contains("\\\"Statement\\\"") {
        let parsed = json::parse(file, text);
        if parsed.tree.iter().any(|it| policy_file::answer(it).is_some()) {
            return Some(InputKind::Policy);
        }
    }
    if !seems_ours(text.as_bytes()) {
        return None;
    }
    let (documents, is_broken): (Vec<Node>, bool) = if is_json {
        let parsed = json::parse(file, text);
        (parsed.tree.into_iter().collect(), parsed.errors.iter().any(|it| it.loses()))
    } else {
        let parsed = yaml::parse(file, text);
        (parsed.tree, parsed.errors.iter().any(|it| it.loses()))
    };
    if is_broken && trust == Trust::Other {
        return None;
    }
    if trust == Trust::Other && !is_json && !matches!(documents.as_slice(), [it] if has_only_sections(it)) {
        return None;
    }
    if documents.iter().any(cloudformation::is_input) {
        return Some(InputKind::CloudFormation);
    }
    if is_json && !is_broken && documents.iter().any(policy_file::is_policy) {
        let is_bucket_policy = trust == Trust::Named || documents.iter().any(policy_file::is_bucket_policy);
        return is_bucket_policy.then_some(InputKind::Policy);
    }
    let has = |it: &str| text.contains(it);
    match is_broken {
        true if seems_template(has) && has("Resources") => Some(InputKind::CloudFormation),
        true if has("\"Statement\"") && has("\"Effect\"") && is_json => Some(InputKind::Policy),
        true if begins_policy(text.as_bytes()) => Some(InputKind::Policy),
        _ => None,
    }
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>, and SAM's `Globals`.
const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// Whether a document has no key that a template does not have: prose with a colon is YAML too.
fn has_only_sections(root: &Node) -> bool {
    let NodeKind::Mapping(pairs) = &root.kind else { return false };
    pairs.iter().all(|it| it.key.text().is_some_and(|it| SECTIONS.contains(&&*it)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, Sources};

    fn met(text: &str, trust: Trust) -> Option<InputKind> {
        let sources = Sources::new(Box::new(Memory::default()));
        let id = sources.add(Path::new("p"), text);
        by_content(id, text, trust)
    }

    #[test]
    fn policies_of_other_services_are_passed_over() {
        let check = |statement: &str, expected: bool| {
            let text = format!(r#"{{"Statement": [{statement}]}}"#);
            assert_eq!(met(&text, Trust::Data).is_some(), expected, "{statement}");
        };
        check(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#, false);
        check(
            r#"{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}"#,
            false,
        );
        check(
            r#"{"Effect": "Allow", "Principal": "*", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*"}"#,
            false,
        );
        check(r#"{"Effect": "Allow", "Principal": "*", "Action": ["kms:Decrypt", "S3:GetObject"]}"#, true);
        check(r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#, true);
        check(r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "x"}, "NotAction": "kms:Decrypt"}"#, true);
        check(r#"{"Effect": "Allow", "Principal": "*", "Action": "?3:GetObject"}"#, true);
        check(r#"{"Effect": "Allow", "Principal": "*"}"#, true);
    }

    #[test]
    fn a_policy_that_breaks_off_early_is_told() {
        for text in [
            r#"{"Version": "2012-10-17","#,
            "{\n  \"Statement\": [{",
            r#"{"Id": "x", "Version": "2008-10-17" "Statement""#,
        ] {
            assert_eq!(met(text, Trust::Data), Some(InputKind::Policy), "{text}");
            assert_eq!(met(text, Trust::Other), None, "{text}");
        }
        for text in
            [r#"{"Version": "1.2.0","#, r#"{"name": "x", "Version": "2012-10-17","#, r#"{"Version": "2012-10-17"}"#]
        {
            assert_eq!(met(text, Trust::Data), None, "{text}");
        }
    }

    #[test]
    fn what_only_quotes_a_template_is_passed_over() {
        let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n";
        assert_eq!(met(template, Trust::Other), Some(InputKind::CloudFormation));
        let prose = format!("# How to\n\nWrite this: `x`\n\n```yaml\n{template}```\n");
        assert_eq!(met(&prose, Trust::Other), None);
        let jinja = format!("{{% if x %}}\n{template}{{% endif %}}\n");
        assert_eq!(met(&jinja, Trust::Other), None);
        assert_eq!(met("{\"Statement\": [{\"Effect\": \"Allow\"", Trust::Other), None);
        assert_eq!(met("{\"Statement\": [{\"Effect\": \"Allow\"", Trust::Data), Some(InputKind::Policy));
    }
}
