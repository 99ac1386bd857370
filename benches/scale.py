#!/usr/bin/env python3
"""How a large tree behaves: the Terraform of the reference corpus, copied until there are FILES configuration files.

    python3 benches/scale.py target/release/bucketlint ../shared/corpus [FILES]

Prints files, roots, buckets, findings, time, peak memory, and the time of `rg -c s3` on the same tree where rg is there.
"""
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time


def main() -> None:
    program, corpus = (pathlib.Path(it).resolve() for it in sys.argv[1:3])
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 24_000
    if not corpus.is_dir():
        print(f"skipped: {corpus} is not there")
        return
    sources = [it for it in corpus.iterdir() if any(it.rglob("*.tf"))]
    with tempfile.TemporaryDirectory() as folder:
        root, files, copies = pathlib.Path(folder), 0, 0
        while files < wanted:
            for source in sources:
                ignore = lambda _, names: [it for it in names if not (it.endswith((".tf", ".tfvars", ".json", ".tpl")) or "." not in it)]
                target = root / f"{copies:04}-{source.name}"
                shutil.copytree(source, target, ignore=ignore)
                files += sum(1 for _ in target.rglob("*.tf"))
            copies += 1
        times = []
        for _ in range(3):
            start = time.monotonic()
            done = subprocess.run([program, "check", root, "--format", "json"], capture_output=True, check=False)
            times.append(time.monotonic() - start)
        report = json.loads(done.stdout)
        print(f"files {files}, copies {copies}, {json.dumps(report['summary'])}")
        print(f"time {sorted(times)[1]:.2f} s (median of 3), peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MiB")
        if shutil.which("rg"):
            start = time.monotonic()
            subprocess.run(["rg", "-c", "s3", root], capture_output=True, check=False)
            print(f"rg -c s3: {time.monotonic() - start:.2f} s")


if __name__ == "__main__":
    main()
