//! The queries that fetch what a replay needs, for a trail in Athena or CloudTrail Lake, and the calls of `lookup-events`. Their
//! answers are what `timeline` reads. Tables and columns are those of the documentation:
//! <https://docs.aws.amazon.com/athena/latest/ug/cloudtrail-logs.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-supported-event-schemas.html>

use super::csv::PARAMETERS;
use super::gaps::SWITCHES;
use super::keys::{GIVING, TAKING};
use super::outlets::CALLS;

/// Where the trail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// A table of Athena over the trail's files.
    Athena,
    /// An event data store of CloudTrail Lake.
    Lake,
    /// The last 90 days of management events, by the aws CLI.
    Lookup,
}

/// The query. `table`: the table, or the event data store's id.
#[must_use]
pub fn query(store: Store, bucket: &str, table: Option<&str>, since: Option<&str>) -> String {
    let name = bucket.replace('\'', "''");
    let identity = ["type", "arn", "username", "principalid", "accountid", "accesskeyid", "invokedby"];
    let identity: Vec<String> = identity.iter().map(|it| format!("useridentity.{it} AS useridentity_{it}")).collect();
    let identity = identity.join(", ");
    let plain = "eventtime, eventid, requestid, sharedeventid, eventsource, eventname, sourceipaddress, useragent, errorcode, awsregion, recipientaccountid";
    let mfa = "useridentity.sessioncontext.attributes.mfaauthenticated AS mfaauthenticated";
    // What a query prints of a list of structs is no JSON, and an object's key may look like a field of it.
    let resources = "json_format(CAST(resources AS JSON)) AS resources";
    // A request by an access point, or by the bucket's ARN, has the bucket's name there alone.
    let of_bucket = |parameter: &str| {
        format!(
            "{parameter} = '{name}' OR {parameter} LIKE '%:s3:::{name}'\n       \
             OR cardinality(filter(resources, it -> it.arn LIKE '%:s3:::{name}' OR it.arn LIKE '%:s3:::{name}/%')) > 0"
        )
    };
    let quote = |all: &[&str]| all.iter().map(|it| format!("'{it}'")).collect::<Vec<_>>().join(", ");
    let others = format!(
        "OR eventname LIKE '%AccountPublicAccessBlock' OR eventname LIKE '%AccessPoint%'\n       \
         OR eventname IN ({}))\n    \
         OR eventsource = 'cloudtrail.amazonaws.com' AND eventname IN ({})\n    \
         OR eventsource = 'kms.amazonaws.com' AND eventname IN ({}))",
        quote(&CALLS),
        quote(&SWITCHES),
        quote(&[TAKING, GIVING].concat())
    );
    match store {
        Store::Athena => {
            let table = table.unwrap_or("cloudtrail_logs");
            let since =
                since.map(|it| format!("\n  AND eventtime >= '{}'", it.replace('\'', "''"))).unwrap_or_default();
            format!(
                "-- Athena: management and data events of the bucket, account-wide settings, and what switches trails; save the result as CSV.\n\
                 SELECT {plain},\n  {identity},\n  {mfa},\n  {resources},\n  requestparameters,\n  \
                 json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS bytestransferredout\n\
                 FROM {table}\n\
                 WHERE (eventsource IN ('s3.amazonaws.com', 's3express.amazonaws.com')\n  \
                 AND ({}\n       \
                 OR json_extract_scalar(requestparameters, '$[\"x-amz-copy-source\"]') LIKE '%{name}/%'\n       \
                 {others}{since}\n\
                 ORDER BY eventtime;\n",
                of_bucket("json_extract_scalar(requestparameters, '$.bucketName')")
            )
        }
        Store::Lake => {
            let table = table.unwrap_or("EVENT_DATA_STORE_ID");
            let since = since.map(|it| format!("\n  AND eventtime >= '{}'", lake_time(it))).unwrap_or_default();
            let parameters: Vec<String> = PARAMETERS
                .iter()
                .map(|(column, key)| format!("element_at(requestparameters, '{key}') AS requestparameters_{column}"))
                .collect();
            format!(
                "-- CloudTrail Lake: management and data events of the bucket, account-wide settings, and what switches trails; save the result \
                 as CSV.\n\
                 SELECT {plain},\n  {identity},\n  {mfa},\n  {resources},\n  {},\n  \
                 element_at(additionaleventdata, 'bytesTransferredOut') AS bytestransferredout\n\
                 FROM {table}\n\
                 WHERE (eventsource IN ('s3.amazonaws.com', 's3express.amazonaws.com')\n  \
                 AND ({}\n       \
                 OR element_at(requestparameters, 'x-amz-copy-source') LIKE '%{name}/%'\n       \
                 {others}{since}\n\
                 ORDER BY eventtime\n",
                parameters.join(",\n  "),
                of_bucket("element_at(requestparameters, 'bucketName')")
            )
        }
        Store::Lookup => {
            let since = since.map(|it| format!(" --start-time {}", quoted(it))).unwrap_or_default();
            let call = |key: &str, value: &str, file: &str| {
                format!(
                    "aws cloudtrail lookup-events --lookup-attributes AttributeKey={key},AttributeValue={value}{since} --output json >{file}\n"
                )
            };
            let mut out = format!(
                "# The last 90 days of management events that name the bucket, and changes of the account's Block Public Access. Not fetched, and \
                 not known then:\n\
                 # data events; calls that name no bucket (access points, jobs of Batch Operations, S3 Access Grants); what switches trails, and what takes\n\
                 # KMS keys away: fetch those by the Athena or Lake query, or by lookups of their EventName. In the bucket's region:\n{}",
                call("ResourceName", &quoted(bucket), "bucket.json")
            );
            for event in ["PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"] {
                out.push_str(&call("EventName", event, &format!("{event}.json")));
            }
            out.push_str(&format!(
                "bucketlint timeline bucket.json PutAccountPublicAccessBlock.json DeleteAccountPublicAccessBlock.json --bucket {}\n",
                quoted(bucket)
            ));
            out
        }
    }
}

/// Lake takes `2026-11-18 00:00:00`.
fn lake_time(text: &str) -> String {
    text.trim_end_matches('Z').replace('T', " ").replace('\'', "''")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::{Ask, records, replay};
    use super::*;

    /// Each column that a sign, a window or a doubt rests on is one that Lake is asked for, and its answer says the same as the record.
    #[test]
    fn columns_of_signs() {
        let lock = json!({ "ObjectLockEnabled": "Enabled", "Rule": { "DefaultRetention": { "Mode": "COMPLIANCE", "Days": 30 } } });
        let regions = json!({ "Details": { "Name": "m", "Regions": { "Region": { "Bucket": "other" } } } });
        for (name, key, value) in [
            ("DeleteObject", "x-amz-bypass-governance-retention", json!("true")),
            ("PutBucketObjectLockConfiguration", "ObjectLockConfiguration", lock),
            ("PutBucketAcl", "x-amz-grant-read", json!("uri=http://acs.amazonaws.com/groups/global/AllUsers")),
            ("CreateMultiRegionAccessPoint", "CreateMultiRegionAccessPointRequest", regions),
        ] {
            assert!(
                query(Store::Lake, "data", None, None).contains(&format!("element_at(requestparameters, '{key}')"))
            );
            let column = PARAMETERS.iter().find(|it| it.1 == key).unwrap().0;
            let of = |text: &str| {
                let (events, problems) = records(text, "test");
                assert!(problems.is_empty() && events.len() == 1, "{problems:?}");
                let found = replay(events, &Ask { bucket: "data".to_owned(), ..Ask::default() });
                (found.signs, found.problems, found.windows.len())
            };
            let mut parameters = json!({ key: value });
            let is_of_bucket = !name.contains("AccessPoint");
            if is_of_bucket {
                parameters["bucketName"] = json!("data");
            }
            let plain =
                of(&json!({ "eventTime": "2026-11-02T00:00:00Z", "eventName": name, "eventSource": "s3.amazonaws.com",
                "sourceIPAddress": "198.51.100.7", "userIdentity": { "arn": "arn:aws:iam::123456789012:user/ana",
                "accountId": "123456789012" }, "recipientAccountId": "123456789012", "requestParameters": parameters })
                .to_string());
            let cell = match &value {
                Json::String(text) => text.clone(),
                all => all.to_string(),
            };
            let table = format!(
                "eventtime,eventname,eventsource,sourceipaddress,errorcode,useridentity_arn,useridentity_accountid,recipientaccountid,\
                 requestparameters_bucketname,requestparameters_{column}\n2026-11-02T00:00:00Z,{name},s3.amazonaws.com,198.51.100.7,,\
                 arn:aws:iam::123456789012:user/ana,123456789012,123456789012,{},\"{}\"\n",
                if is_of_bucket { "data" } else { "" },
                cell.replace('"', "\"\"")
            );
            assert_eq!(of(&table), plain, "{name}");
        }
    }

    /// What the look-ups do not fetch, they say.
    #[test]
    fn what_lookup_leaves_out() {
        let text = query(Store::Lookup, "data", None, None);
        for it in
            ["data events", "access points", "Batch Operations", "S3 Access Grants", "switches trails", "KMS keys"]
        {
            assert!(text.contains(it), "{it}");
        }
        assert!(
            text.lines()
                .all(|it| ["#", "aws cloudtrail", "bucketlint timeline"].iter().any(|begin| it.starts_with(begin)))
        );
        let athena = query(Store::Athena, "data", None, None);
        assert!(["GetDataAccess", "EnableKey", "CancelKeyDeletion"].iter().all(|it| athena.contains(it)));
    }
}
