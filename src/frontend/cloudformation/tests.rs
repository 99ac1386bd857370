//! Small templates → the model, and every template that is at hand → no panic.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::model::{AccessPoint, Bucket, Estate, NetworkOrigin};
use crate::source::{Diagnostic, Disk, Memory, Sources, Span};
use crate::syntax::data::Node;
use crate::value::{Attr, Cause, Class, Guard, HopKind, Kind, Seg, SymStr, Truth, Val, Value};

use super::eval::{Evaluator, Scope};
use super::node::get;
use super::template::Template;
use super::{Options, lower, lower_document};

fn estate_of(files: &[(&str, &str)], options: &Options) -> (Estate, Vec<Diagnostic>, Sources) {
    let sources = Sources::new(Box::new(Memory::new(files)));
    let file = sources.load(Path::new(files[0].0)).unwrap();
    let (estate, notes) = lower(&sources, file, options);
    (estate, notes, sources)
}

/// The estate of a template body.
fn estate(text: &str) -> Estate {
    estate_of(&[("t.yaml", text)], &Options::default()).0
}

/// The only bucket of `Resources: B: Type: AWS::S3::Bucket, Properties: …`.
fn bucket(properties: &str) -> Bucket {
    let indented: String = properties.lines().map(|it| format!("      {it}\n")).collect();
    let mut estate = estate(&format!("Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n{indented}"));
    estate.buckets.remove(0)
}

fn only(estate: &Estate) -> &Bucket {
    let [bucket] = estate.buckets.as_slice() else { panic!("{} buckets", estate.buckets.len()) };
    bucket
}

/// Evaluates the value at `Resources.X` of a template head and a value.
fn eval_in(head: &str, value: &str, options: &Options) -> Val {
    let text = format!("{head}\nV: {value}\n");
    let sources = Sources::new(Box::new(Memory::default()));
    let file = sources.add(Path::new("t.yaml"), &text);
    let root: Node = super::documents(&sources, file).0.remove(0);
    let mut evaluator = Evaluator::new(&sources, options, file, Template::of(&root));
    if let Some(it) = get(&root, "Conditions") {
        evaluator.template.conditions = evaluator.entries(it, &Scope::root(), 0);
    }
    if let Some(it) = get(&root, "Resources") {
        evaluator.template.resources = evaluator.entries(it, &Scope::root(), 0);
    }
    evaluator.eval(get(&root, "V").unwrap(), &Scope::root())
}

/// How a value shows: texts as they are, holes as `${entity.attribute}`, lists and maps in brackets.
fn shown(val: &Val) -> String {
    match &val.kind {
        Kind::List(it) => {
            let rest = if it.rest.is_some() { ", ..." } else { "" };
            format!("[{}{rest}]", it.items.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        Kind::Map(it) => {
            let entries = it.entries.iter().map(|it| format!("{}: {}", it.key.display(), shown(&it.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Kind::Choice(all) => {
            all.iter().map(|it| format!("{} if {}", shown(&it.value), it.guard)).collect::<Vec<_>>().join(" | ")
        }
        Kind::Json(it) => format!("json {}", shown(it)),
        Kind::Null => "null".to_owned(),
        Kind::Bool(it) => format!("{it}"),
        _ => val.as_symstr().unwrap().display(),
    }
}

const HEAD: &str = "
Parameters:
  Env: {Type: String, Default: dev}
  Name: {Type: String}
  Flag: {Type: String, AllowedValues: ['yes', 'no']}
  List: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Ami: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x/y}
Mappings:
  M: {dev: {Suffix: d1, L: [x, y]}, prod: {Suffix: p1}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  Named: !Not [!Equals [!Ref Name, '']]
  On: !Equals [!Ref Flag, 'yes']
  Never: !Equals [!Ref Flag, maybe]
  Both: !And [!Condition Named, !Condition On]
  Either: !Or [!Condition Named, !Condition On]
  Loop: !Not [!Condition Loop]
Resources:
  B: {Type: 'AWS::S3::Bucket'}
  N: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Sub 'log-${Env}'}}
  R: {Type: 'AWS::IAM::Role'}
  T: {Type: 'AWS::SNS::Topic'}
  C: {Type: 'Custom::Thing'}";

#[track_caller]
fn check(value: &str, expected: &str) {
    assert_eq!(shown(&eval_in(HEAD, value, &Options::default())), expected, "{value}");
}

#[test]
fn references() {
    check("!Ref Env", "dev");
    check("{Ref: Env}", "dev");
    check("!Ref Name", "${Name}");
    check("!Ref List", "[a, b, c]");
    check("!Ref Ami", "${Ami}");
    check("!Ref B", "${B.id}");
    check("!Ref N", "log-dev");
    check("!Ref AWS::Region", "${AWS.Region}");
    check("!Ref Missing", "${Missing}");
    check("!GetAtt B.Arn", "arn:${AWS.Partition}:s3:::${B.id}");
    check("{'Fn::GetAtt': [B, Arn]}", "arn:${AWS.Partition}:s3:::${B.id}");
    check("!GetAtt N.Arn", "arn:${AWS.Partition}:s3:::log-dev");
    check("!GetAtt B.DomainName", "${B.id}.s3.${AWS.URLSuffix}");
    check("!GetAtt R.Arn", "arn:${AWS.Partition}:iam::${AWS.AccountId}:role/${R.path-and-name}");
    check("!GetAtt C.Thing", "${C.Thing}");
}

#[test]
fn a_bucket_name_keeps_its_identity() {
    let val = eval_in(HEAD, "!Ref N", &Options::default());
    let Kind::String(text) = &val.kind else { panic!("{val:?}") };
    let symbol = text.symbol().unwrap();
    assert_eq!((&*symbol.entity, &*symbol.attribute), ("N", "id"));
    assert_eq!(text.known().as_deref(), Some("log-dev"));
}

#[test]
fn classes_of_holes() {
    let class = |value: &str| match eval_in(HEAD, value, &Options::default()).kind {
        Kind::Unknown(hole) => hole.class,
        Kind::String(text) => match text.segs() {
            [Seg::Hole(hole)] => hole.class,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(class("!Ref AWS::AccountId"), Class::AccountId);
    assert_eq!(class("!Ref B"), Class::BucketName);
    assert_eq!(class("!Ref T"), Class::Arn);
    assert_eq!(class("!GetAtt T.TopicArn"), Class::Arn);
    assert_eq!(class("!Ref R"), Class::Identifier);
    assert_eq!(class("!GetAtt C.Value"), Class::Any);
    assert_eq!(class("!Ref Name"), Class::Any);
    assert_eq!(class("!Ref Flag"), Class::Identifier);
}

#[test]
fn substitution() {
    check("!Sub 'x-${Env}-${AWS::AccountId}'", "x-dev-${AWS.AccountId}");
    check("!Sub '${B.Arn}/*'", "arn:${AWS.Partition}:s3:::${B.id}/*");
    check("!Sub ['${A}-${Env}', {A: !Ref Name}]", "${Name}-dev");
    check("{'Fn::Sub': ['${A}', {A: one}]}", "one");
    check("!Sub '${!aws:username}-${Env}}'", "${aws:username}-dev}");
    check("!Sub 'no end ${Env'", "no end ${Env");
    check("'{{resolve:ssm:/a/b}}-x'", "${{{resolve:ssm:/a/b}}}-x");
    check("!Sub '{{resolve:ssm:/${Env}/b}}'", "${{{resolve:ssm:/dev/b}}}");
}

#[test]
fn pieces_of_a_substitution_keep_their_places() {
    let text = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Sub 'a-{b}-${AWS::Region}-{c}-d'\n";
    let (estate, _, sources) = estate_of(&[("t.yaml", text)], &Options::default());
    let file = sources.file(crate::source::FileId(0));
    for seg in only(&estate).name.as_known().unwrap().segs() {
        if let Seg::Lit(lit) = seg {
            assert_eq!(file.slice(lit.at.unwrap()), &*lit.text);
        }
    }
}

#[test]
fn list_functions() {
    check("!Join ['-', [a, !Ref Name, c]]", "a-${Name}-c");
    check("!Join ['', !Ref List]", "abc");
    check("!Split [',', 'a,b']", "[a, b]");
    check("!Select [1, !Split ['/', 'a/b/c']]", "b");
    check("!Select ['0', !Ref List]", "a");
}

#[test]
fn maps_and_others() {
    check("!FindInMap [M, !Ref Env, Suffix]", "d1");
    check("!FindInMap [M, dev, L]", "[x, y]");
    check("{'Fn::FindInMap': [M, test, Suffix, {DefaultValue: none}]}", "none");
    check("{'Fn::Length': [1, 2, 3]}", "3");
    check("{'Fn::ToJsonString': {A: !Ref Env}}", "json {A: dev}");
    check("!Base64 abcd", "YWJjZA==");
    check("!ImportValue other-bucket", "${Fn::ImportValue other-bucket}");
    check("{A: !Ref AWS::NoValue, B: [!Ref AWS::NoValue, x]}", "{B: [x]}");
}

#[test]
fn conditions() {
    check("!If [IsProd, a, b]", "b");
    check("!If [IsDev, a, b]", "a");
    check("!If [Named, a, b]", "a if not Name == \"\" | b if Name == \"\"");
    check("!If [Never, a, b]", "b");
    check(
        "!If [Both, a, b]",
        "a if Flag == \"yes\" and not Name == \"\" | b if not (Flag == \"yes\" and not Name == \"\")",
    );
    check(
        "!If [Either, a, b]",
        "a if (Flag == \"yes\" or not Name == \"\") | b if not Flag == \"yes\" and Name == \"\"",
    );
    check("!If [On, !If [On, a, b], c]", "a if Flag == \"yes\" | c if not Flag == \"yes\"");
    check("!If [On, same, same]", "same");
    check("!Sub ['x-${A}', {A: !If [On, a, b]}]", "x-a if Flag == \"yes\" | x-b if not Flag == \"yes\"");
}

#[test]
fn a_branch_taken_by_default_says_so() {
    let val = eval_in(HEAD, "!If [IsProd, a, b]", &Options::default());
    let assumptions: Vec<_> = val.origin.assumptions().map(|it| it.name.clone()).collect();
    assert_eq!(assumptions, ["Parameters.Env"]);
    assert_eq!(val.origin.written_at(), val.origin.span);
    let given = Options { parameters: vec![("Env".into(), "prod".into())], ..Options::default() };
    let val = eval_in(HEAD, "!If [IsProd, a, b]", &given);
    assert_eq!((shown(&val).as_str(), val.origin.assumptions().count()), ("a", 0));
}

#[test]
fn a_given_parameter_is_an_argument() {
    let given = Options { parameters: vec![("Name".into(), "n".into())], ..Options::default() };
    let val = eval_in(HEAD, "!Ref Name", &given);
    assert_eq!(shown(&val), "n");
    assert_eq!(val.origin.hops().map(|it| it.kind).collect::<Vec<_>>(), [HopKind::Argument]);
}

#[test]
fn cycles_end() {
    let text = "Conditions: {A: !Not [{Condition: A}]}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Condition: A\n    Properties: {BucketName: !Sub 'x-${B}'}\n";
    let (estate, notes, _) = estate_of(&[("t.yaml", text)], &Options::default());
    assert_eq!(only(&estate).exists.truth(), Truth::Unknown);
    assert!(notes.iter().any(|it| it.code == "cycle"));
}

#[test]
fn a_full_bucket() {
    let it = bucket(
        "BucketName: my-bucket
AccessControl: PublicRead
OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}
PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: 'false', IgnorePublicAcls: nonsense}
VersioningConfiguration: {Status: Enabled}
BucketEncryption:
  ServerSideEncryptionConfiguration:
    - ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms, KMSMasterKeyID: alias/x}
      BucketKeyEnabled: true
      BlockedEncryptionTypes: {EncryptionType: [SSE-C]}
LoggingConfiguration: {LogFilePrefix: p/}
ObjectLockEnabled: true
ObjectLockConfiguration: {ObjectLockEnabled: Enabled, Rule: {DefaultRetention: {Mode: COMPLIANCE, Days: 3}}}
LifecycleConfiguration: {Rules: [{Id: a, Status: Enabled, ExpirationInDays: 7, Prefix: x}, {Status: Disabled}]}
CorsConfiguration: {CorsRules: [{AllowedOrigins: ['*'], AllowedMethods: [GET]}]}
WebsiteConfiguration: {IndexDocument: i.html}
NotificationConfiguration: {EventBridgeConfiguration: {}, TopicConfigurations: [{Topic: t, Event: e}]}
Tags: [{Key: a, Value: b}]
AccelerateConfiguration: {AccelerationStatus: Suspended}
ReplicationConfiguration: {Role: r, Rules: [{Status: Enabled, Destination: {Bucket: 'arn:aws:s3:::d', Account: '123456789012'}}]}",
    );
    assert_eq!(it.name.as_known().unwrap().known().as_deref(), Some("my-bucket"));
    assert_eq!(it.acl.as_known().unwrap().canned.as_known().unwrap(), "public-read");
    assert_eq!(it.ownership.as_known(), Some(&crate::model::ObjectOwnership::ObjectWriter));
    let block = it.public_access_block.as_known().unwrap();
    assert_eq!(block.block_public_acls.as_known(), Some(&true));
    assert_eq!(block.block_public_policy.as_known(), Some(&false));
    assert_eq!(block.ignore_public_acls.why().unwrap().cause(), Cause::Invalid);
    assert!(block.restrict_public_buckets.is_absent());
    let versioning = it.versioning.as_known().unwrap();
    assert_eq!(versioning.status.as_known().unwrap(), "Enabled");
    assert_eq!(versioning.mfa_delete.why().unwrap().cause(), Cause::NotInInput);
    let rule = &it.encryption.as_known().unwrap().rules[0];
    assert_eq!(rule.algorithm.as_known().unwrap(), "aws:kms");
    assert_eq!(rule.kms_key.as_known().unwrap().display(), "alias/x");
    assert_eq!(rule.blocked_types.as_known().unwrap(), &["SSE-C"]);
    assert!(it.logging.as_known().unwrap().target_bucket.is_absent());
    let lock = it.object_lock.as_known().unwrap();
    assert_eq!(lock.enabled.as_known(), Some(&true));
    assert_eq!(lock.retention.as_known().unwrap().days.as_known(), Some(&3.0));
    let rules = &it.lifecycle.as_known().unwrap().rules;
    assert_eq!(rules[0].whole_bucket.as_known(), Some(&false));
    assert_eq!((rules[1].enabled.as_known(), rules[1].whole_bucket.as_known()), (Some(&false), Some(&true)));
    assert_eq!(it.cors.as_known().unwrap()[0].allowed_origins.as_known().unwrap(), &["*"]);
    assert_eq!(it.website.as_known().unwrap().redirects_all.as_known(), Some(&false));
    let notification = it.notification.as_known().unwrap();
    assert_eq!((notification.destinations, notification.event_bridge.as_known()), (1, Some(&true)));
    assert_eq!(it.tags.as_known().unwrap().len(), 1);
    assert_eq!(it.acceleration.as_known().unwrap(), "Suspended");
    let replication = &it.replication.as_known().unwrap().rules[0];
    assert_eq!(replication.account.as_known().unwrap(), "123456789012");
}

#[test]
fn an_empty_bucket_is_absent_everywhere() {
    let estate = estate("Resources:\n  B:\n    Type: AWS::S3::Bucket\n");
    let it = only(&estate);
    assert!(it.acl.is_absent() && it.public_access_block.is_absent() && it.name.is_absent() && it.policy.is_absent());
    assert_eq!(it.public_access_block.origin, it.origin);
}

#[test]
fn places_are_exact() {
    let text = "Resources:\n  Bee:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead\n";
    let (estate, _, sources) = estate_of(&[("t.yaml", text)], &Options::default());
    let file = sources.file(crate::source::FileId(0));
    let at = |span: Option<Span>| file.slice(span.unwrap()).to_owned();
    assert_eq!(at(only(&estate).origin.span), "Bee");
    assert_eq!(at(only(&estate).acl.origin.span), "PublicRead");
    assert_eq!(at(only(&estate).versioning.origin.span), "Bee");
}

#[test]
fn undecided_properties_are_one_of() {
    let text = format!(
        "{}\n  X:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: !If [On, PublicRead, !Ref AWS::NoValue]\n      PublicAccessBlockConfiguration: !If [On, {{BlockPublicAcls: true}}, {{BlockPublicAcls: true}}]\n      Tags: [!If [On, {{Key: a, Value: b}}, !Ref AWS::NoValue]]\n",
        HEAD
    );
    let estate = estate(&text);
    let it = estate.bucket("X").unwrap();
    let Value::OneOf(all, why) = &it.acl.value else { panic!("{:?}", it.acl.value) };
    assert!(matches!(all.as_slice(), [Value::Known(_), Value::Absent]));
    assert_eq!(why.subject(), "Flag == \"yes\"");
    assert!(matches!(&it.tags.value, Value::OneOf(all, _) if all.len() == 2));
}

#[test]
fn existence() {
    let exists = |condition: &str| {
        let text = format!("{HEAD}\n  X:\n    Type: AWS::S3::Bucket\n    Condition: {condition}\n");
        estate(&text).bucket("X").map(|it| it.exists.clone())
    };
    assert_eq!(exists("IsDev"), Some(Guard::always()));
    assert_eq!(exists("IsProd"), Some(Guard::when("Env == \"prod\"", true)));
    assert_eq!(exists("Never"), None);
    assert_eq!(exists("On"), Some(Guard::when("Flag == \"yes\"", true)));
    assert_eq!(exists("Missing"), Some(Guard::when("Conditions.Missing", true)));
}

#[test]
fn properties_are_read_under_the_resources_condition() {
    let text = format!(
        "{HEAD}\n  X:\n    Type: AWS::S3::Bucket\n    Condition: IsProd\n    Properties: {{AccessControl: !If [IsProd, Private, PublicRead]}}\n"
    );
    let estate = estate(&text);
    let acl = estate.bucket("X").unwrap().acl.clone();
    assert_eq!(acl.as_known().unwrap().canned.as_known().unwrap(), "private");
}

#[test]
fn json_template() {
    let text = r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": {"Ref": "S"}}}}},
        "Parameters": {"S": {"Type": "String", "Default": "Enabled"}}}"#;
    let (estate, notes, _) = estate_of(&[("t.json", text)], &Options::default());
    let status = &only(&estate).versioning.as_known().unwrap().status;
    assert_eq!(status.as_known().unwrap(), "Enabled");
    assert_eq!(status.origin.assumptions().count(), 1);
    assert!(notes.is_empty(), "{notes:?}");
}

#[test]
fn loops_make_buckets() {
    let text = "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Each:\n    - Id\n    - [One, Two]\n    - 'Bucket${Id}':\n        Type: AWS::S3::Bucket\n        Properties: {BucketName: !Sub 'b-${Id}'}\n";
    let estate = estate(text);
    let names: Vec<_> =
        estate.buckets.iter().map(|it| (it.address.as_str(), it.name.as_known().unwrap().display())).collect();
    assert_eq!(names, [("BucketOne", "b-One".to_owned()), ("BucketTwo", "b-Two".to_owned())]);
    assert!(estate.gaps.is_empty());
}

#[test]
fn macros_leave_gaps() {
    let estate = estate(
        "Transform: [AWS::LanguageExtensions, Corp]\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      Fn::Transform: {Name: Corp2}\n      AccessControl: Private\n",
    );
    assert_eq!(estate.gaps.len(), 2);
    let it = only(&estate);
    assert!(it.acl.as_known().is_some());
    assert_eq!(it.public_access_block.why().unwrap().cause(), Cause::Transform);
}

#[test]
fn local_fragments_and_nested_stacks() {
    let files = [
        (
            "main.yaml",
            "Parameters: {P: {Type: String, Default: top}}\nResources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: ./child.yaml, Parameters: {Name: !Sub 'n-${P}'}}\n  Far:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: 'https://x/y.yaml'}\n  I:\n    Type: AWS::S3::Bucket\n    Properties:\n      Fn::Transform: {Name: AWS::Include, Parameters: {Location: part.yaml}}\n",
        ),
        (
            "child.yaml",
            "Parameters: {Name: {Type: String}}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: !Ref Name}\n",
        ),
        ("part.yaml", "AccessControl: Private\n"),
    ];
    let (estate, _, _) = estate_of(&files, &Options::default());
    let inner = estate.bucket("S.B").unwrap();
    assert_eq!(inner.name.as_known().unwrap().display(), "n-top");
    assert!(estate.bucket("I").unwrap().acl.as_known().is_some());
    assert_eq!(estate.gaps.iter().map(|it| it.why.cause()).collect::<Vec<_>>(), [Cause::RemoteModule]);
}

#[test]
fn access_points_and_log_targets() {
    let estate = estate(
        "Resources:\n  B: {Type: 'AWS::S3::Bucket', Properties: {LoggingConfiguration: {DestinationBucketName: !Ref L}}}\n  L: {Type: 'AWS::S3::Bucket'}\n  T: {Type: 'AWS::S3::Bucket'}\n  Trail: {Type: 'AWS::CloudTrail::Trail', Properties: {S3BucketName: !Ref T, IsLogging: true}}\n  A: {Type: 'AWS::S3::AccessPoint', Properties: {Bucket: !Ref B, VpcConfiguration: {VpcId: vpc-1}, PublicAccessBlockConfiguration: {BlockPublicAcls: false}}}\n",
    );
    let [AccessPoint { bucket_address, network_origin, .. }] = estate.access_points.as_slice() else { panic!() };
    assert_eq!(bucket_address.as_deref(), Some("B"));
    assert!(matches!(network_origin, Attr { value: Value::Known(NetworkOrigin::Vpc(_)), .. }));
    let targets: Vec<_> = estate.buckets.iter().map(|it| it.is_log_target).collect();
    assert_eq!(targets, [false, true, true]);
}

#[test]
fn serverless_framework() {
    let estate = estate(
        "service: x\nprovider: {name: aws}\nresources:\n  Resources:\n    B:\n      Type: AWS::S3::Bucket\n      Properties: {BucketName: 'a-${self:provider.stage}-${AWS::Region}', AccessControl: Private}\n",
    );
    assert_eq!(only(&estate).name.as_known().unwrap().display(), "a-${${self:provider.stage}}-${AWS::Region}");
}

#[test]
fn sam_events_are_notifications() {
    let estate = estate(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  B: {Type: 'AWS::S3::Bucket'}\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {Events: {E: {Type: S3, Properties: {Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}}}\n",
    );
    assert_eq!(only(&estate).notification.as_known().unwrap().destinations, 1);
    assert!(estate.gaps.is_empty());
}

#[test]
fn bad_input_is_survived() {
    let deep = format!(
        "Resources: {{B: {{Type: 'AWS::S3::Bucket', Properties: {}1{}}}}}",
        "{a: ".repeat(5_000),
        "}".repeat(5_000)
    );
    let join = format!(
        "{{\"Resources\": {{\"B\": {{\"Type\": \"AWS::S3::Bucket\", \"Properties\": {{\"BucketName\": {}1{}}}}}}}}}",
        "{\"Fn::Base64\": ".repeat(150),
        "}".repeat(150)
    );
    let explosion = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: !Join [1, 2, 3], Tags: !Ref, AccessControl: {a: b}, OwnershipControls: 3}\n    Condition: [x]\n  C: 5\n  D: {Type: [x]}\n";
    for text in [
        deep.as_str(),
        &join,
        explosion,
        "",
        "Resources: []",
        "Resources: {B: {Type: AWS::S3::Bucket, Properties: [1]}}",
        "- a\n- b",
        "AWSTemplateFormatVersion: 1",
    ] {
        let _ = estate_of(&[("t.yaml", text)], &Options::default());
    }
}

/// Counts what is known of buckets' fields.
#[derive(Default)]
struct Share {
    known: usize,
    absent: usize,
    one_of: usize,
    unknown: BTreeMap<&'static str, usize>,
}

impl Share {
    fn add<T>(&mut self, attr: &Attr<T>) {
        match &attr.value {
            Value::Known(_) => self.known += 1,
            Value::Absent => self.absent += 1,
            Value::OneOf(..) => self.one_of += 1,
            Value::Unknown(why) => *self.unknown.entry(why.cause().code()).or_default() += 1,
        }
    }

    fn name(&mut self, attr: &Attr<SymStr>) {
        match attr.as_known().and_then(SymStr::why) {
            Some(why) => *self.unknown.entry(why.cause().code()).or_default() += 1,
            None => self.add(attr),
        }
    }
}

fn files_below(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, out);
        } else if path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json" || it == "template") {
            out.push(path);
        }
    }
}

#[test]
fn everything_at_hand_is_read() {
    let shared = std::env::var("BUCKETLINT_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let shared = Path::new(&shared);
    if !shared.join("corpus").is_dir() {
        println!("skipped: no corpus at {}", shared.display());
        return;
    }
    let mut paths = Vec::new();
    files_below(&shared.join("corpus"), &mut paths);
    files_below(&shared.join("conformance"), &mut paths);
    paths.sort();
    let sources = Sources::new(Box::new(Disk::new(&[shared.to_owned()])));
    let options = Options::default();
    let (mut templates, mut embedded, mut buckets, mut gaps, mut dangling) = (0, 0, 0, 0, 0);
    let (mut features, mut names, mut codes) = (Share::default(), Share::default(), BTreeMap::<&str, usize>::new());
    for path in &paths {
        let Ok(file) = sources.load(path) else { continue };
        let (mut estate, mut notes) = lower(&sources, file, &options);
        templates += estate.tally.files;
        // The registry's tests embed their inputs.
        for document in super::documents(&sources, file).0 {
            for case in super::node::items(&document) {
                if let Some(input) = get(case, "input") {
                    embedded += 1;
                    let (part, more) = lower_document(&sources, file, input, &options);
                    estate.absorb(part);
                    notes.extend(more);
                }
            }
        }
        if estate.tally.files == 0 && estate.buckets.is_empty() {
            notes.retain(|_| false);
        }
        buckets += estate.buckets.len();
        gaps += estate.gaps.len();
        dangling += estate.dangling.len();
        for it in &estate.buckets {
            names.name(&it.name);
            features.add(&it.acl);
            features.add(&it.ownership);
            features.add(&it.public_access_block);
            features.add(&it.versioning);
            features.add(&it.encryption);
            features.add(&it.logging);
            features.add(&it.object_lock);
            features.add(&it.lifecycle);
            features.add(&it.replication);
            features.add(&it.cors);
            features.add(&it.website);
            features.add(&it.notification);
            features.add(&it.tags);
        }
        for gap in &estate.gaps {
            if std::env::var("SHOW").is_ok() {
                println!("{} gap {} {}", path.display(), gap.why, gap.message);
            }
        }
        for note in &notes {
            *codes.entry(note.code).or_default() += 1;
            if std::env::var("SHOW").is_ok() {
                let at = note.at.map(|it| sources.file(it.file).line_column(it.start).line);
                println!("{}:{at:?} {} {}", path.display(), note.code, note.message);
            }
        }
    }
    println!(
        "files {} templates {templates} embedded {embedded} buckets {buckets} gaps {gaps} dangling {dangling}",
        paths.len()
    );
    for (what, share) in [("features", features), ("names", names)] {
        println!(
            "{what}: known {} absent {} one-of {} unknown {:?}",
            share.known, share.absent, share.one_of, share.unknown
        );
    }
    println!("notes {codes:?}");
    assert!(0 < buckets);
}
