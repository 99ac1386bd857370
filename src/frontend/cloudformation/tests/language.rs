//! `AWS::LanguageExtensions`, and fragments that are included.

use crate::value::Value;

use super::super::Options;
use super::{estate, estate_of, only};

#[test]
fn loops_make_resources_properties_and_conditions() {
    let text = "Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: 'a,b'}}
Conditions:
  Fn::ForEach::Flags:
    - N
    - [a, b]
    - Is${N}: !Equals [!Ref 'AWS::Region', !Ref N]
Resources:
  Fn::ForEach::Outer:
    - Name
    - !Ref Names
    - Fn::ForEach::Inner:
        - Kind
        - [log, data]
        - B${Name}${Kind}:
            Type: AWS::S3::Bucket
            Condition: Is${Name}
            Properties:
              BucketName: !Sub '${Name}-${Kind}'
              PublicAccessBlockConfiguration:
                Fn::ForEach::Flag:
                  - Setting
                  - [BlockPublicAcls, BlockPublicPolicy]
                  - ${Setting}: true
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref {'Fn::Sub': 'Balog'}
      PolicyDocument: {Statement: []}
  Q:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref {'Fn::Join': ['', [B, b, log]]}
      PolicyDocument: {'Fn::ToJsonString': {Statement: [{Effect: Deny, Principal: '*', Action: 's3:*', Resource: '*'}]}}
";
    let estate = estate(text);
    let shown: Vec<_> = estate.buckets.iter().filter(|it| it.address.starts_with('B')).collect();
    let names: Vec<_> = shown.iter().map(|it| it.name.as_known().unwrap().display()).collect();
    assert_eq!(names, ["a-log", "a-data", "b-log", "b-data"]);
    let block = shown[0].public_access_block.as_known().unwrap();
    assert_eq!(block.block_public_acls.as_known(), Some(&true));
    assert!(block.ignore_public_acls.is_absent());
    assert_eq!(shown[2].policy.as_known().unwrap().statements.len(), 1);
}

#[test]
fn deletion_policy_may_be_computed() {
    let check = |policy: &str| {
        let estate = estate(&format!(
            "Transform: AWS::LanguageExtensions
Parameters: {{Env: {{Type: String, AllowedValues: [dev, prod]}}, Keep: {{Type: String, AllowedValues: [Retain, RetainExceptOnCreate]}}}}
Mappings: {{M: {{dev: {{D: Delete}}, prod: {{D: Retain}}}}}}
Conditions: {{Prod: !Equals [!Ref Env, prod]}}
Resources: {{B: {{Type: 'AWS::S3::Bucket', DeletionPolicy: {policy}}}}}
"
        ));
        match &only(&estate).deletion_policy.value {
            Value::Known(it) => it.clone(),
            Value::OneOf(all, _) => format!("one of {}", all.len()),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(check("!If [Prod, Retain, Retain]"), "Retain");
    assert_eq!(check("!If [Prod, Retain, Delete]"), "one of 2");
    assert_eq!(check("!Ref Keep"), "one of 2");
    assert_eq!(check("!FindInMap [M, !Ref Env, D]"), "one of 2");
    assert_eq!(check("!FindInMap [M, test, D, {DefaultValue: Snapshot}]"), "Snapshot");
    assert_eq!(check("!FindInMap [M, !Ref Env, D, {DefaultValue: Snapshot}]"), "one of 2");
    assert_eq!(check("!FindInMap [M, !Ref Keep, D, {DefaultValue: Snapshot}]"), "Snapshot");
    assert_eq!(check("!FindInMap [M, !Ref 'AWS::Region', D, {DefaultValue: Snapshot}]"), "one of 3");
    assert_eq!(check("!Select [!Length [a], [Delete, Retain]]"), "Retain");
}

#[test]
fn a_list_that_is_not_known_is_a_gap() {
    let text = "Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Buckets: [Name, !Ref Names, {'B${Name}': {Type: 'AWS::S3::Bucket'}}]
";
    let (estate, _, _) = estate_of(&[("t.yaml", text)], &Options::default());
    assert_eq!((estate.buckets.len(), estate.gaps.len()), (0, 1));
    let given = Options { parameters: vec![("Names".into(), "x, y".into())], ..Options::default() };
    let (estate, _, _) = estate_of(&[("t.yaml", text)], &given);
    assert_eq!((estate.buckets.len(), estate.gaps.len()), (2, 0));
}

#[test]
fn loops_that_multiply_end() {
    let items = (0..90).map(|it| it.to_string()).collect::<Vec<_>>().join(", ");
    let text = format!(
        "Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::A:
    - A
    - [{items}]
    - Fn::ForEach::B:
        - B
        - [{items}]
        - Fn::ForEach::C: [C, [{items}], {{'X${{A}}${{B}}${{C}}': {{Type: 'AWS::S3::Bucket'}}}}]
"
    );
    let (estate, notes, _) = estate_of(&[("t.yaml", &text)], &Options::default());
    assert!(estate.buckets.len() <= 5_000);
    assert!(notes.iter().any(|it| it.code == "limit"), "{notes:?}");
}

#[test]
fn a_fragment_may_add_sections() {
    let main = |location: &str| {
        format!(
            "Transform: {{Name: AWS::Include, Parameters: {{Location: {location}}}}}\nResources:\n  A: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: !Ref Name}}}}\n"
        )
    };
    let part = "Parameters: {Name: {Type: String, Default: made}}\nResources: {B: {Type: 'AWS::S3::Bucket'}}\n";
    let (estate, notes, _) = estate_of(&[("t.yaml", &main("part.yaml")), ("part.yaml", part)], &Options::default());
    let names: Vec<_> = estate.buckets.iter().map(|it| it.address.as_str()).collect();
    assert_eq!((names, estate.gaps.len(), notes.len()), (vec!["A", "B"], 0, 0));
    assert_eq!(estate.buckets[0].name.as_known().unwrap().display(), "made");
    let (estate, _, _) = estate_of(&[("t.yaml", &main("s3://store/part.yaml"))], &Options::default());
    assert_eq!((estate.buckets.len(), estate.gaps.len()), (1, 1));
}

#[test]
fn a_parameter_that_cannot_be_empty_is_not() {
    for (kind, expected) in [("String, MinLength: 3", 1), ("'AWS::EC2::VPC::Id'", 1), ("String", 2)] {
        let text = format!(
            "Parameters: {{P: {{Type: {kind}}}}}\nConditions: {{Named: !Not [!Equals [!Ref P, '']]}}\nResources: {{B: {{Type: 'AWS::S3::Bucket', DeletionPolicy: !If [Named, Retain, Delete]}}}}\n"
        );
        let many = match &only(&estate(&text)).deletion_policy.value {
            Value::OneOf(all, _) => all.len(),
            _ => 1,
        };
        assert_eq!(many, expected, "{kind}");
    }
}
