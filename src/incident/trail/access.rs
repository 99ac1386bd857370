//! Access to objects that was seen: data events of CloudTrail, and S3's server access logs.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::value::is_account_id;

use super::super::time::Time;
use super::Event;
use super::event::is_named;

/// One request for objects or their list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// When.
    pub time: Time,
    /// `eventID`, or the request's id: copies have the same.
    pub id: String,
    /// The request's id, which a trail and a log both have.
    pub request: Option<String>,
    /// The bucket.
    pub bucket: String,
    /// `GetObject`, `REST.GET.OBJECT`.
    pub operation: String,
    /// Who.
    pub who: Who,
    /// From where.
    pub address: String,
    /// The object's key.
    pub object: Option<String>,
    /// Whether it names a version of the object.
    pub is_of_version: bool,
    /// Why it came to nothing; nothing where it was served.
    pub error: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// Bytes that were sent.
    pub bytes: u64,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered, which takes the right to it.
    Served,
    /// The right to it was missing.
    Refused,
    /// Neither: no such object, a redirect, what a browser asks before a request, an error of S3.
    Neither,
}

impl Outcome {
    /// By the error, and by the status where a log has one. S3 says what is not there to those who may list it only.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    fn of(operation: &str, error: Option<&str>, status: Option<u64>) -> Self {
        match (error, status) {
            _ if operation.contains("OPTIONS") => Self::Neither,
            (None, Some(300..=303 | 305..=399)) => Self::Neither,
            (None, _) => Self::Served,
            (_, Some(401 | 403)) => Self::Refused,
            (Some(_), Some(_)) => Self::Neither,
            (Some(it), None) if it.contains("Denied") || it.contains("Disabled") || it.contains("Forbidden") => {
                Self::Refused
            }
            (Some(it), None) if it.contains("Signature") || it.contains("Token") || it.contains("AccessKey") => {
                Self::Refused
            }
            (Some(_), None) => Self::Neither,
        }
    }
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody signed it.
    Anonymous,
    /// A principal, and its account where that is said.
    Principal(String, Option<String>),
    /// The bucket's owner, or an AWS service.
    Own(String),
}

/// What was seen of outsiders while a window was open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Requests that were served.
    pub served: usize,
    /// Requests that were refused.
    pub refused: usize,
    /// Requests that were neither: no such object, redirects, errors.
    pub neither: usize,
    /// Served, by operation.
    pub operations: BTreeMap<String, usize>,
    /// Served, by address.
    pub addresses: BTreeMap<String, usize>,
    /// Served, by who asked.
    pub actors: BTreeMap<String, usize>,
    /// Keys of objects that were served.
    pub objects: BTreeSet<String>,
    /// Bytes that were sent.
    pub bytes: u64,
    /// The first and the last that was served.
    pub span: Option<(Time, Time)>,
    /// The time that what was given is of.
    pub cover: Option<(Time, Time)>,
    /// Whether that is all of the time that the window was open.
    pub is_whole: bool,
    /// What the window let do and no record is of: `reads`, `writes`. A trail may select the one or the other.
    pub lacks: BTreeSet<&'static str>,
}

impl Seen {
    /// Adds a request.
    pub(super) fn add(&mut self, it: &Access) {
        match it.outcome {
            Outcome::Served => {}
            Outcome::Refused => {
                self.refused += 1;
                return;
            }
            Outcome::Neither => {
                self.neither += 1;
                return;
            }
        }
        self.served += 1;
        *self.operations.entry(it.operation.clone()).or_default() += 1;
        *self.addresses.entry(it.address.clone()).or_default() += 1;
        *self.actors.entry(it.who().to_owned()).or_default() += 1;
        self.objects.extend(it.object.clone());
        self.bytes = self.bytes.saturating_add(it.bytes);
        let (first, last) = self.span.unwrap_or((it.time, it.time));
        self.span = Some((first.min(it.time), last.max(it.time)));
    }
}

impl Access {
    /// Whether someone asked; a log has ARNs, and neither keys nor principal ids.
    #[must_use]
    pub fn is_by(&self, identity: &str) -> bool {
        match &self.who {
            Who::Anonymous => false,
            Who::Principal(who, _) | Who::Own(who) => is_named(who, identity),
        }
    }

    /// Who asked, as it is shown.
    #[must_use]
    pub fn who(&self) -> &str {
        match &self.who {
            Who::Anonymous => "anonymous",
            Who::Principal(who, _) | Who::Own(who) => who,
        }
    }

    /// The account of who asked where it is not the bucket's own, an empty one where nobody signed; `None` for insiders.
    #[must_use]
    pub fn outsider(&self, own: Option<&str>) -> Option<&str> {
        match &self.who {
            Who::Anonymous => Some(""),
            Who::Own(_) => None,
            Who::Principal(who, account) => {
                let account = account.as_deref().or_else(|| who.split(':').nth(4).filter(|it| !it.is_empty()));
                match account {
                    Some(account) if Some(account) == own => None,
                    Some(account) => Some(account),
                    // A canonical id that is not the owner's.
                    None => Some(who),
                }
            }
        }
    }

    /// Whether it reads: a trail may have the requests that write only, and the other way round.
    pub(super) fn reads(&self) -> bool {
        ["GetObject", "HeadObject", "ListObject", "ListParts", "ListMultipart", "SelectObject"]
            .iter()
            .any(|it| self.operation.starts_with(it))
    }

    /// The access that a data event tells; `None` for an event about configuration.
    pub(super) fn of_event(event: &Event) -> Option<Self> {
        if is_request(event) { Self::of_call(event) } else { None }
    }

    /// A call of somebody outside about the bucket's configuration, which takes a right as a request for objects does. Making a bucket takes
    /// none of its owner, and neither does making an access point to it.
    fn of_management(event: &Event, bucket: &str, own: Option<&str>) -> Option<Self> {
        let is_own = event.owner.is_none() || event.owner.as_deref() == own;
        let is_it = event.bucket.as_deref() == Some(bucket) && is_own && event.is_of_s3() && !is_request(event);
        if !is_it || event.name == "CreateBucket" || event.name.contains("AccessPoint") {
            return None;
        }
        let found = Self::of_call(event)?;
        // Where nobody knows whose the bucket is, who signed may be at home.
        let is_outside = match &found.who {
            Who::Anonymous => true,
            Who::Principal(..) => own.is_some() && found.outsider(own).is_some_and(is_account_id),
            Who::Own(_) => false,
        };
        is_outside.then_some(found)
    }

    /// All of them; who once made a bucket of that name was at home in it.
    pub(super) fn of_managements(events: &[Event], bucket: &str, own: Option<&str>) -> Vec<Self> {
        let made = events.iter().filter(|it| it.name == "CreateBucket" && it.error.is_none());
        let made = made.filter(|it| it.bucket.as_deref() == Some(bucket) && it.account.as_deref() != own);
        let makers: BTreeSet<&str> = made.filter_map(|it| it.caller.as_deref()).collect();
        let is_maker = |it: &Event| it.owner.is_none() && it.caller.as_deref().is_some_and(|it| makers.contains(it));
        let others = events.iter().filter(|it| !is_maker(it));
        others.filter_map(|it| Self::of_management(it, bucket, own)).collect()
    }

    fn of_call(event: &Event) -> Option<Self> {
        let who = if event.is_anonymous() {
            Who::Anonymous
        } else if event.is_by_service() {
            Who::Own(event.address.clone())
        } else {
            Who::Principal(event.actor.clone(), event.caller.clone())
        };
        Some(Self {
            time: event.time,
            id: event.id.clone(),
            request: event.request.clone(),
            bucket: event.bucket.clone()?,
            operation: event.name.clone(),
            who,
            address: event.address.clone(),
            object: event.parameters.get("key").and_then(Json::as_str).map(str::to_owned),
            is_of_version: event.parameters.get("versionId").is_some(),
            error: event.error.clone(),
            outcome: Outcome::of(&event.name, event.error.as_deref(), None),
            bytes: event.bytes,
        })
    }

    /// Whether it is about the bucket's configuration, as a trail has it; a log's operations have points.
    pub(super) fn manages(&self) -> bool {
        !is_data(&self.operation) && !self.operation.contains('.')
    }

    /// Whether it changes the bucket's configuration, as a trail has it.
    pub(super) fn controls(&self) -> bool {
        self.manages() && ["Put", "Delete", "Create"].iter().any(|it| self.operation.starts_with(it))
    }

    /// The reading of what was copied to another bucket, as the bucket that it was copied from has it.
    pub(super) fn of_copy(event: &Event) -> Option<Self> {
        let (bucket, object) = event.source.clone().filter(|it| Some(&it.0) != event.bucket.as_ref())?;
        let operation = format!("GetObject by {}", event.name);
        // Its record need not have a bucket that it went to.
        let of = Event { bucket: Some(bucket), ..event.clone() };
        Self::of_event(&of).map(|it| Self { operation, object, ..it })
    }
}

/// Whether an event is a request for objects.
pub(super) fn is_request(event: &Event) -> bool {
    is_data(&event.name) && event.is_of_s3()
}

fn is_data(name: &str) -> bool {
    let begins = [
        "GetObject",
        "HeadObject",
        "PutObject",
        "DeleteObject",
        "CopyObject",
        "ListObject",
        "ListParts",
        "UploadPart",
        "CreateMultipartUpload",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
        "ListMultipartUploads",
        "SelectObjectContent",
        "RestoreObject",
        "PostObject",
    ];
    begins.iter().any(|it| name.starts_with(it)) && !name.contains("Configuration")
}

/// Whether a text is a server access log: its first line begins with the owner's id, the bucket and a time in brackets.
#[must_use]
pub fn is_log(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').lines().find(|it| !it.trim().is_empty()).is_some_and(|it| line(it).is_some())
}

/// The requests of a server access log, and how many lines could not be read.
#[must_use]
pub fn log(text: &str, source: &str) -> (Vec<Access>, Vec<String>) {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().filter(|it| !it.trim().is_empty()).collect();
    let found: Vec<Access> = lines.iter().filter_map(|it| line(it)).collect();
    let wrong = lines.len() - found.len();
    let problems = match (wrong, lines.is_empty()) {
        (0, _) => Vec::new(),
        _ => vec![format!("{source}: {wrong} lines are no lines of a server access log: they were left out")],
    };
    (found, problems)
}

/// One line. What comes after the fields that are read may be longer: fields were added over time.
fn line(text: &str) -> Option<Access> {
    let fields = fields(text);
    let field = |at: usize| fields.get(at).map(String::as_str);
    let given = |at: usize| field(at).filter(|it| *it != "-").map(str::to_owned);
    let (owner, requester) = (field(0)?, field(4)?);
    // What S3 does by itself (lifecycle) has no status; another word there is no line of a log.
    let number = |at: usize| given(at).map_or(Some(None), |it| it.parse::<u64>().ok().map(Some));
    let (status, bytes) = (number(9)?, number(11)?);
    let who = match requester {
        "-" => Who::Anonymous,
        // The owner's canonical id, S3 itself, and services that deliver.
        it if it == owner || it == "AmazonS3" || it.starts_with("svc:") => Who::Own(it.to_owned()),
        it => Who::Principal(it.to_owned(), None),
    };
    let error = given(10).or_else(|| status.filter(|it| 400 <= *it).map(|it| it.to_string()));
    Some(Access {
        time: time(field(2)?)?,
        id: field(5)?.to_owned(),
        request: given(5),
        bucket: field(1)?.to_owned(),
        operation: field(6)?.to_owned(),
        who,
        address: given(3).unwrap_or_default(),
        is_of_version: field(8).is_some_and(|it| it.contains("?versionId=") || it.contains("&versionId=")),
        object: given(7).map(|it| decoded(&decoded(&it))),
        outcome: Outcome::of(field(6)?, error.as_deref(), status),
        error,
        bytes: bytes.unwrap_or(0),
    })
}

/// Fields are parted by spaces; brackets and quotes hold theirs together.
fn fields(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (field, after) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
            None => match rest.strip_prefix('"') {
                // A quote within the agent is not told apart: the end is one before a space.
                Some(inner) => inner.split_once("\" ").unwrap_or((inner.trim_end_matches('"'), "")),
                None => rest.split_once(' ').unwrap_or((rest, "")),
            },
        };
        out.push(field.to_owned());
        rest = after.trim_start();
    }
    out
}

/// `06/Feb/2019:00:00:38 +0000`.
fn time(text: &str) -> Option<Time> {
    let (date, zone) = text.split_once(' ')?;
    let (date, clock) = date.split_once(':')?;
    let mut parts = date.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|it| *it == month)? + 1;
    Time::parse(&format!("{year}-{month:02}-{day}T{clock}{zone}"))
}

/// Keys are written with `%XX`, twice.
pub(super) fn decoded(text: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let rest = bytes.clone();
        let hex: Vec<u8> = rest.take(2).collect();
        let value =
            std::str::from_utf8(&hex).ok().filter(|it| it.len() == 2).and_then(|it| u8::from_str_radix(it, 16).ok());
        match value {
            Some(value) => {
                out.push(value);
                bytes.next();
                bytes.next();
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
