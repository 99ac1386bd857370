"""Writes the properties of the resource types around S3, from the resource schemas of CloudFormation that cfn-lint carries:
  pip download --no-deps --no-binary :all: cfn-lint && tar xzf cfn_lint-*.tar.gz
  python3 generate.py cfn_lint-*/src/cfnlint/data/schemas > properties.tsv
One line an object: type, path, names of properties; a name with `{}` holds an object or a list of them.
"""

import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
region = json.loads((root / "providers" / "us-east-1.json").read_text())
date = json.loads((root / "version.json").read_text())["schema_date"][:10]
lines = []


def object_of(schema, whole):
    """The schema of the object that a property holds, alone or in a list; None where it holds none that is described."""
    for _ in range(8):
        if "$ref" in schema:
            schema = whole["definitions"][schema["$ref"].rsplit("/", 1)[1]]
        elif "items" in schema:
            schema = schema["items"]
        else:
            break
    return schema if schema.get("properties") and not schema.get("patternProperties") else None


def write(kind, path, schema, whole, hidden):
    names = []
    below = []
    for name, it in sorted(schema["properties"].items()):
        if name in hidden:
            continue
        inner = object_of(it, whole) if len(path) < 8 else None
        names.append(name + ("{}" if inner else ""))
        if inner:
            below.append((path + [name], inner))
    lines.append("\t".join([kind, ".".join(path), " ".join(names)]))
    for path, inner in below:
        write(kind, path, inner, whole, set())


for kind in sorted(region):
    if not kind.startswith(("AWS::S3::", "AWS::S3Express::", "AWS::S3ObjectLambda::", "AWS::S3Outposts::", "AWS::S3Tables::", "AWS::S3Vectors::")):
        continue
    entry = region[kind]
    name = entry if isinstance(entry, str) else entry["schema"]
    schema = json.loads((root / "resources" / f"{name}.json").read_text())
    hidden = {it.split("/")[2] for it in schema.get("readOnlyProperties", []) if it.count("/") == 2}
    write(kind, [], schema, schema, hidden)

print(f"# CloudFormation schemas of {date}, written by generate.py.")
print("\n".join(lines))
