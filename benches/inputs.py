"""The large inputs of compare.py, made anew for each run: nothing of them is stored."""
import json
import pathlib

SMALL = 'resource "aws_s3_bucket" "data" {\n  bucket = "my-data"\n}\n'
TEMPLATE = "Resources:\n  Data:\n    Type: AWS::S3::Bucket\n"
GUARD_RULE = "rule s3 when Resources.*[ Type == 'AWS::S3::Bucket' ] !empty {\n  Resources.*[ Type == 'AWS::S3::Bucket' ].Properties.PublicAccessBlockConfiguration exists\n}\n"
OTHER = """
variable "name_{n}" {{
  type    = string
  default = "instance-{n}"
}}

resource "aws_instance" "web_{n}" {{
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"
  tags = {{
    Name = "${{var.name_{n}}}-web"
    Team = join("-", ["platform", "{n}"])
  }}
}}

resource "aws_security_group" "web_{n}" {{
  name = "web-{n}"
  dynamic "ingress" {{
    for_each = [80, 443]
    content {{
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["10.0.0.0/8"]
    }}
  }}
}}
"""
BUCKET = """
resource "aws_s3_bucket" "b_{n}" {{
  bucket = "data-{n}"
}}

resource "aws_s3_bucket_public_access_block" "b_{n}" {{
  bucket                  = aws_s3_bucket.b_{n}.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}
"""
MODULE = (pathlib.Path(__file__).parent / "module.tf").read_text(encoding="utf-8")
ACCOUNT = "111122223333"


def tree(root, folders=600, files=10, every=20):
    """Folders of Terraform files, one in `every` with a bucket."""
    for folder in range(folders):
        path = root / f"team-{folder % 20}" / f"stack-{folder}"
        path.mkdir(parents=True)
        for file in range(files):
            text = OTHER.format(n=file)
            if folder % every == 0 and file == 0:
                text += BUCKET.format(n=folder)
            (path / f"part{file}.tf").write_text(text)
    return folders * files


def modules(root, buckets, each=50):
    """A root module that calls a module `buckets / each` times; each call makes `each` buckets with `for_each`."""
    (root / "module").mkdir(parents=True)
    (root / "module" / "main.tf").write_text(MODULE)
    calls = []
    for call in range(buckets // each):
        calls.append(f'module "m{call}" {{\n  source = "./module"\n  name   = "data-{call}"\n'
                     f'  names  = toset([for it in range({each}) : "n${{it}}"])\n}}\n')
    (root / "main.tf").write_text("\n".join(calls))


def plan(path, size):
    """A plan as `terraform show -json` prints it, with a bucket among ten resources; of about `size` bytes."""
    def change(address, kind, name, after, unknown):
        return {"address": address, "mode": "managed", "type": kind, "name": name,
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {"actions": ["create"], "before": None, "after": after, "after_unknown": unknown,
                           "before_sensitive": False, "after_sensitive": {"tags": {}, "tags_all": {}}}}

    def group(n):
        for at in range(7):
            name = f"web_{n}_{at}"
            yield change(f"aws_instance.{name}", "aws_instance", name, {
                "ami": "ami-0123456789abcdef0", "instance_type": "t3.micro", "tags": {"Name": name, "Team": "platform"},
                "user_data": "#!/bin/sh\necho \"started\"\n" * 8, "ebs_block_device": [], "timeouts": None,
                "tags_all": {"Name": name, "Team": "platform"}},
                {"id": True, "arn": True, "private_ip": True, "root_block_device": True, "tags": {}, "tags_all": {}})
        name = f"data_{n}"
        yield change(f"aws_s3_bucket.{name}", "aws_s3_bucket", name,
                     {"bucket": f"data-{n}", "force_destroy": False, "tags": {"Team": "platform"}},
                     {"id": True, "arn": True, "policy": True, "tags": {}})
        yield change(f"aws_s3_bucket_public_access_block.{name}", "aws_s3_bucket_public_access_block", name,
                     {"bucket": f"data-{n}", "block_public_acls": True, "block_public_policy": True,
                      "ignore_public_acls": True, "restrict_public_buckets": True}, {"id": True})
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::data-{n}/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
        yield change(f"aws_s3_bucket_policy.{name}", "aws_s3_bucket_policy", name,
                     {"bucket": f"data-{n}", "policy": json.dumps(policy)}, {"id": True})

    def configured(change):
        names = [it for it in change["change"]["after"] if it not in ("bucket", "tags_all")]
        expressions = {it: {"constant_value": 1} for it in names}
        if change["type"].startswith("aws_s3_bucket_"):
            own = f"aws_s3_bucket.{change['name']}"
            expressions["bucket"] = {"references": [f"{own}.id", own]}
        return {"address": change["address"], "mode": "managed", "type": change["type"], "name": change["name"],
                "provider_config_key": "aws", "expressions": expressions, "schema_version": 1}

    def planned(change):
        return {"address": change["address"], "mode": "managed", "type": change["type"], "name": change["name"],
                "schema_version": 1, "values": change["change"]["after"], "sensitive_values": {"tags": {}}}

    sample = [it for n in range(20) for it in group(n)]
    each = sum(len(json.dumps(part(it))) for it in sample for part in (dict, configured, planned)) / 20
    groups = int(size / each)
    with open(path, "w", encoding="utf-8") as out:
        def section(part):
            first = True
            for n in range(groups):
                for it in group(n):
                    out.write(("" if first else ",") + json.dumps(part(it), separators=(",", ":")))
                    first = False

        out.write('{"format_version":"1.2","terraform_version":"1.9.8","variables":{},"planned_values":{"root_module":{"resources":[')
        section(planned)
        out.write(']}},"resource_changes":[')
        section(dict)
        out.write('],"configuration":{"provider_config":{"aws":{"name":"aws"}},"root_module":{"resources":[')
        section(configured)
        out.write(']}},"errored":false}')
    return groups


def bucket_record(n):
    """A live bucket, one in a hundred with a policy for everyone."""
    name, on = f"fleet-{n:07}", n % 100 != 0
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*",
                 "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
                 "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    if not on:
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    absent = {"state": "absent"}
    block = {key: on for key in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")}
    value = lambda it: {"state": "set", "value": it}
    return name, {"account": ACCOUNT, "region": "eu-west-1", "features": {
        "public_access_block": value({"PublicAccessBlockConfiguration": block}),
        "policy": value({"Policy": policy}),
        "policy_status": value({"PolicyStatus": {"IsPublic": not on}}),
        "acl": value({"Owner": {"ID": "a1b2c3"}, "Grants": [
            {"Grantee": {"ID": "a1b2c3", "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]}),
        "ownership": value({"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}),
        "versioning": value({"Status": "Enabled"}),
        "encryption": value({"ServerSideEncryptionConfiguration": {"Rules": [
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}}),
        "logging": absent, "object_lock": absent, "lifecycle": absent, "replication": absent, "cors": absent,
        "website": absent, "notification": absent, "acceleration": absent, "request_payment": value({"Payer": "BucketOwner"}),
        "tags": value({"TagSet": [{"Key": "team", "Value": f"team-{n % 50}"}]})}}


def ndjson(out, first, last):
    """One snapshot of one bucket a line, its account's Block Public Access in each."""
    account = {ACCOUNT: {"public_access_block": {"state": "absent"}}}
    for n in range(first, last):
        name, record = bucket_record(n)
        line = {"schema": "bucketlint/snapshot/1", "accounts": account, "buckets": {name: record}}
        out.write(json.dumps(line, separators=(",", ":")) + "\n")


def config_item(n):
    """The same as AWS Config has it."""
    name, record = bucket_record(n)
    features = record["features"]
    low = lambda it: it[0].lower() + it[1:]
    block = features["public_access_block"]["value"]["PublicAccessBlockConfiguration"]
    return {"configurationItemVersion": "1.3", "configurationItemCaptureTime": "2026-01-01T00:00:00.000Z",
            "configurationItemStatus": "OK", "resourceType": "AWS::S3::Bucket", "resourceId": name, "resourceName": name,
            "awsAccountId": ACCOUNT, "awsRegion": "eu-west-1", "configuration": {"name": name},
            "supplementaryConfiguration": {
                "BucketPolicy": {"policyText": features["policy"]["value"]["Policy"]},
                "PublicAccessBlockConfiguration": {low(key): value for key, value in block.items()},
                "BucketVersioningConfiguration": {"status": "Enabled", "isMfaDeleteEnabled": None},
                "BucketLoggingConfiguration": {"destinationBucketName": None, "logFilePrefix": None},
                "ServerSideEncryptionConfiguration": {"rules": [
                    {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256", "kmsMasterKeyID": None},
                     "bucketKeyEnabled": False}]},
                "AccessControlList": json.dumps(json.dumps({
                    "grantSet": None, "grantList": [{"grantee": {"id": "a1b2c3", "displayName": None}, "permission": "FullControl"}],
                    "owner": {"displayName": None, "id": "a1b2c3"}, "isRequesterCharged": False})),
                "BucketTaggingConfiguration": {"tagSets": [{"tags": {"team": f"team-{n % 50}"}}]}}}


def config_snapshot(out, first, last):
    """A snapshot that AWS Config delivers: the account's item, then the buckets'."""
    account = {"configurationItemVersion": "1.3", "configurationItemCaptureTime": "2026-01-01T00:00:00.000Z",
               "configurationItemStatus": "OK", "resourceType": "AWS::S3::AccountPublicAccessBlock", "resourceId": ACCOUNT,
               "awsAccountId": ACCOUNT, "awsRegion": "eu-west-1", "supplementaryConfiguration": {},
               "configuration": {key: False for key in (
                   "blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")}}
    out.write('{"fileVersion":"1.0","configSnapshotId":"x","configurationItems":[' + json.dumps(account))
    for n in range(first, last):
        out.write("," + json.dumps(config_item(n), separators=(",", ":")))
    out.write("]}")
