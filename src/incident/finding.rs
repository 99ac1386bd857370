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
    /// The bucket.
    pub bucket: Option<String>,
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

/// The alerts of a document.
///
/// # Errors
/// A sentence that says what was expected.
pub fn alerts(text: &str) -> Result<Vec<Alert>, String> {
    let document: Json = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
    let mut out = Vec::new();
    collect(&document, &mut out, 0);
    if out.is_empty() {
        return Err("holds no finding: expected GuardDuty `get-findings`, Security Hub ASFF, Access Analyzer `list-findings`, or an \
                    event of EventBridge"
            .to_owned());
    }
    Ok(out)
}

fn collect(it: &Json, out: &mut Vec<Alert>, depth: usize) {
    if 5 < depth {
        return;
    }
    if let Some(all) = it.as_array() {
        all.iter().for_each(|it| collect(it, out, depth + 1));
        return;
    }
    let list = ["Findings", "findings"].iter().find_map(|key| it.get(*key)).filter(|it| it.is_array());
    if let Some(list) = list {
        collect(list, out, depth + 1);
    } else if let Some(detail) = it.get("detail").filter(|it| it.is_object()) {
        collect(detail, out, depth + 1);
    } else {
        out.extend(one(it));
    }
}

/// The text at a path of keys; a number is the position in a list.
fn at(it: &Json, path: &str) -> Option<String> {
    let mut it = it;
    for key in path.split('.') {
        it = match key.parse::<usize>() {
            Ok(position) => it.get(position)?,
            Err(_) => it.get(key)?,
        };
    }
    it.as_str().filter(|it| !it.is_empty()).map(str::to_owned)
}

fn bucket_of(arn: &str) -> Option<String> {
    let name = arn.split(":::").nth(1)?.split('/').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

fn one(it: &Json) -> Option<Alert> {
    let either = |paths: &[&str]| paths.iter().find_map(|path| at(it, path));
    if it.get("schemaVersion").is_some() && it.get("service").is_some() {
        let api = at(it, "service.action.awsApiCallAction.api");
        let kind = at(it, "type").unwrap_or_default();
        return Some(Alert {
            source: "guardduty",
            id: either(&["id", "arn"]).unwrap_or_default(),
            kind: api.map_or_else(|| kind.clone(), |api| format!("{kind} ({api})")),
            bucket: at(it, "resource.s3BucketDetails.0.name"),
            account: at(it, "accountId"),
            actor: either(&["resource.accessKeyDetails.userName", "resource.accessKeyDetails.principalId"]),
            address: at(it, "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4"),
            time: either(&["service.eventFirstSeen", "createdAt"]),
            reported: at(it, "createdAt"),
        });
    }
    if it.get("SchemaVersion").is_some() {
        let resources = it.get("Resources").and_then(Json::as_array);
        let bucket = resources.into_iter().flatten().find(|it| at(it, "Type").as_deref() == Some("AwsS3Bucket"));
        return Some(Alert {
            source: "securityhub",
            id: at(it, "Id").unwrap_or_default(),
            kind: at(it, "Title").unwrap_or_default(),
            bucket: bucket.and_then(|it| bucket_of(&at(it, "Id")?)),
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
            reported: None,
        });
    }
    None
}

/// The one bucket that alerts name.
///
/// # Errors
/// A sentence, where they name none or several.
pub fn bucket(alerts: &[Alert]) -> Result<String, String> {
    let mut names: Vec<&String> = alerts.iter().filter_map(|it| it.bucket.as_ref()).collect();
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
        assert!(alerts("{}").is_err() && alerts("[").is_err());
    }
}
