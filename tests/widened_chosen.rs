//! `--base`: values that are chosen by the stage or environment of a deployment, each of which is compared with itself.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{File, quiet, same, undecided};

fn to(name: &'static str, was: &str, now: &str) -> File {
    (name, was.to_owned(), now.to_owned())
}

const PROD: [&str; 2] = ["222222222222", "444455556666"];

/// A file of the Serverless Framework: what it says beside the resources, whether public buckets are restricted, and a reader.
fn service(said: &str, lock: &str, reader: &str) -> String {
    format!(
        "service: acme\nframeworkVersion: \"3\"\nprovider:\n  name: aws\n  stage: ${{opt:stage, 'dev'}}\n{said}functions:\n  hello:\n    handler: h.main\nresources:\n  Resources:\n    Data:\n      Type: AWS::S3::Bucket\n      Properties:\n        BucketName: acme-${{sls:stage}}\n        PublicAccessBlockConfiguration: {{BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: {lock}}}\n    DataPolicy:\n      Type: AWS::S3::BucketPolicy\n      Properties:\n        Bucket: !Ref Data\n        PolicyDocument:\n          Version: \"2012-10-17\"\n          Statement:\n            - Effect: Allow\n              Principal: {{AWS: \"{reader}\"}}\n              Action: s3:GetObject\n              Resource: !Sub \"${{Data.Arn}}/*\"\n"
    )
}

fn readers(prod: &str) -> String {
    format!("custom:\n  readers:\n    dev: \"111122223333\"\n    prod: \"{prod}\"\n")
}

/// What the variables of the Serverless Framework refer to, in the same file.
#[test]
fn frameworks() {
    let [was, now] = PROD;
    let root = |of: &str| format!("arn:aws:iam::${{{of}}}:root");
    let check = |said: &dyn Fn(&str) -> String, reader: &str| {
        let own = |prod: &str| service(&said(prod), "true", reader);
        undecided(&[to("serverless.yml", &own(was), &own(now))]);
        let more = own(was).replace("functions:\n", "functions:\n  two:\n    handler: h.two\n");
        quiet(&[to("serverless.yml", &own(was), &more.replace("custom:\n", "custom:\n  esbuild: {bundle: true}\n"))]);
    };
    for of in [
        "self:custom.readers.${sls:stage}",
        "self:custom.readers.${opt:stage, 'dev'}",
        "self:custom.readers.${self:provider.stage}",
        "self:custom.readers.${sls:stage}, '111122223333'",
    ] {
        check(&readers, &root(of));
    }
    check(&|it| format!("custom:\n  reader: \"arn:aws:iam::${{env:X}}{it}:root\"\n"), "${self:custom.reader}");
    check(
        &|it| readers(it).replace("  readers:\n", "  cfg: ${self:custom.readers.${sls:stage}}\n  readers:\n"),
        &root("self:custom.cfg"),
    );
    let nested = |it: &str| {
        format!(
            "custom:\n  cfg: ${{self:custom.all.${{sls:stage}}}}\n  all:\n    dev: {{a.b: \"1\"}}\n    prod: {{a.b: \"{it}\"}}\n"
        )
    };
    check(&nested, &root("self:custom.cfg.a.b"));
    let stages = |it: &str| {
        format!("custom:\n  x: y\nparams:\n  dev: {{reader: \"111122223333\"}}\n  prod: {{reader: \"{it}\"}}\n")
    };
    check(&stages, &root("param:reader"));
    let listed = |it: &str| format!("custom:\n  readers:\n    - \"111122223333\"\n    - \"${{env:X}}{it}\"\n");
    check(&listed, &root("self:custom.readers.1"));
    // A circle ends.
    let circle = |it: &str| {
        let said = readers(it).replace("custom:\n", "custom:\n  a: ${self:custom.b}\n  b: ${self:custom.a}\n");
        service(&said, "true", &root("self:custom.a, ${self:custom.readers.${sls:stage}}"))
    };
    undecided(&[to("serverless.yml", &circle(was), &circle(now))]);
}

/// Names say nothing, nor does in which way the stage is named; which stage is deployed by default does.
#[test]
fn names_in_frameworks() {
    let [was, now] = PROD;
    let own = service(&readers(was), "true", "arn:aws:iam::${self:custom.readers.${sls:stage}}:root");
    quiet(&[to("serverless.yml", &own, &own.replace("readers", "accounts"))]);
    quiet(&[to("serverless.yml", &own, &own.replace("readers.${sls:stage}", "readers.${self:provider.stage}"))]);
    undecided(&[to("serverless.yml", &own, &own.replace("opt:stage, 'dev'", "opt:stage, 'prod'"))]);
    let two = own.replace("functions:", &format!("  admins: {{dev: \"{now}\", prod: \"{now}\"}}\nfunctions:"));
    quiet(&[to("serverless.yml", &own, &two)]);
    undecided(&[to("serverless.yml", &two, &two.replace("custom.readers.", "custom.admins."))]);
}

/// The same of settings, conditions, whole principals and resources.
#[test]
fn places_in_frameworks() {
    let lock = |prod: &str| {
        let said = format!("custom:\n  lock: {{dev: true, prod: {prod}}}\n");
        service(&said, "\"${self:custom.lock.${sls:stage}}\"", "arn:aws:iam::111122223333:root")
    };
    undecided(&[to("serverless.yml", &lock("true"), &lock("false"))]);
    quiet(&[to(
        "serverless.yml",
        &lock("true"),
        &lock("true").replace("custom.lock", "custom.shut").replace("  lock:", "  shut:"),
    )]);
    let whole = |prod: &str| {
        service(&readers(&format!("arn:aws:iam::{prod}:root")), "true", "${self:custom.readers.${sls:stage}}")
    };
    undecided(&[to("serverless.yml", &whole(PROD[0]), &whole(PROD[1]))]);
    let org = |it: &str| {
        let own = service(&format!("custom:\n  org: {{dev: o-aaaaaaaaaa, prod: {it}}}\n"), "true", "*");
        own + "              Condition: {StringEquals: {\"aws:PrincipalOrgID\": \"${self:custom.org.${sls:stage}}\"}}\n"
    };
    undecided(&[to("serverless.yml", &org("o-bbbbbbbbbb"), &org("o-zzzzzzzzzz"))]);
    quiet(&[to(
        "serverless.yml",
        &org("o-bbbbbbbbbb"),
        &org("o-bbbbbbbbbb").replace(".org.", ".id.").replace("  org:", "  id:"),
    )]);
    let path = |it: &str| {
        let own =
            service(&format!("custom:\n  path: {{dev: in, prod: {it}}}\n"), "true", "arn:aws:iam::111122223333:root");
        own.replace("${Data.Arn}/*", "${Data.Arn}/${self:custom.path.${sls:stage}}/*")
    };
    undecided(&[to("serverless.yml", &path("in"), &path("all"))]);
    quiet(&[to("serverless.yml", &path("in"), &path("in").replace("path", "prefix"))]);
}

/// What variables of the framework refer to in other files, of which one is chosen by the stage.
#[test]
fn files_of_frameworks() {
    let of = |reader: &str| service("custom:\n  cfg: ${file(./config/${sls:stage}.yml)}\n", "true", reader);
    let file = |it: &str| format!("reader: \"{it}\"\nother: x\n");
    let [was, now] = PROD;
    for reader in
        ["${file(./config/${sls:stage}.yml):reader}", "${file(config/prod.yml):reader}", "${self:custom.cfg.reader}"]
    {
        let own = same("serverless.yml", &of(&format!("arn:aws:iam::{reader}:root")));
        let dev = same("config/dev.yml", &file("111122223333"));
        undecided(&[own.clone(), dev.clone(), to("config/prod.yml", &file(was), &file(now))]);
        quiet(&[own, dev, to("config/prod.yml", &file(was), &file(was).replace("other: x", "other: y"))]);
    }
    let own = same("serverless.yml", &of("arn:aws:iam::${file(./readers.js):prod}:root"));
    let script = |it: &str| format!("module.exports = {{ prod: \"{it}\" }};\n");
    undecided(&[own.clone(), to("readers.js", &script(was), &script(now))]);
    quiet(&[own, same("readers.js", &script(was)), to("other.js", &script(was), &script(now))]);
}

/// An entry of a map that a parameter without a default chooses.
#[test]
fn mappings() {
    let own = |parameter: &str, dev: &str, prod: &str, more: &str| {
        format!(
            "Parameters:\n  Stage: {{Type: String{parameter}}}\nMappings:\n  A:\n    dev: {{Reader: \"{dev}\"}}\n    prod: {{Reader: \"{prod}\"}}\n{more}Resources:\n  B:\n    Type: AWS::S3::Bucket\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Principal: {{AWS: !FindInMap [A, !Ref Stage, Reader]}}\n            Action: s3:GetObject\n            Resource: !Sub \"${{B.Arn}}/*\"\n"
        )
    };
    let [a, b] = ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/p"];
    for parameter in ["", ", AllowedValues: [dev, prod]"] {
        let own = |dev: &str, prod: &str, more: &str| own(parameter, dev, prod, more);
        let was = own(a, b, "");
        undecided(&[to("t.yaml", &was, &own(a, a, ""))]);
        undecided(&[to("t.yaml", &was, &own(b, a, ""))]);
        undecided(&[to("t.yaml", &was, &own(a, b, "    qa: {Reader: \"arn:aws:iam::444455556666:root\"}\n"))]);
        // A new one that may do what another may, and what nothing looks up.
        quiet(&[to("t.yaml", &was, &own(a, b, &format!("    qa: {{Reader: \"{a}\"}}\n")))]);
        quiet(&[to("t.yaml", &was, &own(a, b, "  Other:\n    dev: {Reader: x}\n"))]);
        quiet(&[to("t.yaml", &own(a, b, &format!("    qa: {{Reader: \"{a}\"}}\n")), &was)]);
    }
}

const POLICY: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { AWS = WHO }, Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.b.arn}/*\" }] })\n}\n";

/// An entry of a map or list that a variable with a default chooses: a deployment may give it another value.
#[test]
fn maps() {
    let own = |who: &str, prod: &str| {
        POLICY.replace("WHO", who)
            + &format!(
                "variable \"env\" {{\n  type = string\n  default = \"dev\"\n}}\nvariable \"at\" {{\n  type = number\n  default = 0\n}}\nlocals {{\n  key = var.env\n  r = {{\n    dev = \"arn:aws:iam::111122223333:root\"\n    prod = \"arn:aws:iam::{prod}:root\"\n  }}\n  l = [\"arn:aws:iam::111122223333:root\", \"arn:aws:iam::{prod}:root\"]\n  other = {{ x = \"y\" }}\n}}\n"
            )
    };
    let [was, now] = PROD;
    for who in [
        "local.r[var.env]",
        "local.r[local.key]",
        "lookup(local.r, var.env)",
        "lookup(local.r, var.env, \"arn:aws:iam::111122223333:role/x\")",
        "local.l[var.at]",
        "element(local.l, var.at)",
    ] {
        undecided(&[to("main.tf", &own(who, was), &own(who, now))]);
        quiet(&[to("main.tf", &own(who, was), &own(who, was).replace("x = \"y\"", "x = \"z\""))]);
    }
    quiet(&[to("main.tf", &own("local.r[\"dev\"]", was), &own("local.r[\"dev\"]", now))]);
    quiet(&[to("main.tf", &own("local.r[var.env]", was), &own("lookup(local.r, var.env)", was))]);
}

/// What a resource gives back within a text.
#[test]
fn stores() {
    let own = |who: &str, input: &str| {
        POLICY.replace("WHO", who)
            + &format!(
                "resource \"terraform_data\" \"s\" {{\n  input = {input}\n}}\nvariable \"x\" {{\n  type = string\n}}\nvariable \"y\" {{\n  type = string\n}}\n"
            )
    };
    for (who, was, now) in [
        ("\"arn:aws:iam::${terraform_data.s.output}:root\"", "\"111122223333\"", "\"444455556666\""),
        ("\"arn:aws:iam::${terraform_data.s.output}:root\"", "var.x", "var.y"),
        ("\"arn:aws:iam::${terraform_data.s.output.a}:root\"", "{ a = var.x }", "{ a = var.y }"),
    ] {
        undecided(&[to("main.tf", &own(who, was), &own(who, now))]);
        quiet(&[to("main.tf", &own(who, was), &(own(who, was) + "locals {\n  n = 1\n}\n"))]);
        let renamed = own(who, was).replace("\"s\"", "\"t\"").replace("terraform_data.s", "terraform_data.t")
            + "moved {\n  from = terraform_data.s\n  to = terraform_data.t\n}\n";
        quiet(&[to("main.tf", &own(who, was), &renamed)]);
    }
}
