"""Compares one feature of a bucket with a plan, for restore.sh, rollback.sh and verify.sh where bucketlint is not.

check.py forth|back STEP EXIT-CODE STDOUT-FILE STDERR-FILE prints `skip` (it is as it should be), `do` (it is as it was when the plan
was made), `untouched` (with back: this plan never took the step), `moved ...`, `unknown ...` or `unread ...`; with forth-again and back-again the journal is not asked. check.py canonical FILE prints the spellings of [[FEATURE, DOCUMENT], ...] that are compared.
"""

import datetime
import json
import re
import sys

FEATURES = json.loads("""@FEATURES@""")

# Nobody is signed in; these and a CLI that fails by itself are no answer about the bucket.
SIGNED_OUT = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
]


class Unread(Exception):
    """The CLI gave no answer of AWS."""


def text(it):
    return json.dumps(it, separators=(",", ":"), ensure_ascii=False)


def get(it, *keys):
    for key in keys:
        if isinstance(it, dict):
            it = it.get(key)
        elif isinstance(it, list) and isinstance(key, int) and key < len(it):
            it = it[key]
        else:
            return None
    return it


def items(it):
    return it if isinstance(it, list) else []


def lower(it):
    return "".join(c.lower() if "A" <= c <= "Z" else c for c in it)


def tidy(it):
    if isinstance(it, dict):
        out = {key: tidy(it[key]) for key in sorted(it)}
        return {key: value for key, value in out.items() if value is not None} or None
    if isinstance(it, list):
        out = [tidy(one) for one in it]
        if all(isinstance(one, str) for one in out):
            out = sorted(set(out), key=text)
        return out or None
    return None if it == "" else it


def rules(it, name):
    out = []
    for rule in items(it):
        rule = tidy(rule)
        if isinstance(rule, dict):
            rule.pop(name, None)
        out.append(rule)
    return sorted(out, key=text)


def block(it):
    it = get(it, "PublicAccessBlockConfiguration")
    names = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
    return {name: get(it, name) is True or get(it, name) == "true" for name in names}


def acl(it):
    owner = get(it, "Owner", "ID")
    out = set()
    for grant in items(get(it, "Grants")):
        who = get(grant, "Grantee")
        permission = get(grant, "Permission") or "?"
        if get(who, "URI"):
            name = who["URI"].rsplit("/", 1)[-1]
        elif get(who, "ID"):
            if who["ID"] == owner or (owner is None and permission == "FULL_CONTROL"):
                continue
            name = who["ID"]
        else:
            name = get(who, "EmailAddress") or "?"
        out.add(name + " " + permission)
    return sorted(out)


def versioning(it):
    def one(key):
        return get(it, key) if get(it, key) not in ("", "Disabled") else None

    return {"Status": one("Status"), "MFADelete": one("MFADelete")}


def encryption(it):
    rule = get(it, "ServerSideEncryptionConfiguration", "Rules", 0)
    by = get(rule, "ApplyServerSideEncryptionByDefault")
    blocked = [one for one in items(get(rule, "BlockedEncryptionTypes", "EncryptionType")) if one != "NONE"]
    return {
        "SSEAlgorithm": get(by, "SSEAlgorithm") or "AES256",
        "KMSMasterKeyID": get(by, "KMSMasterKeyID") or None,
        "BucketKeyEnabled": get(rule, "BucketKeyEnabled") is True,
        "BlockedEncryptionTypes": sorted(blocked),
    }


def logging(it):
    enabled = get(it, "LoggingEnabled")
    if enabled is None:
        return None
    out = tidy(enabled)
    if isinstance(out, dict):
        out.setdefault("TargetPrefix", "")
    return out


def date(it):
    try:
        at = datetime.datetime.fromisoformat(it["Date"].replace("Z", "+00:00"))
        if at.tzinfo is None:
            at = at.replace(tzinfo=datetime.timezone.utc)
        it["Date"] = at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (KeyError, TypeError, ValueError, AttributeError):
        pass


def lifecycle(it):
    for rule in items(get(it, "Rules")):
        if not isinstance(rule, dict):
            continue
        if "Prefix" in rule:
            prefix = rule.pop("Prefix")
            rule.setdefault("Filter", {"Prefix": prefix})
        expiration = rule.get("Expiration")
        if isinstance(expiration, dict):
            if expiration.get("ExpiredObjectDeleteMarker") is False:
                del expiration["ExpiredObjectDeleteMarker"]
            if expiration.get("Days") == 0:
                del expiration["Days"]
            date(expiration)
        for transition in items(rule.get("Transitions")):
            date(transition)
    size = get(it, "TransitionDefaultMinimumObjectSize")
    if size in (None, "", "all_storage_classes_128K"):
        return rules(get(it, "Rules"), "ID")
    return {"Rules": rules(get(it, "Rules"), "ID"), "TransitionDefaultMinimumObjectSize": size}


def replication(it):
    it = get(it, "ReplicationConfiguration")
    if it is None:
        return None
    for rule in items(get(it, "Rules")):
        if get(rule, "DeleteMarkerReplication", "Status") == "Disabled":
            del rule["DeleteMarkerReplication"]
        if get(rule, "Priority") == 0:
            del rule["Priority"]
    return {"Role": get(it, "Role"), "Rules": rules(get(it, "Rules"), "ID")}


def notification(it):
    out = {}
    if isinstance(get(it, "EventBridgeConfiguration"), dict):
        out["EventBridgeConfiguration"] = True
    for name in ["LambdaFunctionConfigurations", "QueueConfigurations", "TopicConfigurations"]:
        for one in items(get(it, name)):
            filters = items(get(one, "Filter", "Key", "FilterRules"))
            for rule in filters:
                if isinstance(get(rule, "Name"), str):
                    rule["Name"] = lower(rule["Name"])
            filters.sort(key=text)
        found = rules(get(it, name), "Id")
        if found:
            out[name] = found
    return out or None


def tags(it):
    found = [one for one in items(get(it, "TagSet")) if isinstance(get(one, "Key"), str)]
    return {one["Key"]: one.get("Value") for one in found}


def words(it):
    if isinstance(it, list):
        return [word for one in it for word in words(one)]
    if it is None:
        return []
    return [it if isinstance(it, str) else text(it)]


def glob(pattern, value):
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


def folded(found):
    def covers(wide, narrow):
        return wide != narrow and "*" in wide and not ("?" in wide and "*" in narrow) and glob(wide, narrow)

    return sorted({one for one in found if not any(covers(wide, one) for wide in found)})


def principals(it, fold):
    if not isinstance(it, dict):
        return sorted(set(words(it)))
    out = set()
    for kind, values in it.items():
        for value in words(values):
            if kind == "AWS" and value == "*" and fold:
                out.add("*")
            elif kind == "AWS" and re.fullmatch("[0-9]{12}", value):
                out.add("AWS arn:aws:iam::" + value + ":root")
            else:
                out.add(kind + " " + value)
    return sorted(out)


def statement(it):
    out = {"Effect": get(it, "Effect")}
    for key in ["Principal", "NotPrincipal"]:
        if isinstance(it, dict) and key in it:
            out[key] = principals(it[key], key == "Principal")
    for key in ["Action", "NotAction"]:
        if isinstance(it, dict) and key in it:
            out[key] = folded([lower(one) for one in words(it[key])])
    for key in ["Resource", "NotResource"]:
        if isinstance(it, dict) and key in it:
            out[key] = folded(words(it[key]))
    condition = get(it, "Condition")
    if isinstance(condition, dict) and condition:
        found = []
        for operator, keys in condition.items():
            for key, values in (keys.items() if isinstance(keys, dict) else []):
                found.append(text([operator, lower(key), sorted(set(words(values)))]))
        out["Condition"] = sorted(found)
    return out


def policy(it):
    raw = get(it, "Policy")
    if not isinstance(raw, str):
        return None
    try:
        document = json.loads(raw)
    except ValueError:
        return raw
    found = get(document, "Statement")
    found = found if isinstance(found, list) else [] if found is None else [found]
    out = []
    for one in found:
        one = statement(one)
        if one not in out:
            out.append(one)
    version = get(document, "Version")
    return {"Version": version if isinstance(version, str) else "2008-10-17", "Statement": sorted(out, key=text)}


CANONICAL = {
    "public_access_block": block,
    "account_public_access_block": block,
    "policy": policy,
    "acl": acl,
    "ownership": lambda it: get(it, "OwnershipControls", "Rules", 0, "ObjectOwnership") or "ObjectWriter",
    "versioning": versioning,
    "encryption": encryption,
    "logging": logging,
    "object_lock": lambda it: tidy(get(it, "ObjectLockConfiguration")),
    "lifecycle": lifecycle,
    "replication": replication,
    "cors": lambda it: rules(get(it, "CORSRules"), "ID"),
    "notification": notification,
    "tags": tags,
    "acceleration": lambda it: "Enabled" if get(it, "Status") == "Enabled" else None,
    "request_payment": lambda it: get(it, "Payer") or "BucketOwner",
}


def kind(feature):
    return "access_point_policy" if feature.startswith("access_point_policy.") else feature


def canonical(feature, document):
    name = "policy" if kind(feature) == "access_point_policy" else feature
    return CANONICAL.get(name, tidy)(document)


def same(feature, a, b):
    if feature == "versioning":
        # What never was cannot be had back: suspended is the nearest.
        return (get(a, "Status") or "Suspended") == (get(b, "Status") or "Suspended")
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def read(feature, code, out, err):
    spec = FEATURES[kind(feature)]
    with open(err, encoding="utf-8", errors="replace") as file:
        complaint = file.read()
    found = re.search(r"An error occurred \(([^)]+)\)", complaint)
    if found:
        if found.group(1) in spec["absent"]:
            return None
        raise (Unread if found.group(1) in SIGNED_OUT else ValueError)(found.group(1))
    if code != "0":
        raise Unread("exit code " + code + ": " + (complaint.strip() or "the aws CLI gave no reason"))
    with open(out, encoding="utf-8") as file:
        answer = file.read().strip()
    if not answer or answer == "{}":
        if spec["empty"]:
            return None
        raise ValueError("an empty answer")
    return json.loads(answer)


def touched():
    out = []
    try:
        with open("journal.jsonl", encoding="utf-8") as file:
            lines = file.readlines()
    except FileNotFoundError:
        return out
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        step, event = get(entry, "step"), get(entry, "event")
        # An older restore.sh noted what it did without a word for it.
        is_done = event in ("begin", "done") or (event == "" and get(entry, "by") == "restore.sh")
        if is_done and step not in out:
            out.append(step)
        if event == "undone" and step in out:
            out.remove(step)
    return out


def main(way, name, code, out, err):
    with open("plan.json", encoding="utf-8") as file:
        plan = json.load(file)
    step = next(it for it in plan["steps"] if it["id"] == name)
    feature = step["feature"]
    forth = way.startswith("forth")
    origin, goal = (step["before"], step["after"]) if forth else (step["after"], step["before"])
    if way == "back" and name not in touched():
        return "untouched"
    try:
        now = canonical(feature, read(feature, code, out, err))
    except Unread as error:
        return "unread " + feature + " cannot be read: " + str(error)
    except (ValueError, OSError) as error:
        return "unknown " + feature + " cannot be read: " + str(error)
    if same(feature, now, goal):
        return "skip"
    if same(feature, now, origin):
        return "do"
    return "moved " + feature + " is neither as it was when the plan was made nor as it should be: " + text(now)


if __name__ == "__main__":
    if sys.argv[1] == "canonical":
        with open(sys.argv[2], encoding="utf-8") as source:
            print(json.dumps([canonical(*one) for one in json.load(source)]))
    else:
        print(main(*sys.argv[1:]))
