//! Terraform's names for lifecycle, replication, CORS, website, logging and notifications, and the S3 API's: the split resources and the
//! inline blocks of provider versions before 4, code and state alike.
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_lifecycle_configuration>

use crate::model::Written;
use crate::model::written::{Member, Shape, as_is, lifecycle_rule as filtered, list, map, member, put, take};
use crate::value::{Kind, Val};

use super::node::Node;

const TAG: &[Member] = &[member("key", "Key", Shape::Text), member("value", "Value", Shape::Text)];
const STATUS: &[Member] = &[member("status", "Status", Shape::Text)];

const LIFECYCLE: &[Member] = &[
    member("id", "ID", Shape::Text),
    member("status", "Status", Shape::Text),
    member("enabled", "Status", Shape::Status),
    member("prefix", "Prefix", Shape::Text),
    member("tags", "Tags", Shape::Tags),
    member(
        "filter",
        "Filter",
        Shape::One(&[
            member("prefix", "Prefix", Shape::Text),
            member("object_size_greater_than", "ObjectSizeGreaterThan", Shape::Positive),
            member("object_size_less_than", "ObjectSizeLessThan", Shape::Positive),
            member("tag", "Tag", Shape::One(TAG)),
            member(
                "and",
                "And",
                Shape::One(&[
                    member("prefix", "Prefix", Shape::Text),
                    member("tags", "Tags", Shape::Tags),
                    member("object_size_greater_than", "ObjectSizeGreaterThan", Shape::Positive),
                    member("object_size_less_than", "ObjectSizeLessThan", Shape::Positive),
                ]),
            ),
        ]),
    ),
    member(
        "expiration",
        "Expiration",
        Shape::One(&[
            member("date", "Date", Shape::Text),
            member("days", "Days", Shape::Positive),
            member("expired_object_delete_marker", "ExpiredObjectDeleteMarker", Shape::On),
        ]),
    ),
    member(
        "noncurrent_version_expiration",
        "NoncurrentVersionExpiration",
        Shape::One(&[
            member("noncurrent_days", "NoncurrentDays", Shape::Positive),
            member("days", "NoncurrentDays", Shape::Positive),
            member("newer_noncurrent_versions", "NewerNoncurrentVersions", Shape::Positive),
        ]),
    ),
    member(
        "transition",
        "Transitions",
        Shape::Many(&[
            member("date", "Date", Shape::Text),
            member("days", "Days", Shape::Number),
            member("storage_class", "StorageClass", Shape::Text),
        ]),
    ),
    member(
        "noncurrent_version_transition",
        "NoncurrentVersionTransitions",
        Shape::Many(&[
            member("noncurrent_days", "NoncurrentDays", Shape::Number),
            member("days", "NoncurrentDays", Shape::Number),
            member("newer_noncurrent_versions", "NewerNoncurrentVersions", Shape::Positive),
            member("storage_class", "StorageClass", Shape::Text),
        ]),
    ),
    member(
        "abort_incomplete_multipart_upload",
        "AbortIncompleteMultipartUpload",
        Shape::One(&[member("days_after_initiation", "DaysAfterInitiation", Shape::Positive)]),
    ),
    member(
        "abort_incomplete_multipart_upload_days",
        "AbortIncompleteMultipartUpload",
        Shape::Days("DaysAfterInitiation"),
    ),
];

/// A `rule` of the lifecycle resource, or a `lifecycle_rule` of the bucket.
pub(super) fn lifecycle_rule(rule: &Node) -> Written {
    Written::of(rule.tree(), LIFECYCLE, filtered)
}

const MINUTES: &[Member] = &[member("minutes", "Minutes", Shape::Number)];

const REPLICATION: &[Member] = &[
    member("id", "ID", Shape::Text),
    member("priority", "Priority", Shape::Number),
    member("prefix", "Prefix", Shape::Text),
    member("status", "Status", Shape::Text),
    member(
        "filter",
        "Filter",
        Shape::One(&[
            member("prefix", "Prefix", Shape::Text),
            member("tag", "Tag", Shape::One(TAG)),
            member(
                "and",
                "And",
                Shape::One(&[member("prefix", "Prefix", Shape::Text), member("tags", "Tags", Shape::Tags)]),
            ),
        ]),
    ),
    member(
        "destination",
        "Destination",
        Shape::One(&[
            member("bucket", "Bucket", Shape::Text),
            member("account", "Account", Shape::Text),
            member("storage_class", "StorageClass", Shape::Text),
            member(
                "access_control_translation",
                "AccessControlTranslation",
                Shape::One(&[member("owner", "Owner", Shape::Text)]),
            ),
            member(
                "encryption_configuration",
                "EncryptionConfiguration",
                Shape::One(&[member("replica_kms_key_id", "ReplicaKmsKeyID", Shape::Text)]),
            ),
            member(
                "metrics",
                "Metrics",
                Shape::One(&[
                    member("status", "Status", Shape::Text),
                    member("event_threshold", "EventThreshold", Shape::One(MINUTES)),
                ]),
            ),
            member(
                "replication_time",
                "ReplicationTime",
                Shape::One(&[member("status", "Status", Shape::Text), member("time", "Time", Shape::One(MINUTES))]),
            ),
        ]),
    ),
    member(
        "source_selection_criteria",
        "SourceSelectionCriteria",
        Shape::One(&[
            member("sse_kms_encrypted_objects", "SseKmsEncryptedObjects", Shape::One(STATUS)),
            member("replica_modifications", "ReplicaModifications", Shape::One(STATUS)),
        ]),
    ),
    member("existing_object_replication", "ExistingObjectReplication", Shape::One(STATUS)),
    member("delete_marker_replication", "DeleteMarkerReplication", Shape::One(STATUS)),
];

/// A `rule` of the replication resource. The inline block of old provider versions has other words for some of it: what they
/// are is not translated.
pub(super) fn replication_rule(rule: &Node) -> Written {
    Written::of(rule.tree(), REPLICATION, as_is)
}

const CORS: &[Member] = &[
    member("id", "ID", Shape::Text),
    member("allowed_headers", "AllowedHeaders", Shape::Texts),
    member("allowed_methods", "AllowedMethods", Shape::Texts),
    member("allowed_origins", "AllowedOrigins", Shape::Texts),
    member("expose_headers", "ExposeHeaders", Shape::Texts),
    member("max_age_seconds", "MaxAgeSeconds", Shape::Positive),
];

/// A `cors_rule`.
pub(super) fn cors_rule(rule: &Node) -> Written {
    Written::of(rule.tree(), CORS, as_is)
}

const HOST: &[Member] = &[member("host_name", "HostName", Shape::Text), member("protocol", "Protocol", Shape::Text)];

const WEBSITE: &[Member] = &[
    member("bucket", "", Shape::Ignored),
    member("expected_bucket_owner", "", Shape::Ignored),
    member("id", "", Shape::Ignored),
    member("region", "", Shape::Ignored),
    member("website_domain", "", Shape::Ignored),
    member("website_endpoint", "", Shape::Ignored),
    member("index_document", "IndexDocument", Shape::One(&[member("suffix", "Suffix", Shape::Text)])),
    member("error_document", "ErrorDocument", Shape::One(&[member("key", "Key", Shape::Text)])),
    member("redirect_all_requests_to", "RedirectAllRequestsTo", Shape::One(HOST)),
    member(
        "routing_rule",
        "RoutingRules",
        Shape::Many(&[
            member(
                "condition",
                "Condition",
                Shape::One(&[
                    member("http_error_code_returned_equals", "HttpErrorCodeReturnedEquals", Shape::Text),
                    member("key_prefix_equals", "KeyPrefixEquals", Shape::Text),
                ]),
            ),
            member(
                "redirect",
                "Redirect",
                Shape::One(&[
                    member("host_name", "HostName", Shape::Text),
                    member("http_redirect_code", "HttpRedirectCode", Shape::Text),
                    member("protocol", "Protocol", Shape::Text),
                    member("replace_key_prefix_with", "ReplaceKeyPrefixWith", Shape::Text),
                    member("replace_key_with", "ReplaceKeyWith", Shape::Text),
                ]),
            ),
        ]),
    ),
    member("routing_rules", "Written", Shape::Json),
];

const WEBSITE_INLINE: &[Member] = &[
    member("index_document", "IndexDocument", Shape::Inside("Suffix")),
    member("error_document", "ErrorDocument", Shape::Inside("Key")),
    member("redirect_all_requests_to", "RedirectAllRequestsTo", Shape::Inside("HostName")),
    member("routing_rules", "RoutingRules", Shape::Json),
];

/// The website resource, or the inline block.
pub(super) fn website(node: &Node) -> Written {
    let is_text = |name: &str| {
        node.get(name)
            .is_some_and(|it| matches!(it.kind, Kind::String(_) | Kind::Unknown(_)) && it.scalar_type().is_some())
    };
    if ["index_document", "redirect_all_requests_to"].iter().any(|it| is_text(it)) {
        return Written::of(node.tree(), WEBSITE_INLINE, |it| {
            let host = it.get("RedirectAllRequestsTo").and_then(|it| it.get("HostName")?.as_text());
            match host.is_some_and(|it| it.contains("://")) {
                true => Err("`redirect_all_requests_to`: this version does not translate a URL".to_owned()),
                false => Ok(it),
            }
        });
    }
    Written::of(node.tree(), WEBSITE, |mut it| {
        // The provider reads both spellings back: the list is the one that it was told.
        if let Some(rules) = take(&mut it, "Written")
            && it.get("RoutingRules").is_none()
        {
            put(&mut it, "RoutingRules", rules);
        }
        Ok(it)
    })
}

const PLACES: [&str; 3] = ["TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations"];

const DESTINATION: Shape = Shape::Many(&[
    member("id", "Id", Shape::Text),
    member("topic_arn", "TopicArn", Shape::Text),
    member("queue_arn", "QueueArn", Shape::Text),
    member("lambda_function_arn", "LambdaFunctionArn", Shape::Text),
    member("events", "Events", Shape::Texts),
    member("filter_prefix", "prefix", Shape::Text),
    member("filter_suffix", "suffix", Shape::Text),
]);

const NOTIFICATION: &[Member] = &[
    member("bucket", "", Shape::Ignored),
    member("id", "", Shape::Ignored),
    member("region", "", Shape::Ignored),
    member("eventbridge", "Bridge", Shape::On),
    member("topic", "TopicConfigurations", DESTINATION),
    member("queue", "QueueConfigurations", DESTINATION),
    member("lambda_function", "LambdaFunctionConfigurations", DESTINATION),
];

/// `aws_s3_bucket_notification`.
pub(super) fn notification(node: &Node) -> Written {
    Written::of(node.tree(), NOTIFICATION, |mut it| {
        let at = it.origin.clone();
        for name in PLACES {
            let Some(Val { kind: Kind::List(all), origin, .. }) = take(&mut it, name) else { continue };
            let mut items = all.items;
            for one in &mut items {
                let rules: Vec<Val> = ["prefix", "suffix"]
                    .iter()
                    .filter_map(|name| {
                        let value = take(one, name)?;
                        Some(map(vec![("Name", Val::string(*name, at.clone())), ("Value", value)], &at))
                    })
                    .collect();
                if !rules.is_empty() {
                    let key = map(vec![("FilterRules", list(rules, &at))], &at);
                    put(one, "Filter", map(vec![("Key", key)], &at));
                }
            }
            put(&mut it, name, list(items, &origin));
        }
        if take(&mut it, "Bridge").is_some() {
            put(&mut it, "EventBridgeConfiguration", map(Vec::new(), &at));
        }
        Ok(it)
    })
}

const LOGGING: &[Member] = &[
    member("bucket", "", Shape::Ignored),
    member("expected_bucket_owner", "", Shape::Ignored),
    member("id", "", Shape::Ignored),
    member("region", "", Shape::Ignored),
    member("target_bucket", "", Shape::Ignored),
    member("target_prefix", "", Shape::Ignored),
    member(
        "target_grant",
        "TargetGrants",
        Shape::Many(&[
            member(
                "grantee",
                "Grantee",
                Shape::One(&[
                    member("type", "Type", Shape::Text),
                    member("id", "ID", Shape::Text),
                    member("uri", "URI", Shape::Text),
                    member("email_address", "EmailAddress", Shape::Text),
                    member("display_name", "", Shape::Ignored),
                ]),
            ),
            member("permission", "Permission", Shape::Text),
        ]),
    ),
    member(
        "target_object_key_format",
        "TargetObjectKeyFormat",
        Shape::One(&[
            member("partitioned_prefix", "PartitionedPrefix", PARTITIONED),
            member("simple_prefix", "SimplePrefix", Shape::One(&[])),
        ]),
    ),
];

const PARTITIONED: Shape = Shape::One(&[member("partition_date_source", "PartitionDateSource", Shape::Text)]);

/// `aws_s3_bucket_logging` or the inline block, without the target bucket and the prefix.
pub(super) fn logging(node: &Node) -> Written {
    Written::of(node.tree(), LOGGING, as_is)
}

const LOGGING_OF_CLOUD_CONTROL: &[Member] = &[
    member("destination_bucket_name", "", Shape::Ignored),
    member("log_file_prefix", "", Shape::Ignored),
    member(
        "target_object_key_format",
        "TargetObjectKeyFormat",
        Shape::One(&[
            member("partitioned_prefix", "PartitionedPrefix", PARTITIONED),
            // A text there; the API has an empty map, which is the default.
            member("simple_prefix", "", Shape::Ignored),
        ]),
    ),
];

/// `logging_configuration` of the provider awscc.
pub(super) fn logging_of_cloud_control(node: &Node) -> Written {
    Written::of(node.tree(), LOGGING_OF_CLOUD_CONTROL, as_is)
}
