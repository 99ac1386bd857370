//! Records of CloudTrail, in whatever envelope they come.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use serde_json::Value as Json;

use crate::value::is_account_id;

use super::super::time::Time;
use super::access::decoded;
use super::{csv, outlets};

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub time: Time,
    /// `eventID`: copies of one event in several regions or files have the same.
    pub id: String,
    /// `eventName`.
    pub name: String,
    /// `eventSource`: the service that was called; empty where the record does not say.
    pub service: String,
    /// `requestID`: a server access log has it too.
    pub request: Option<String>,
    /// `sharedEventID`: the accounts that are told of one call have the same.
    pub shared: Option<String>,
    /// The bucket, where it names one.
    pub bucket: Option<String>,
    /// The bucket and the key that an object was copied from.
    pub source: Option<(String, Option<String>)>,
    /// The account that the call was about.
    pub account: Option<String>,
    /// The account that owns the bucket, where the record says it of the resource.
    pub owner: Option<String>,
    /// `awsRegion`: where the call was made; access points have a name once in each region.
    pub region: Option<String>,
    /// `userIdentity.type`; empty where the record does not say.
    pub kind: String,
    /// ARN of who called, else what else tells it.
    pub actor: String,
    /// `userName`, where the record says it.
    pub user: Option<String>,
    /// ARN of the role whose session called, where that is said.
    pub role: Option<String>,
    /// `principalId`: the unique id of the user or role, and the name of its session.
    pub principal: Option<String>,
    /// `accessKeyId`: an identifier, not the secret.
    pub key: Option<String>,
    /// `sourceIPAddress`: an address, or a service's name.
    pub address: String,
    /// `userAgent`.
    pub agent: String,
    /// Whether the session was signed in with MFA, where that is said.
    pub mfa: Option<bool>,
    /// Account of who called, where that is said.
    pub caller: Option<String>,
    /// Bytes that were sent.
    pub bytes: u64,
    /// `errorCode` of a call that failed: it changed nothing.
    pub error: Option<String>,
    /// `requestParameters`.
    pub parameters: Json,
    /// `responseElements`, of calls whose answer says what they made.
    pub answer: Json,
}

impl Event {
    /// Whether someone called: a part of the ARN, an access key, or the ARN of the role of the session.
    #[must_use]
    pub fn is_by(&self, identity: &str) -> bool {
        // Some records name the user without an ARN; its path is in neither.
        let is_user = || {
            let name = self.user.as_deref().filter(|_| !self.actor.starts_with("arn:"))?;
            let (account, path) = match identity.split_once(":iam::") {
                Some((_, rest)) => rest.split_once(":user/").map(|it| (Some(it.0), it.1))?,
                None => (None, identity.strip_prefix("user/")?),
            };
            let is_here = account.is_none() || self.caller.is_none() || account == self.caller.as_deref();
            Some(is_here && path.rsplit('/').next() == Some(name))
        };
        is_named(&self.actor, identity)
            || self.key.as_deref() == Some(identity)
            || self.principal.as_deref().is_some_and(|it| it == identity || it.split(':').next() == Some(identity))
            || self.role.as_deref() == Some(identity)
            || is_user() == Some(true)
    }

    /// Whether an AWS service called for itself: one that forwards (`invokedBy`) leaves the identity the caller's.
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
    #[must_use]
    pub fn is_by_service(&self) -> bool {
        let is_someones = self.caller.as_deref().is_some_and(is_account_id);
        self.kind == "AWSService" || !is_someones && self.address.ends_with(".amazonaws.com")
    }

    /// Whether nobody signed the call.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html>
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        matches!(self.caller.as_deref(), Some("ANONYMOUS_PRINCIPAL" | "anonymous"))
    }

    /// Whether who called is of another account than one that is known.
    #[must_use]
    pub fn is_of_another(&self, own: Option<&str>) -> bool {
        own.is_some() && self.caller.as_deref().is_some_and(|it| is_account_id(it) && Some(it) != own)
    }

    /// Whether S3 was called: other services have calls and buckets of the same names (S3 on Outposts, Lightsail). S3's control API is
    /// recorded as S3. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html>
    #[must_use]
    pub fn is_of_s3(&self) -> bool {
        matches!(self.service.as_str(), "" | "s3.amazonaws.com" | "s3express.amazonaws.com")
    }
}

/// Whether an identity, or a part of it, names who called: a session names the account and the last part of its role.
pub(super) fn is_named(actor: &str, identity: &str) -> bool {
    let is_session = || {
        let (account, path) = identity.split_once(":iam::")?.1.split_once(":role/")?;
        let name = path.rsplit('/').next()?;
        Some(actor.contains(&format!(":sts::{account}:assumed-role/{name}/")))
    };
    actor.contains(identity) || is_session() == Some(true)
}

/// The records in a text: a delivered file (`Records`), `lookup-events` (`CloudTrailEvent` is a text of JSON), an event of
/// EventBridge (`detail`), a bare record, a list of any of these, one to a line, or the table that a query gave. What could not be read is told.
#[must_use]
pub fn records(text: &str, source: &str) -> (Vec<Event>, Vec<String>) {
    // PowerShell saves a mark of UTF-8 at the start.
    let text = text.trim_start_matches('\u{feff}');
    let mut found = Vec::new();
    let mut problems = Vec::new();
    if csv::is_table(text) {
        let (rows, wrong) = csv::records(text, source);
        found = rows;
        problems = wrong;
        return events(&found, problems, source);
    }
    match serde_json::from_str::<Json>(text) {
        Ok(document) => {
            unwrap(&document, &mut found, 0);
            problems.extend(next_page(&document, source));
        }
        Err(error) => {
            let mut lines = 0_usize;
            for (at, line) in text.lines().enumerate().filter(|it| !it.1.trim().is_empty()) {
                match serde_json::from_str::<Json>(line) {
                    Ok(document) if document.is_object() => {
                        lines += 1;
                        problems.extend(next_page(&document, source));
                        unwrap(&document, &mut found, 0);
                    }
                    _ if 0 < lines => problems.push(format!("{source}: line {} is not JSON: it was left out", at + 1)),
                    _ => break,
                }
            }
            if lines == 0 {
                problems.push(format!(
                    "{source}: is not JSON ({error}): expected CloudTrail records, one file or one record to a line; \
                     a truncated file must be fetched again"
                ));
            }
        }
    }
    events(&found, problems, source)
}

fn events(found: &[Json], mut problems: Vec<String>, source: &str) -> (Vec<Event>, Vec<String>) {
    let mut events = Vec::new();
    let mut strange = 0_usize;
    for record in found {
        match event(record) {
            Some(event) => events.push(event),
            None if is_beside(record) => {}
            None => strange += 1,
        }
    }
    if 0 < strange {
        problems.push(format!("{source}: {strange} records have no eventName or eventTime: they were left out"));
    }
    if found.is_empty() && problems.is_empty() {
        problems.push(format!("{source}: holds no CloudTrail record"));
    }
    (events, problems)
}

/// Whether a text has what CloudTrail delivers beside the records of calls, and nothing else: hashes of files (digests), or statistics
/// (Insights). <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>
#[must_use]
pub fn is_beside_trail(text: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Json>(text.trim_start_matches('\u{feff}')) else { return false };
    let mut found = Vec::new();
    unwrap(&document, &mut found, 0);
    !found.is_empty() && found.iter().all(is_beside)
}

fn is_beside(record: &Json) -> bool {
    let has = |key: &str| record.get(key).is_some();
    !has("eventName") && ((has("digestStartTime") && has("logFiles")) || has("insightDetails"))
}

/// A page of `lookup-events` that asks for the next is not the whole.
fn next_page(document: &Json, source: &str) -> Option<String> {
    let is_asked = |it: &Json| {
        ["NextToken", "nextToken"]
            .iter()
            .any(|key| it.get(key).is_some_and(|it| !it.is_null() && it.as_str() != Some("")))
    };
    let any = is_asked(document) || document.as_array().is_some_and(|it| it.iter().any(is_asked));
    any.then(|| {
        format!("{source}: is one page of several, `NextToken` asks for the next: fetch it again without --max-items")
    })
}

fn unwrap(document: &Json, out: &mut Vec<Json>, depth: usize) {
    match document {
        // Deeper than any envelope: it is counted as what could not be read.
        _ if 4 < depth => out.push(Json::Null),
        Json::Array(all) => all.iter().for_each(|it| unwrap(it, out, depth + 1)),
        Json::Object(map) => {
            let list = ["Records", "Events", "events"].iter().find_map(|it| map.get(*it)).filter(|it| it.is_array());
            if let Some(list) = list {
                unwrap(list, out, depth + 1);
            } else if let Some(Json::String(text)) = map.get("CloudTrailEvent") {
                match serde_json::from_str(text) {
                    Ok(inner) => unwrap(&inner, out, depth + 1),
                    Err(_) => out.push(Json::Null),
                }
            } else if let Some(detail) = map.get("detail").filter(|it| it.is_object()) {
                unwrap(detail, out, depth + 1);
            } else {
                out.push(document.clone());
            }
        }
        other => out.push(other.clone()),
    }
}

/// The bucket and the key that a resource of a record names.
fn resource(it: &Json) -> Option<(&str, Option<&str>)> {
    let arn = it.get("ARN").or_else(|| it.get("arn"))?.as_str()?;
    let path = arn.split(":::").nth(1)?;
    Some(path.split_once('/').map_or((path, None), |it| (it.0, Some(it.1))))
}

/// The region of an access point that a record is about: a table need not have `awsRegion`.
fn point_region(it: &Json) -> Option<String> {
    let arn = it.get("ARN").or_else(|| it.get("arn"))?.as_str().filter(|it| it.contains(":accesspoint/"))?;
    arn.split(':').nth(3).filter(|it| !it.is_empty()).map(str::to_owned)
}

/// Whether a name leads to a bucket by an access point: no bucket is called so.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
pub(super) fn is_point(name: &str) -> bool {
    let ends = ["-s3alias", "--ol-s3", ".mrap"];
    ends.iter().any(|it| name.ends_with(it)) || name.starts_with("arn:") && name.contains(":accesspoint")
}

/// A bucket's name, where its ARN stands in the place of that.
fn bare(name: &str) -> &str {
    name.strip_prefix("arn:").and_then(|it| it.split_once(":s3:::")).map_or(name, |it| it.1)
}

/// What a copy was made from: the header has a bucket or an access point, and the resources name the bucket of the latter.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
fn copied_from(parameters: &Json, named: &[(&str, Option<&str>)]) -> Option<(String, Option<String>)> {
    let header = decoded(parameters.get("x-amz-copy-source")?.as_str()?);
    let path = header.split('?').next().unwrap_or_default().trim_start_matches('/');
    let (bucket, key) = match path.split_once("/object/").filter(|_| path.starts_with("arn:")) {
        Some(it) => it,
        None => path.split_once('/')?,
    };
    // What it was copied to stands there too, and is often called the same.
    let to = parameters.get("bucketName").and_then(Json::as_str).map(bare);
    let by_key = || {
        let mut alike = named.iter().filter(|it| it.1 == Some(key)).map(|it| it.0);
        let is_to = |it: &&str| Some(*it) == to;
        let other = alike.clone().find(|it| !is_to(it));
        other.or_else(|| alike.nth(1)).unwrap_or(bucket)
    };
    let bucket = if is_point(bucket) { by_key() } else { bare(bucket) };
    Some((bucket.to_owned(), Some(key.to_owned()).filter(|it| !it.is_empty())))
}

/// The bucket that S3 Access Grants let somebody into: it is the one call that names who, for what follows is recorded as the grants' own role.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetDataAccess.html>
fn granted(name: &str, parameters: &Json) -> Option<String> {
    let target = parameters.get("target").and_then(Json::as_str).filter(|_| name == "GetDataAccess")?;
    let bucket = target.strip_prefix("s3://")?.split('/').next()?;
    Some(bucket.to_owned()).filter(|it| !it.is_empty())
}

fn event(record: &Json) -> Option<Event> {
    let text = |key: &str| record.get(key).and_then(Json::as_str).filter(|it| !it.is_empty()).map(str::to_owned);
    let identity = record.get("userIdentity");
    let who = |key: &str| identity.and_then(|it| it.get(key)).and_then(Json::as_str).filter(|it| !it.is_empty());
    let parameters = record.get("requestParameters").cloned().unwrap_or_default();
    let is_answered = record.get("eventName").and_then(Json::as_str).is_some_and(|it| outlets::MAKING.contains(&it));
    let answer = record.get("responseElements").filter(|_| is_answered).cloned().unwrap_or_default();
    let parameter =
        |key: &str| parameters.get(key).and_then(Json::as_str).filter(|it| !it.is_empty()).map(str::to_owned);
    let resources = record.get("resources").and_then(Json::as_array);
    let named: Vec<(&str, Option<&str>)> = resources.into_iter().flatten().filter_map(resource).collect();
    let source = copied_from(&parameters, &named);
    // What an object was copied from is a resource of the call beside what it was copied to.
    let is_target = |it: &&(&str, Option<&str>)| source.as_ref().is_none_or(|from| from.0 != it.0);
    let by_resource = named.iter().find(is_target).map(|it| it.0.to_owned());
    let bucket = match parameter("bucketName") {
        Some(it) if is_point(&it) => by_resource.or(Some(it)),
        Some(it) => Some(bare(&it).to_owned()),
        None => by_resource.or_else(|| granted(&text("eventName")?, &parameters)),
    };
    // Objects stand beside the bucket without an account; other buckets (a copy's source) may, too.
    let owner = resources.into_iter().flatten().find_map(|it| {
        let arn = it.get("ARN").or_else(|| it.get("arn"))?.as_str()?;
        let is_bucket = arn.split(":::").nth(1).is_some_and(|it| Some(it) == bucket.as_deref());
        let account = it.get("accountId")?.as_str().filter(|it| is_account_id(it))?;
        is_bucket.then(|| account.to_owned())
    });
    let session = identity.and_then(|it| it.get("sessionContext")).and_then(|it| it.get("attributes"));
    let mfa = session.and_then(|it| it.get("mfaAuthenticated")).and_then(|it| match it {
        Json::Bool(it) => Some(*it),
        Json::String(it) => it.parse().ok(),
        _ => None,
    });
    let actor = who("arn").or_else(|| who("userName")).or_else(|| who("invokedBy")).or_else(|| who("principalId"));
    Some(Event {
        time: Time::parse(&text("eventTime")?)?,
        id: text("eventID").unwrap_or_default(),
        name: text("eventName")?,
        service: text("eventSource").unwrap_or_default(),
        request: text("requestID"),
        shared: text("sharedEventID"),
        region: text("awsRegion").or_else(|| resources.into_iter().flatten().find_map(point_region)),
        bucket,
        source,
        kind: who("type").unwrap_or_default().to_owned(),
        owner,
        principal: who("principalId").map(str::to_owned),
        account: parameter("accountId")
            .or_else(|| text("recipientAccountId"))
            .or_else(|| who("accountId").map(str::to_owned)),
        actor: actor.or_else(|| who("type")).unwrap_or("not said").to_owned(),
        user: who("userName").map(str::to_owned),
        role: identity
            .and_then(|it| it.get("sessionContext")?.get("sessionIssuer")?.get("arn")?.as_str())
            .map(str::to_owned),
        key: who("accessKeyId").map(str::to_owned),
        address: text("sourceIPAddress").unwrap_or_default(),
        agent: text("userAgent").unwrap_or_default(),
        mfa,
        caller: who("accountId").map(str::to_owned),
        bytes: record
            .get("additionalEventData")
            .and_then(|it| it.get("bytesTransferredOut"))
            .and_then(|it| it.as_f64().or_else(|| it.as_str()?.parse().ok()))
            .map_or(0, |it| format!("{:.0}", it.max(0.0)).parse().unwrap_or(0)),
        error: text("errorCode"),
        answer,
        parameters,
    })
}
