//! The evaluators: code in, a model out.

use std::path::Path;

use bucketlint::frontend::{cloudformation as cfn, terraform as tf};
use bucketlint::model::Estate;
use bucketlint::source::{Diagnostic, FileId, Sources};

use super::{all_placed, memory, one, parts, twice};

/// What stands beside the code, so that reading files and calling modules leads somewhere.
const BESIDE: [(&str, &str); 4] = [
    (
        "m/main.tf",
        "variable \"x\" {}\nresource \"aws_s3_bucket\" \"b\" { bucket = var.x }\noutput \"o\" { value = aws_s3_bucket.b.arn }\n",
    ),
    (
        "p.json",
        "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}",
    ),
    ("t.tftpl", "%{ for i in x }${i},%{ endfor }"),
    ("self.tftpl", "${templatefile(\"self.tftpl\", {x = x})}"),
];

fn lowered(sources: &Sources, paths: &[&Path]) -> (Estate, Vec<Diagnostic>) {
    let files: Vec<FileId> = paths.iter().filter_map(|it| sources.load(it).ok()).collect();
    let (estate, diagnostics) = tf::lower(sources, &files, &tf::Options::default());
    all_placed(sources, &diagnostics);
    (estate, diagnostics)
}

/// One expression, as the value of arguments that want text, a policy and a truth, and as what a block is repeated for.
pub fn expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let code = format!(
        "variable \"v\" {{}}\nvariable \"d\" {{ default = \"abc\" }}\nlocals {{\n  l = [1, \"b\", null]\n  m = {{ a = 1, b = [true] }}\n  x = {text}\n}}\n\
         resource \"aws_s3_bucket\" \"b\" {{\n  for_each = local.x\n  bucket = local.x\n  force_destroy = local.x\n  acl = each.value\n}}\n\
         resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b[\"a\"].id\n  policy = local.x\n}}\n"
    );
    let run = || {
        let mut files: Vec<_> = BESIDE.map(|(path, text)| (path.into(), text.as_bytes())).into();
        files.push(("main.tf".into(), code.as_bytes()));
        lowered(&memory(&files), &[Path::new("main.tf")])
    };
    let first = run();
    if twice(data) {
        assert_eq!(format!("{first:?}"), format!("{:?}", run()));
    }
}

/// Root modules of one or more files.
pub fn terraform(data: &[u8]) {
    let parts = parts(data, "main.tf");
    let run = || {
        let mut files: Vec<_> = BESIDE.map(|(path, text)| (path.into(), text.as_bytes())).into();
        files.extend(parts.iter().cloned());
        let sources = memory(&files);
        let code = parts.iter().map(|it| it.0.as_path());
        let code: Vec<&Path> =
            code.filter(|it| [".tf", ".tf.json"].iter().any(|end| it.to_string_lossy().ends_with(end))).collect();
        lowered(&sources, &code)
    };
    let first = run();
    if twice(data) {
        assert_eq!(format!("{first:?}"), format!("{:?}", run()));
    }
}

/// Templates; one may be another's nested stack.
pub fn cloudformation(data: &[u8]) {
    let parts = parts(data, "t.yaml");
    let run = || {
        let sources = memory(&parts);
        let mut all = Vec::new();
        for (path, _) in &parts {
            let Ok(file) = sources.load(path) else { continue };
            let options = cfn::Options::default();
            let lowered = cfn::lower(&sources, file, &options);
            all_placed(&sources, &lowered.diagnostics);
            all.push((lowered, cfn::scenarios(&sources, file, &options)));
        }
        all
    };
    let first = run();
    if twice(data) {
        assert_eq!(format!("{first:?}"), format!("{:?}", run()));
    }
}

/// A plan or a state, by itself and beside the code that it was made of.
pub fn plan(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let sources = one("plan.json", text);
    let Ok(file) = sources.load(Path::new("plan.json")) else { return };
    let (_, diagnostics) = tf::plan::lower(&sources, file, &tf::Options::default());
    all_placed(&sources, &diagnostics);
    let code = "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  for_each = toset([\"a\", \"b\"])\n  bucket = each.key\n}\n\
                resource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = aws_s3_bucket.b[\"a\"].id\n  acl = var.acl\n}\n";
    let sources = memory(&[("plan.json".into(), text.as_bytes()), ("main.tf".into(), code.as_bytes())]);
    let (Ok(plan), Ok(main)) = (sources.load(Path::new("plan.json")), sources.load(Path::new("main.tf"))) else {
        return;
    };
    let options = tf::Options { plans: vec![(plan, true)], ..tf::Options::default() };
    let (_, diagnostics) = tf::lower(&sources, &[main], &options);
    all_placed(&sources, &diagnostics);
}
