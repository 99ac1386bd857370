//! Finding the files: walks folders as `.gitignore` says, and recognises files by what they hold.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::frontend::{cloudformation, policy_file};
use crate::source::{Diagnostic, FileId, Gravity, ReadError, Sources};
use crate::syntax::data::Node;
use crate::syntax::{json, yaml};

use super::pipeline::{InputFile, InputKind};

/// The files under `paths`, sorted and each once, and what is wrong with the paths. A named file that cannot be read or
/// recognised is wrong usage; a file met in a folder that cannot be read makes the run incomplete, one that is something
/// else is passed over.
pub fn discover(sources: &Sources, paths: &[PathBuf]) -> (Vec<InputFile>, Vec<Diagnostic>) {
    let mut files = Vec::new();
    let mut complaints = Vec::new();
    for path in paths {
        if !sources.fs().is_dir(path) {
            recognise(sources, path, Gravity::Usage, &mut files, &mut complaints);
            continue;
        }
        for met in walk(path, &mut complaints) {
            recognise(sources, &met, Gravity::Incomplete, &mut files, &mut complaints);
        }
    }
    files.sort_by(|a, b| (&a.path, a.alone).cmp(&(&b.path, b.alone)));
    files.dedup_by(|a, b| a.path == b.path);
    (files, complaints)
}

/// Regular files below a folder whose names can be one of ours. Links are not followed.
fn walk(folder: &Path, complaints: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let mut met = Vec::new();
    let walk = WalkBuilder::new(folder).require_git(false).sort_by_file_path(Path::cmp).build();
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|it| it.is_file()) => met.push(entry.into_path()),
            Ok(_) => (),
            Err(error) => {
                let message = format!("a part of this folder cannot be read: {error}");
                complaints.push(Diagnostic::path("unreadable-file", Gravity::Incomplete, folder, message));
            }
        }
    }
    met.retain(|it| could_be(it));
    met
}

/// Names of formats that hold other things as well are read; other names are not.
fn could_be(path: &Path) -> bool {
    let name = path.file_name().map(|it| it.to_string_lossy().to_lowercase()).unwrap_or_default();
    let extensions = [".tf", ".tofu", ".json", ".yaml", ".yml", ".template", ".cfn", ".policy"];
    extensions.iter().any(|it| name.ends_with(it))
}

fn recognise(
    sources: &Sources,
    path: &Path,
    gravity: Gravity,
    files: &mut Vec<InputFile>,
    complaints: &mut Vec<Diagnostic>,
) {
    let id = match sources.load(path) {
        Ok(id) => id,
        Err(error) => {
            let gravity = if gravity == Gravity::Usage { gravity } else { met(sources, path, &error) };
            complaints.push(Diagnostic::path("unreadable-file", gravity, path, error.to_string()));
            return;
        }
    };
    if let Some(kind) = by_name(path).or_else(|| by_content(id, &sources.text(id), gravity == Gravity::Usage)) {
        files.push(InputFile { path: path.to_owned(), kind, alone: gravity == Gravity::Usage });
    } else if gravity == Gravity::Usage {
        let message = "is not recognised as Terraform, CloudFormation or a bucket policy";
        complaints.push(Diagnostic::path("unrecognised-file", gravity, path, message));
    }
}

/// How much it matters that a file met in a folder cannot be read: data in other formats' clothes (a large JSON file, a
/// YAML file in another encoding that does not speak of AWS) is worth a note only.
fn met(sources: &Sources, path: &Path, error: &ReadError) -> Gravity {
    let speaks_of_aws = || {
        let bytes = sources.fs().read(path).unwrap_or_default();
        [&b"AWS::"[..], b"\"Statement\""].iter().any(|it| memchr::memmem::find(&bytes, it).is_some())
    };
    match error {
        _ if by_name(path).is_some() => Gravity::Incomplete,
        ReadError::TooLarge { .. } => Gravity::Note,
        ReadError::NotUtf8 { .. } if !speaks_of_aws() => Gravity::Note,
        _ => Gravity::Incomplete,
    }
}

fn by_name(path: &Path) -> Option<InputKind> {
    let name = path.file_name()?.to_string_lossy();
    let is_terraform = [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|it| name.ends_with(it));
    is_terraform.then_some(InputKind::Terraform)
}

/// By a cheap look at the text, then by its tree. Text that does not parse is taken for what it seems to be, so that its
/// frontend says what is wrong with it. A policy that was not named must be a bucket's: identity, trust, key and queue
/// policies look alike.
fn by_content(file: FileId, text: &str, is_named: bool) -> Option<InputKind> {
    let seems_template = text.contains("AWS::") || text.contains("AWSTemplateFormatVersion");
    let seems_policy = text.contains("\"Statement\"") && text.contains("\"Effect\"");
    if !seems_template && !seems_policy {
        return None;
    }
    let is_json = text.trim_start().starts_with('{');
    let (documents, is_broken): (Vec<Node>, bool) = if is_json {
        let parsed = json::parse(file, text);
        (parsed.tree.into_iter().collect(), parsed.errors.iter().any(|it| it.loses))
    } else {
        let parsed = yaml::parse(file, text);
        (parsed.tree, parsed.errors.iter().any(|it| it.loses))
    };
    if documents.iter().any(cloudformation::is_template) {
        return Some(InputKind::CloudFormation);
    }
    if is_json && !is_broken && documents.iter().any(policy_file::is_policy) {
        let is_bucket_policy = is_named || documents.iter().any(policy_file::is_bucket_policy);
        return is_bucket_policy.then_some(InputKind::Policy);
    }
    match is_broken {
        true if seems_template && text.contains("Resources") => Some(InputKind::CloudFormation),
        true if seems_policy && is_json => Some(InputKind::Policy),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;

    fn check(path: &str, text: &str, expected: Option<InputKind>) {
        let sources = Sources::new(Box::new(Memory::new(&[(path, text)])));
        let (files, complaints) = discover(&sources, &[PathBuf::from(path)]);
        assert_eq!(files.first().map(|it| it.kind), expected, "{path} {text}");
        assert_eq!(complaints.len(), usize::from(expected.is_none()));
    }

    #[test]
    fn policies_of_other_services_are_passed_over() {
        let check = |statement: &str, expected: bool| {
            let text = format!(r#"{{"Statement": [{statement}]}}"#);
            let sources = Sources::new(Box::new(Memory::new(&[("p.json", &text)])));
            let id = sources.load(Path::new("p.json")).ok();
            let met = id.and_then(|it| by_content(it, &text, false));
            assert_eq!(met.is_some(), expected, "{statement}");
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
    fn files_are_recognised_by_what_they_hold() {
        check("a.tf", "", Some(InputKind::Terraform));
        check("a.tf.json", "{}", Some(InputKind::Terraform));
        check("stack.txt", "Resources:\n  B:\n    Type: AWS::S3::Bucket\n", Some(InputKind::CloudFormation));
        check("s.json", r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}"#, Some(InputKind::CloudFormation));
        check("p.json", r#"{"Statement": {"Effect": "Allow", "Principal": "*"}}"#, Some(InputKind::Policy));
        check("p.json", r#"{"Statement": [{"Effect": "Allow""#, Some(InputKind::Policy));
        check("package.json", r#"{"name": "x"}"#, None);
        check("notes.txt", "see AWS::S3::Bucket\n", None);
    }
}
