//! A finding tells its way: what decided it, from where that is written to where it takes effect.

use bucketlint::check_texts;

/// The texts of the steps to the one finding of `rule`.
fn steps(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    let report = check_texts(files);
    let found: Vec<_> = report.findings.iter().filter(|it| it.rule == rule).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.iter().flat_map(|it| it.flow.iter().map(|it| it.text.clone())).collect()
}

#[test]
fn from_the_default_through_the_module_to_the_use() {
    let module = "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  acl    = var.acl\n}\n";
    let main = "variable \"grant\" {\n  default = \"public-read\"\n}\nlocals {\n  acl = var.grant\n}\nmodule \"m\" {\n  source = \"./m\"\n  acl    = local.acl\n}\n";
    let way = steps(&[("main.tf", main), ("m/main.tf", module)], "acl-public-read");
    assert_eq!(
        way[..way.len() - 1],
        ["the default of var.grant", "local.acl comes from here", "the value of module.m.var.acl"]
    );
    assert!(way.last().is_some_and(|it| it.contains("lets anyone list")), "{way:?}");
}

#[test]
fn what_decided_comes_first() {
    let policy = "{\"Statement\": [{\n  \"Effect\": \"Allow\",\n  \"Principal\": \"*\",\n  \"Action\": \"s3:GetObject\",\n  \"Resource\": \"arn:aws:s3:::b/*\"\n}]}";
    let way = steps(&[("p.json", policy)], "bucket-policy-public-principal");
    assert_eq!(way.first().map(String::as_str), Some("`statement.effect` is Allow"));
    assert_eq!(way.len(), 3, "{way:?}");
}

#[test]
fn one_place_is_no_way() {
    assert!(steps(&[("main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n")], "bpa-missing").is_empty());
}
