"""Writes bucket configurations, each said in Terraform, Terraform's JSON, CloudFormation as YAML and JSON, CDK output, a
Terraform plan and the saved answers of `aws s3api`: `python3 generate.py` in this folder. `tests/same.rs` expects equal models
and equal findings of each.
"""

import json
import re

ANYONE = {"Sid": "Read", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::same-example/*"}
TLS = {
    "Sid": "Tls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::same-example", "arn:aws:s3:::same-example/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
CDN = {
    **ANYONE,
    "Sid": "Cdn",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Condition": {"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::111122223333:distribution/E1"}},
}
PARTNER = {**ANYONE, "Sid": "Partner", "Principal": {"AWS": "arn:aws:iam::444455556666:role/reader"}}
ADDRESS = {**ANYONE, "Sid": "Office", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
WRITE = {**ANYONE, "Sid": "Write", "Action": ["s3:PutObject", "s3:DeleteObject"]}
NOT = {"Sid": "Rest", "Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::same-example/*"}
OWN = {"Sid": "Own", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": TLS["Resource"]}

BLOCK = {"block_public_acls": True, "block_public_policy": True, "ignore_public_acls": True, "restrict_public_buckets": True}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/a"

# Features: acl, ownership, block, policy, versioning, encryption, logging, lock, lifecycle, replication, cors, website,
# events, acceleration, tags.
CONFIGURATIONS = {
    "plain": {},
    "blocked": {"block": BLOCK},
    "half-blocked": {"block": {**BLOCK, "restrict_public_buckets": False}},
    "public-acl": {"acl": "public-read", "ownership": "ObjectWriter"},
    "public-write-acl": {"acl": "public-read-write", "ownership": "BucketOwnerPreferred"},
    "authenticated-acl": {"acl": "authenticated-read", "ownership": "ObjectWriter"},
    "dead-acl": {"acl": "public-read", "ownership": "BucketOwnerEnforced"},
    "ignored-acl": {"acl": "public-read", "ownership": "ObjectWriter", "block": BLOCK},
    "private-acl": {"acl": "private", "ownership": "BucketOwnerPreferred", "block": BLOCK},
    "log-target": {"acl": "log-delivery-write", "ownership": "BucketOwnerPreferred", "block": BLOCK},
    "public-policy": {"policy": [ANYONE]},
    "shut-policy": {"policy": [ANYONE], "block": BLOCK},
    "tls": {"policy": [TLS], "block": BLOCK},
    "public-with-tls": {"policy": [ANYONE, TLS]},
    "cdn": {"policy": [CDN, TLS], "block": BLOCK},
    "partner": {"policy": [PARTNER], "block": BLOCK},
    "address": {"policy": [ADDRESS]},
    "public-write": {"policy": [WRITE]},
    "own-account": {"policy": [OWN], "block": BLOCK},
    "not-principal": {"policy": [NOT]},
    "versioned": {"versioning": "Enabled", "block": BLOCK},
    "suspended": {"versioning": "Suspended", "block": BLOCK},
    "aes": {"encryption": ("AES256", None, None), "block": BLOCK},
    "kms": {"encryption": ("aws:kms", KEY, True), "block": BLOCK},
    "kms-default-key": {"encryption": ("aws:kms", None, None), "block": BLOCK},
    "dsse": {"encryption": ("aws:kms:dsse", KEY, None), "block": BLOCK},
    "logged": {"logging": ("logs-example", "same/"), "block": BLOCK},
    "logged-into-itself": {"logging": ("same-example", ""), "block": BLOCK},
    "locked": {"lock": ("COMPLIANCE", 30), "versioning": "Enabled", "block": BLOCK},
    "lifecycle": {"lifecycle": [{"id": "old", "on": True, "days": 30, "old": 90, "abort": 7}], "versioning": "Enabled"},
    "lifecycle-off": {"lifecycle": [{"id": "old", "on": False, "days": 30, "prefix": "tmp/"}, {"id": "parts", "on": True, "abort": 3}]},
    "archived": {"lifecycle": [{"id": "cold", "on": True, "tag": ("class", "raw"), "move": 30, "move_old": 60}], "versioning": "Enabled"},
    "replicated": {"replication": ("arn:aws:iam::111122223333:role/copy", "arn:aws:s3:::copy-example"), "versioning": "Enabled"},
    "replicated-elsewhere": {
        "replication": ("arn:aws:iam::111122223333:role/copy", "arn:aws:s3:::copy-example", "444455556666", KEY),
        "versioning": "Enabled", "block": BLOCK,
    },
    "cors": {"cors": (["*"], ["GET", "PUT"], ["*"])},
    "cors-own": {"cors": (["https://example.com"], ["GET"], ["Authorization"])},
    "website": {"website": True, "policy": [ANYONE], "block": {key: False for key in BLOCK}},
    "redirected": {"website": "www.example.com", "block": BLOCK},
    "events": {"events": True},
    "notified": {"events": "arn:aws:sqs:eu-west-1:111122223333:arrivals", "block": BLOCK},
    "fast": {"acceleration": "Enabled"},
    "tagged": {"tags": {"team": "web", "data": "public"}},
    "everything": {
        "block": BLOCK, "ownership": "BucketOwnerEnforced", "policy": [TLS, CDN], "versioning": "Enabled",
        "encryption": ("aws:kms", KEY, True), "logging": ("logs-example", "same/"), "tags": {"team": "web"},
        "lifecycle": [{"id": "old", "on": True, "old": 90, "abort": 7}],
    },
}


class Raw(str):
    """An expression, not a text."""


def resources(it):
    """Terraform's resources: (type, arguments)."""
    bucket = {"bucket": "same-example"}
    if "lock" in it:
        bucket["object_lock_enabled"] = True
    if "tags" in it:
        bucket["tags"] = it["tags"]
    out = [("aws_s3_bucket", bucket)]

    def companion(kind, **arguments):
        out.append((kind, {"bucket": Raw("aws_s3_bucket.b.id"), **arguments}))

    if "acl" in it:
        companion("aws_s3_bucket_acl", acl=it["acl"])
    if "ownership" in it:
        companion("aws_s3_bucket_ownership_controls", rule=[{"object_ownership": it["ownership"]}])
    if "block" in it:
        companion("aws_s3_bucket_public_access_block", **it["block"])
    if "policy" in it:
        companion("aws_s3_bucket_policy", policy=document(it))
    if "versioning" in it:
        companion("aws_s3_bucket_versioning", versioning_configuration=[{"status": it["versioning"]}])
    if "encryption" in it:
        algorithm, key, bucket_key = it["encryption"]
        rule = {"apply_server_side_encryption_by_default": [{"sse_algorithm": algorithm, **({"kms_master_key_id": key} if key else {})}]}
        if bucket_key is not None:
            rule["bucket_key_enabled"] = bucket_key
        companion("aws_s3_bucket_server_side_encryption_configuration", rule=[rule])
    if "logging" in it:
        companion("aws_s3_bucket_logging", target_bucket=it["logging"][0], target_prefix=it["logging"][1])
    if "lock" in it:
        mode, days = it["lock"]
        companion("aws_s3_bucket_object_lock_configuration", rule=[{"default_retention": [{"mode": mode, "days": days}]}])
    if "lifecycle" in it:
        rules = []
        for rule in it["lifecycle"]:
            made = {"id": rule["id"], "status": "Enabled" if rule["on"] else "Disabled", "filter": [{"prefix": rule["prefix"]} if "prefix" in rule else {}]}
            if "tag" in rule:
                made["filter"] = [{"tag": [dict(zip(("key", "value"), rule["tag"]))]}]
            if "move" in rule:
                made["transition"] = [{"days": rule["move"], "storage_class": "GLACIER"}]
                made["noncurrent_version_transition"] = [{"noncurrent_days": rule["move_old"], "storage_class": "GLACIER"}]
            if "days" in rule:
                made["expiration"] = [{"days": rule["days"]}]
            if "old" in rule:
                made["noncurrent_version_expiration"] = [{"noncurrent_days": rule["old"]}]
            if "abort" in rule:
                made["abort_incomplete_multipart_upload"] = [{"days_after_initiation": rule["abort"]}]
            rules.append(made)
        companion("aws_s3_bucket_lifecycle_configuration", rule=rules)
    if "replication" in it:
        role, target, *away = it["replication"]
        destination, rest = {"bucket": target}, {}
        if away:
            destination.update(account=away[0], access_control_translation=[{"owner": "Destination"}], encryption_configuration=[{"replica_kms_key_id": away[1]}])
            rest["source_selection_criteria"] = [{"sse_kms_encrypted_objects": [{"status": "Enabled"}]}]
        companion("aws_s3_bucket_replication_configuration", role=role, rule=[{"id": "all", "status": "Enabled", **rest, "destination": [destination]}])
    if "cors" in it:
        origins, methods, headers = it["cors"]
        companion("aws_s3_bucket_cors_configuration", cors_rule=[{"allowed_origins": origins, "allowed_methods": methods, "allowed_headers": headers}])
    if "website" in it:
        redirect = {"redirect_all_requests_to": [{"host_name": it["website"]}]}
        companion("aws_s3_bucket_website_configuration", **({"index_document": [{"suffix": "index.html"}]} if it["website"] is True else redirect))
    if "events" in it:
        queue = {"queue": [{"queue_arn": it["events"], "events": ["s3:ObjectCreated:*"]}]}
        companion("aws_s3_bucket_notification", **({"eventbridge": True} if it["events"] is True else queue))
    if "acceleration" in it:
        companion("aws_s3_bucket_accelerate_configuration", status=it["acceleration"])
    return out


def document(it):
    return {"Version": "2012-10-17", "Statement": it["policy"]}


def elsewhere(away):
    """Members of a destination in another account: CloudFormation and the API have the same."""
    if not away:
        return {}
    return {"Account": away[0], "AccessControlTranslation": {"Owner": "Destination"}, "EncryptionConfiguration": {"ReplicaKmsKeyID": away[1]}}


def encrypted(away):
    return {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}}} if away else {}


CANNED = {"log-delivery-write": "LogDeliveryWrite"}


def template(it, cdk=False):
    own = {"BucketName": "same-example"}
    if "acl" in it:
        own["AccessControl"] = CANNED.get(it["acl"]) or "".join(part.capitalize() for part in it["acl"].split("-"))
    if "ownership" in it:
        own["OwnershipControls"] = {"Rules": [{"ObjectOwnership": it["ownership"]}]}
    if "block" in it:
        own["PublicAccessBlockConfiguration"] = {camel(key): value for key, value in it["block"].items()}
    if "versioning" in it:
        own["VersioningConfiguration"] = {"Status": it["versioning"]}
    if "encryption" in it:
        algorithm, key, bucket_key = it["encryption"]
        rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}}
        if bucket_key is not None:
            rule["BucketKeyEnabled"] = bucket_key
        own["BucketEncryption"] = {"ServerSideEncryptionConfiguration": [rule]}
    if "logging" in it:
        own["LoggingConfiguration"] = {"DestinationBucketName": it["logging"][0], "LogFilePrefix": it["logging"][1]}
    if "lock" in it:
        mode, days = it["lock"]
        own["ObjectLockEnabled"] = True
        own["ObjectLockConfiguration"] = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode, "Days": days}}}
    if "lifecycle" in it:
        rules = []
        for rule in it["lifecycle"]:
            made = {"Id": rule["id"], "Status": "Enabled" if rule["on"] else "Disabled"}
            if "prefix" in rule:
                made["Prefix"] = rule["prefix"]
            if "tag" in rule:
                made["TagFilters"] = [dict(zip(("Key", "Value"), rule["tag"]))]
            if "move" in rule:
                made["Transitions"] = [{"TransitionInDays": rule["move"], "StorageClass": "GLACIER"}]
                made["NoncurrentVersionTransitions"] = [{"TransitionInDays": rule["move_old"], "StorageClass": "GLACIER"}]
            if "days" in rule:
                made["ExpirationInDays"] = rule["days"]
            if "old" in rule:
                made["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["old"]}
            if "abort" in rule:
                made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": rule["abort"]}
            rules.append(made)
        own["LifecycleConfiguration"] = {"Rules": rules}
    if "replication" in it:
        role, target, *away = it["replication"]
        rule = {"Id": "all", "Status": "Enabled", "Destination": {"Bucket": target, **elsewhere(away)}, **encrypted(away)}
        own["ReplicationConfiguration"] = {"Role": role, "Rules": [rule]}
    if "cors" in it:
        origins, methods, headers = it["cors"]
        own["CorsConfiguration"] = {"CorsRules": [{"AllowedOrigins": origins, "AllowedMethods": methods, "AllowedHeaders": headers}]}
    if "website" in it:
        is_site = it["website"] is True
        own["WebsiteConfiguration"] = {"IndexDocument": "index.html"} if is_site else {"RedirectAllRequestsTo": {"HostName": it["website"]}}
    if "events" in it:
        queues = {"QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": it["events"]}]}
        own["NotificationConfiguration"] = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}} if it["events"] is True else queues
    if "acceleration" in it:
        own["AccelerateConfiguration"] = {"AccelerationStatus": it["acceleration"]}
    if "tags" in it:
        own["Tags"] = [{"Key": key, "Value": value} for key, value in it["tags"].items()]
    bucket, policy = ("B3F2A91C", "BPolicy77D1E0") if cdk else ("B", "P")
    out = {bucket: {"Type": "AWS::S3::Bucket", "Properties": own}}
    if "policy" in it:
        out[policy] = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": bucket}, "PolicyDocument": document(it)}}
    if cdk:
        paths = {bucket: "Same/B/Resource", policy: "Same/B/Policy/Resource"}
        for key, value in out.items():
            value["Metadata"] = {"aws:cdk:path": paths[key]}
            if key == bucket:
                value.update({"UpdateReplacePolicy": "Retain", "DeletionPolicy": "Retain"})
        rest = {
            "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/x/version"}},
            "Rules": {"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "BootstrapVersion"}]}]}, "AssertDescription": "x"}]}},
        }
        return {"Resources": out, **rest}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": out}


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def hcl(value, depth=1):
    pad = "  " * depth
    lines = []
    for key, it in value.items():
        if isinstance(it, list) and it and isinstance(it[0], dict):
            for block in it:
                lines.append(f"{pad}{key} {{\n{hcl(block, depth + 1)}{pad}}}\n")
        elif key == "policy":
            lines.append(f"{pad}{key} = jsonencode({expression(it, depth)})\n")
        else:
            lines.append(f"{pad}{key} = {expression(it, depth)}\n")
    return "".join(lines)


def expression(it, depth):
    pad = "  " * (depth + 1)
    if isinstance(it, Raw):
        return str(it)
    if isinstance(it, dict):
        inner = "".join(f"{pad}{json.dumps(key)} = {expression(value, depth + 1)}\n" for key, value in it.items())
        return "{\n" + inner + "  " * depth + "}"
    if isinstance(it, list):
        return "[" + ", ".join(expression(value, depth) for value in it) + "]"
    return json.dumps(it)


def yaml(it, depth=0):
    pad = "  " * depth
    lines = []
    for key, value in it.items():
        shown = key if re.fullmatch(r"[A-Za-z0-9]+", key) else f"'{key}'"
        if isinstance(value, dict) and list(value) == ["Ref"]:
            lines.append(f"{pad}{shown}: !Ref {value['Ref']}\n")
        elif isinstance(value, dict) and value:
            lines.append(f"{pad}{shown}:\n{yaml(value, depth + 1)}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"{pad}{shown}:\n")
            for item in value:
                text = yaml(item, depth + 2)
                lines.append(f"{pad}  - {text.lstrip()}")
        else:
            lines.append(f"{pad}{shown}: {json.dumps(value)}\n")
    return "".join(lines)


def tf_json(it):
    out = {}
    for kind, arguments in resources(it):
        made = {key: f"${{{value}}}" if isinstance(value, Raw) else value for key, value in arguments.items()}
        if "policy" in made:
            made["policy"] = json.dumps(made["policy"])
        out[kind] = {"b": made}
    return {"resource": out}


def plan(it):
    changes, blocks = [], []
    for kind, arguments in resources(it):
        after, unknown, expressions = {}, {"id": True}, {}
        for key, value in arguments.items():
            if isinstance(value, Raw):
                unknown[key] = True
                expressions[key] = {"references": [str(value), str(value).rsplit(".", 1)[0]]}
            else:
                after[key] = json.dumps(value) if key == "policy" else value
                expressions[key] = {"constant_value": after[key]}
        address = f"{kind}.b"
        common = {"address": address, "mode": "managed", "type": kind, "name": "b"}
        changes.append({**common, "change": {"actions": ["create"], "before": None, "after": after, "after_unknown": unknown}})
        blocks.append({**common, "provider_config_key": "aws", "expressions": expressions})
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": blocks}},
    }


OWNER = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
ALL = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
AUTHENTICATED = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}
LOGS = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
GRANTS = {
    "private": [],
    "public-read": [(ALL, "READ")],
    "public-read-write": [(ALL, "READ"), (ALL, "WRITE")],
    "authenticated-read": [(AUTHENTICATED, "READ")],
    "log-delivery-write": [(LOGS, "WRITE"), (LOGS, "READ_ACP")],
}
# What S3 answers about a feature that was never set: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
ABSENT = {
    "get-public-access-block": ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    "get-bucket-policy": ("NoSuchBucketPolicy", "The bucket policy does not exist"),
    "get-bucket-policy-status": ("NoSuchBucketPolicy", "The bucket policy does not exist"),
    "get-bucket-ownership-controls": ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
    "get-object-lock-configuration": ("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"),
    "get-bucket-lifecycle-configuration": ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    "get-bucket-replication": ("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
    "get-bucket-cors": ("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    "get-bucket-website": ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
    "get-bucket-tagging": ("NoSuchTagSet", "The TagSet does not exist"),
}
# S3 refuses to be in this state; `tests/same.rs` says why.
NO_LIVE_FORM = {"dead-acl"}
# Their policies are public, taken alone: what get-bucket-policy-status says.
PUBLIC = [ANYONE, WRITE, NOT]


def live(it, today):
    """The answers of `aws s3api` once the configuration is applied, by command: to a bucket of today, which began with all of
    Block Public Access on and ACLs off, or to one that has neither (made before April 2023, or taken away since)."""
    block, ownership = it.get("block"), it.get("ownership")
    if today:
        block = block or BLOCK
        ownership = ownership or "BucketOwnerEnforced"
    out = {
        "get-bucket-location": {"LocationConstraint": "eu-west-1"},
        "get-bucket-acl": {
            "Owner": {"ID": OWNER},
            "Grants": [
                {"Grantee": grantee, "Permission": permission}
                for grantee, permission in [({"ID": OWNER, "Type": "CanonicalUser"}, "FULL_CONTROL"), *GRANTS[it.get("acl", "private")]]
            ],
        },
        "get-bucket-request-payment": {"Payer": "BucketOwner"},
        # These print nothing where nothing was set.
        "get-bucket-versioning": {"Status": it["versioning"]} if "versioning" in it else None,
        "get-bucket-notification-configuration": None,
        "get-bucket-accelerate-configuration": {"Status": it["acceleration"]} if "acceleration" in it else None,
        "get-bucket-logging": None,
    }
    if block:
        out["get-public-access-block"] = {"PublicAccessBlockConfiguration": {camel(key): value for key, value in block.items()}}
    if ownership:
        out["get-bucket-ownership-controls"] = {"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}
    if "policy" in it:
        said = json.dumps(document(it), separators=(",", ":"))
        # S3 keeps an account id as the account's principal.
        said = said.replace('{"AWS":"111122223333"}', '{"AWS":"arn:aws:iam::111122223333:root"}')
        out["get-bucket-policy"] = {"Policy": said}
        out["get-bucket-policy-status"] = {"PolicyStatus": {"IsPublic": any(one in PUBLIC for one in it["policy"])}}
    # Since January 2023 every bucket has default encryption, also one that never was told so.
    algorithm, key, bucket_key = it.get("encryption", ("AES256", None, None))
    by = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}
    rule = {"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": bool(bucket_key)}
    if today:
        # Since April 2026: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-s3-c-encryption-setting-faq.html
        rule["BlockedEncryptionTypes"] = {"EncryptionType": ["SSE-C"]}
    out["get-bucket-encryption"] = {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
    if "logging" in it:
        out["get-bucket-logging"] = {"LoggingEnabled": {"TargetBucket": it["logging"][0], "TargetPrefix": it["logging"][1]}}
    if "lock" in it:
        mode, days = it["lock"]
        out["get-object-lock-configuration"] = {
            "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode, "Days": days}}}
        }
    if "lifecycle" in it:
        rules = []
        for rule in it["lifecycle"]:
            made = {"ID": rule["id"], "Filter": {"Prefix": rule.get("prefix", "")}, "Status": "Enabled" if rule["on"] else "Disabled"}
            if "tag" in rule:
                made["Filter"] = {"Tag": dict(zip(("Key", "Value"), rule["tag"]))}
            if "move" in rule:
                made["Transitions"] = [{"Days": rule["move"], "StorageClass": "GLACIER"}]
                made["NoncurrentVersionTransitions"] = [{"NoncurrentDays": rule["move_old"], "StorageClass": "GLACIER"}]
            if "days" in rule:
                made["Expiration"] = {"Days": rule["days"]}
            if "old" in rule:
                made["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["old"]}
            if "abort" in rule:
                made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": rule["abort"]}
            rules.append(made)
        out["get-bucket-lifecycle-configuration"] = {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K", "Rules": rules}
    if "replication" in it:
        role, target, *away = it["replication"]
        rule = {"ID": "all", "Prefix": "", "Status": "Enabled", **encrypted(away), "Destination": {"Bucket": target, **elsewhere(away)}}
        out["get-bucket-replication"] = {"ReplicationConfiguration": {"Role": role, "Rules": [rule]}}
    if "cors" in it:
        origins, methods, headers = it["cors"]
        out["get-bucket-cors"] = {"CORSRules": [{"AllowedHeaders": headers, "AllowedMethods": methods, "AllowedOrigins": origins}]}
    if "website" in it:
        is_site = it["website"] is True
        out["get-bucket-website"] = {"IndexDocument": {"Suffix": "index.html"}} if is_site else {"RedirectAllRequestsTo": {"HostName": it["website"]}}
    if "events" in it:
        queues = {"QueueConfigurations": [{"Id": "tf-s3-queue-1", "QueueArn": it["events"], "Events": ["s3:ObjectCreated:*"]}]}
        out["get-bucket-notification-configuration"] = {"EventBridgeConfiguration": {}} if it["events"] is True else queues
    if "tags" in it:
        out["get-bucket-tagging"] = {"TagSet": [{"Key": key, "Value": value} for key, value in sorted(it["tags"].items())]}
    return out


def refused(command, code, message):
    operation = camel(command.replace("-", "_"))
    return f"\nAn error occurred ({code}) when calling the {operation} operation: {message}\n"


def saved(it, today):
    """The folder that the script of `bucketlint snapshot --print-script` fills: answers and errors by file."""
    form = "live-today" if today else "live"
    caller = {"UserId": "AIDAEXAMPLE", "Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/ana"}
    account = ("get-public-access-block", *ABSENT["get-public-access-block"])
    files = {
        f"{form}/account/get-caller-identity.json": json.dumps(caller) + "\n",
        f"{form}/account/get-public-access-block.stderr": refused(*account),
        f"{form}/same-example/list-access-points.json": json.dumps({"AccessPointList": []}) + "\n",
    }
    answers = live(it, today)
    for command, answer in answers.items():
        files[f"{form}/same-example/{command}.json"] = json.dumps(answer) + "\n" if answer is not None else "\n"
    for command, (code, message) in ABSENT.items():
        if command not in answers:
            files[f"{form}/same-example/{command}.stderr"] = refused(command, code, message)
    return files


def fits_today(it):
    """Block Public Access of a new bucket refuses a public policy and a public ACL unless the configuration lifts it."""
    is_open = any(one in PUBLIC for one in it.get("policy", [])) or any(who in (ALL, AUTHENTICATED) for who, _ in GRANTS[it.get("acl", "private")])
    return "block" in it or not is_open


def leaves_out(it):
    """Where both are said, the bucket of today is the other one."""
    return not {"block", "ownership"} <= it.keys()


for name, it in CONFIGURATIONS.items():
    terraform = "\n".join(f'resource "{kind}" "b" {{\n{hcl(arguments)}}}\n' for kind, arguments in resources(it))
    files = {
        "terraform/main.tf": terraform,
        "terraform-json/main.tf.json": json.dumps(tf_json(it), indent=1) + "\n",
        "cloudformation/template.yaml": yaml(template(it)),
        "cloudformation-json/template.json": json.dumps(template(it), indent=1) + "\n",
        "cdk/Same.template.json": json.dumps(template(it, cdk=True), indent=1) + "\n",
        "plan/plan.json": json.dumps(plan(it), indent=1) + "\n",
    }
    if name not in NO_LIVE_FORM:
        files.update(saved(it, today=False))
        if fits_today(it) and leaves_out(it):
            files.update(saved(it, today=True))
    with open(f"{name}.txt", "w") as out:
        out.write("Written by generate.py.\n")
        for path, text in files.items():
            out.write(f"-- {path} --\n{text}")
