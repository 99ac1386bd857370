// Writes the arguments of the resource and data types that concern S3, from the typed bindings of the AWS provider:
//   npm pack @cdktn/provider-aws && tar xzf cdktn-provider-aws-*.tgz && node generate.mjs package > arguments.tsv
// One line a body: type, path of nested blocks, names of arguments; a name with `{}` is a block, or an attribute with
// arguments of its own. A name with `*` is required.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = process.argv[2];
const about = JSON.parse(readFileSync(join(root, "package.json")));
const folders = readdirSync(join(root, "lib")).filter(
  (it) =>
    /^(data-aws-)?s3/.test(it) ||
    [
      "cloudtrail", "config-delivery-channel", "flow-log", "organizations-policy", "organizations-policy-attachment",
      "kms-key", "kms-key-policy", "vpc-endpoint", "vpc-endpoint-policy", "lightsail-bucket", "cloudfront-distribution",
      "cloudfront-origin-access-control", "cloudfront-origin-access-identity", "data-aws-iam-policy-document",
    ].includes(it),
);

const lines = [];
for (const folder of folders.sort()) {
  const js = readFileSync(join(root, "lib", folder, "index.js"), "utf8");
  const types = readFileSync(join(root, "lib", folder, "index.d.ts"), "utf8");
  const type = /tfResourceType = "([^"]+)"/.exec(js)?.[1];
  if (type === undefined) continue;
  const kind = folder.startsWith("data-aws-") ? `data.${type}` : type;
  // Bodies: `function xToHclTerraform(struct) {… attrs = {…}}`, and the resource's own.
  const bodies = new Map();
  for (const match of js.matchAll(/function (\w+)ToHclTerraform\(struct\) \{[\s\S]*?const attrs = (\{[\s\S]*?\n    \};)/g)) {
    bodies.set(match[1], match[2]);
  }
  const own = /synthesizeHclAttributes\(\) \{\s*const attrs = (\{[\s\S]*?\n        \};)/.exec(js)?.[1] ?? "{}";
  // Required arguments are those without `?` in the interface of their body.
  const required = new Map();
  for (const match of types.matchAll(/export interface (\w+)(?: extends [\w.]+)? \{([\s\S]*?)\n\}/g)) {
    const names = [...match[2].matchAll(/readonly (\w+)(\??):/g)].filter((it) => it[2] === "").map((it) => it[1]);
    required.set(match[1].toLowerCase(), new Set(names.map((it) => it.toLowerCase())));
  }
  const write = (text, path, owner) => {
    const wanted = required.get(owner.toLowerCase()) ?? new Set();
    const names = [];
    const nested = [];
    for (const match of text.matchAll(/\n\s+(\w+): \{\s*value: ([\s\S]*?),\n\s+isBlock: (\w+),\s*type: "(\w+)",\s*storageClassType: "(\w+)"/g)) {
      const [, name, value] = match;
      const inner = /(\w+)ToHclTerraform/.exec(value.replace(/cdkt[fn]\.\w+/g, ""))?.[1];
      const star = wanted.has(name.replaceAll("_", "")) ? "*" : "";
      names.push([name, inner === undefined ? star : `{}${star}`]);
      if (inner !== undefined && path.length < 8) nested.push([bodies.get(inner) ?? "{}", [...path, name], inner]);
    }
    lines.push([kind, path.join("."), names.sort((a, b) => (a[0] < b[0] ? -1 : 1)).map((it) => it.join("")).join(" ")].join("\t"));
    for (const [body, below, inner] of nested) write(body, below, inner);
  };
  const config = /export interface (\w+Config) extends/.exec(types)?.[1] ?? "";
  write(own, [], config);
}
const provider = (about.cdktn ?? about.cdktf).provider.version;
console.log(`# AWS provider ${provider}, written by generate.mjs from ${about.name} ${about.version}.`);
console.log(lines.join("\n"));
