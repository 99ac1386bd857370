//! `bucketlint.yaml`: that each key does what it says. Profiles, severities, suppressions and baselines are in `suppressions.rs`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;

use folder::Folder;
use serde_json::Value;

impl Folder {
    /// `path rule status` of the findings of some rules.
    fn found(&self, below: &str, rules: &[&str], arguments: &[&str]) -> Vec<String> {
        let enable: Vec<&str> = rules.iter().flat_map(|it| ["--enable", it]).collect();
        let (out, err, _) = self.run_in(below, &[&["check", "--format", "json"], arguments, &enable].concat());
        let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
        let all =
            report["findings"].as_array().unwrap().iter().filter(|it| rules.contains(&it["rule"].as_str().unwrap()));
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let mut found: Vec<String> = all
            .map(|it| format!("{} {} {}", text(&it["location"]["path"]), text(&it["rule"]), text(&it["status"])))
            .collect();
        found.sort();
        found
    }
}

const ROOT: &str = r#"variable "acl" {}
resource "aws_s3_bucket" "b" {
  bucket = "b-${terraform.workspace}"
  acl    = var.acl
}
"#;

/// Of values and files on the command line the later win, as in Terraform; over the configuration and environments as before.
#[test]
fn the_order_of_values_and_files() {
    let folder = Folder::new(&[
        ("main.tf", ROOT),
        ("open.tfvars", "acl = \"public-read\"\n"),
        ("shut.tfvars", "acl = \"private\"\n"),
        ("other.tfvars", "other = 1\n"),
    ]);
    let check = |arguments: &[&str], is_open: bool| {
        let found = folder.found("", &["acl-public-read"], &[&["."], arguments].concat());
        assert_eq!(!found.is_empty(), is_open, "{arguments:?} {found:?}");
    };
    let (shut, open) = (["--var", "acl=private"], ["--var", "acl=public-read"]);
    let file = |it: &'static str| ["--var-file", it];
    for config in ["", "terraform: { roots: [{ path: ., vars: { acl: public-read-write } }] }\n"] {
        folder.write("bucketlint.yaml", config);
        check(&[shut, file("open.tfvars")].concat(), true);
        check(&[file("open.tfvars"), shut].concat(), false);
        check(&[open, file("shut.tfvars")].concat(), false);
        check(&[open, file("shut.tfvars"), open].concat(), true);
        check(&[shut, file("open.tfvars"), file("shut.tfvars")].concat(), false);
        // A file that says nothing of it.
        check(&[shut, file("other.tfvars")].concat(), false);
        // Those of an environment stand behind the files, and values behind all of them win.
        check(&[shut, file("open.tfvars"), ["--environment", "a=shut.tfvars"]].concat(), false);
        check(&[open, file("shut.tfvars"), ["--environment", "a=shut.tfvars"], open].concat(), true);
    }
}

#[test]
fn root_modules_have_inputs_of_their_own() {
    let config = r#"terraform:
  vars: { acl: private }
  roots:
    - path: "envs/prod*"
      vars: { acl: public-read }
    - path: envs/files/
      var-files: [vars/open.tfvars]
"#;
    let folder = Folder::new(&[
        ("bucketlint.yaml", config),
        ("envs/prod/main.tf", ROOT),
        ("envs/dev/main.tf", ROOT),
        ("envs/files/main.tf", ROOT),
        ("vars/open.tfvars", "acl = \"public-read-write\"\n"),
    ]);
    let rules = ["acl-public-read"];
    let prod = "envs/prod/main.tf acl-public-read violated";
    // Of the run and of the root: single variables win over files, as on Terraform's command line.
    assert_eq!(folder.found("", &rules, &["."]), [prod]);
    assert_eq!(folder.found("", &rules, &["envs/prod/main.tf"]), [prod]);
    assert_eq!(folder.found("envs/prod", &rules, &["."]), ["main.tf acl-public-read violated"]);
    // The command line wins.
    assert!(folder.found("", &rules, &[".", "--var", "acl=private"]).is_empty());
    folder.write("bucketlint.yaml", &config.replace("  vars: { acl: private }\n", ""));
    assert_eq!(
        folder.found("", &rules, &["."]),
        [
            "envs/dev/main.tf acl-public-read unknown",
            "envs/files/main.tf acl-public-read violated",
            "envs/prod/main.tf acl-public-read violated"
        ]
    );
    // A workspace of one root.
    let named = ROOT.replace("var.acl", "terraform.workspace == \"prod\" ? \"public-read\" : \"private\"");
    folder.write("envs/prod/main.tf", &named);
    folder.write("bucketlint.yaml", "terraform: { workspace: dev, roots: [{ path: envs/prod, workspace: prod }] }\n");
    assert_eq!(folder.found("", &rules, &["envs/prod"]), [prod]);
    assert!(folder.found("", &rules, &["envs/prod", "--workspace", "test"]).is_empty());
    // The folder of the configuration itself.
    for dot in [".", "./"] {
        folder.write("bucketlint.yaml", &format!("terraform: {{ roots: [{{ path: \"{dot}\" }}] }}\n"));
        folder.write("main.tf", "locals {}\n");
        assert!(!folder.run_in("", &["check", "."]).1.contains("fits no root module"), "{dot}");
    }
    std::fs::remove_file(folder.0.join("main.tf")).unwrap();
    // A folder is all that is in it.
    for glob in ["envs", "envs/", "./envs/**", "./envs"] {
        folder.write("bucketlint.yaml", &format!("exclude: [\"{glob}\"]\n"));
        let (out, _, code) = folder.run_in("", &["check", ".", "--format", "json"]);
        assert!(code == 3 && out.contains("nothing-judged"), "{glob}: {out}");
    }
    // What fits nothing is told where all was looked at, and a file that is not there always.
    folder.write("bucketlint.yaml", "terraform: { roots: [{ path: envs/prdo }] }\n");
    assert!(folder.run_in("", &["check", "."]).1.contains("`envs/prdo` of the configuration fits no root module"));
    assert!(!folder.run_in("", &["check", "envs"]).1.contains("prdo"));
    folder.write("bucketlint.yaml", "terraform: { roots: [{ path: envs/prod, var-files: [none.tfvars] }] }\n");
    let (_, told, code) = folder.run_in("", &["check", "."]);
    assert!(code == 2 && told.contains("none.tfvars: no such file of variables"), "{told}");
}

#[test]
fn environments_come_after_the_inputs_of_a_root() {
    let folder = Folder::new(&[
        ("main.tf", ROOT),
        ("open.tfvars", "acl = \"public-read\"\n"),
        ("shut.tfvars", "acl = \"private\"\n"),
        (
            "bucketlint.yaml",
            "terraform: { environments: { prod: [open.tfvars], test: [shut.tfvars] }, roots: [{ path: \"\", var-files: [shut.tfvars] }] }\n",
        ),
    ]);
    assert_eq!(folder.found("", &["acl-public-read"], &["."]), ["main.tf acl-public-read violated"]);
}

#[test]
fn templates_have_parameters_of_their_own() {
    let template = "Parameters: {Acl: {Type: String}}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: !Ref Acl\n      OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}\n";
    let config = "cloudformation:\n  parameters: {Acl: Private}\n  templates:\n    - {path: \"stacks/site*.yaml\", parameters: {Acl: PublicRead}}\n    - {path: stacks/file.yaml, parameter-files: [p.json]}\n";
    let folder = Folder::new(&[
        ("bucketlint.yaml", config),
        ("stacks/site.yaml", template),
        ("stacks/other.yaml", template),
        ("stacks/file.yaml", template),
        ("p.json", "[{\"ParameterKey\": \"Acl\", \"ParameterValue\": \"PublicReadWrite\"}]"),
    ]);
    let rules = ["acl-public-read"];
    assert_eq!(folder.found("", &rules, &["."]), ["stacks/site.yaml acl-public-read violated"]);
    folder.write("bucketlint.yaml", &config.replace("  parameters: {Acl: Private}\n", ""));
    let found = folder.found("", &rules, &["."]);
    assert!(found.contains(&"stacks/file.yaml acl-public-read violated".to_owned()), "{found:?}");
    assert!(found.iter().all(|it| !it.starts_with("stacks/other.yaml") || it.ends_with("unknown")), "{found:?}");
    assert!(folder.found("", &rules, &[".", "--param", "Acl=Private"]).is_empty());
}

/// Who is trusted, and whether the account blocks public access, is said once and holds for every run.
#[test]
fn the_context_decides() {
    let with = |condition: &str| {
        format!(
            r#"resource "aws_s3_bucket" "b" {{
  bucket = "b-example"
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${{aws_s3_bucket.b.arn}}/*"{condition} }},
  ] }})
}}
"#
        )
    };
    let condition = |key: &str, id: &str| format!(", Condition = {{ StringEquals = {{ \"{key}\" = \"{id}\" }} }}");
    let rule = ["cross-account-grant"];
    let folder = Folder::new(&[("main.tf", "")]);
    let foreign = ["main.tf cross-account-grant violated"];
    for (key, id, setting, other) in [
        ("aws:SourceVpce", "vpce-0a", "trusted-vpc-endpoints", "vpce-0b"),
        ("aws:SourceVpc", "vpc-0a", "trusted-vpcs", "vpc-0b"),
        ("aws:PrincipalOrgID", "o-abcdefghij", "trusted-organizations", "o-zzzzzzzzzz"),
    ] {
        folder.write("main.tf", &with(&condition(key, id)));
        folder.write("bucketlint.yaml", "");
        assert!(folder.found("", &rule, &["."]).is_empty(), "{key}: nobody is named, so a fixed value is the owner's");
        folder.write("bucketlint.yaml", &format!("context: {{ {setting}: [{id}] }}\n"));
        assert!(folder.found("", &rule, &["."]).is_empty(), "{key}");
        folder.write("bucketlint.yaml", &format!("context: {{ {setting}: [{other}] }}\n"));
        assert_eq!(folder.found("", &rule, &["."]), foreign, "{key}");
    }
    folder.write("bucketlint.yaml", "");
    folder.write("main.tf", &with(&condition("aws:SourceVpce", "vpce-0a")));
    assert_eq!(folder.found("", &rule, &[".", "--trusted-vpc-endpoint", "vpce-0b"]), foreign);
    assert_eq!(folder.run_in("", &["check", ".", "--trusted-vpc-endpoint", "vpc-0b"]).2, 2);
    // An account that is named, and the own one.
    let account = with("").replace("Principal = \"*\"", "Principal = { AWS = \"111122223333\" }");
    folder.write("main.tf", &account);
    folder.write("bucketlint.yaml", "context: { account: \"999988887777\" }\n");
    assert_eq!(folder.found("", &rule, &["."]), foreign);
    for own in ["account: \"111122223333\"", "account: \"999988887777\", trusted-accounts: [\"111122223333\"]"] {
        folder.write("bucketlint.yaml", &format!("context: {{ {own} }}\n"));
        assert!(folder.found("", &rule, &["."]).is_empty(), "{own}");
    }
    // Block Public Access of the account.
    let public = ["bucket-policy-public-principal"];
    folder.write("main.tf", &with(""));
    let state = |config: &str| {
        folder.write("bucketlint.yaml", config);
        let (out, _, _) = folder.run_in("", &["check", ".", "--format", "json", "--enable", public[0]]);
        let report: Value = serde_json::from_str(&out).unwrap();
        report["summary"]["public"].as_u64().unwrap_or(9)
    };
    assert_eq!((state("context: { account-bpa: off }\n"), state("context: { account-bpa: on }\n")), (1, 0));
}

#[test]
fn what_is_looked_at_and_where_it_is_found() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let folder = Folder::new(&[("a/main.tf", bucket), ("b/main.tf", bucket), ("bucketlint.yaml", "")]);
    let rules = ["versioning"];
    let [a, b] = ["a/main.tf versioning violated", "b/main.tf versioning violated"];
    let of = |config: &str| {
        folder.write("bucketlint.yaml", config);
        folder.found("", &rules, &["."])
    };
    assert_eq!(of(""), [a, b]);
    assert_eq!(of("include: [\"a/**\"]\n"), [a]);
    assert_eq!(of("exclude: [\"a/**\"]\n"), [b]);
    // Found upward; a file of the folder below wins; none is looked for on wish.
    assert!(folder.found("a", &rules, &["."]).is_empty());
    folder.write("a/.bucketlint.yaml", "");
    assert_eq!(folder.found("a", &rules, &["."]), ["main.tf versioning violated"]);
    assert_eq!(folder.found("", &rules, &[".", "--no-config"]), [a, b]);
    assert_eq!(folder.found("", &rules, &[".", "--config", "a/.bucketlint.yaml"]), [a, b]);
    // By any of its names, and one alone.
    for name in ["bucketlint.yml", ".bucketlint.yml"] {
        folder.write("bucketlint.yaml", "");
        std::fs::rename(folder.0.join("bucketlint.yaml"), folder.0.join(name)).unwrap();
        folder.write(name, "exclude: [\"a/**\"]\n");
        assert_eq!(folder.found("", &rules, &["."]), [b], "{name}");
        folder.write("bucketlint.yaml", "");
        let (_, told, code) = folder.run_in("", &["check", "."]);
        assert!(code == 2 && told.contains("is there too; keep one"), "{told}");
        std::fs::remove_file(folder.0.join(name)).unwrap();
    }
    // Settings of a path: off there, another severity there.
    let config = "paths: [{ path: \"b/**\", rules: { versioning: { severity: critical } } }, { path: \"a/**\", rules: { versioning: off } }]\n";
    folder.write("bucketlint.yaml", config);
    std::fs::remove_file(folder.0.join("a/.bucketlint.yaml")).unwrap();
    assert_eq!(folder.found("", &["versioning"], &["."]), [b]);
    assert!(folder.run_in("", &["check", "."]).0.contains("critical[versioning]"));
}

/// One configuration decides a run: another that is nearer to some of the files counts by itself, or is told.
#[test]
fn no_nearer_configuration_is_passed_over_in_silence() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let folder = Folder::new(&[
        ("a/main.tf", bucket),
        ("b/main.tf", bucket),
        ("b/bucketlint.yaml", "rules: { versioning: { severity: critical, locked: true } }\n"),
        ("c/main.tf", bucket),
        ("d/notes.md", ""),
        ("d/bucketlint.yaml", ""),
    ]);
    let run = |paths: &[&str]| folder.run_in("", &[&["check"], paths].concat());
    let (out, told, _) = run(&["."]);
    assert!(told.contains("b/bucketlint.yaml is not read: the configuration of this run is none"), "{told}");
    assert!(!out.contains("critical[versioning]"), "{out}");
    for quiet in [&["b"][..], &[".", "--no-config"], &[".", "--config", "d/bucketlint.yaml"], &["a", "d"], &["a", "c"]]
    {
        let told = run(quiet).1;
        assert!(!told.contains("is not read"), "{quiet:?}: {told}");
    }
    // What is there decides, wherever its path stands.
    for paths in [["a", "b"], ["b", "a"]] {
        let (out, told, code) = run(&paths);
        assert!(code == 1 && out.contains("critical[versioning]"), "{paths:?} {code} {out}");
        assert!(told.contains("a has no configuration: b/bucketlint.yaml decides there too"), "{told}");
    }
    folder.write("a/bucketlint.yaml", "fail-on: never\n");
    for paths in [&["a", "b"][..], &["a/main.tf", "c", "b"]] {
        let (_, told, code) = run(paths);
        assert!(
            code == 2 && told.contains("has a/bucketlint.yaml, b has b/bucketlint.yaml"),
            "{paths:?} {code} {told}"
        );
    }
    assert_eq!((run(&["a", "a/main.tf"]).2, run(&["a", "b", "--config", "a/bucketlint.yaml"]).2), (0, 0));
    folder.write("bucketlint.yaml", "");
    let told = run(&["."]).1;
    assert!(
        told.contains("a/bucketlint.yaml and 1 more are not read: the configuration of this run is bucketlint.yaml")
    );
    folder.write("bucketlint.yaml", "exclude: [\"a/**\", \"b/**\"]\n");
    assert!(!run(&["."]).1.contains("not read"), "nothing of theirs is checked");
}

/// Unknown keys, on every floor, name the nearest right one.
#[test]
fn slips_are_told_with_the_right_name() {
    for (config, expected) in [
        ("contxt: {}\n", "did you mean `context`?"),
        ("context: { trusted-vpc-endpoint: [vpce-1] }\n", "did you mean `trusted-vpc-endpoints`?"),
        ("terraform: { roots: [{ path: a, var-file: [] }] }\n", "did you mean `var-files`?"),
        ("cloudformation: { templates: [{ path: a, parameter: {} }] }\n", "did you mean `parameters`?"),
        ("terraform: { roots: [{ workspace: a }] }\n", "missing field `path`"),
        ("suppressions: { honour: [chekov] }\n", "did you mean `checkov`?"),
        ("rules: { versioning: { enabld: on } }\n", "enabld"),
        ("rules:\n  versioning: off\n  versioning: on\n", "3:3: `versioning` is there twice; the first is in line 2"),
        ("context: { trusted-organizations: [acme] }\n", "bucketlint.yaml:1:1: `acme`: an organisation id is"),
    ] {
        let (_, told, code) = Folder::new(&[("bucketlint.yaml", config)]).run_in("", &["check", "."]);
        assert!(code == 2 && told.contains(expected), "{config}: {told}");
    }
}

/// A glob that fits nothing is a slip that nobody would notice.
#[test]
fn what_fits_nothing_is_told() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let folder = Folder::new(&[("infra/main.tf", bucket), ("hidden/main.tf", bucket), (".gitignore", "hidden/\n")]);
    for (config, expected) in [
        (
            "include: [\"infra/**\", \"infar/**\"]\n",
            Some("`infar/**` of the configuration (include) fits no file here"),
        ),
        ("exclude: [\"vendr/**\"]\n", Some("`vendr/**` of the configuration (exclude) fits no file here")),
        // It is there, and an ignore file hides it; it may come to be there.
        ("exclude: [\"hidden/**\", \"**/generated/**\"]\n", None),
        (
            "paths: [{ path: \"infar/**\", rules: { versioning: off } }]\n",
            Some("`infar/**` of the configuration (paths)"),
        ),
        (
            "suppress: [{ rule: versioning, path: infar/main.tf, reason: x }]\n",
            Some("`infar/main.tf` of the configuration (suppress) fits no file"),
        ),
        (
            "suppress: [{ rule: versioning, address: \"*.c\", reason: x }]\n",
            Some("`*.c` of the configuration (suppress) fits no resource here"),
        ),
        ("suppress: [{ rule: versioning, path: \"infra/*\", address: \"*.b\", reason: x }]\n", None),
        (
            "public: [{ bucket: aws_s3_bucket.site, reason: x }]\n",
            Some("`aws_s3_bucket.site` of the configuration (public) fits no bucket here"),
        ),
        ("public: [{ bucket: aws_s3_bucket.b, reason: x }]\n", None),
        (
            "public: [{ bucket: aws_s3_bucket.b, path: infar/main.tf, reason: x }]\n",
            Some("`infar/main.tf` of the configuration (public) fits no file"),
        ),
    ] {
        folder.write("bucketlint.yaml", config);
        let (_, told, code) = folder.run_in("", &["check", ".", "--fail-on", "never"]);
        assert_eq!(code, 0, "{config}: {told}");
        match expected {
            Some(expected) => assert!(told.contains(expected), "{config}: {told}"),
            None => assert!(!told.contains("of the configuration"), "{config}: {told}"),
        }
        // A part was asked about: nobody knows.
        assert!(!folder.run_in("", &["check", "infra"]).1.contains("of the configuration"), "{config}");
    }
}

/// Of several roots one bucket is public on purpose: its file says which. What stands in another file is of it all the same.
#[test]
fn a_public_bucket_of_one_root() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let acl = "resource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  acl    = \"public-read\"\n}\n";
    let folder =
        Folder::new(&[("site/main.tf", bucket), ("site/acl.tf", acl), ("prod/main.tf", bucket), ("prod/acl.tf", acl)]);
    let (site, prod) = ("site/acl.tf acl-public-read violated", "prod/acl.tf acl-public-read violated");
    for (path, expected) in [
        ("", &[][..]),
        (", path: \"site/**\"", &[prod][..]),
        (", path: site/main.tf", &[prod]),
        (", path: site/acl.tf", &[prod, site]),
    ] {
        folder.write("bucketlint.yaml", &format!("public: [{{ bucket: aws_s3_bucket.b{path}, reason: site }}]\n"));
        assert_eq!(folder.found("", &["acl-public-read"], &["."]), expected, "{path}");
    }
}

/// What nobody can suppress cannot be turned off or be made less grave for some paths.
#[test]
fn paths_against_a_lock() {
    let folder = Folder::new(&[("a/main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n")]);
    for (rule, there, wrong) in [
        ("locked: true", "off", Some("cannot turn it off for `a/**`")),
        ("locked: true", "{ enabled: off }", Some("cannot turn it off")),
        ("locked: true", "{ severity: info }", Some("cannot lower its severity")),
        ("locked: true, severity: critical", "{ severity: high }", Some("cannot lower its severity")),
        ("locked: true, severity: low", "{ severity: high }", None),
        ("locked: true", "on", None),
        ("severity: low", "off", None),
    ] {
        let config = format!(
            "rules: {{ versioning: {{ {rule} }} }}\npaths: [{{ path: \"a/**\", rules: {{ versioning: {there} }} }}]\n"
        );
        folder.write("bucketlint.yaml", &config);
        let (_, told, code) = folder.run_in("", &["check", ".", "--fail-on", "never"]);
        match wrong {
            Some(wrong) => {
                assert!(code == 2 && told.contains("`versioning` is locked") && told.contains(wrong), "{config}{told}")
            }
            None => assert_eq!(code, 0, "{config}{told}"),
        }
    }
}

/// A value that nothing takes is told with the name that was meant; one that something of the run takes is not.
#[test]
fn values_for_what_nothing_declares() {
    let template = "Parameters:\n  Stage: { Type: String, Default: dev }\nResources:\n  B: { Type: AWS::S3::Bucket }\n";
    let folder = Folder::new(&[
        ("a/main.tf", ROOT),
        ("a/json.tf.json", "{ \"variable\": { \"other\": {} } }"),
        ("b/main.tf", "variable \"name\" {}\n"),
        ("t.yaml", template),
        ("good.tfvars", "acl = \"private\"\nname = \"x\"\n"),
        ("bad.tfvars", "acl = \"private\"\nacll = \"private\"\n"),
        ("bad.tfvars.json", "{ \"nmae\": 1 }"),
    ]);
    let told = |arguments: &[&str]| {
        let (_, told, _) = folder.run_in("", &[&["check", ".", "--fail-on", "never"], arguments].concat());
        told.lines().filter(|it| it.contains("declare")).map(str::to_owned).collect::<Vec<_>>()
    };
    for good in [
        &["--var", "acl=x", "--var", "name=x", "--var", "other=x", "--param", "Stage=x"][..],
        &["--var-file", "good.tfvars", "--environment", "a=good.tfvars"],
        &[],
    ] {
        assert!(told(good).is_empty(), "{good:?} {:?}", told(good));
    }
    for (bad, expected) in [
        (["--var", "acll=x"], "--var `acll`: nothing here declares a variable of this name; did you mean `acl`?"),
        (
            ["--param", "Stag=x"],
            "--param `Stag`: nothing here declares a parameter of this name; did you mean `Stage`?",
        ),
        (["--var-file", "bad.tfvars"], "bad.tfvars:2: nothing here declares a variable `acll`; did you mean `acl`?"),
        (["--var-file", "bad.tfvars.json"], "bad.tfvars.json:1: nothing here declares a variable `nmae`"),
        (["--environment", "a=bad.tfvars"], "bad.tfvars:2: "),
    ] {
        let told = told(&bad);
        assert!(told.len() == 1 && told[0].contains(expected), "{bad:?} {told:?}");
    }
    // What Terraform reads by itself is for the root beside it.
    folder.write("a/terraform.tfvars", "name = 1\n");
    assert!(told(&[])[0].contains(": a/terraform.tfvars:1: the code beside it declares no variable `name`"));
    folder.write("a/terraform.tfvars", "acl = \"private\"\n");
    // The configuration, where all that it is about is looked at.
    let config = "terraform: { vars: { acll: x }, roots: [{ path: a, vars: { nam: x } }] }\ncloudformation: { parameters: { Stag: x } }\n";
    folder.write("bucketlint.yaml", config);
    assert_eq!(told(&[]).len(), 3, "{:?}", told(&[]));
    assert!(!folder.run_in("", &["check", "a"]).1.contains("declare"));
    // A unit of Terragrunt has its code elsewhere.
    folder.write("bucketlint.yaml", "");
    folder.write("c/terragrunt.hcl", "inputs = { x = 1 }\n");
    assert!(told(&["--var", "acll=x"]).is_empty());
}
