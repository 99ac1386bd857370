//! Which properties the resource types around S3 have: a property that a type does not have is a slip, and what it was meant
//! to set is not set.
//!
//! `properties.tsv` is written by `generate.py` from CloudFormation's resource schemas. CloudFormation may be newer than the
//! table, so what is not in it is told in a note only.

use std::sync::OnceLock;

use crate::source::{Gravity, did_you_mean};
use crate::value::{Kind, Val};

use super::super::shared::NameTable;
use super::eval::Evaluator;
use super::node::{pairs, text};
use super::stack::is_harmless;
use super::template::Named;

const TABLE: &str = include_str!("properties.tsv");

/// What stands beside `Properties`, SAM's `Connectors` included.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-product-attribute-reference.html>
const ATTRIBUTES: [&str; 11] = [
    "Condition",
    "Connectors",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Fn::Transform",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

fn table() -> &'static NameTable {
    static PARSED: OnceLock<NameTable> = OnceLock::new();
    PARSED.get_or_init(|| NameTable::parse(TABLE))
}

/// Tells of attributes and properties that a resource of a known type does not have.
pub(super) fn check(evaluator: &Evaluator<'_>, kind: &str, resource: &Named, properties: Option<&Val>) {
    if !table().knows(kind) {
        return;
    }
    // A macro may have attributes of its own.
    let macros = evaluator.template.transforms.iter().any(|it| !is_harmless(&it.0));
    for pair in pairs(&resource.node).iter().filter(|_| !macros) {
        if let Some(name) = text(&pair.key).filter(|it| !ATTRIBUTES.contains(&it.as_str())) {
            let of_type = table().names(kind, "").is_some_and(|it| it.contains(&name.as_str()));
            let message = match of_type {
                true => format!("`{name}` belongs below `Properties`: here it sets nothing"),
                false => format!("`{name}` is no attribute of a resource{}", did_you_mean(&name, ATTRIBUTES)),
            };
            evaluator.note("unknown-property", Gravity::Note, pair.key.span, message);
        }
    }
    if let Some(properties) = properties {
        value(evaluator, kind, "", properties);
    }
}

fn value(evaluator: &Evaluator<'_>, kind: &str, path: &str, val: &Val) {
    match &val.kind {
        Kind::Choice(all) => all.iter().for_each(|it| value(evaluator, kind, path, &it.value)),
        Kind::List(list) => list.items.iter().for_each(|it| value(evaluator, kind, path, it)),
        Kind::Map(map) => {
            let Some(known) = table().names(kind, path) else { return };
            for entry in &map.entries {
                let Some(name) = entry.key.known().filter(|it| !it.starts_with("Fn::")) else { continue };
                if known.contains(&name.as_str()) {
                    let below = if path.is_empty() { name } else { format!("{path}.{name}") };
                    value(evaluator, kind, &below, &entry.value);
                } else if let Some(at) = entry.key_origin.span {
                    let message = table().complaint("property", kind, path, &name);
                    evaluator.note("unknown-property", Gravity::Note, at, message);
                }
            }
        }
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::notes;
    use super::*;

    #[test]
    fn the_table_is_whole() {
        table().assert_whole(20);
    }

    /// Every property that is read of a bucket is in the table.
    #[test]
    fn properties_that_are_read_are_known() {
        let read = [include_str!("../resources/bucket.rs"), include_str!("../resources/data.rs")];
        let all: Vec<&str> =
            table().entries().filter(|it| it.0.contains("Bucket")).flat_map(|it| it.2.to_vec()).collect();
        let quoted = read.iter().flat_map(|it| it.split('"').skip(1).step_by(2));
        let is_name = |it: &&str| {
            it.starts_with(|it: char| it.is_ascii_uppercase()) && it.bytes().all(|it| it.is_ascii_alphanumeric())
        };
        let values = ["Enabled", "MFA"];
        for name in quoted.filter(is_name).filter(|it| !values.contains(it)) {
            assert!(all.contains(&name), "{name}");
        }
    }

    #[test]
    fn slips_are_told() {
        let text = "Conditions: {C: !Equals [!Ref 'AWS::Region', x]}
Resources:
  B:
    Type: AWS::S3::Bucket
    DeletionPolcy: Retain
    BucketEncryption: {}
    Properties:
      PublicAccessBlockConfiguration: !If [C, {BlockPublicAcl: true}, {BlockPublicAcls: true}]
      LifecycleConfiguration: {Rules: [{Status: Enabled, ExpirationDays: 3, AbortIncompleteMultipartUpload: {DaysAfterInitiation: 1}}]}
      VersionConfiguration: {Status: Enabled}
      Tags: [{Key: a, Value: b}]
  Other: {Type: 'AWS::SNS::Topic', Properties: {Whatever: 1}}
";
        let told: Vec<String> =
            notes(text).into_iter().filter(|it| it.code == "unknown-property").map(|it| it.message).collect();
        let expected = [
            "`DeletionPolcy` is no attribute of a resource; did you mean `DeletionPolicy`?".to_owned(),
            "`BucketEncryption` belongs below `Properties`: here it sets nothing".to_owned(),
            format!(
                "`BlockPublicAcl` is no property of `PublicAccessBlockConfiguration` of AWS::S3::Bucket in {}; did you mean `BlockPublicAcls`?",
                table().source()
            ),
            format!(
                "`ExpirationDays` is no property of `LifecycleConfiguration.Rules` of AWS::S3::Bucket in {}; did you mean `ExpirationDate`?",
                table().source()
            ),
            format!(
                "`VersionConfiguration` is no property of AWS::S3::Bucket in {}; did you mean `VersioningConfiguration`?",
                table().source()
            ),
        ];
        assert_eq!(told, expected);
    }
}
