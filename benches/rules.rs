//! Two figures: what loading the whole rule set costs at start, and what the default profile costs per bucket on one core.
//! `cargo bench --bench rules`. Medians of the time that the core spent on it, so that a busy machine does not count (where
//! Linux tells; else of the time that went by); the bars are those of the rule catalogue: 5 ms and 50 µs.

#![allow(clippy::print_stdout, reason = "a program that prints figures")]

use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bucketlint::exposure;
use bucketlint::frontend::terraform;
use bucketlint::lint;
use bucketlint::rules::{Catalogue, RuleSet};
use bucketlint::source::{Memory, Sources};

const BUCKETS: usize = 3000;

/// The program's, so that what is measured is what people run.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let loading = median(15, 100, RuleSet::builtin);
    let all = RuleSet::builtin().rules().len();
    println!("loading and compiling all {all} rules: {:.2} ms", 1e3 * loading.as_secs_f64());

    let text = text();
    let sources = Sources::new(Box::new(Memory::new(&[("main.tf", text.as_str())])));
    let Ok(file) = sources.load(Path::new("main.tf")) else { return };
    let (estate, _) = terraform::lower(&sources, &[file], &terraform::Options::default());
    let Ok(rules) = Catalogue::builtin().select("default", None, &[], &[]) else { return };
    let options = exposure::Options::default();
    let Ok(one_core) = rayon::ThreadPoolBuilder::new().num_threads(1).build() else { return };
    let findings = lint::check(&estate, &rules, &options).1.len();
    let checking = one_core.install(|| median(15, 1, || lint::check(&estate, &rules, &options)));
    let each = 1e6 * checking.as_secs_f64() / (estate.buckets.len().max(1) as f64);
    println!(
        "default profile ({} rules) over {} buckets, {findings} findings, one core: {each:.1} µs a bucket",
        rules.rules().len(),
        estate.buckets.len()
    );
}

/// The median of `rounds`, of `repeats` each: the time of a thread is counted in ticks of some milliseconds, so that what is
/// shorter must be repeated.
fn median<T>(rounds: usize, repeats: u32, work: impl Fn() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let start = spent();
            for _ in 0..repeats {
                black_box(work());
            }
            spent().saturating_sub(start) / repeats
        })
        .collect();
    times.sort();
    times.get(rounds / 2).copied().unwrap_or_default()
}

/// What this thread has had of a core.
fn spent() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|it| it.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Buckets of six kinds, as people write them: bare; shut with TLS only; read by CloudFront; a log target with its source; shared
/// with another account and an organisation; public by policy and ACL.
fn text() -> String {
    let mut out = String::new();
    for at in 0..BUCKETS / 6 {
        let _ = write!(out, "{}", group(at));
    }
    out
}

fn group(n: usize) -> String {
    let shut = |name: &str| {
        format!(
            r#"
resource "aws_s3_bucket_public_access_block" "{name}{n}" {{
  bucket                  = aws_s3_bucket.{name}{n}.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}
resource "aws_s3_bucket_versioning" "{name}{n}" {{
  bucket = aws_s3_bucket.{name}{n}.id
  versioning_configuration {{
    status = "Enabled"
  }}
}}
"#
        )
    };
    let policy = |name: &str, statements: &str| {
        format!(
            r#"
resource "aws_s3_bucket_policy" "{name}{n}" {{
  bucket = aws_s3_bucket.{name}{n}.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{statements}]
  }})
}}
"#
        )
    };
    let tls = |name: &str| {
        format!(
            r#"
      {{
        Sid       = "TLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.{name}{n}.arn, "${{aws_s3_bucket.{name}{n}.arn}}/*"]
        Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }}
      }},"#
        )
    };
    let allow = |name: &str, principal: &str, action: &str, condition: &str| {
        format!(
            r#"
      {{
        Effect    = "Allow"
        Principal = {principal}
        Action    = {action}
        Resource  = [aws_s3_bucket.{name}{n}.arn, "${{aws_s3_bucket.{name}{n}.arn}}/*"]
        {condition}
      }},"#
        )
    };
    let mut out = format!("resource \"aws_s3_bucket\" \"bare{n}\" {{\n  bucket = \"bare-{n}\"\n}}\n");
    for name in ["tls", "cdn", "log", "share"] {
        let _ =
            write!(out, "resource \"aws_s3_bucket\" \"{name}{n}\" {{\n  bucket = \"{name}-{n}\"\n}}\n{}", shut(name));
    }
    out += &policy("tls", &tls("tls"));
    let cloudfront = r#"{ Service = "cloudfront.amazonaws.com" }"#;
    let own = format!(
        r#"Condition = {{ StringEquals = {{ "aws:SourceArn" = "arn:aws:cloudfront::111122223333:distribution/E{n}" }} }}"#
    );
    out += &policy("cdn", &(tls("cdn") + &allow("cdn", cloudfront, "\"s3:GetObject\"", &own)));
    let delivery = r#"{ Service = "logging.s3.amazonaws.com" }"#;
    let account = r#"Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }"#;
    out += &policy("log", &(tls("log") + &allow("log", delivery, "\"s3:PutObject\"", account)));
    let _ = write!(
        out,
        "resource \"aws_s3_bucket_logging\" \"cdn{n}\" {{\n  bucket = aws_s3_bucket.cdn{n}.id\n  \
         target_bucket = aws_s3_bucket.log{n}.id\n  target_prefix = \"cdn/\"\n}}\n"
    );
    let foreign = r#"{ AWS = ["arn:aws:iam::444455556666:role/reader", "arn:aws:iam::444455556666:role/writer"] }"#;
    let organization = r#"Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-abcdefghij" } }"#;
    let shared = tls("share")
        + &allow("share", foreign, r#"["s3:GetObject", "s3:PutObject", "s3:ListBucket"]"#, "")
        + &allow("share", "\"*\"", "\"s3:Get*\"", organization);
    out += &policy("share", &shared);
    let _ = write!(
        out,
        "resource \"aws_s3_bucket\" \"open{n}\" {{\n  bucket = \"open-{n}\"\n  acl    = \"public-read\"\n}}\n\
         resource \"aws_s3_bucket_website_configuration\" \"open{n}\" {{\n  bucket = aws_s3_bucket.open{n}.id\n  \
         index_document {{\n    suffix = \"index.html\"\n  }}\n}}\n"
    );
    out + &policy("open", &allow("open", "\"*\"", "\"s3:GetObject\"", ""))
}
