//! Findings of AWS's own detectors → the bucket, the actor and the time that they name.
//!
//! GuardDuty <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetFindings.html>, Security Hub
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html>, Access Analyzer
//! <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindings.html>, and any of them in an event of EventBridge.

use serde::Serialize;
use serde_json::Value as Json;

/// What a detector said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// `guardduty`, `securityhub`, `access-analyzer`, `cloudtrail`.
    pub source: &'static str,
    /// Its id there.
    pub id: String,
    /// Its type or title there.
    pub kind: String,
    /// The bucket; the first where it names several.
    pub bucket: Option<String>,
    /// What else it is about, where it names no bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What its owner or the detector has made of it since: `ARCHIVED`, `RESOLVED`, `PASSED`; nothing where it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Why the call that it tells failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The other buckets that it names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more_buckets: Vec<String>,
    /// The account.
    pub account: Option<String>,
    /// Who acted.
    pub actor: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// When it happened, as it is written there.
    pub time: Option<String>,
    /// When the detector said so.
    pub reported: Option<String>,
}

/// The source of an entry that is of no form that is known: what it is about is not known either.
pub const UNREAD: &str = "unread";

/// The alerts of a document.
///
/// # Errors
/// A sentence that says what was expected.
pub fn alerts(text: &str) -> Result<Vec<Alert>, String> {
    let document: Json =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| format!("is not JSON: {error}"))?;
    let mut out = Vec::new();
    collect(&document, &mut out, 0);
    if out.iter().all(|it: &Alert| it.source == UNREAD) {
        return Err("holds no finding: expected GuardDuty `get-findings`, Security Hub ASFF, Access Analyzer `list-findings`, or an \
                    event of EventBridge"
            .to_owned());
    }
    Ok(out)
}

fn collect(it: &Json, out: &mut Vec<Alert>, depth: usize) {
    if 5 < depth {
        out.push(unread(it));
        return;
    }
    if let Some(all) = it.as_array() {
        all.iter().for_each(|it| collect(it, out, depth + 1));
        return;
    }
    let list = ["Findings", "findings"].iter().find_map(|key| it.get(*key)).filter(|it| it.is_array());
    if let Some(list) = list {
        collect(list, out, depth + 1);
    } else if let Some(inner) = ["detail", "finding"].iter().find_map(|key| it.get(*key)).filter(|it| it.is_object()) {
        collect(inner, out, depth + 1);
    } else {
        out.push(one(it).unwrap_or_else(|| unread(it)));
    }
}

/// An entry beside others that is not passed over in silence.
fn unread(it: &Json) -> Alert {
    let named = ["type", "Type", "title", "Title", "id", "Id"].iter().find_map(|key| at(it, key));
    let kind = named.unwrap_or_else(|| "an entry without a type".to_owned());
    Alert { source: UNREAD, kind, about: Some("a form that is not known".to_owned()), ..Alert::default() }
}

/// A member: GuardDuty's API spells it `schemaVersion`, the aws CLI `SchemaVersion`.
fn member<'j>(it: &'j Json, key: &str) -> Option<&'j Json> {
    it.get(key).or_else(|| {
        let (first, rest) = (key.get(..1)?, key.get(1..)?);
        it.get(format!("{}{rest}", first.to_ascii_uppercase()))
    })
}

/// The text at a path of keys.
fn at(it: &Json, path: &str) -> Option<String> {
    let it = path.split('.').try_fold(it, member)?;
    it.as_str().filter(|it| !it.is_empty()).map(str::to_owned)
}

/// The items of a list.
fn list<'j>(it: &'j Json, path: &str) -> impl Iterator<Item = &'j Json> {
    path.split('.').try_fold(it, member).and_then(Json::as_array).into_iter().flatten()
}

/// Each bucket once, the first by itself.
fn apart(names: impl Iterator<Item = String>) -> (Option<String>, Vec<String>) {
    let mut all: Vec<String> = Vec::new();
    for it in names {
        if !all.contains(&it) {
            all.push(it);
        }
    }
    let mut all = all.into_iter();
    (all.next(), all.collect())
}

fn bucket_of(arn: &str) -> Option<String> {
    let name = arn.split(":::").nth(1)?.split('/').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// What an alert without a bucket names.
fn about(bucket: &Option<String>, other: Option<String>) -> Option<String> {
    other.filter(|_| bucket.is_none())
}

/// What a finding of GuardDuty is about, where it does not say the type.
fn named_else(it: &Json) -> Option<String> {
    let has = |key: &str| member(it, "resource").and_then(|it| member(it, key)).is_some_and(|it| !it.is_null());
    let all = [("accessKeyDetails", "AccessKey"), ("instanceDetails", "Instance"), ("eksClusterDetails", "EKSCluster")];
    all.into_iter().find(|it| has(it.0)).map(|it| it.1.to_owned())
}

fn is_archived(it: &Json) -> bool {
    member(it, "service").and_then(|it| member(it, "archived")).is_some_and(|it| it == &Json::Bool(true))
}

/// The first of several marks that a finding is no open one.
fn settled(it: &Json, marks: &[(&str, &str)]) -> Option<String> {
    marks.iter().find(|(path, mark)| at(it, path).as_deref() == Some(mark)).map(|it| it.1.to_owned())
}

fn one(it: &Json) -> Option<Alert> {
    let either = |paths: &[&str]| paths.iter().find_map(|path| at(it, path));
    if member(it, "schemaVersion").is_some() && member(it, "service").is_some() {
        let named = |it: &Json| at(it, "name").or_else(|| bucket_of(&at(it, "arn")?));
        let (bucket, more_buckets) = apart(list(it, "resource.s3BucketDetails").filter_map(named));
        let api = at(it, "service.action.awsApiCallAction.api");
        let kind = at(it, "type").unwrap_or_default();
        return Some(Alert {
            source: "guardduty",
            id: either(&["id", "arn"]).unwrap_or_default(),
            kind: api.map_or_else(|| kind.clone(), |api| format!("{kind} ({api})")),
            about: about(&bucket, at(it, "resource.resourceType").or_else(|| named_else(it))),
            state: is_archived(it).then(|| "ARCHIVED".to_owned()),
            error: at(it, "service.action.awsApiCallAction.errorCode"),
            bucket,
            more_buckets,
            account: at(it, "accountId"),
            actor: either(&["resource.accessKeyDetails.userName", "resource.accessKeyDetails.principalId"]),
            address: either(&[
                "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4",
                "service.action.awsApiCallAction.remoteIpDetails.ipAddressV6",
            ]),
            time: either(&["service.eventFirstSeen", "createdAt"]),
            reported: at(it, "createdAt"),
        });
    }
    if it.get("SchemaVersion").is_some() {
        let buckets = list(it, "Resources").filter(|it| at(it, "Type").as_deref() == Some("AwsS3Bucket"));
        let (bucket, more_buckets) = apart(buckets.filter_map(|it| bucket_of(&at(it, "Id")?)));
        return Some(Alert {
            source: "securityhub",
            id: at(it, "Id").unwrap_or_default(),
            kind: at(it, "Title").unwrap_or_default(),
            about: about(&bucket, list(it, "Resources").find_map(|it| at(it, "Id"))),
            state: settled(
                it,
                &[
                    ("Compliance.Status", "PASSED"),
                    ("Workflow.Status", "RESOLVED"),
                    ("Workflow.Status", "SUPPRESSED"),
                    ("RecordState", "ARCHIVED"),
                ],
            ),
            bucket,
            more_buckets,
            account: at(it, "AwsAccountId"),
            time: either(&["FirstObservedAt", "CreatedAt"]),
            reported: at(it, "CreatedAt"),
            ..Alert::default()
        });
    }
    if it.get("resourceType").is_some() && it.get("resource").is_some_and(Json::is_string) {
        let principal = either(&["principal.AWS", "principal.CanonicalUser", "principal.Federated"]);
        return Some(Alert {
            source: "access-analyzer",
            id: at(it, "id").unwrap_or_default(),
            kind: principal.map_or_else(|| "external access".to_owned(), |it| format!("external access of {it}")),
            about: about(&bucket_of(&at(it, "resource")?), at(it, "resource")),
            state: settled(it, &[("status", "RESOLVED"), ("status", "ARCHIVED")]),
            bucket: bucket_of(&at(it, "resource")?),
            account: at(it, "resourceOwnerAccount"),
            time: either(&["createdAt", "analyzedAt"]),
            reported: at(it, "createdAt"),
            ..Alert::default()
        });
    }
    if it.get("eventName").is_some() {
        return Some(Alert {
            source: "cloudtrail",
            id: at(it, "eventID").unwrap_or_default(),
            kind: at(it, "eventName").unwrap_or_default(),
            bucket: at(it, "requestParameters.bucketName"),
            account: either(&["recipientAccountId", "userIdentity.accountId"]),
            actor: either(&["userIdentity.arn", "userIdentity.userName"]),
            address: at(it, "sourceIPAddress"),
            time: at(it, "eventTime"),
            error: at(it, "errorCode"),
            ..Alert::default()
        });
    }
    None
}

/// The one bucket that alerts name.
///
/// # Errors
/// A sentence, where they name none or several.
pub fn bucket(alerts: &[Alert]) -> Result<String, String> {
    let mut names: Vec<&String> = alerts.iter().flat_map(|it| it.bucket.iter().chain(&it.more_buckets)).collect();
    names.sort();
    names.dedup();
    match names.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err("names no bucket: say it with --bucket".to_owned()),
        several => {
            let names: Vec<&str> = several.iter().map(|it| it.as_str()).collect();
            Err(format!("names several buckets ({}): say which with --bucket", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, source: &str, actor: Option<&str>) {
        let found = alerts(text).unwrap();
        let first = found.first().unwrap();
        assert_eq!(
            (first.source, first.bucket.as_deref(), first.actor.as_deref()),
            (source, Some("data"), actor),
            "{first:?}"
        );
        assert_eq!(bucket(&found), Ok("data".to_owned()));
    }

    #[test]
    fn every_detector() {
        let duty = r#"{"schemaVersion":"2.0","id":"1","type":"Policy:S3/X","accountId":"1","resource":{"s3BucketDetails":[{"name":"data"}],"accessKeyDetails":{"userName":"liza"}},"service":{}}"#;
        check(&format!(r#"{{"Findings":[{duty}]}}"#), "guardduty", Some("liza"));
        check(&format!(r#"{{"detail-type":"GuardDuty Finding","detail":{duty}}}"#), "guardduty", Some("liza"));
        check(
            r#"{"Findings":[{"SchemaVersion":"2018-10-08","Id":"x","Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::data"}]}]}"#,
            "securityhub",
            None,
        );
        check(
            r#"{"findings":[{"id":"a1","resource":"arn:aws:s3:::data","resourceType":"AWS::S3::Bucket","principal":{"AWS":"*"}}]}"#,
            "access-analyzer",
            None,
        );
        check(
            r#"{"detail":{"eventName":"PutBucketPolicy","requestParameters":{"bucketName":"data"},"userIdentity":{"arn":"me"}}}"#,
            "cloudtrail",
            Some("me"),
        );
        // As the aws CLI prints it, from a file that PowerShell saved.
        check(
            "\u{feff}{\"Findings\":[{\"SchemaVersion\":\"2.0\",\"Id\":\"1\",\"Resource\":{\"S3BucketDetails\":[{\"Name\":\"data\"}],\"AccessKeyDetails\":{\"UserName\":\"liza\"}},\"Service\":{\"EventFirstSeen\":\"2026-11-18T02:12:05Z\"}}]}",
            "guardduty",
            Some("liza"),
        );
        check(
            r#"{"finding":{"id":"a1","resource":"arn:aws:s3:::data","resourceType":"AWS::S3::Bucket"}}"#,
            "access-analyzer",
            None,
        );
        assert!(alerts("{}").is_err() && alerts("[").is_err());
        // What stands beside a finding and is none that is known is not passed over; alone it is no finding at all.
        let other = r#"{"schemaVersion":"1.0","type":"Policy:IAMUser/S3BucketPublic","resourcesAffected":{"s3Bucket":{"name":"other"}}}"#;
        let found = alerts(&format!(r#"{{"Findings":[{duty},{other},null]}}"#)).unwrap();
        let told: Vec<_> = found.iter().map(|it| (it.source, it.kind.as_str())).collect();
        let nameless = (UNREAD, "an entry without a type");
        assert_eq!(told, [("guardduty", "Policy:S3/X"), (UNREAD, "Policy:IAMUser/S3BucketPublic"), nameless]);
        assert_eq!(bucket(&found), Ok("data".to_owned()));
        assert!(alerts(&format!(r#"{{"findings":[{other}]}}"#)).is_err());
    }

    /// What it is about where it names no bucket, that it is closed, and addresses of version 6.
    #[test]
    fn what_else_a_finding_says() {
        let duty = r#"{"schemaVersion":"2.0","resource":{"s3BucketDetails":[{"name":"data"}]},"service":{"archived":true,"action":{"awsApiCallAction":{"api":"X","remoteIpDetails":{"ipAddressV6":"2001:db8::1"}}}}}"#;
        let found = alerts(duty).unwrap().remove(0);
        assert_eq!((found.address.as_deref(), found.state.as_deref()), (Some("2001:db8::1"), Some("ARCHIVED")));
        for (text, about, state) in [
            (
                r#"{"schemaVersion":"2.0","resource":{"resourceType":"AccessKey"},"service":{}}"#,
                Some("AccessKey"),
                None,
            ),
            (
                r#"{"SchemaVersion":"x","Resources":[{"Type":"AwsIamRole","Id":"r"}],"Compliance":{"Status":"PASSED"}}"#,
                Some("r"),
                Some("PASSED"),
            ),
            (r#"{"SchemaVersion":"x","Resources":[]}"#, None, None),
        ] {
            let found = alerts(text).unwrap().remove(0);
            assert_eq!((found.about.as_deref(), found.state.as_deref()), (about, state), "{text}");
        }
    }

    /// Which of several buckets is meant is asked, not guessed.
    #[test]
    fn a_finding_of_several_buckets() {
        for text in [
            r#"{"schemaVersion":"2.0","resource":{"s3BucketDetails":[{"name":"data"},{"arn":"arn:aws:s3:::logs"}]},"service":{}}"#,
            r#"{"SchemaVersion":"2018-10-08","Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::data"},{"Type":"Other","Id":"x"},{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::logs"}]}"#,
        ] {
            let why = bucket(&alerts(text).unwrap()).unwrap_err();
            assert!(why.contains("several buckets (data, logs)"), "{why}");
        }
        let twice =
            r#"{"schemaVersion":"2.0","resource":{"s3BucketDetails":[{"name":"data"},{"name":"data"}]},"service":{}}"#;
        assert_eq!(bucket(&alerts(twice).unwrap()), Ok("data".to_owned()));
    }
}
