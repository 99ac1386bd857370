//! CloudFormation's names for lifecycle, replication, CORS, website, logging and notifications, and the S3 API's.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html>

use crate::model::Written;
use crate::model::written::{Member, Shape, as_is, lifecycle_rule as filtered, map, member, put, take};

use super::super::read::Body;

const TAG: &[Member] = &[member("Key", "Key", Shape::Text), member("Value", "Value", Shape::Text)];
const STATUS: &[Member] = &[member("Status", "Status", Shape::Text)];

const TRANSITION: &[Member] = &[
    member("TransitionDate", "Date", Shape::Text),
    member("TransitionInDays", "Days", Shape::Number),
    member("StorageClass", "StorageClass", Shape::Text),
];

const OLD_TRANSITION: &[Member] = &[
    member("TransitionInDays", "NoncurrentDays", Shape::Number),
    member("StorageClass", "StorageClass", Shape::Text),
    member("NewerNoncurrentVersions", "NewerNoncurrentVersions", Shape::Positive),
];

const LIFECYCLE: &[Member] = &[
    member("Id", "ID", Shape::Text),
    member("Status", "Status", Shape::Text),
    member("Prefix", "Prefix", Shape::Text),
    member("TagFilters", "Tags", Shape::Many(TAG)),
    member("ObjectSizeGreaterThan", "ObjectSizeGreaterThan", Shape::Positive),
    member("ObjectSizeLessThan", "ObjectSizeLessThan", Shape::Positive),
    member("ExpirationInDays", "Days", Shape::Positive),
    member("ExpirationDate", "Date", Shape::Text),
    member("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker", Shape::On),
    member(
        "NoncurrentVersionExpiration",
        "NoncurrentVersionExpiration",
        Shape::One(&[
            member("NoncurrentDays", "NoncurrentDays", Shape::Positive),
            member("NewerNoncurrentVersions", "NewerNoncurrentVersions", Shape::Positive),
        ]),
    ),
    member("NoncurrentVersionExpirationInDays", "NoncurrentVersionExpiration", Shape::Days("NoncurrentDays")),
    member("Transitions", "Transitions", Shape::Many(TRANSITION)),
    member("Transition", "Transitions", Shape::Many(TRANSITION)),
    member("NoncurrentVersionTransitions", "NoncurrentVersionTransitions", Shape::Many(OLD_TRANSITION)),
    member("NoncurrentVersionTransition", "NoncurrentVersionTransitions", Shape::Many(OLD_TRANSITION)),
    member(
        "AbortIncompleteMultipartUpload",
        "AbortIncompleteMultipartUpload",
        Shape::One(&[member("DaysAfterInitiation", "DaysAfterInitiation", Shape::Positive)]),
    ),
];

/// One rule of `LifecycleConfiguration`.
pub(super) fn lifecycle_rule(rule: Body<'_>) -> Written {
    Written::of(rule.tree(), LIFECYCLE, |mut it| {
        let at = it.origin.clone();
        let names = ["Days", "Date", "ExpiredObjectDeleteMarker"];
        let parts: Vec<_> = names.iter().filter_map(|name| Some((*name, take(&mut it, name)?))).collect();
        if !parts.is_empty() {
            put(&mut it, "Expiration", map(parts, &at));
        }
        filtered(it)
    })
}

const MINUTES: &[Member] = &[member("Minutes", "Minutes", Shape::Number)];

const REPLICATION: &[Member] = &[
    member("Id", "ID", Shape::Text),
    member("Priority", "Priority", Shape::Number),
    member("Prefix", "Prefix", Shape::Text),
    member("Status", "Status", Shape::Text),
    member(
        "Filter",
        "Filter",
        Shape::One(&[
            member("Prefix", "Prefix", Shape::Text),
            member("TagFilter", "Tag", Shape::One(TAG)),
            member(
                "And",
                "And",
                Shape::One(&[member("Prefix", "Prefix", Shape::Text), member("TagFilters", "Tags", Shape::Many(TAG))]),
            ),
        ]),
    ),
    member(
        "Destination",
        "Destination",
        Shape::One(&[
            member("Bucket", "Bucket", Shape::Text),
            member("Account", "Account", Shape::Text),
            member("StorageClass", "StorageClass", Shape::Text),
            member(
                "AccessControlTranslation",
                "AccessControlTranslation",
                Shape::One(&[member("Owner", "Owner", Shape::Text)]),
            ),
            member(
                "EncryptionConfiguration",
                "EncryptionConfiguration",
                Shape::One(&[member("ReplicaKmsKeyID", "ReplicaKmsKeyID", Shape::Text)]),
            ),
            member(
                "Metrics",
                "Metrics",
                Shape::One(&[
                    member("Status", "Status", Shape::Text),
                    member("EventThreshold", "EventThreshold", Shape::One(MINUTES)),
                ]),
            ),
            member(
                "ReplicationTime",
                "ReplicationTime",
                Shape::One(&[member("Status", "Status", Shape::Text), member("Time", "Time", Shape::One(MINUTES))]),
            ),
        ]),
    ),
    member(
        "SourceSelectionCriteria",
        "SourceSelectionCriteria",
        Shape::One(&[
            member("SseKmsEncryptedObjects", "SseKmsEncryptedObjects", Shape::One(STATUS)),
            member("ReplicaModifications", "ReplicaModifications", Shape::One(STATUS)),
        ]),
    ),
    member("DeleteMarkerReplication", "DeleteMarkerReplication", Shape::One(STATUS)),
];

/// One rule of `ReplicationConfiguration`.
pub(super) fn replication_rule(rule: Body<'_>) -> Written {
    Written::of(rule.tree(), REPLICATION, as_is)
}

const CORS: &[Member] = &[
    member("Id", "ID", Shape::Text),
    member("AllowedHeaders", "AllowedHeaders", Shape::Texts),
    member("AllowedMethods", "AllowedMethods", Shape::Texts),
    member("AllowedOrigins", "AllowedOrigins", Shape::Texts),
    member("ExposedHeaders", "ExposeHeaders", Shape::Texts),
    member("MaxAge", "MaxAgeSeconds", Shape::Positive),
];

/// One rule of `CorsConfiguration`.
pub(super) fn cors_rule(rule: Body<'_>) -> Written {
    Written::of(rule.tree(), CORS, as_is)
}

const WEBSITE: &[Member] = &[
    member("IndexDocument", "IndexDocument", Shape::Inside("Suffix")),
    member("ErrorDocument", "ErrorDocument", Shape::Inside("Key")),
    member(
        "RedirectAllRequestsTo",
        "RedirectAllRequestsTo",
        Shape::One(&[member("HostName", "HostName", Shape::Text), member("Protocol", "Protocol", Shape::Text)]),
    ),
    member(
        "RoutingRules",
        "RoutingRules",
        Shape::Many(&[
            member(
                "RoutingRuleCondition",
                "Condition",
                Shape::One(&[
                    member("HttpErrorCodeReturnedEquals", "HttpErrorCodeReturnedEquals", Shape::Text),
                    member("KeyPrefixEquals", "KeyPrefixEquals", Shape::Text),
                ]),
            ),
            member(
                "RedirectRule",
                "Redirect",
                Shape::One(&[
                    member("HostName", "HostName", Shape::Text),
                    member("HttpRedirectCode", "HttpRedirectCode", Shape::Text),
                    member("Protocol", "Protocol", Shape::Text),
                    member("ReplaceKeyPrefixWith", "ReplaceKeyPrefixWith", Shape::Text),
                    member("ReplaceKeyWith", "ReplaceKeyWith", Shape::Text),
                ]),
            ),
        ]),
    ),
];

/// `WebsiteConfiguration`.
pub(super) fn website(body: Body<'_>) -> Written {
    Written::of(body.tree(), WEBSITE, as_is)
}

const FILTER: Shape = Shape::One(&[member(
    "S3Key",
    "Key",
    Shape::One(&[member(
        "Rules",
        "FilterRules",
        Shape::Many(&[member("Name", "Name", Shape::Text), member("Value", "Value", Shape::Text)]),
    )]),
)]);

const NOTIFICATION: &[Member] = &[
    member(
        "TopicConfigurations",
        "TopicConfigurations",
        Shape::Many(&[
            member("Topic", "TopicArn", Shape::Text),
            member("Event", "Events", Shape::Texts),
            member("Filter", "Filter", FILTER),
        ]),
    ),
    member(
        "QueueConfigurations",
        "QueueConfigurations",
        Shape::Many(&[
            member("Queue", "QueueArn", Shape::Text),
            member("Event", "Events", Shape::Texts),
            member("Filter", "Filter", FILTER),
        ]),
    ),
    member(
        "LambdaConfigurations",
        "LambdaFunctionConfigurations",
        Shape::Many(&[
            member("Function", "LambdaFunctionArn", Shape::Text),
            member("Event", "Events", Shape::Texts),
            member("Filter", "Filter", FILTER),
        ]),
    ),
    member(
        "EventBridgeConfiguration",
        "EventBridgeConfiguration",
        Shape::One(&[member("EventBridgeEnabled", "On", Shape::Status)]),
    ),
];

/// `NotificationConfiguration`: EventBridge is on where its map is there, unless a flag in it says no.
pub(super) fn notification(body: Body<'_>) -> Written {
    Written::of(body.tree(), NOTIFICATION, |mut it| {
        if let Some(mut bridge) = take(&mut it, "EventBridgeConfiguration") {
            let flag = take(&mut bridge, "On").and_then(|it| it.as_text());
            if flag.as_deref() != Some("Disabled") {
                put(&mut it, "EventBridgeConfiguration", bridge);
            }
        }
        Ok(it)
    })
}

const LOGGING: &[Member] = &[
    member("DestinationBucketName", "", Shape::Ignored),
    member("LogFilePrefix", "", Shape::Ignored),
    member(
        "TargetObjectKeyFormat",
        "TargetObjectKeyFormat",
        Shape::One(&[
            member(
                "PartitionedPrefix",
                "PartitionedPrefix",
                Shape::One(&[member("PartitionDateSource", "PartitionDateSource", Shape::Text)]),
            ),
            member("SimplePrefix", "SimplePrefix", Shape::One(&[])),
        ]),
    ),
];

/// `LoggingConfiguration`, without the target bucket and the prefix.
pub(super) fn logging(body: Body<'_>) -> Written {
    Written::of(body.tree(), LOGGING, as_is)
}
