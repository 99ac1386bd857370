#!/usr/bin/env python3
"""Whole processes against the bars of docs/performance.md, against peers and against the floor of reading, in one run.

    python3 benches/compare.py [--binary PATH] [--buckets NUMBER] [ROW ...]

Rows: cold tree modules plan policy fleet shards repeat; all where none is named. The inputs are made anew (benches/inputs.py) in a
temporary folder. Commands of a row take turns, and medians are printed with ratios: on a busy machine ratios are what to
trust, and beside the time on the clock stands the time on the processor. Peers that are not installed are skipped with a line.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import inputs

HERE = pathlib.Path(__file__).resolve().parent
CORES = os.cpu_count() or 1


class Run:
    """Medians of several runs of one command."""

    def __init__(self, name, command, stdin=None):
        self.name, self.command, self.stdin = name, [str(it) for it in command], stdin
        self.walls, self.cpus, self.peak = [], [], 0

    def once(self):
        source = open(self.stdin, "rb") if self.stdin else subprocess.DEVNULL
        start = time.perf_counter()
        child = subprocess.Popen(self.command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, used = os.wait4(child.pid, 0)
        self.walls.append(time.perf_counter() - start)
        self.cpus.append(used.ru_utime + used.ru_stime)
        self.peak = max(self.peak, used.ru_maxrss / 1024)
        if self.stdin:
            source.close()

    wall = property(lambda self: statistics.median(self.walls))
    cpu = property(lambda self: statistics.median(self.cpus))

    def __str__(self):
        least = 1000 * min(self.walls)
        return f"{self.name}: {1000 * self.wall:.1f} ms (least {least:.1f}, processor {1000 * self.cpu:.1f}), {self.peak:.0f} MiB"


def turns(runs, number):
    """Runs the commands in turns; those whose program is not there are left out, with a line."""
    there = []
    for run in runs:
        if shutil.which(run.command[0]):
            there.append(run)
        else:
            print(f"  {run.name}: not installed, skipped")
    for at in range(number):
        for run in there:
            # Peers that take many seconds are run three times.
            if at < 3 or statistics.median(run.walls) < 2:
                run.once()
    for run in there:
        print(f"  {run}")
    return there


def ratio(text, value, bar, least=False):
    met = value >= bar if least else value <= bar
    print(f"  {text}: {value:,.2f} (bar: {'at least' if least else 'at most'} {bar:,}) {'met' if met else 'NOT MET'}")


def cold(root, ours):
    (root / "small.tf").write_text(inputs.SMALL)
    (root / "template.yaml").write_text(inputs.TEMPLATE)
    (root / "rules.guard").write_text(inputs.GUARD_RULE)
    for file in ("small.tf", "template.yaml"):
        path = root / file
        print(f"cold start, {file}")
        runs = [Run("bucketlint", [ours, "check", path]), Run("checkov", ["checkov", "-f", path]),
                Run("trivy", ["trivy", "config", path]), Run("kics", ["kics", "scan", "-p", path]),
                Run("tfsec", ["tfsec", root])]
        if file.endswith("yaml"):
            runs += [Run("cfn-guard, one rule", ["cfn-guard", "validate", "-d", path, "-r", root / "rules.guard"]),
                     Run("cfn-lint", ["cfn-lint", path])]
        own, *others = turns(runs, 21)
        ratio("milliseconds", 1000 * own.wall, 10)
        ratio("MiB", own.peak, 20)
        for other in others:
            bar = 300 if other.name == "checkov" else 1
            ratio(f"times faster than {other.name}", other.wall / own.wall, bar, least=True)


def tree(root, ours):
    count = inputs.tree(root / "tree")
    print(f"a tree of {count} .tf files, 30 of them with a bucket")
    runs = turns([Run("bucketlint", [ours, "check", root / "tree"]), Run("rg -c s3", ["rg", "-c", "s3", root / "tree"])], 15)
    if len(runs) == 2:
        ratio("times rg -c s3", runs[0].wall / runs[1].wall, 3)
        print(f"  on the processor: {runs[0].cpu / runs[1].cpu:.2f} times rg")


def modules(root, ours):
    for each in (50, 1000):
        print(f"modules with for_each over {each}")
        runs = []
        for buckets in (1000, 2000, 4000):
            path = root / f"modules-{each}-{buckets}"
            inputs.modules(path, buckets, each)
            runs.append(Run(f"{buckets} buckets", [ours, "check", path, "--quiet"]))
        small, middle, large = turns(runs, 9)
        ratio("2,000 to 1,000, processor", middle.cpu / small.cpu, 2.2)
        ratio("4,000 to 2,000, processor", large.cpu / middle.cpu, 2.2)
        ratio("buckets/s/core from files to the report", 2000 / (large.cpu - middle.cpu), 20_000, least=True)


def plan(root, ours):
    path = root / "plan.json"
    buckets = inputs.plan(path, 100_000_000)
    size = path.stat().st_size / 1e6
    print(f"a plan of {size:.0f} MB, {buckets} buckets among {10 * buckets} resources")
    (own,) = turns([Run("bucketlint", [ours, "check", path, "--quiet"])], 5)
    ratio("MB/s", size / own.wall, 150, least=True)
    print(f"  per processor second: {size / own.cpu:.0f} MB")
    ratio("memory to input", own.peak * 1.048576 / size, 2)


def policy(root, ours):
    print("policy verdicts, cargo bench --bench policy")
    answer = subprocess.run(["cargo", "bench", "--locked", "--bench", "policy"], capture_output=True, text=True, check=False)
    print("".join(f"  {line}\n" for line in answer.stdout.splitlines()), end="")
    shared = pathlib.Path(os.environ.get("BUCKETLINT_SHARED", HERE.parent.parent / "shared")) / "policies"
    engine = [float(it.split()[-2]) for it in answer.stdout.splitlines() if it.startswith("mean")]
    if not shared.is_dir() or not engine:
        print("  z3: skipped, no folder of real policies")
        return
    z3 = subprocess.run([sys.executable, HERE.parent / "tests/oracle/z3/compare.py", ours, "--real", shared],
                        capture_output=True, text=True, check=False)
    print("".join(f"  {line}\n" for line in z3.stdout.splitlines()), end="")
    said = re.search(r"(\d+) real policies.*?, (\d+) questions.* z3 ([\d.]+) s", z3.stdout)
    if said:
        compared, questions, seconds = int(said[1]), int(said[2]), float(said[3])
        print(f"  z3: {1e6 * seconds / compared:,.0f} us a policy, {1e6 * seconds / questions:,.0f} us a question; ours {engine[0]:.1f} us a policy")
        ratio("times faster than z3", 1e6 * seconds / compared / engine[0], 1000, least=True)


def fleet(root, ours, buckets):
    for form, write in (("NDJSON", inputs.ndjson), ("a delivery of AWS Config", inputs.config_snapshot)):
        runs = []
        for number in (buckets // 10, buckets):
            path = root / "fleet"
            with open(path, "w", encoding="utf-8") as out:
                write(out, 0, number)
            # What was just written is on the disk before anything is measured: the system writes beside the run otherwise.
            os.sync()
            print(f"{number:,} buckets as {form}, {path.stat().st_size / 1e6:,.0f} MB")
            runs += turns([Run("bucketlint fleet", [ours, "fleet"], stdin=path)], 1)
        ratio("buckets/s", buckets / runs[1].wall, 50_000, least=True)
        print(f"  per processor second: {buckets / runs[1].cpu:,.0f}")
        ratio("memory to that of a tenth", runs[1].peak / runs[0].peak, 1.25)


def shards(root, ours, buckets=20_000):
    """The same merged result in one piece, in parts, and under Spark's pipe."""
    print(f"{buckets:,} buckets in one piece and in parts")
    whole = root / "whole.ndjson"
    with open(whole, "w", encoding="utf-8") as out:
        inputs.ndjson(out, 0, buckets)

    def merged(files):
        done = subprocess.run([ours, "fleet", "merge", "--expect", str(buckets), *map(str, files)], capture_output=True, check=False)
        return done.returncode, done.stdout

    def judge(source, target):
        with open(source, "rb") as stdin, open(target, "wb") as stdout:
            return subprocess.run([ours, "fleet"], stdin=stdin, stdout=stdout, check=False).returncode

    judge(whole, root / "whole.out")
    expected = merged([root / "whole.out"])
    print(f"  one piece: exit code {expected[0]}, {len(expected[1])} bytes")
    lines = whole.read_text().splitlines(keepends=True)
    parts = []
    for at in range(7):
        part = root / f"part-{at}"
        part.write_text("".join(lines[at::7]))
        judge(part, root / f"part-{at}.out")
        parts.append(root / f"part-{at}.out")
    print(f"  7 parts: {'the same' if merged(parts) == expected else 'ANOTHER RESULT'}")
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        print("  PySpark: not installed, skipped")
        return
    wrapper = root / "judge.sh"
    # Spark takes a partition for failed where its program has another exit code than 0; the findings tell.
    wrapper.write_text(f'#!/bin/sh\n"{ours}" fleet || test $? -ne 2\n')
    wrapper.chmod(0o755)
    with contextlib.redirect_stderr(None):
        spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    context = spark.sparkContext
    context.textFile(str(whole), minPartitions=8).pipe(str(wrapper), checkCode=True).saveAsTextFile(str(root / "spark"))
    found = sorted((root / "spark").glob("part-*"))
    spark.stop()
    print(f"  Spark pipe, {len(found)} partitions: {'the same' if merged(found) == expected else 'ANOTHER RESULT'}")


def repeat(root, ours):
    """What a cache could save at most: all that is done behind reading, on a tree that did not change."""
    path = root / "repeat"
    if not path.exists():
        inputs.tree(path, every=1)
    print("a repeated run on an unchanged tree of 6,000 files, 600 buckets")
    hashes = "import hashlib,pathlib,sys\nfor it in sorted(pathlib.Path(sys.argv[1]).rglob('*.tf')): hashlib.sha256(it.read_bytes())"
    runs = turns([Run("bucketlint", [ours, "check", path, "--quiet"]), Run("rg -c s3 (reading alone)", ["rg", "-c", "s3", path]),
                  Run("sha256 of every file (Python)", [sys.executable, "-c", hashes, path])], 9)
    print(f"  a cache that costs no more than reading could save {1000 * (runs[0].wall - runs[1].wall):.0f} ms")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--binary", default="target/release/bucketlint")
    words.add_argument("--buckets", type=int, default=1_000_000)
    words.add_argument("rows", nargs="*")
    args = words.parse_args()
    ours = str(pathlib.Path(args.binary).resolve())
    rows = {"cold": cold, "tree": tree, "modules": modules, "plan": plan, "policy": policy,
            "fleet": lambda root, ours: fleet(root, ours, args.buckets), "shards": shards, "repeat": repeat}
    print(f"{CORES} cores, load {os.getloadavg()[0]:.1f}")
    for name in args.rows or rows:
        with tempfile.TemporaryDirectory() as folder:
            rows[name](pathlib.Path(folder), ours)


if __name__ == "__main__":
    main()
