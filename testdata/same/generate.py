"""Writes bucket configurations, each said in Terraform, Terraform's JSON, CloudFormation as YAML and JSON, CDK output and a
Terraform plan: `python3 generate.py` in this folder. `tests/same.rs` expects equal models and equal findings of each.
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
    "replicated": {"replication": ("arn:aws:iam::111122223333:role/copy", "arn:aws:s3:::copy-example"), "versioning": "Enabled"},
    "cors": {"cors": (["*"], ["GET", "PUT"], ["*"])},
    "cors-own": {"cors": (["https://example.com"], ["GET"], ["Authorization"])},
    "website": {"website": True, "policy": [ANYONE], "block": {key: False for key in BLOCK}},
    "events": {"events": True},
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
            if "days" in rule:
                made["expiration"] = [{"days": rule["days"]}]
            if "old" in rule:
                made["noncurrent_version_expiration"] = [{"noncurrent_days": rule["old"]}]
            if "abort" in rule:
                made["abort_incomplete_multipart_upload"] = [{"days_after_initiation": rule["abort"]}]
            rules.append(made)
        companion("aws_s3_bucket_lifecycle_configuration", rule=rules)
    if "replication" in it:
        role, target = it["replication"]
        companion("aws_s3_bucket_replication_configuration", role=role, rule=[{"id": "all", "status": "Enabled", "destination": [{"bucket": target}]}])
    if "cors" in it:
        origins, methods, headers = it["cors"]
        companion("aws_s3_bucket_cors_configuration", cors_rule=[{"allowed_origins": origins, "allowed_methods": methods, "allowed_headers": headers}])
    if "website" in it:
        companion("aws_s3_bucket_website_configuration", index_document=[{"suffix": "index.html"}])
    if "events" in it:
        companion("aws_s3_bucket_notification", eventbridge=True)
    if "acceleration" in it:
        companion("aws_s3_bucket_accelerate_configuration", status=it["acceleration"])
    return out


def document(it):
    return {"Version": "2012-10-17", "Statement": it["policy"]}


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
            if "days" in rule:
                made["ExpirationInDays"] = rule["days"]
            if "old" in rule:
                made["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["old"]}
            if "abort" in rule:
                made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": rule["abort"]}
            rules.append(made)
        own["LifecycleConfiguration"] = {"Rules": rules}
    if "replication" in it:
        role, target = it["replication"]
        own["ReplicationConfiguration"] = {"Role": role, "Rules": [{"Id": "all", "Status": "Enabled", "Destination": {"Bucket": target}}]}
    if "cors" in it:
        origins, methods, headers = it["cors"]
        own["CorsConfiguration"] = {"CorsRules": [{"AllowedOrigins": origins, "AllowedMethods": methods, "AllowedHeaders": headers}]}
    if "website" in it:
        own["WebsiteConfiguration"] = {"IndexDocument": "index.html"}
    if "events" in it:
        own["NotificationConfiguration"] = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
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
    with open(f"{name}.txt", "w") as out:
        out.write("Written by generate.py.\n")
        for path, text in files.items():
            out.write(f"-- {path} --\n{text}")
