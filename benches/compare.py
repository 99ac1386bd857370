#!/usr/bin/env python3
"""Whole processes against peers and against the floor of reading, in one run: medians and ratios.

Usage: benches/compare.py [path of a release binary]

Generates its inputs in a temporary folder. Peers that are not installed are skipped with a line.
"""
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BINARY = sys.argv[1] if len(sys.argv) > 1 else "target/release/bucketlint"

SMALL = 'resource "aws_s3_bucket" "data" {\n  bucket = "my-data"\n}\n'
TEMPLATE = "Resources:\n  Data:\n    Type: AWS::S3::Bucket\n"
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


def median(command, runs=15):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def row(name, ours, others):
    print(f"{name:34} bucketlint {ours:8.1f} ms", end="")
    for other, command, runs in others:
        if shutil.which(command[0]) is None:
            print(f" | {other}: not installed, skipped", end="")
        else:
            theirs = median(command, runs)
            print(f" | {other} {theirs:8.1f} ms (ratio {ours / theirs:.2f})", end="")
    print()


def main():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "small.tf").write_text(SMALL)
        (root / "template.yaml").write_text(TEMPLATE)
        row("one small .tf, cold start", median([BINARY, "check", str(root / "small.tf")]), [
            ("checkov", ["checkov", "-f", str(root / "small.tf")], 3),
            ("trivy", ["trivy", "config", str(root / "small.tf")], 3),
        ])
        row("one small template, cold start", median([BINARY, "check", str(root / "template.yaml")]), [
            ("checkov", ["checkov", "-f", str(root / "template.yaml")], 3),
        ])
        count = tree(root / "tree")
        row(f"a tree of {count} .tf files", median([BINARY, "check", str(root / "tree")]), [
            ("rg -c aws_s3", ["rg", "-c", "aws_s3", str(root / "tree")], 15),
        ])
        for buckets in (1000, 2000):
            path = root / f"many-{buckets}"
            path.mkdir()
            (path / "main.tf").write_text("".join(BUCKET.format(n=n) for n in range(buckets)))
            row(f"one module with {buckets} buckets", median([BINARY, "check", str(path)], 5), [])


if __name__ == "__main__":
    main()
