//! What rules see of the model: every field with its type, its documentation and how it is read. One table serves the
//! evaluator, the check at load time and `docs/rule-language.md`.

mod access;
mod beside;
mod bucket;
mod exposure;
mod features;
mod policy;

use std::collections::HashMap;

use crate::exposure::{AccessPointFacts, EffectiveGrant, Facts, Way};
use crate::model::beside::{Beside, CdnOrigin, Document, Export, MetricFilter, Service, Tier, Trail};
use crate::model::{
    AccessPoint, Account, Acl, AclGrant, Bucket, CorsRule, Dangling, DefaultRetention, Duplicate, Encryption,
    EncryptionRule, Estate, Lifecycle, LifecycleRule, Logging, Notification, ObjectLock, PublicAccessBlock,
    Replication, ReplicationRule, Tag, Versioning, Website,
};
use crate::policy::{Condition, Note, Policy, Principal, Statement, StatementStatus};

use super::expr::Item;

/// An estate with the facts about it.
pub(crate) struct World<'m> {
    pub estate: &'m Estate,
    /// Facts of `estate.buckets`, in the same order.
    pub facts: &'m [Facts],
    /// Facts of `estate.access_points`, in the same order.
    pub points: &'m [AccessPointFacts],
    /// Grants of the ACLs of `estate.objects`, in the same order.
    pub object_grants: &'m [Vec<EffectiveGrant>],
    /// Position of each bucket by name space and address; of two with one address the first.
    places: HashMap<(&'m str, &'m str), usize>,
}

impl<'m> World<'m> {
    /// An estate and its facts, each in the order of what it is about.
    pub fn new(
        estate: &'m Estate,
        facts: &'m [Facts],
        points: &'m [AccessPointFacts],
        object_grants: &'m [Vec<EffectiveGrant>],
    ) -> Self {
        let mut places = HashMap::new();
        for (at, bucket) in estate.buckets.iter().enumerate() {
            places.entry((bucket.namespace.as_str(), bucket.address.as_str())).or_insert(at);
        }
        Self { estate, facts, points, object_grants, places }
    }

    /// The bucket of an address in a root module or template.
    pub fn bucket(&'m self, namespace: &str, address: &str) -> Option<BucketView<'m>> {
        let at = *self.places.get(&(namespace, address))?;
        Some(BucketView { bucket: self.estate.buckets.get(at)?, facts: self.facts.get(at)?, world: self })
    }
}

/// Something beside buckets, with what it is.
pub(crate) struct BesideView<'m, T> {
    pub beside: &'m Beside,
    pub own: &'m T,
    pub world: &'m World<'m>,
}

impl<T> Clone for BesideView<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for BesideView<'_, T> {}

/// A bucket with its facts.
#[derive(Clone, Copy)]
pub(crate) struct BucketView<'m> {
    pub bucket: &'m Bucket,
    pub facts: &'m Facts,
    pub world: &'m World<'m>,
}

/// A statement with AWS's verdict about it and the ways that it opens.
#[derive(Clone, Copy)]
pub(crate) struct StatementView<'m> {
    pub statement: &'m Statement,
    pub status: Option<&'m StatementStatus>,
    pub ways: &'m [Way],
    /// Whether it is of an access point's policy: the ways of a bucket are those of its access points too.
    pub is_of_point: bool,
}

/// A policy with AWS's verdict about its statements.
#[derive(Clone, Copy)]
pub(crate) struct PolicyView<'m> {
    pub policy: &'m Policy,
    pub statuses: &'m [StatementStatus],
    pub ways: &'m [Way],
    /// Whether it is an access point's.
    pub is_of_point: bool,
}

/// An access point with its facts.
#[derive(Clone, Copy)]
pub(crate) struct PointView<'m> {
    pub point: &'m AccessPoint,
    pub facts: &'m AccessPointFacts,
}

/// An uploaded object with the grants of its ACL.
#[derive(Clone, Copy)]
pub(crate) struct ObjectView<'m> {
    pub object: &'m crate::model::Object,
    pub grants: &'m [EffectiveGrant],
}

macro_rules! objects {
    ($($variant:ident($type:ty) = $fields:path, $doc:literal;)*) => {
        /// A structured value of the model.
        #[allow(clippy::enum_variant_names, reason = "the names are the model's")]
        #[derive(Clone, Copy)]
        pub(crate) enum Object<'m> {
            $($variant($type),)*
        }

        /// The type of a structured value.
        #[allow(clippy::enum_variant_names, reason = "the names are the model's")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($variant,)*
        }

        impl Object<'_> {
            fn kind(&self) -> Kind {
                match self {
                    $(Self::$variant(_) => Kind::$variant,)*
                }
            }
        }

        impl Kind {
            /// The fields, in the order of the documentation.
            pub fn fields(self) -> &'static [Field] {
                match self {
                    $(Self::$variant => $fields,)*
                }
            }

            /// What it is, one clause.
            pub fn doc(self) -> &'static str {
                match self {
                    $(Self::$variant => $doc,)*
                }
            }

            /// All types, in the order of the documentation.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)*];
        }
    };
}

objects! {
    Bucket(BucketView<'m>) = bucket::BUCKET, "a bucket";
    Acl(&'m Acl) = access::ACL, "an access control list as written";
    AclGrant(&'m AclGrant) = access::ACL_GRANT, "a grant as written";
    PublicAccessBlock(&'m PublicAccessBlock) = access::PUBLIC_ACCESS_BLOCK, "the four settings of Block Public Access";
    Policy(PolicyView<'m>) = policy::POLICY, "a bucket policy or the policy of an access point";
    Statement(StatementView<'m>) = policy::STATEMENT, "a statement of a policy";
    Principal(&'m Principal) = policy::PRINCIPAL, "a principal of a statement";
    Condition(&'m Condition) = policy::CONDITION, "one operator and key of a statement's condition";
    Note(&'m Note) = policy::NOTE, "something wrong or odd about a policy document";
    Versioning(&'m Versioning) = features::VERSIONING, "versioning";
    Encryption(&'m Encryption) = features::ENCRYPTION, "default encryption";
    EncryptionRule(&'m EncryptionRule) = features::ENCRYPTION_RULE, "a rule of default encryption";
    Logging(&'m Logging) = features::LOGGING, "server access logging";
    ObjectLock(&'m ObjectLock) = features::OBJECT_LOCK, "Object Lock";
    Retention(&'m DefaultRetention) = features::RETENTION, "the default retention of Object Lock";
    Lifecycle(&'m Lifecycle) = features::LIFECYCLE, "the lifecycle configuration";
    LifecycleRule(&'m LifecycleRule) = features::LIFECYCLE_RULE, "a lifecycle rule";
    Replication(&'m Replication) = features::REPLICATION, "the replication configuration";
    ReplicationRule(&'m ReplicationRule) = features::REPLICATION_RULE, "a replication rule";
    CorsRule(&'m CorsRule) = features::CORS_RULE, "a CORS rule";
    Website(&'m Website) = features::WEBSITE, "static website hosting";
    Notification(&'m Notification) = features::NOTIFICATION, "event notifications";
    Tag(&'m Tag) = features::TAG, "a tag";
    Exposure(BucketView<'m>) = exposure::EXPOSURE, "the verdict about a bucket";
    Way(&'m Way) = exposure::WAY, "a way in: open, undecided, or closed by a setting only";
    Grant(&'m EffectiveGrant) = access::GRANT, "a grant in force or not, canned ACLs expanded";
    AccessPoint(PointView<'m>) = access::ACCESS_POINT, "an access point";
    Account(&'m Account) = access::ACCOUNT, "an account-wide Block Public Access block";
    UploadedObject(ObjectView<'m>) = access::OBJECT, "an object uploaded by code";
    Duplicate(&'m Duplicate) = access::DUPLICATE, "two blocks that set the same feature of one bucket";
    Document(BesideView<'m, Document>) = beside::DOCUMENT, "a policy of an identity or a key";
    Trail(BesideView<'m, Trail>) = beside::TRAIL, "a CloudTrail trail";
    Service(BesideView<'m, Service>) = beside::SERVICE, "a detecting service that the code declares";
    Export(BesideView<'m, Export>) = beside::EXPORT, "an inventory or analytics export of a bucket";
    Tier(BesideView<'m, Tier>) = beside::TIER, "an archive tier of S3 Intelligent-Tiering";
    CdnOrigin(BesideView<'m, CdnOrigin>) = beside::CDN_ORIGIN, "an origin of a CloudFront distribution";
    MetricFilter(BesideView<'m, MetricFilter>) = beside::METRIC_FILTER, "a metric filter over a log of CloudTrail";
    Dangling(&'m Dangling) = access::DANGLING, "a companion whose bucket is not in this code";
}

impl std::fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.kind())
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    Number,
    Text,
    /// A list of texts.
    Texts,
    Object(Kind),
    /// A list of objects.
    Objects(Kind),
}

/// A field of a structured value.
pub(crate) struct Field {
    pub name: &'static str,
    pub kind: Type,
    pub doc: &'static str,
    pub get: for<'m> fn(&Object<'m>) -> Item<'m>,
}

impl<'m> Object<'m> {
    /// The value of a field; `None` where there is no such field.
    pub fn field(&self, name: &str) -> Option<Item<'m>> {
        let field = self.kind().fields().iter().find(|it| it.name == name)?;
        Some((field.get)(self))
    }

    /// For messages.
    pub fn display(&self) -> String {
        ["address", "sid", "text", "id", "kind"]
            .iter()
            .find_map(|name| self.field(name))
            .map_or_else(|| self.kind().doc().to_owned(), |it| it.fact.display())
    }
}

/// Declares a table of fields.
macro_rules! fields {
    ($variant:ident: $($name:literal $kind:expr, $doc:literal => |$it:ident| $get:expr;)*) => {
        &[$($crate::rules::schema::Field {
            name: $name,
            kind: $kind,
            doc: $doc,
            get: |object| match object {
                $crate::rules::schema::Object::$variant($it) => $get,
                _ => $crate::rules::expr::Item::new($crate::rules::expr::Fact::Absent),
            },
        }),*]
    };
}
use fields;

#[cfg(test)]
mod tests;
