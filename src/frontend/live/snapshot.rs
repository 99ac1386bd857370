//! The snapshot file: what was read of buckets, in three states, with the evidence byte for byte.
//!
//! `value` of a feature is the document that the `aws s3api` command of the feature prints (see [`super::FEATURES`]),
//! whatever the source was, so that it can be given back to the command that sets it.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use super::hash::sha256;

/// Name and version of the format. A later version may add members; one that changes their meaning gets another number.
pub const SCHEMA: &str = "bucketlint/snapshot/1";

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// [`SCHEMA`].
    pub schema: String,
    /// Program and version that wrote it.
    pub tool: String,
    /// When it was collected, in UTC; `None` where the source does not say.
    pub collected_at: Option<String>,
    /// What it was read from, for people.
    pub source: String,
    /// Who asked (`aws sts get-caller-identity`), where known.
    #[serde(default)]
    pub caller: Option<Caller>,
    /// Accounts by id; the empty id is that of buckets whose account is not known.
    #[serde(default, deserialize_with = "each_once")]
    pub accounts: BTreeMap<String, AccountRecord>,
    /// Buckets by name.
    #[serde(default, deserialize_with = "each_once")]
    pub buckets: BTreeMap<String, BucketRecord>,
    /// Access points.
    #[serde(default)]
    pub access_points: Vec<PointRecord>,
    /// What could not be read.
    #[serde(default)]
    pub errors: Vec<Failure>,
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Account id.
    pub account: String,
    /// ARN of the caller.
    pub arn: String,
}

/// What is known of an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Account-wide Block Public Access.
    pub public_access_block: State,
    /// The answers, by the command that gave them.
    #[serde(default, deserialize_with = "each_once")]
    pub evidence: BTreeMap<String, Evidence>,
}

/// What is known of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BucketRecord {
    /// Account id, where known.
    #[serde(default)]
    pub account: Option<String>,
    /// Region, where known.
    #[serde(default)]
    pub region: Option<String>,
    /// Features by name.
    #[serde(default, deserialize_with = "each_once")]
    pub features: BTreeMap<String, State>,
    /// The answers, by the command that gave them.
    #[serde(default, deserialize_with = "each_once")]
    pub evidence: BTreeMap<String, Evidence>,
}

/// An access point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointRecord {
    /// Name.
    pub name: String,
    /// The bucket it leads to.
    pub bucket: String,
    /// Account id, where known.
    #[serde(default)]
    pub account: Option<String>,
    /// ARN, where known.
    #[serde(default)]
    pub arn: Option<String>,
    /// What `aws s3control get-access-point` prints: origin, VPC, Block Public Access.
    pub point: State,
    /// Its policy.
    pub policy: State,
    /// The answers.
    #[serde(default, deserialize_with = "each_once")]
    pub evidence: BTreeMap<String, Evidence>,
}

/// Three states; what was refused or not asked is never taken for absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum State {
    /// It is set.
    Set {
        /// What the command of the feature prints.
        value: Json,
        /// Key of the evidence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
    /// It was never set, or was removed.
    Absent {
        /// The error code that says so, where there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Key of the evidence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
    /// Not known.
    Unknown {
        /// `AccessDenied`, [`NOT_COLLECTED`], [`NOT_IN_SOURCE`] …
        code: String,
        /// One sentence.
        #[serde(default)]
        message: String,
        /// Key of the evidence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
}

/// A map of which no key stands twice: which of two values was meant cannot be told.
fn each_once<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, T>, D::Error> {
    struct Each<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Each<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<String, T>()? {
                if all.contains_key(&key) {
                    return Err(A::Error::custom(format!("`{key}` stands twice")));
                }
                all.insert(key, value);
            }
            Ok(all)
        }
    }
    from.deserialize_map(Each(PhantomData))
}

/// The feature that keeps the list of a bucket's access points; where it is not there, the source has none.
pub const LISTED: &str = "access_points";

/// The evidence of what a state of Terraform says: the hash of the file, which may hold secrets.
pub const STATE: &str = "state";

/// Nobody asked.
pub const NOT_COLLECTED: &str = "NotCollected";

/// The source has no way to say it (AWS Config records no ownership controls).
pub const NOT_IN_SOURCE: &str = "NotInSource";

/// The source says it in a form that is not translated: it is there, and what it says is not known.
pub const UNTRANSLATED: &str = "NotTranslated";

/// One answer, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The file or command that it came from.
    pub source: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// The bytes; `None` where the source may hold secrets (Terraform state) and only its hash is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failure {
    /// Bucket, account or file.
    pub subject: String,
    /// What was asked.
    pub asked: String,
    /// Error code.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// The code of a failure by which buckets may be missing from a snapshot.
pub const INCOMPLETE: &str = "Incomplete";

impl Failure {
    /// Part of a source that no bucket can be told of.
    #[must_use]
    pub fn of_source(source: &str, asked: &str, message: String) -> Self {
        Self { subject: source.to_owned(), asked: asked.to_owned(), code: INCOMPLETE.to_owned(), message }
    }

    /// Whether buckets or access points may be missing for it: a list that was refused is as good as one that was cut off.
    #[must_use]
    pub fn may_hide(&self) -> bool {
        self.code == INCOMPLETE || self.asked.ends_with(super::LIST.command)
    }
}

impl Default for State {
    fn default() -> Self {
        Self::not_collected()
    }
}

impl State {
    /// Set, without evidence.
    #[must_use]
    pub fn set(value: Json) -> Self {
        Self::Set { value, evidence: None }
    }

    /// Absent, without an error code.
    #[must_use]
    pub fn absent() -> Self {
        Self::Absent { code: None, evidence: None }
    }

    /// Not known.
    #[must_use]
    pub fn unknown(code: &str, message: impl Into<String>) -> Self {
        Self::Unknown { code: code.to_owned(), message: message.into(), evidence: None }
    }

    /// Nobody asked.
    #[must_use]
    pub fn not_collected() -> Self {
        Self::unknown(NOT_COLLECTED, "nobody asked for it")
    }

    /// The document, where it is set.
    #[must_use]
    pub fn value(&self) -> Option<&Json> {
        match self {
            Self::Set { value, .. } => Some(value),
            Self::Absent { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Whether it is not known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// Takes away what it rests on.
    pub fn rest_on_nothing(&mut self) {
        let (Self::Set { evidence, .. } | Self::Absent { evidence, .. } | Self::Unknown { evidence, .. }) = self;
        *evidence = None;
    }

    /// The same, resting on a piece of evidence.
    #[must_use]
    pub fn resting_on(mut self, key: &str) -> Self {
        let (Self::Set { evidence, .. } | Self::Absent { evidence, .. } | Self::Unknown { evidence, .. }) = &mut self;
        *evidence = Some(key.to_owned());
        self
    }
}

impl Evidence {
    /// Evidence that is kept whole.
    #[must_use]
    pub fn kept(source: impl Into<String>, raw: &str) -> Self {
        Self { source: source.into(), sha256: sha256(raw.as_bytes()), raw: Some(raw.to_owned()) }
    }

    /// Whether its bytes have its hash; evidence without bytes cannot be checked.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.raw.as_ref().is_none_or(|it| sha256(it.as_bytes()) == self.sha256)
    }
}

impl Snapshot {
    /// Nothing yet.
    #[must_use]
    pub fn new(source: impl Into<String>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            tool: concat!("bucketlint ", env!("CARGO_PKG_VERSION")).to_owned(),
            collected_at: None,
            source: source.into(),
            caller: None,
            accounts: BTreeMap::new(),
            buckets: BTreeMap::new(),
            access_points: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Every bucket gets every feature: what nobody spoke of is said to be unknown, and what is unknown for another
    /// reason than the source's silence is listed among the errors.
    pub fn complete(&mut self) {
        let mut errors = Vec::new();
        for (name, bucket) in &mut self.buckets {
            for spec in &super::FEATURES {
                match bucket.features.get(spec.name) {
                    Some(state) => errors.extend(failure(name, spec.command, state)),
                    None => {
                        let state = State::default();
                        errors.extend(failure(name, spec.command, &state));
                        bucket.features.insert(spec.name.to_owned(), state);
                    }
                }
            }
        }
        for (id, account) in &self.accounts {
            let subject = if id.is_empty() { "the account".to_owned() } else { format!("account {id}") };
            errors.extend(failure(&subject, "s3control get-public-access-block", &account.public_access_block));
        }
        for point in &self.access_points {
            let subject = format!("access point {}", point.name);
            errors.extend(failure(&subject, "s3control get-access-point", &point.point));
            errors.extend(failure(&subject, "s3control get-access-point-policy", &point.policy));
        }
        self.errors.extend(errors);
        self.errors.sort();
        self.errors.dedup();
    }

    /// The file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The same in one line.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn failure(subject: &str, asked: &str, state: &State) -> Option<Failure> {
    match state {
        State::Unknown { code, message, .. } if code != NOT_IN_SOURCE => Some(Failure {
            subject: subject.to_owned(),
            asked: asked.to_owned(),
            code: code.clone(),
            message: message.clone(),
        }),
        _ => None,
    }
}
