#!/usr/bin/env python3
"""Asks the real `terraform console` for the results in functions.tsv.

Each line is `function <TAB> JSON list of arguments <TAB> JSON result`, or `!` for an error. Cases given on standard input
(`function [arguments]`) are added; the results of all cases are written anew. Needs Terraform 1.11 and no network:

    python3 tests/golden/generate.py < new-cases.txt
"""
import json, os, pathlib, subprocess, sys, tempfile

TABLE = pathlib.Path(__file__).parent / "functions.tsv"
LINE = 30_000  # the console takes lines of up to 64 KiB


def expression(name, args):
    hcl = [json.dumps(it, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{") for it in args]
    call = f'{name}({", ".join(hcl)})'
    call = f"nonsensitive({call})" if name == "sensitive" else call
    return f'try(jsonencode({call}), "!")'


def ask(expressions, folder):
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "TZ": "UTC"}
    line = f"jsonencode([{', '.join(expressions)}])"
    done = subprocess.run(["terraform", "console"], input=line, cwd=folder, env=environment, text=True, capture_output=True)
    if not done.stdout.startswith('"'):
        # One case spoils the batch: an error that `try` does not catch, or a result that even Terraform does not know.
        if len(expressions) == 1:
            return ["!" if done.returncode else None]
        half = len(expressions) // 2
        return ask(expressions[:half], folder) + ask(expressions[half:], folder)
    shown = done.stdout.strip().replace("$${", "${").replace("%%{", "%{")
    return json.loads(json.loads(shown))


def main():
    cases = {}
    if TABLE.exists():
        for line in TABLE.read_text().strip("\n").split("\n"):
            name, args, _ = line.split("\t")
            cases[(name, args)] = None
    for line in sys.stdin if not sys.stdin.isatty() else []:
        if line.strip():
            name, args = line.strip().split(" ", 1)
            cases[(name, json.dumps(json.loads(args), ensure_ascii=False, separators=(",", ":")))] = None
    keys = sorted(cases)
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "hello.txt").write_text("hello\n")
        results, batch, size = [], [], 0
        for name, args in keys:
            text = expression(name, json.loads(args))
            if size + len(text) > LINE:
                results += ask(batch, folder)
                batch, size = [], 0
            batch.append(text)
            size += len(text)
        results += ask(batch, folder)
    TABLE.write_text("".join(f"{name}\t{args}\t{result}\n" for (name, args), result in zip(keys, results) if result))


main()
