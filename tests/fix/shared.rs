//! What one piece of code makes for several is taken out only where it is at fault for all.

use super::{Folder, text};

fn code(principal: &str) -> String {
    format!(
        "resource \"aws_s3_bucket\" \"all\" {{\n  for_each = {{ site = \"*\", data = \"arn:aws:iam::444455556666:root\" }}\n  bucket   = \"${{each.key}}-of-example\"\n}}\n\nresource \"aws_s3_bucket_policy\" \"all\" {{\n  for_each = aws_s3_bucket.all\n  bucket   = each.value.id\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [\n      {{\n        Sid       = \"Own\"\n        Effect    = \"Allow\"\n        Principal = {{ AWS = \"arn:aws:iam::111122223333:root\" }}\n        Action    = \"s3:GetObject\"\n        Resource  = \"${{each.value.arn}}/*\"\n      }},\n      {{\n        Sid       = \"Read\"\n        Effect    = \"Allow\"\n        Principal = {{ AWS = {principal} }}\n        Action    = \"s3:GetObject\"\n        Resource  = \"${{each.value.arn}}/*\"\n      }},\n    ]\n  }})\n}}\n"
    )
}

#[test]
fn a_statement_of_other_instances_is_left() {
    let differs = code("each.key == \"site\" ? \"*\" : \"arn:aws:iam::444455556666:root\"");
    for (code, is_fixed) in [(differs, false), (code("\"*\""), true)] {
        let folder = Folder::new(&[("main.tf", &code)]);
        let run = folder.run(&["--fix", "--unsafe-fixes", "--disable", "bpa-missing"]);
        let fixed = folder.read("main.tf");
        assert_eq!(!fixed.contains("\"Read\""), is_fixed, "{fixed} {}", text(&run.stdout));
        let out = text(&run.stdout);
        let said = "the same code makes the statement Read for aws_s3_bucket.all[\"data\"], which is not open to all";
        assert_eq!(out.contains(said), !is_fixed, "{out}");
    }
}

/// A document that is a role's policy too.
#[test]
fn a_statement_of_another_policy_is_left() {
    let code = "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"logs-of-example\"\n}\n\ndata \"aws_iam_policy_document\" \"both\" {\n  statement {\n    actions   = [\"s3:GetObject\"]\n    resources = [\"${aws_s3_bucket.logs.arn}/*\"]\n\n    principals {\n      type        = \"*\"\n      identifiers = [\"*\"]\n    }\n  }\n}\n\nresource \"aws_s3_bucket_policy\" \"logs\" {\n  bucket = aws_s3_bucket.logs.id\n  policy = data.aws_iam_policy_document.both.json\n}\n\nresource \"aws_s3_access_point\" \"logs\" {\n  name   = \"logs\"\n  bucket = aws_s3_bucket.logs.id\n  policy = data.aws_iam_policy_document.both.json\n}\n";
    let folder = Folder::new(&[("main.tf", code)]);
    folder.run(&["--fix", "--unsafe-fixes", "--disable", "bpa-missing"]);
    assert!(folder.read("main.tf").contains("identifiers = [\"*\"]"), "{}", folder.read("main.tf"));
}
