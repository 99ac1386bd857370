//! Settings that guard a bucket never open it: turning one on never widens what is reached.

use bucketlint::check_texts;

const FLAGS: [&str; 4] = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

/// How far the bucket is open: 0 no, 1 not known, 2 public.
fn open(acl: &str, policy: &str, own: u32, account: u32, ownership: &str) -> usize {
    let flags = |bits: u32| {
        let line = |(at, flag): (usize, &&str)| format!("  {flag} = {}\n", bits >> at & 1 == 1);
        FLAGS.iter().enumerate().map(line).collect::<String>()
    };
    let main = format!(
        "variable \"x\" {{}}
resource \"aws_s3_bucket\" \"b\" {{
  bucket = \"b-example\"
}}
resource \"aws_s3_bucket_acl\" \"b\" {{
  bucket = aws_s3_bucket.b.id
  acl    = {acl}
}}
resource \"aws_s3_bucket_policy\" \"b\" {{
  bucket = aws_s3_bucket.b.id
  policy = {policy}
}}
resource \"aws_s3_bucket_ownership_controls\" \"b\" {{
  bucket = aws_s3_bucket.b.id
  rule {{
    object_ownership = {ownership}
  }}
}}
resource \"aws_s3_bucket_public_access_block\" \"b\" {{
  bucket = aws_s3_bucket.b.id
{}}}
resource \"aws_s3_account_public_access_block\" \"a\" {{
{}}}
",
        flags(own),
        flags(account)
    );
    let summary = check_texts(&[("main.tf", main.as_str())]).summary;
    if 0 < summary.public { 2 } else { usize::from(0 < summary.exposure_unknown) }
}

#[test]
fn turning_a_setting_on_never_widens() {
    let open_policy = "jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::b-example/*\" }] })";
    let mut seen = [false; 3];
    for acl in ["\"private\"", "\"public-read\"", "var.x"] {
        for policy in ["null", open_policy, "var.x"] {
            for own in 0..16 {
                let before = open(acl, policy, own, 0, "\"ObjectWriter\"");
                if let Some(it) = seen.get_mut(before) {
                    *it = true;
                }
                for bit in 0..4 {
                    let after = open(acl, policy, own | 1 << bit, 0, "\"ObjectWriter\"");
                    assert!(after <= before, "{acl} {policy} {own:04b} + {bit}: {before} → {after}");
                    let account = open(acl, policy, own, 1 << bit, "\"ObjectWriter\"");
                    assert!(account <= before, "{acl} {policy} {own:04b}, account {bit}: {before} → {account}");
                }
                let enforced = open(acl, policy, own, 0, "\"BucketOwnerEnforced\"");
                assert!(enforced <= before, "{acl} {policy} {own:04b}: {before} → {enforced}");
            }
            assert_eq!(open(acl, policy, 15, 0, "\"ObjectWriter\""), 0, "all four close {acl} {policy}");
        }
    }
    assert_eq!(seen, [true; 3]);
}
