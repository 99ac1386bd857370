#!/usr/bin/env python3
"""Seconds and peak memory of `snapshot --from` and `diff` over many buckets in one file.

    python3 benches/incident.py target/release/bucketlint 10000

Writes two snapshots of as many buckets (policy, ACL and settings with their evidence; each public) into a temporary folder: one where
a hundredth of the buckets differs, one where the policy of every bucket does.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time

# The call that reads a feature, and what S3 says where it is not set: an error, or nothing at all.
ABSENT = {
    "public_access_block": ("get-public-access-block", "NoSuchPublicAccessBlockConfiguration"),
    "ownership": ("get-bucket-ownership-controls", "OwnershipControlsNotFoundError"),
    "encryption": ("get-bucket-encryption", "ServerSideEncryptionConfigurationNotFoundError"),
    "object_lock": ("get-object-lock-configuration", "ObjectLockConfigurationNotFoundError"),
    "lifecycle": ("get-bucket-lifecycle-configuration", "NoSuchLifecycleConfiguration"),
    "replication": ("get-bucket-replication", "ReplicationConfigurationNotFoundError"),
    "cors": ("get-bucket-cors", "NoSuchCORSConfiguration"),
    "website": ("get-bucket-website", "NoSuchWebsiteConfiguration"),
    "notification": ("get-bucket-notification-configuration", None),
    "logging": ("get-bucket-logging", None),
    "acceleration": ("get-bucket-accelerate-configuration", None),
    "request_payment": ("get-bucket-request-payment", None),
}
OWNER = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"


def bucket(name, folder):
    statement = {"Sid": "Files", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {**statement, "Resource": f"arn:aws:s3:::{name}/{folder}/*"},
        {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*",
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ]})
    everyone = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    own = {"Type": "CanonicalUser", "ID": OWNER}
    values = {
        "policy": ("get-bucket-policy", {"Policy": policy}),
        "policy_status": ("get-bucket-policy-status", {"PolicyStatus": {"IsPublic": True}}),
        "acl": ("get-bucket-acl", {"Owner": {"ID": OWNER}, "Grants": [
            {"Grantee": own, "Permission": "FULL_CONTROL"}, {"Grantee": everyone, "Permission": "READ"}]}),
        "versioning": ("get-bucket-versioning", {"Status": "Enabled"}),
        "tags": ("get-bucket-tagging", {"TagSet": [{"Key": "app", "Value": name}]}),
    }
    features, evidence = {}, {}
    for feature, (command, value) in values.items():
        raw = json.dumps(value, indent=4) + "\n"
        features[feature] = {"state": "set", "value": value, "evidence": command}
        evidence[command] = raw
    for feature, (command, code) in ABSENT.items():
        features[feature] = {"state": "absent", "evidence": command}
        evidence[command] = ""
        if code:
            features[feature]["code"] = code
            evidence[command] = f"\nAn error occurred ({code}) when calling the operation: it was not found\n"
    kept = {
        key: {"source": f"aws s3api {key} --bucket {name}", "sha256": hashlib.sha256(raw.encode()).hexdigest(), "raw": raw}
        for key, raw in evidence.items()
    }
    return {"account": "123456789012", "region": "us-east-1", "features": features, "evidence": kept}


def write(path, count, folder):
    head = {"schema": "bucketlint/snapshot/1", "tool": "benches/incident.py", "collected_at": None, "source": "made by hand"}
    head["accounts"] = {"123456789012": {"public_access_block": {"state": "absent"}, "evidence": {}}}
    names = [f"bucket-{number:06}" for number in range(count)]
    head["buckets"] = {name: bucket(name, folder(number)) for number, name in enumerate(names)}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(head, file, indent=2)


def run(label, command):
    start = time.monotonic()
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        process = subprocess.Popen(command, stdout=nothing)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    print(f"{label}: {seconds:.1f} s, {usage.ru_maxrss / 1024:.0f} MB, exit code {os.waitstatus_to_exitcode(status)}")


def main(program, count):
    with tempfile.TemporaryDirectory() as place:
        first, few, all_ = (os.path.join(place, name) for name in ("first.json", "few.json", "all.json"))
        write(first, count, lambda _: "Read")
        write(few, count, lambda number: "Other" if number % 100 == 0 else "Read")
        write(all_, count, lambda number: f"Other{number}")
        print(f"{count} buckets, {os.path.getsize(first) / 1e6:.0f} MB a file, {os.cpu_count()} cores")
        run("snapshot --from", [program, "snapshot", "--from", first, "-o", os.path.join(place, "out.json")])
        run("diff, a hundredth differs", [program, "diff", first, few, "--format", "json"])
        run("diff, all differ", [program, "diff", first, all_, "--format", "json"])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
