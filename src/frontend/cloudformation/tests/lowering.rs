//! Resources → the model.

use crate::model::{AccessPoint, NetworkOrigin};
use crate::source::Span;
use crate::value::{Attr, Cause, Guard, Truth, Value};

use super::super::Options;
use super::{HEAD, bucket, estate, estate_of, only};

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
    let it = estate.buckets.iter().find(|it| it.address == "X").unwrap();
    let Value::OneOf(all, why) = &it.acl.value else { panic!("{:?}", it.acl.value) };
    assert!(matches!(all.as_slice(), [Value::Known(_), Value::Absent]));
    assert_eq!(why.subject(), "Flag == \"yes\"");
    assert!(matches!(&it.tags.value, Value::OneOf(all, _) if all.len() == 2));
}

#[test]
fn existence() {
    let exists = |condition: &str| {
        let text = format!("{HEAD}\n  X:\n    Type: AWS::S3::Bucket\n    Condition: {condition}\n");
        estate(&text).buckets.iter().find(|it| it.address == "X").map(|it| it.exists.clone())
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
    let acl = estate.buckets.iter().find(|it| it.address == "X").unwrap().acl.clone();
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
    let inner = estate.buckets.iter().find(|it| it.address == "S.B").unwrap();
    assert_eq!(inner.name.as_known().unwrap().display(), "n-top");
    assert!(estate.buckets.iter().find(|it| it.address == "I").unwrap().acl.as_known().is_some());
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

/// What stands for the resources of a module that is not read is told, and is no resource.
#[test]
fn modules_are_gaps() {
    let estate = estate(
        "Resources:\n  B: {Type: 'AWS::S3::Bucket'}\n  M: {Type: 'Acme::S3::Bucket::MODULE', Properties: {Name: x}}\n  R: {Type: !Rain::Module 'policy.yaml', Properties: {Bucket: !Ref B}}\n",
    );
    assert_eq!(only(&estate).address, "B");
    let told: Vec<_> = estate.gaps.iter().map(|it| (it.why.cause(), it.message.split('`').nth(1))).collect();
    let cause = crate::value::Cause::RemoteModule;
    assert_eq!(told, [(cause, Some("M")), (cause, Some("R"))]);
}

/// Where distributions and load balancers put their logs.
#[test]
fn logs_of_distributions_and_load_balancers() {
    let estate = estate(
        "Resources:\n  C: {Type: 'AWS::S3::Bucket'}\n  L: {Type: 'AWS::S3::Bucket'}\n  K: {Type: 'AWS::S3::Bucket'}\n  D: {Type: 'AWS::S3::Bucket'}\n  Cdn: {Type: 'AWS::CloudFront::Distribution', Properties: {DistributionConfig: {Enabled: true, Logging: {Bucket: !GetAtt C.DomainName}}}}\n  Web: {Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: {LoadBalancerAttributes: [{Key: idle_timeout.timeout_seconds, Value: '9'}, {Key: access_logs.s3.bucket, Value: !Ref L}]}}\n  Old: {Type: 'AWS::ElasticLoadBalancing::LoadBalancer', Properties: {Listeners: [], AccessLoggingPolicy: {Enabled: true, S3BucketName: !Ref K}}}\n",
    );
    let targets: Vec<_> = estate.buckets.iter().map(|it| (it.is_log_target, it.is_cdn_log_target)).collect();
    assert_eq!(targets, [(true, true), (true, false), (true, false), (false, false)]);
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
fn explosions_end() {
    let doubled: String =
        (1..60).map(|it| format!("  C{it}: !Or [!Condition C{0}, !Condition C{0}]\n", it - 1)).collect();
    let text = format!(
        "Parameters: {{P: {{Type: String}}}}\nConditions:\n  C0: !Equals [!Ref P, x]\n{doubled}Resources:\n  B: {{Type: 'AWS::S3::Bucket', Condition: C59}}\n"
    );
    assert_eq!(only(&estate(&text)).exists.truth(), Truth::Unknown);
    let files = [
        (
            "a.yaml",
            "Resources:\n  S: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: a.yaml}}\n  T: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: a.yaml}}\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: f.yaml}}}\n",
        ),
        (
            "f.yaml",
            "X: {'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: f.yaml}}}\nY: {'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: f.yaml}}}\n",
        ),
    ];
    let (estate, _, _) = estate_of(&files, &Options::default());
    assert_eq!(estate.buckets.len(), 1);
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

/// The shape of the policy that bucket `B` gets: statements with their guards, effects, principals, resources.
fn policy(document: &str) -> String {
    let text = format!(
        "{HEAD}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument: {document}\n"
    );
    let estate = estate(&text);
    assert!(estate.dangling.is_empty(), "{:?}", estate.dangling);
    let attr = &estate.buckets.iter().find(|it| it.address == "B").unwrap().policy;
    let Some(policy) = attr.as_known() else { return format!("{:?}", attr.value) };
    let statement = |it: &crate::policy::Statement| {
        let principals: Vec<_> = it.principals.items.iter().map(|it| it.text.display()).collect();
        let resources: Vec<_> = it.resources.items.iter().map(|it| it.0.display()).collect();
        let rest = if it.principals.rest.is_some() || it.resources.rest.is_some() { " ..." } else { "" };
        let guard = if it.exists == Guard::always() { String::new() } else { format!(" if {}", it.exists) };
        let effect = it.effect.as_known().map(|it| format!("{it:?}")).unwrap_or_default();
        format!("{effect} {} {}{rest}{guard}", principals.join(","), resources.join(","))
    };
    let rest = if policy.rest.is_some() { "; ..." } else { "" };
    format!("{}{rest}", policy.statements.iter().map(statement).collect::<Vec<_>>().join("; "))
}

#[test]
fn policies_in_every_spelling() {
    let cases = [
        (
            "{Statement: [{Effect: Allow, Principal: '*', Action: 's3:*', Resource: !Sub '${B.Arn}/*'}]}",
            "Allow * arn:${AWS::Partition}:s3:::${B.id}/*",
        ),
        (
            "!Sub '{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"arn:aws:s3:::${B}/*\"}}'",
            "Allow * arn:aws:s3:::${B.id}/*",
        ),
        (
            "{Statement: [!If [On, {Effect: Allow, Principal: '*', Action: 's3:*', Resource: '*'}, !Ref AWS::NoValue], {Effect: Deny, Principal: '*', Action: 's3:*', Resource: '*'}]}",
            "Allow * * if Flag == \"yes\"; Deny * *",
        ),
        (
            "{Statement: {Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}, Action: 's3:*', Resource: !GetAtt B.Arn}}",
            "Allow arn:aws:iam::${AWS::AccountId}:root arn:${AWS::Partition}:s3:::${B.id}",
        ),
        (
            "{Statement: !If [On, [{Effect: Allow, Principal: '*', Action: 's3:*', Resource: '*'}], [{Effect: Deny, Principal: '*', Action: 's3:*', Resource: '*'}]]}",
            "Allow * * if Flag == \"yes\"; Deny * * if not Flag == \"yes\"",
        ),
    ];
    for (document, expected) in cases {
        assert_eq!(policy(document), expected, "{document}");
    }
}
