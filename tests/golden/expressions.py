#!/usr/bin/env python3
"""Asks the real `terraform` for the results in expressions.tsv: expressions of every form, over values that are known and
over values that are known after apply only.

    python3 tests/golden/expressions.py > tests/golden/expressions.tsv

Each row: the expression; `known`, `open` (something in it is unknown in the plan) or `error` (in the plan, or when applied); the value after apply as JSON.
Needs terraform 1.11; no provider, no network.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HEAD = """
resource "terraform_data" "u" { input = "value" }
resource "terraform_data" "n" { input = 3 }
resource "terraform_data" "t" { input = true }
resource "terraform_data" "l" { input = ["a", "b"] }
resource "terraform_data" "m" { input = { k = "v" } }
locals {
  s  = "text"
  xs = ["one", "two", "three"]
  o  = { a = 1, b = "two", c = [true, null] }
  os = [{ id = "x", n = 1 }, { id = "y", n = 2 }, { id = "x", n = 3 }]
}
"""
U, N, T, L, M = (f"terraform_data.{it}.output" for it in "untlm")
VALUES = ['"a"', '""', "0", "3", "-1.5", "true", "false", "null", '["a", "b"]', "[]", '{ k = "v" }', "{}", "local.s", "local.xs",
          "local.o", U, N, T, L, M, f'"{{x}}-${{{U}}}"'.replace("{x}", "p"), f'[{U}, "b"]', f'{{ k = {U} }}']


def expressions():
    out = []
    for a in VALUES:
        out += [f"[{a}]", f"{{ v = {a} }}", f'"<${{try(tostring({a}), "none")}}>"', f"try({a}, 1)", f"can(tostring({a}))",
                f"{a} == {a}", f"{a} == null", f"!try(tobool({a}), false)", f"jsonencode({a})"]
        out += [f"{a} == {b}" for b in ('"a"', "3", "null", U)]
        out += [f'true ? {a} : {a}', f"{T} ? {a} : {a}", f"try(length({a}), -1)", f"coalesce(try(tostring({a}), null), \"x\")"]
        out += [f"[for it in try(tolist({a}), []) : it]", f"try({a}.k, \"none\")", f"try({a}[0], \"none\")", f"try(keys({a}), [])"]
    numbers = ["1", "2.5", "-3", "0", N, '"4"']
    out += [f"{a} {op} {b}" for a in numbers for b in numbers for op in ("+", "-", "*", "<", ">=", "==", "!=")]
    out += [f"{a} {op} {b}" for a in numbers for b in ("2", N) for op in ("/", "%", ">", "<=")]
    bools = ["true", "false", T, '"true"', f"{U} == \"value\"", "local.s == \"text\""]
    out += [f"{a} {op} {b}" for a in bools for b in bools for op in ("&&", "||", "==")]
    out += [f"!({a})" for a in bools] + ["!0", "-local.s", f"-{N}"]
    out += [f"{a} ? \"yes\" : \"no\"" for a in bools] + [f"{a} ? {U} : \"no\"" for a in bools]
    out += ["local.xs[0]", "local.xs[5]", "local.xs[-1]", 'local.xs["1"]', "local.xs[1.5]", "local.xs.0", "local.o.a", "local.o[\"b\"]",
            "local.o.none", "local.os[*].id", "local.os.*.id", "local.os[*].none", "local.s[*]", "null[*]", "local.os[0].id", f"{L}[0]",
            f"{L}[*]", f"local.xs[{N} - 2]", f'local.o[{U} == "x" ? "a" : "b"]', f'{{ a = 1, b = 2 }}[{U}]', "[1, 2][0] + 1"]
    out += ["[for it in local.xs : upper(it)]", "[for i, it in local.xs : \"${i}-${it}\"]", "{ for it in local.xs : it => length(it) }",
            "{ for it in local.os : it.id => it.n... }", "[for it in local.os : it.id if 1 < it.n]", "{ for k, v in local.o : k => v if k != \"c\" }",
            "{ for it in local.os : it.id => it.n }", f"[for it in local.xs : \"${{it}}-${{{U}}}\"]", f"[for it in {L} : upper(it)]",
            f"{{ for it in local.xs : it => {U} }}", f"[for it in local.xs : it if {T}]", f"[for it in local.xs : it if it != {U}]",
            f"{{ for k, v in {M} : k => v }}", "[for k in local.s : k]", "[for a in local.xs : [for b in [1, 2] : \"${a}${b}\"]]",
            "flatten([for a in local.xs : [for b in [1, 2] : \"${a}${b}\"]])", "{ for it in [] : it => it }", "[for it in null : it]",
            "[for k, v in { b = 1, a = 2 } : k]", "[for it in toset([\"b\", \"a\", \"b\"]) : it]"]
    out += ['"${local.s}"', '"a${1}b${true}c"', '"${null}"', '"${local.xs}"', '"%{ if true }yes%{ else }no%{ endif }"',
            '"%{ if false }yes%{ endif }"', '"%{ for it in local.xs }${it},%{ endfor }"', '"%{ for i, it in local.xs ~}\\n ${i}=${it} %{~ endfor }"',
            '"$${literal} %%{literal}"', f'"%{{ if {T} }}yes%{{ else }}no%{{ endif }}"', f'"%{{ for it in {L} }}${{it}},%{{ endfor }}"',
            f'"arn:aws:s3:::${{{U}}}/*"', f'startswith("arn:${{{U}}}", "arn:")', f'"arn:${{{U}}}" == "*"', f'"arn:${{{U}}}" == "arn:value"',
            '"\\u00e9\\t\\"q\\" \\\\ ${"nested ${local.s}"}"', '"${ 1 < 2 ? "a" : "b" }${~ local.s ~} x"', '"a ${~ local.s ~} b"']
    calls = ["upper({})", "lower({})", "trimspace({})", "trimprefix({}, \"v\")", "replace({}, \"a\", \"b\")", "split(\"a\", {})",
             "format(\"%s!\", {})", "formatlist(\"%s!\", [{}, \"x\"])", "join(\",\", [{}, \"x\"])", "concat([{}], [\"x\"])", "merge({{ a = {} }}, {{ b = 1 }})",
             "lookup({{ a = {} }}, \"a\", 1)", "contains([{}, \"x\"], \"x\")", "contains([\"y\"], {})", "length([{}, 1])", "distinct([{}, \"x\", \"x\"])",
             "element([{}, \"x\"], 1)", "compact([{}, \"\", \"x\"])", "coalesce({}, \"x\")", "coalesce(null, {})", "jsondecode(jsonencode({{ a = {} }})).a",
             "tostring({})", "toset([{}, \"x\"])", "keys({{ a = {} }})", "values({{ a = {} }})", "zipmap([\"a\"], [{}])", "flatten([[{}], [\"x\"]])",
             "substr({}, 0, 1)", "length({})", "regexall(\"[a-z]+\", {})", "base64encode({})", "sha256({})", "can(regex(\"^v\", {}))",
             "try({}, \"x\")", "one([{}])", "reverse([{}, \"x\"])", "sort([{}, \"x\"])", "slice([{}, \"x\"], 1, 2)", "tolist([{}, \"x\"])",
             "nonsensitive(sensitive({}))", "title({})", "indent(2, {})", "strcontains({}, \"al\")", "endswith(\"${{{}}}/*\", \"/*\")", "yamldecode(yamlencode({{ a = {} }})).a",
             "setunion([{}], [\"x\"])", "setproduct([{}], [\"x\"])", "index([{}, \"x\"], \"x\")", "range(length([{}, 1]))", "templatestring(\"a-$${{x}}\", {{ x = {} }})"]
    out += [call.format(it) for call in calls for it in ('"value"', "local.s", U, f'"p-${{{U}}}"')]
    seen = []
    for it in out:
        if it not in seen and "templatestring" not in it and "\n" not in it:
            seen.append(it)
    return seen


def run(folder, *args):
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    return subprocess.run(["terraform", *args], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def write(folder, rows):
    body = "".join(f"output \"e{at}\" {{\nvalue = {it}\nsensitive = true\n}}\n" for at, it in rows)
    pathlib.Path(folder, "main.tf").write_text(HEAD + body, encoding="utf-8")
    return HEAD.count("\n") + 1


def main():
    rows = list(enumerate(expressions()))
    everything, errors = dict(rows), set()
    with tempfile.TemporaryDirectory() as folder:
        run(folder, "init", "-backend=false")
        while True:
            first = write(folder, rows)
            done = run(folder, "plan", "-out", "p", "-no-color")
            if done.returncode == 0:
                plan = json.loads(run(folder, "show", "-json", "p").stdout)
                done = run(folder, "apply", "-no-color", "p")
                pathlib.Path(folder, "terraform.tfstate").unlink(missing_ok=True) if done.returncode else None
                if done.returncode == 0:
                    break
            lines = {int(it) for it in re.findall(r"on main\.tf line (\d+)", done.stderr)}
            bad = {rows[(line - first) // 4][0] for line in lines if first <= line}
            if not bad:
                sys.exit(done.stderr)
            errors |= bad
            rows = [it for it in rows if it[0] not in bad]
        outputs = json.loads(run(folder, "output", "-json").stdout)
    print("# Made by expressions.py with terraform " + plan["terraform_version"])
    for at, text in everything.items():
        if at in errors:
            print(f"{text}\terror\t")
            continue
        unknown = json.dumps(plan["output_changes"].get(f"e{at}", {}).get("after_unknown", False))
        value = json.dumps(outputs.get(f"e{at}", {}).get("value"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        print(f"{text}\t{'open' if 'true' in unknown else 'known'}\t{value}")


main()
