//! Buckets of other services, and their policies.

use crate::model::BucketKind;

use super::estate;

#[test]
fn each_kind_gets_its_policy() {
    let text = "
Parameters: {Outpost: {Type: String}}
Resources:
  T: {Type: 'AWS::S3Tables::TableBucket', Properties: {TableBucketName: tables-example, EncryptionConfiguration: {SSEAlgorithm: 'aws:kms', KMSKeyArn: k}}}
  TP:
    Type: AWS::S3Tables::TableBucketPolicy
    Properties: {TableBucketARN: !Ref T, ResourcePolicy: {Statement: [{Effect: Allow, Principal: '*', Action: 's3tables:*', Resource: '*'}]}}
  T2: {Type: 'AWS::S3Tables::TableBucket', Properties: {TableBucketName: tables-two}}
  One: {Type: 'AWS::S3Tables::Table', Properties: {TableBucketARN: !GetAtt T2.TableBucketARN, TableName: one, Namespace: n, OpenTableFormat: ICEBERG}}
  OneP: {Type: 'AWS::S3Tables::TablePolicy', Properties: {TableARN: !Ref One, ResourcePolicy: {Statement: []}}}
  V: {Type: 'AWS::S3Vectors::VectorBucket'}
  VP:
    Type: AWS::S3Vectors::VectorBucketPolicy
    Properties: {VectorBucketArn: !GetAtt V.VectorBucketArn, Policy: {Statement: [{Effect: Allow, Principal: '*', Action: 's3vectors:*', Resource: '*'}]}}
  V2: {Type: 'AWS::S3Vectors::VectorBucket', Properties: {VectorBucketName: vectors-two}}
  VP2: {Type: 'AWS::S3Vectors::VectorBucketPolicy', Properties: {VectorBucketName: vectors-two, Policy: {Statement: []}}}
  O: {Type: 'AWS::S3Outposts::Bucket', Properties: {BucketName: posts-example, OutpostId: !Ref Outpost}}
  OP: {Type: 'AWS::S3Outposts::BucketPolicy', Properties: {Bucket: !Ref O, PolicyDocument: {Statement: []}}}
  D: {Type: 'AWS::S3Express::DirectoryBucket', Properties: {LocationName: x, DataRedundancy: SingleAvailabilityZone}}
  DP: {Type: 'AWS::S3Express::BucketPolicy', Properties: {Bucket: !Ref D, PolicyDocument: {Statement: []}}}
  DA: {Type: 'AWS::S3Express::AccessPoint', Properties: {Bucket: !Ref D, PublicAccessBlockConfiguration: {BlockPublicAcls: true}}}
";
    let estate = estate(text);
    let kinds: Vec<_> = estate.buckets.iter().map(|it| (it.address.as_str(), it.kind)).collect();
    let expected = [
        ("T", BucketKind::Table),
        ("T2", BucketKind::Table),
        ("V", BucketKind::Vector),
        ("V2", BucketKind::Vector),
        ("O", BucketKind::Outposts),
        ("D", BucketKind::Directory),
    ];
    assert_eq!(kinds, expected);
    for bucket in &estate.buckets {
        assert!(bucket.policy.as_known().is_some(), "{}", bucket.address);
    }
    assert!(estate.dangling.is_empty(), "{:?}", estate.dangling);
    assert_eq!(estate.access_points[0].bucket_address.as_deref(), Some("D"));
    let rules = &estate.buckets[0].encryption.as_known().unwrap().rules;
    assert_eq!(rules[0].algorithm.as_known().unwrap(), "aws:kms");
}
