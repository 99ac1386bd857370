//! CloudFormation from the command line: parameter files, nested stacks, what is read beside a template.
#![expect(clippy::unwrap_used, reason = "test helpers")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("bucketlint-cfn-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        for (file, text) in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(root)
    }

    fn run(&self, args: &[&str]) -> (Value, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output = command.args(args).current_dir(&self.0).output().unwrap();
        (serde_json::from_slice(&output.stdout).unwrap_or_default(), output.status.code().unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `violated` and `unknown` of a rule, by address.
fn statuses(report: &Value, rule: &str) -> Vec<String> {
    let findings = report.get("findings").and_then(Value::as_array).unwrap().iter();
    let of_rule = findings.filter(|it| it.get("rule").and_then(Value::as_str) == Some(rule));
    let shown = |it: &Value| {
        let text = |path: &str| it.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("{} {}", text("/resource/address"), text("/status"))
    };
    of_rule.map(shown).collect()
}

const TEMPLATE: &str = "Parameters:
  Env: {Type: String, AllowedValues: [dev, prod]}
  State: {Type: String}
  Default: {Type: String, Default: Suspended}
Rules:
  ProdIsVersioned:
    RuleCondition: !Equals [!Ref Env, prod]
    Assertions: [{Assert: !Contains [[Enabled], !Ref State]}]
Conditions:
  Prod: !Equals [!Ref Env, prod]
  Off: !Not [!Equals [!Ref State, Enabled]]
Resources:
  A: {Type: 'AWS::S3::Bucket', Condition: Prod, Properties: {VersioningConfiguration: {Status: !If [Off, Suspended, Enabled]}}}
  B: {Type: 'AWS::S3::Bucket', Properties: {VersioningConfiguration: {Status: !Ref State}}}
  C: {Type: 'AWS::S3::Bucket', Properties: {VersioningConfiguration: {Status: !Ref Default}}}
";

#[test]
fn parameter_files_in_every_form() {
    let list = r#"[{"ParameterKey": "State", "ParameterValue": "Enabled"}, {"ParameterKey": "Default", "UsePreviousValue": true}]"#;
    let folder = Folder::new(
        "parameters",
        &[
            ("t.yaml", TEMPLATE),
            ("list.json", list),
            ("map.json", r#"{"State": "Suspended"}"#),
            ("pipeline.json", r#"{"Parameters": {"State": "Enabled", "Default": {"Fn::GetParam": ["A", "b", "c"]}}}"#),
            ("lines.json", r#"["State=Enabled", "Default=Enabled"]"#),
            ("map.yaml", "State: Enabled\nDefault: Enabled\n"),
            ("broken.json", "[5]"),
        ],
    );
    let check = |args: &[&str]| {
        let (report, _) = folder.run(&[&["check", "t.yaml", "--format", "json"], args].concat());
        statuses(&report, "versioning")
    };
    assert_eq!(check(&[]), ["B unknown", "C violated"]);
    assert_eq!(check(&["--param-file", "list.json"]), ["C unknown"]);
    assert_eq!(check(&["--param-file", "pipeline.json"]), ["C unknown"]);
    assert_eq!(check(&["--param-file", "map.json", "--param", "Env=dev"]), ["B violated", "C violated"]);
    assert_eq!(check(&["--param-file", "lines.json"]), [""; 0]);
    assert_eq!(check(&["--param-file", "map.yaml"]), [""; 0]);
    assert_eq!(check(&["--param-file", "map.json", "--param-file", "map.yaml"]), [""; 0]);
    assert_eq!(check(&["--param-file", "map.yaml", "--param", "State=Suspended"]), ["B violated"]);
    assert_eq!(folder.run(&["check", "t.yaml", "--param-file", "broken.json"]).1, 2);
    assert_eq!(folder.run(&["check", "t.yaml", "--param-file", "missing.json"]).1, 2);
}

#[test]
fn a_conditional_finding_says_when() {
    let template = "Parameters: {Env: {Type: String}, Other: {Type: String}}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  Other: !Equals [!Ref Other, x]
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties: {VersioningConfiguration: {Status: !If [Prod, Enabled, !If [Other, Suspended, Suspended]]}}
";
    let folder = Folder::new("when", &[("t.yaml", template)]);
    let (report, _) = folder.run(&["check", "t.yaml", "--format", "json"]);
    let findings = report.pointer("/findings").and_then(Value::as_array).unwrap().iter();
    let when: Vec<String> = findings.filter_map(|it| it.get("holds_when")).map(ToString::to_string).collect();
    assert_eq!(when, [r#"["not Env == \"prod\""]"#]);
}

#[test]
fn nested_stacks_get_parameters_and_give_outputs() {
    let child = "Parameters: {Env: {Type: String}, Name: {Type: String}}
Conditions: {Prod: !Equals [!Ref Env, prod]}
Resources:
  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Ref Name, VersioningConfiguration: {Status: !If [Prod, Enabled, Suspended]}}}
Outputs: {Name: {Value: !Ref B}, Arn: {Value: !GetAtt B.Arn}}
";
    let main = "Parameters: {Env: {Type: String}}
Conditions: {Prod: !Equals [!Ref Env, prod]}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Condition: Prod
    Properties: {TemplateURL: ./parts/child.yaml, Parameters: {Env: !Ref Env, Name: !Sub 'data-${Env}'}}
  App:
    Type: AWS::Serverless::Application
    Condition: Prod
    Properties: {Location: parts/app.yaml, Parameters: {Bucket: !GetAtt Inner.Outputs.Name}}
";
    let app = "Transform: AWS::Serverless-2016-10-31
Parameters: {Bucket: {Type: String}}
Resources:
  P:
    Type: AWS::S3::BucketPolicy
    Properties: {Bucket: !Ref Bucket, PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: !Sub 'arn:aws:s3:::${Bucket}/*'}]}}
";
    let files = [("main.yaml", main), ("parts/child.yaml", child), ("parts/app.yaml", app)];
    let folder = Folder::new("nested", &files);
    let (report, _) = folder.run(&["check", ".", "--format", "json"]);
    assert_eq!(statuses(&report, "versioning"), [""; 0]);
    assert_eq!(statuses(&report, "bucket-policy-public-principal"), ["Inner.B violated"]);
    assert_eq!(report.pointer("/summary/buckets"), Some(&Value::from(1)));
    // By itself the child is a template like any other.
    let (report, _) = folder.run(&["check", "parts/child.yaml", "--format", "json", "--param", "Env=dev"]);
    assert_eq!(statuses(&report, "versioning"), ["B violated"]);
}

#[test]
fn nested_stacks_end() {
    let stack = |path: &str| format!("{{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: {path}}}}}");
    let bucket = "{Type: 'AWS::S3::Bucket'}";
    let a = format!("Resources:\n  S: {}\n  T: {}\n  B: {bucket}\n", stack("b.yaml"), stack("b.yaml"));
    let b = format!("Resources:\n  S: {}\n  T: {}\n  B: {bucket}\n", stack("a.yaml"), stack("a.yaml"));
    let out = format!("Resources:\n  S: {}\n  B: {bucket}\n", stack("../outside.yaml"));
    let outputs = "Resources:\n  S: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: c.yaml, Parameters: {P: !GetAtt S.Outputs.O}}}\nOutputs: {O: {Value: !GetAtt S.Outputs.O}}\n";
    let files = [("in/a.yaml", a.as_str()), ("in/b.yaml", &b), ("in/c.yaml", outputs), ("in/out.yaml", &out)];
    let folder = Folder::new("circles", &[&files[..], &[("outside.yaml", a.as_str())]].concat());
    std::fs::create_dir_all(folder.0.join("in/.git")).unwrap();
    let (report, _) = folder.run(&["check", "in", "--format", "json"]);
    let shown = report.to_string();
    // a.yaml with b.yaml twice, and out.yaml.
    assert_eq!(report.pointer("/summary/buckets"), Some(&Value::from(4)), "{shown}");
    assert!(shown.contains("the template of nested stack `S` is not here"), "{shown}");
    assert!(!shown.contains("outside.yaml"), "{shown}");
}

#[test]
fn cdk_output_has_the_names_of_the_program() {
    let manifest = r#"{"version": "36.0.0", "artifacts": {
      "Shop.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Shop.assets.json"}},
      "Shop": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Shop.template.json"},
        "metadata": {"/Shop/Data/Resource": [{"type": "aws:cdk:logicalId", "data": "Data1", "trace": [
          "new Bucket (/work/node_modules/aws-cdk-lib/aws-s3/lib/bucket.js:1:1)", "new Shop (lib/shop.ts:12:5)"]}]},
        "additionalMetadataFile": "Shop.metadata.json"}}}"#;
    let more = r#"{"/Shop/Plain/Resource": [{"type": "aws:cdk:logicalId", "data": "Plain1"}], "/Shop/x": [{"type": "aws:cdk:info", "data": {}}]}"#;
    let shop = r#"{"Resources": {
      "Data1": {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "Shop/Data/Resource"}},
      "Plain1": {"Type": "AWS::S3::Bucket"},
      "PolicyA": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Fn::GetAtt": ["Inner1", "Outputs.InnerRef"]},
        "PolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}}},
      "Inner1": {"Type": "AWS::CloudFormation::Stack", "Properties": {
          "TemplateURL": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".amazonaws.com/assets/x.json"]]},
          "Parameters": {"Status": "Suspended"}},
        "Metadata": {"aws:cdk:path": "Shop/Inner.NestedStack/Inner", "aws:asset:path": "ShopInner.nested.template.json", "aws:asset:property": "TemplateURL"}}}}"#;
    let inner = r#"{"Parameters": {"Status": {"Type": "String"}}, "Resources": {
      "Logs1": {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": {"Ref": "Status"}}},
        "Metadata": {"aws:cdk:path": "Shop/Inner/Logs/Resource"}}},
      "Outputs": {"InnerRef": {"Value": {"Ref": "Logs1"}}}}"#;
    let files = [
        (".gitignore", "cdk.out\n"),
        ("cdk.out/manifest.json", manifest),
        ("cdk.out/tree.json", r#"{"tree": {"attributes": {"aws:cdk:cloudformation:type": "AWS::S3::Bucket"}}}"#),
        ("cdk.out/Shop.metadata.json", more),
        ("cdk.out/Shop.template.json", shop),
        ("cdk.out/ShopInner.nested.template.json", inner),
        ("cdk.out/Shop.assets.json", r#"{"files": {}}"#),
    ];
    let folder = Folder::new("cdk", &files);
    let (report, _) = folder.run(&["check", "cdk.out", "--format", "json"]);
    assert_eq!(report.pointer("/summary/buckets"), Some(&Value::from(3)));
    assert_eq!(statuses(&report, "versioning"), ["Data1 violated", "Plain1 violated", "Inner1.Logs1 violated"]);
    assert_eq!(statuses(&report, "bucket-policy-public-principal"), ["Inner1.Logs1 violated"]);
    let findings = report.get("findings").and_then(Value::as_array).unwrap().iter();
    let versioning = findings.filter(|it| it.get("rule").and_then(Value::as_str) == Some("versioning"));
    let named: Vec<String> = versioning.map(|it| it.get("resource").unwrap().to_string()).collect();
    assert_eq!(
        named,
        [
            r#"{"address":"Data1","construct_path":"Shop/Data/Resource","created_at":"lib/shop.ts:12:5"}"#,
            r#"{"address":"Plain1","construct_path":"Shop/Plain/Resource"}"#,
            r#"{"address":"Inner1.Logs1","construct_path":"Shop/Inner/Logs/Resource"}"#,
        ]
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["check", "cdk.out"]).current_dir(&folder.0).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("medium[versioning] Data1 (Shop/Data/Resource)"), "{shown}");
    assert!(shown.contains("created at lib/shop.ts:12:5"), "{shown}");
}

#[test]
fn serverless_framework_files() {
    let serverless = "service: shop
provider:
  name: aws
  stage: ${opt:stage, 'dev'}
  s3:
    uploads: {name: shop-uploads, versioningConfiguration: {Status: Enabled}}
functions:
  resize:
    handler: a.b
    events:
      - s3: photos-in
      - s3: {bucket: uploads, event: 's3:ObjectCreated:*'}
      - s3: {bucket: other, existing: true}
      - http: GET /
resources:
  - Resources:
      Site:
        Type: AWS::S3::Bucket
        Properties: {BucketName: '${self:service}-site', VersioningConfiguration: {Status: '${self:custom.state}'}}
  - ${file(parts/more.yml)}
  - ${file(parts/deep.yml):inner.part}
  - ${file(parts/missing.yml)}
";
    let files = [
        ("serverless.yml", serverless),
        ("parts/more.yml", "Resources: {More: {Type: 'AWS::S3::Bucket'}}\n"),
        ("parts/deep.yml", "inner: {part: {Resources: {Deep: {Type: 'AWS::S3::Bucket'}}}}\n"),
        ("plain/serverless.yml", "service: x\nprovider: aws\nfunctions: {f: {events: [{s3: only}]}}\n"),
        ("google/serverless.yml", "service: x\nprovider: {name: google}\nfunctions: {f: {events: [{s3: only}]}}\n"),
    ];
    let folder = Folder::new("serverless", &files);
    let (report, _) = folder.run(&["check", ".", "--format", "json"]);
    let mut found = statuses(&report, "versioning");
    found.sort();
    assert_eq!(
        found,
        ["Deep violated", "More violated", "S3BucketOnly violated", "S3BucketPhotosin violated", "Site unknown"]
    );
    assert_eq!(report.pointer("/summary/buckets"), Some(&Value::from(6)));
    assert!(report.to_string().contains("parts/missing.yml)}` is not here"), "{report}");
}

#[test]
fn stack_sets_are_stacks() {
    let template = "Resources:
  Inline:
    Type: AWS::CloudFormation::StackSet
    Properties:
      Parameters: [{ParameterKey: State, ParameterValue: Suspended}]
      TemplateBody: |
        Parameters: {State: {Type: String}}
        Resources:
          B: {Type: 'AWS::S3::Bucket', Properties: {VersioningConfiguration: {Status: !Ref State}}}
  File:
    Type: AWS::CloudFormation::StackSet
    Properties: {TemplateURL: child.yaml}
  Far:
    Type: AWS::CloudFormation::StackSet
    Properties: {TemplateURL: 'https://example.com/t.yaml'}
";
    let files = [("main.yaml", template), ("child.yaml", "Resources: {C: {Type: 'AWS::S3::Bucket'}}\n")];
    let folder = Folder::new("sets", &files);
    let (report, _) = folder.run(&["check", ".", "--format", "json"]);
    assert_eq!(statuses(&report, "versioning"), ["File.C violated", "Inline.B violated"]);
    assert_eq!(report.pointer("/summary/incomplete"), Some(&Value::from(true)));
}
