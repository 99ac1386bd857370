//! Which properties the resource types around S3 have: a property that a type does not have is a slip, and what it was meant
//! to set is not set.
//!
//! `properties.tsv` is written by `generate.py` from CloudFormation's resource schemas. CloudFormation may be newer than the
//! table, so what is not in it is told in a note only.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::source::{Gravity, Span, nearest};
use crate::value::{Kind, Val};

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

/// Names of properties by type and path.
type Table = BTreeMap<(&'static str, &'static str), Vec<&'static str>>;

fn table() -> &'static Table {
    static PARSED: OnceLock<Table> = OnceLock::new();
    PARSED.get_or_init(|| {
        let line = |line: &'static str| {
            let mut columns = line.split('\t');
            let key = (columns.next()?, columns.next()?);
            Some((key, columns.next()?.split(' ').map(|it| it.trim_end_matches("{}")).collect()))
        };
        TABLE.lines().filter_map(line).collect()
    })
}

/// `CloudFormation schemas of 2026-10-20`: what the table was made from.
fn schemas() -> &'static str {
    TABLE.split([',', '\n']).next().unwrap_or_default().trim_start_matches("# ")
}

/// Tells of attributes and properties that a resource of a known type does not have.
pub(super) fn check(evaluator: &Evaluator<'_>, kind: &str, resource: &Named, properties: Option<&Val>) {
    if !table().contains_key(&(kind, "")) {
        return;
    }
    // A macro may have attributes of its own.
    let macros = evaluator.template.transforms.iter().any(|it| !is_harmless(&it.0));
    for pair in pairs(&resource.node).iter().filter(|_| !macros) {
        if let Some(name) = text(&pair.key).filter(|it| !ATTRIBUTES.contains(&it.as_str())) {
            let of_type = table().get(&(kind, "")).is_some_and(|it| it.contains(&name.as_str()));
            let message = match of_type {
                true => format!("`{name}` belongs below `Properties`: here it sets nothing"),
                false => format!("`{name}` is no attribute of a resource{}", meant(&name, &ATTRIBUTES)),
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
            let Some(known) = table().get(&(kind, path)) else { return };
            for entry in &map.entries {
                let Some(name) = entry.key.known().filter(|it| !it.starts_with("Fn::")) else { continue };
                if known.contains(&name.as_str()) {
                    let below = if path.is_empty() { name } else { format!("{path}.{name}") };
                    value(evaluator, kind, &below, &entry.value);
                } else if let Some(at) = entry.key_origin.span {
                    unknown(evaluator, (kind, path), &name, at);
                }
            }
        }
        _ => (),
    }
}

fn unknown(evaluator: &Evaluator<'_>, (kind, path): (&str, &str), name: &str, at: Span) {
    let known = table().get(&(kind, path)).map(Vec::as_slice).unwrap_or_default();
    let of = if path.is_empty() { kind.to_owned() } else { format!("`{path}` of {kind}") };
    let message = format!("`{name}` is no property of {of} in {}{}", schemas(), meant(name, known));
    evaluator.note("unknown-property", Gravity::Note, at, message);
}

fn meant(name: &str, known: &[&str]) -> String {
    nearest(name, known.iter().copied()).map(|it| format!("; did you mean `{it}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::notes;
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert!(20 < table().keys().filter(|it| it.1.is_empty()).count());
        for ((kind, path), names) in table() {
            assert!(names.windows(2).all(|it| matches!(it, [a, b] if a < b)), "{kind} {path}");
            let (outer, name) = path.rsplit_once('.').unwrap_or(("", path));
            assert!(path.is_empty() || table()[&(*kind, outer)].contains(&name), "{kind} {path}");
        }
    }

    /// Every property that is read of a bucket is in the table.
    #[test]
    fn properties_that_are_read_are_known() {
        let read = [include_str!("../resources/bucket.rs"), include_str!("../resources/data.rs")];
        let all: Vec<&str> =
            table().iter().filter(|it| it.0.0.contains("Bucket")).flat_map(|it| it.1.clone()).collect();
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
                schemas()
            ),
            format!(
                "`ExpirationDays` is no property of `LifecycleConfiguration.Rules` of AWS::S3::Bucket in {}; did you mean `ExpirationDate`?",
                schemas()
            ),
            format!(
                "`VersionConfiguration` is no property of AWS::S3::Bucket in {}; did you mean `VersioningConfiguration`?",
                schemas()
            ),
        ];
        assert_eq!(told, expected);
    }
}
