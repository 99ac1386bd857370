//! MB/s of the block index and of body parsing over generated Terraform. `cargo bench --bench parse`.

use bucketlint::source::FileId;
use bucketlint::syntax::hcl::{index, parse_body};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// About 1 MB that looks like what people write: resources, a policy in a heredoc, one in jsonencode, comments.
fn text() -> String {
    let block = |at: usize| {
        format!(
            r#"# Bucket number {at}
resource "aws_s3_bucket" "bucket_{at}" {{
  bucket        = "${{var.prefix}}-data-{at}-${{data.aws_region.current.name}}"
  force_destroy = false
  tags          = merge(local.tags, {{ Name = "bucket {at}", Owner = var.owner }})

  lifecycle_rule {{
    enabled = true // always
    expiration {{
      days = var.days > 30 ? var.days : 30
    }}
  }}
}}

resource "aws_s3_bucket_policy" "bucket_{at}" {{
  bucket = aws_s3_bucket.bucket_{at}.id
  policy = <<-EOT
    {{
      "Version": "2012-10-17",
      "Statement": [
        {{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "${{aws_s3_bucket.bucket_{at}.arn}}/*" }}
      ]
    }}
  EOT
}}

resource "aws_sns_topic_policy" "topic_{at}" {{
  arn = aws_sns_topic.topics["topic_{at}"].arn
  policy = jsonencode({{
    Statement = [for it in var.accounts : {{ Effect = "Allow", Principal = {{ AWS = it }}, Action = ["sns:Publish"] }}]
  }})
}}

"#
        )
    };
    (0..700).map(block).collect()
}

#[divan::bench]
fn index_only(bencher: Bencher) {
    let text = text();
    bencher.counter(BytesCount::of_str(&text)).bench(|| index(FileId(0), &text));
}

#[divan::bench]
fn index_and_all_bodies(bencher: Bencher) {
    let text = text();
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let file = index(FileId(0), &text).tree;
        file.blocks.iter().map(|it| it.body(&text).tree.attributes.len()).sum::<usize>()
    });
}

#[divan::bench]
fn whole_text_as_one_body(bencher: Bencher) {
    let text = text();
    bencher.counter(BytesCount::of_str(&text)).bench(|| parse_body(FileId(0), &text));
}

/// What hcl-edit takes alone, without our tree: the floor of the two above.
#[divan::bench]
fn hcl_edit_alone(bencher: Bencher) {
    let text = text();
    bencher.counter(BytesCount::of_str(&text)).bench(|| hcl_edit::parser::parse_body(&text).is_ok());
}
