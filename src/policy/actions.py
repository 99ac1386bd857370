#!/usr/bin/env python3
"""Writes actions.tsv from a copy of AWS's service reference for S3.

    python3 src/policy/actions.py s3-actions.json 2026-08 > src/policy/actions.tsv

The input maps each action to its access level, resource types and condition keys, as the service authorization
reference lists them: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
The second argument is the date of the copy. The column `power` is ours: see docs/semantics.md.
"""
import collections
import json
import sys

# Reads, by what they reveal: the content of objects, or facts about them and about the bucket.
CONTENT = {"GetObject", "GetObjectVersion", "GetObjectTorrent", "GetObjectVersionTorrent", "GetObjectVersionForReplication"}
DELETE = {"DeleteBucket", "DeleteObject", "DeleteObjectVersion", "ReplicateDelete"}
LIST = {"ListBucket", "ListBucketVersions", "ListBucketMultipartUploads", "ListMultipartUploadParts"}
# Object actions that change who may do what, or what protects an object.
OBJECT_CONTROL = {"BypassGovernanceRetention", "ObjectOwnerOverrideToBucketOwner", "PutObjectAcl", "PutObjectVersionAcl",
                  "PutObjectRetention", "PutObjectLegalHold", "InitiateReplication"}


def power(name, entry):
    kinds = entry["resource_types"]
    if name == "CreateBucket" or not ({"bucket", "object"} & set(kinds)):
        return "-"
    if name in CONTENT:
        return "read"
    if name in LIST:
        return "list"
    if name in DELETE:
        return "delete"
    if entry["access_level"] in ("Read", "List"):
        return "inspect"
    if "object" in kinds and name not in OBJECT_CONTROL:
        return "write"
    return "control"


def main():
    actions = json.load(open(sys.argv[1], encoding="utf-8"))
    counts = collections.Counter(key for it in actions.values() for key in it["condition_keys"])
    common = {key for key, count in counts.items() if len(actions) * 0.9 < count}  # nearly every action takes these
    print(f"# S3 actions of AWS's service authorization reference, copy of {sys.argv[2]}. Written by actions.py; do not edit.")
    print("# action, access level, resource types, power, condition keys beside the common ones")
    print("#common\t" + ",".join(sorted(common)))
    for name, it in sorted(actions.items(), key=lambda item: item[0].lower()):
        name = name.removeprefix("s3:")
        keys = ",".join(sorted(set(it["condition_keys"]) - common))
        print("\t".join([name, it["access_level"], ",".join(it["resource_types"]) or "-", power(name, it), keys or "-"]))


main()
