//! Every door through which code may name a file: nothing outside of the checked folder is read unless `--allow-outside` is
//! said, links included. And no other doors: no network, and no program but `git` and `aws`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test may")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What stands in every file outside: nothing of it may be seen.
const SECRET: &str = "sesame-open";

struct Folder(PathBuf);

impl Folder {
    /// `outside/` with files full of secrets, `in/` with the code, and a link `in/link` to the former.
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("bucketlint-doors-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let bucket = format!("resource \"aws_s3_bucket\" \"o\" {{\n  bucket = \"{SECRET}\"\n}}\n");
        let template = format!("Resources:\n  O: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: {SECRET}}}}}\n");
        let outside = [
            ("outside/secret.txt", SECRET.to_owned()),
            ("outside/sesame-open.txt", String::new()),
            ("outside/module/main.tf", bucket),
            ("outside/t.yaml", template.clone()),
            ("outside/i.yaml", format!("O: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: {SECRET}}}}}\n")),
            ("outside/s.yaml", format!("name: {SECRET}\n")),
            (
                "outside/terragrunt.hcl",
                format!("locals {{\n  name = \"{SECRET}\"\n}}\ninputs = {{\n  name = \"{SECRET}\"\n}}\n"),
            ),
        ];
        let own = files.iter().map(|(path, text)| (*path, (*text).to_owned()));
        for (path, text) in outside.into_iter().chain(own) {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::create_dir_all(root.join("in")).unwrap();
        std::os::unix::fs::symlink("../outside", root.join("in/link")).unwrap();
        Self(root)
    }

    fn model(&self, more: &[&str]) -> (String, i32) {
        let args: Vec<&str> = ["model", "."].iter().chain(more).copied().collect();
        let output =
            Command::new(env!("CARGO_BIN_EXE_bucketlint")).args(args).current_dir(self.0.join("in")).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (text, output.status.code().unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Nothing is seen of what stands outside, and that it is not known is told; with `--allow-outside` it is seen.
fn check(name: &str, files: &[(&str, &str)]) {
    for way in ["../outside", "link"] {
        let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (*path, text.replace("OUT", way))).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let folder = Folder::new(&format!("{name}-{}", way.len()), &files);
        let (text, code) = folder.model(&[]);
        assert!(!text.contains(SECRET), "{name} through {way}:\n{text}");
        let document: Value = serde_json::from_str(&text).unwrap();
        let is_told = code == 3 || document.to_string().contains("unknown") || document.to_string().contains("gap");
        assert!(is_told, "{name} through {way} is silent ({code}):\n{text}");
        let (text, _) = folder.model(&["--allow-outside"]);
        assert!(text.contains(SECRET), "{name} through {way} with --allow-outside:\n{text}");
    }
}

fn bucket(name: &str) -> String {
    format!("resource \"aws_s3_bucket\" \"b\" {{\n  bucket = {name}\n}}\n")
}

#[test]
fn functions_of_terraform() {
    check("file", &[("in/main.tf", &bucket("file(\"OUT/secret.txt\")"))]);
    check("file-module", &[("in/main.tf", &bucket("file(\"${path.module}/OUT/secret.txt\")"))]);
    check("templatefile", &[("in/main.tf", &bucket("templatefile(\"OUT/secret.txt\", {})"))]);
    check("fileset", &[("in/main.tf", &bucket("join(\"\", fileset(\"OUT\", \"*-open.txt\"))"))]);
    check("yaml", &[("in/main.tf", &bucket("yamldecode(file(\"OUT/s.yaml\")).name"))]);
}

/// Whether a file is there outside is nobody's business either: both answers stay possible.
#[test]
fn existence() {
    let code = bucket("fileexists(\"../outside/secret.txt\") ? \"there\" : \"missing\"");
    let folder = Folder::new("exists", &[("in/main.tf", &code)]);
    let name = |more: &[&str]| -> Value {
        let document: Value = serde_json::from_str(&folder.model(more).0).unwrap();
        document["buckets"][0]["name"].clone()
    };
    assert_eq!(name(&[])["one_of"], serde_json::json!(["there", "missing"]));
    assert_eq!(name(&["--allow-outside"]), "there");
}

#[test]
fn modules_of_terraform() {
    let call = |source: &str| format!("{}module \"m\" {{\n  source = \"{source}\"\n}}\n", bucket("\"a\""));
    check("module", &[("in/main.tf", &call("./OUT/module"))]);
    let unit = "terraform {\n  source = \"./OUT/module\"\n}\n";
    check("terragrunt", &[("in/terragrunt.hcl", unit)]);
    let include = "include \"root\" {\n  path = \"OUT/terragrunt.hcl\"\n}\nterraform {\n  source = \"./m\"\n}\n";
    check(
        "terragrunt-include",
        &[
            ("in/terragrunt.hcl", include),
            ("in/m/main.tf", "variable \"name\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = var.name\n}\n"),
        ],
    );
    let manifest = "{\"Modules\": [{\"Key\": \"m\", \"Source\": \"x\", \"Dir\": \"OUT/module\"}]}";
    let code = call("registry.example.com/a/b/c");
    check("manifest", &[("in/main.tf", &code), ("in/.terraform/modules/modules.json", manifest)]);
}

#[test]
fn files_of_templates() {
    let nested = "Resources:\n  B: {Type: 'AWS::S3::Bucket'}\n  N: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: OUT/t.yaml}}\n";
    check("nested", &[("in/t.yaml", nested)]);
    let asset = "Resources:\n  B: {Type: 'AWS::S3::Bucket'}\n  N:\n    Type: AWS::CloudFormation::Stack\n    Metadata: {'aws:asset:path': OUT/t.yaml}\n    Properties: {TemplateURL: 'https://example.com/x'}\n";
    check("asset", &[("in/t.yaml", asset)]);
    let include = "Resources:\n  B: {Type: 'AWS::S3::Bucket'}\n  'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: OUT/i.yaml}}\n";
    check("include", &[("in/t.yaml", include)]);
    let serverless = "service: x\nprovider: {name: aws}\nresources:\n- Resources:\n    B: {Type: 'AWS::S3::Bucket'}\n- ${file(OUT/t.yaml)}\n";
    check("serverless", &[("in/serverless.yml", serverless)]);
}

/// The only files that start programs or may open connections. `aws` is what commands about live buckets are for; `git` is
/// for `--base` and revisions of the configuration.
#[test]
fn no_other_doors() {
    let starts = ["src/cli/git.rs", "src/cli/incident/aws.rs"];
    let mut found = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
        let shown = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_string_lossy().replace('\\', "/");
        if shown.contains("/tests/") {
            return;
        }
        let code: Vec<&str> = text.lines().filter(|it| !it.trim_start().starts_with("//")).collect();
        for word in ["Command::new", "process::Command", "process::{Command", "std::os::unix::process"] {
            if code.iter().any(|it| it.contains(word)) && !starts.contains(&shown.as_str()) {
                found.push(format!("{shown}: {word}"));
            }
        }
        for word in ["TcpStream", "TcpListener", "UdpSocket", "UnixStream", "ToSocketAddrs", "reqwest", "hyper", "ureq"]
        {
            if code.iter().any(|it| it.contains(word)) {
                found.push(format!("{shown}: {word}"));
            }
        }
    });
    assert!(found.is_empty(), "{found:#?}");
    let git = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(starts[0])).unwrap();
    assert!(git.matches("Command::new").count() == 1 && git.contains("Command::new(\"git\")"));
}

/// Nothing that can open a connection is among the dependencies.
#[test]
fn no_dependency_speaks_to_the_network() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    for name in ["reqwest", "hyper", "ureq", "curl", "tokio", "mio", "rustls", "openssl", "native-tls", "socket2"] {
        assert!(!lock.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
}

fn visit(dir: &Path, see: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, see);
        } else if path.extension().is_some_and(|it| it == "rs") {
            see(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}
