//! The floors above the parser: evaluation, exposure and rules, loading the rule set, and the whole run.

use std::path::Path;

use bucketlint::exposure;
use bucketlint::frontend::terraform;
use bucketlint::lint;
use bucketlint::rules::{Catalogue, RuleSet};
use bucketlint::source::{FileId, Memory, Sources};
use divan::counter::ItemsCount;

const BUCKETS: usize = 200;

/// The program's, so that what is measured is what people run.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

fn text() -> String {
    (0..BUCKETS)
        .map(|n| {
            format!(
                r#"
resource "aws_s3_bucket" "b{n}" {{
  bucket = "data-{n}"
}}
resource "aws_s3_bucket_public_access_block" "b{n}" {{
  bucket                  = aws_s3_bucket.b{n}.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}
resource "aws_s3_bucket_policy" "b{n}" {{
  bucket = aws_s3_bucket.b{n}.id
  policy = jsonencode({{
    Statement = [{{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.b{n}.arn, "${{aws_s3_bucket.b{n}.arn}}/*"]
      Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }}
    }}]
  }})
}}
"#
            )
        })
        .collect()
}

fn sources(text: &str) -> (Sources, FileId) {
    let sources = Sources::new(Box::new(Memory::new(&[("main.tf", text)])));
    let file = sources.load(Path::new("main.tf")).unwrap_or(FileId(0));
    (sources, file)
}

/// Indexing, parsing, evaluation and linking of 200 buckets.
#[divan::bench]
fn terraform_to_model(bencher: divan::Bencher) {
    let text = text();
    bencher
        .counter(ItemsCount::new(BUCKETS))
        .with_inputs(|| sources(&text))
        .bench_values(|(sources, file)| terraform::lower(&sources, &[file], &terraform::Options::default()));
}

/// Exposure and the default profile over 200 buckets.
#[divan::bench]
fn model_to_findings(bencher: divan::Bencher) {
    let (sources, file) = sources(&text());
    let (estate, _) = terraform::lower(&sources, &[file], &terraform::Options::default());
    let rules = Catalogue::builtin().select("default", None, &[], &[]).unwrap_or_default();
    let options = exposure::Options::default();
    bencher.counter(ItemsCount::new(BUCKETS)).bench(|| lint::check(&estate, &rules, &options));
}

/// The same that `benches/inputs.py` writes.
const MODULE: &str = include_str!("module.tf");

/// The buckets of [`modules_to_findings`], 50 a call.
const OF_MODULES: usize = 2000;

/// A root module that makes 2,000 buckets by 40 calls of a module with `for_each`, as `benches/inputs.py` has it: nearly no
/// text to parse, so from syntax to findings. On one core.
#[divan::bench]
fn modules_to_findings(bencher: divan::Bencher) {
    let root: String = (0..OF_MODULES / 50)
        .map(|n| {
            format!(
                "module \"m{n}\" {{\n  source = \"./module\"\n  name   = \"data-{n}\"\n  names  = toset([for it in range(50) : \"n${{it}}\"])\n}}\n"
            )
        })
        .collect();
    let rules = Catalogue::builtin().select("default", None, &[], &[]).unwrap_or_default();
    let options = exposure::Options::default();
    let Ok(one_core) = rayon::ThreadPoolBuilder::new().num_threads(1).build() else { return };
    bencher
        .counter(ItemsCount::new(OF_MODULES))
        .with_inputs(|| {
            let files = Memory::new(&[("main.tf", root.as_str()), ("module/main.tf", MODULE)]);
            let sources = Sources::new(Box::new(files));
            let file = sources.load(Path::new("main.tf")).unwrap_or(FileId(0));
            (sources, file)
        })
        .bench_values(|(sources, file)| {
            one_core.install(|| {
                let (estate, _) = terraform::lower(&sources, &[file], &terraform::Options::default());
                let found = lint::check(&estate, &rules, &options);
                assert_eq!(estate.buckets.len(), OF_MODULES);
                found.1.len()
            })
        });
}

/// Loading and checking all rule pages.
#[divan::bench]
fn rules_load() -> RuleSet {
    RuleSet::builtin()
}

/// Everything between text and report, 200 buckets.
#[divan::bench]
fn whole_run(bencher: divan::Bencher) {
    let text = text();
    bencher.counter(ItemsCount::new(BUCKETS)).bench(|| bucketlint::check_texts(&[("main.tf", &text)]));
}
