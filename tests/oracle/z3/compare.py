#!/usr/bin/env python3
"""The engine against z3: random bucket policies over unbounded texts, one question per audience and power.

    python3 tests/oracle/z3/compare.py target/release/bucketlint [COUNT [SEED]]

Needs the package z3-solver; without it a line is printed and nothing is compared. The encoding is written from AWS's pages on
policy evaluation and condition operators and shares nothing with the engine but the meaning of "stranger" (docs/semantics.md):
a stranger has no value that the policy fixes for a network or an organisation.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

try:
    import z3
except ImportError:
    print("skipped: z3-solver is not installed")
    sys.exit(0)

BUCKET = "arn:aws:s3:::bkt"
# action -> (power, acts on the bucket itself)
ACTIONS = {
    "s3:GetObject": ("read", False),
    "s3:ListBucket": ("list", True),
    "s3:PutObject": ("write", False),
    "s3:DeleteObject": ("delete", False),
}
ACTION_PATTERNS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:*Object", "s3:*", "*", "S3:get*", "s3:??tObject"]
KEYS = ["aws:Referer", "aws:SourceVpce", "aws:PrincipalOrgID", "aws:SecureTransport", "s3:prefix"]
SHAPES = {"aws:SourceVpce": "vpce-*", "aws:PrincipalOrgID": "o-*"}
TEXTS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"]


def matches(pattern, text):
    """A glob against known text."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(matches(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and matches(pattern[1:], text[1:])


def regex(pattern):
    """A glob as a regular expression over texts of any length."""
    sort = z3.ReSort(z3.StringSort())
    parts = [z3.Full(sort) if c == "*" else z3.AllChar(sort) if c == "?" else z3.Re(c) for c in pattern]
    if not parts:
        return z3.Re("")
    return parts[0] if len(parts) == 1 else z3.Concat(*parts)


def listed(value):
    return value if isinstance(value, list) else [value]


class Request:
    """The unknowns of one request for one action."""

    def __init__(self, action, anonymous, fixed):
        self.action = action
        self.on_bucket = ACTIONS[action][1]
        self.key = z3.String("key")
        self.present = {it: z3.Bool("has " + it) for it in KEYS}
        self.value = {it: z3.String("value " + it) for it in KEYS}
        self.rules = [self.present["aws:SecureTransport"],
                      z3.Or(self.value["aws:SecureTransport"] == "true", self.value["aws:SecureTransport"] == "false"),
                      z3.Length(self.key) > 0]
        if anonymous:
            self.rules.append(z3.Not(self.present["aws:PrincipalOrgID"]))
        if not self.on_bucket:
            self.rules.append(z3.Not(self.present["s3:prefix"]))
        for name, shape in SHAPES.items():
            self.rules.append(z3.InRe(self.value[name], regex(shape)))
            self.rules.extend(self.value[name] != z3.StringVal(it) for it in fixed.get(name, []))

    def resource(self, pattern):
        if self.on_bucket:
            return z3.BoolVal(matches(pattern, BUCKET))
        return z3.InRe(z3.Concat(z3.StringVal(BUCKET + "/"), self.key), regex(pattern))

    def condition(self, operator, key, values):
        present, value = self.present[key], self.value[key]
        if operator == "Null":
            return z3.Or([z3.Not(present) if it == "true" else present for it in values])
        base = operator.removesuffix("IfExists")
        negated = "Not" in base
        if base == "Bool" or base.replace("Not", "") == "StringEquals":
            one = [value == z3.StringVal(it) for it in values]
        else:
            one = [z3.InRe(value, regex(it)) for it in values]
        held = z3.Not(z3.Or(one)) if negated else z3.Or(one)
        absent = negated or operator.endswith("IfExists")
        return z3.If(present, held, z3.BoolVal(absent))

    def statement(self, it):
        def element(name, test):
            if "Not" + name in it:
                return z3.Not(z3.Or([test(p) for p in listed(it["Not" + name])]))
            return z3.Or([test(p) for p in listed(it[name])])
        parts = [element("Action", lambda p: z3.BoolVal(matches(p.lower(), self.action.lower()))),
                 element("Resource", self.resource)]
        for operator, keys in it.get("Condition", {}).items():
            parts += [self.condition(operator, key, listed(values)) for key, values in keys.items()]
        return z3.And(parts)


def fixed_values(policy):
    """Texts that the policy fixes, per key."""
    out = {}
    for it in policy["Statement"]:
        for operator, keys in it.get("Condition", {}).items():
            for key, values in keys.items():
                like = "Like" in operator
                out.setdefault(key, set()).update(v for v in listed(values) if not (like and ("*" in v or "?" in v)))
    return out


def reachable(policy, action, anonymous):
    request = Request(action, anonymous, fixed_values(policy))
    solver = z3.Solver()
    solver.set("timeout", 20000)
    solver.add(request.rules)
    solver.add(z3.Or([request.statement(it) for it in policy["Statement"] if it["Effect"] == "Allow"]))
    solver.add([z3.Not(request.statement(it)) for it in policy["Statement"] if it["Effect"] == "Deny"])
    answer = solver.check()
    return "yes" if answer == z3.sat else "no" if answer == z3.unsat else "unknown"


def word(dice):
    return "".join(dice.choice("ab*?c") for _ in range(dice.randint(1, 4)))


def policy(dice):
    statements = []
    for _ in range(dice.randint(1, 4)):
        it = {"Effect": dice.choice(["Allow", "Allow", "Deny"]), "Principal": "*"}
        negate = lambda name: ("Not" if dice.random() < 0.12 else "") + name
        it[negate("Action")] = [dice.choice(ACTION_PATTERNS) for _ in range(dice.randint(1, 2))]
        resources = [BUCKET, BUCKET + "/*", BUCKET + "*", "*", BUCKET + "/" + word(dice), BUCKET + "/" + word(dice)]
        it[negate("Resource")] = [dice.choice(resources) for _ in range(dice.randint(1, 2))]
        for _ in range(dice.randint(0, 2)):
            key = dice.choice(KEYS)
            if dice.random() < 0.12:
                operator, values = "Null", [dice.choice(["true", "false"])]
            elif key == "aws:SecureTransport":
                operator, values = "Bool", [dice.choice(["true", "false"])]
            else:
                operator = dice.choice(TEXTS) + ("IfExists" if dice.random() < 0.15 else "")
                start = {"aws:SourceVpce": "vpce-", "aws:PrincipalOrgID": "o-"}.get(key, "")
                values = [start + word(dice) for _ in range(dice.randint(1, 2))]
            it.setdefault("Condition", {}).setdefault(operator, {})[key] = values
        statements.append(it)
    return {"Version": "2012-10-17", "Statement": statements}


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if 2 < len(sys.argv) else 200
    dice = random.Random(int(sys.argv[3]) if 3 < len(sys.argv) else 1)
    policies = [policy(dice) for _ in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        for at, it in enumerate(policies):
            pathlib.Path(folder, f"p{at:06}.json").write_text(json.dumps(it), encoding="utf-8")
        start = time.perf_counter()
        done = subprocess.run([program, "model", folder, "--account", "111111111111"], capture_output=True, text=True)
        engine_seconds = time.perf_counter() - start
    found = {pathlib.Path(it["location"]["path"]).stem: it["exposure"]["ways"] for it in json.loads(done.stdout)["buckets"]}
    rank = ["no", "unknown", "yes"]
    questions = wrong = undecided = 0
    start = time.perf_counter()
    for at, it in enumerate(policies):
        ways = found[f"p{at:06}"]
        for action, (power, _) in ACTIONS.items():
            for anonymous in (True, False):
                audiences = ["anonymous"] if anonymous else ["anonymous", "any-account"]
                fits = [w["open"] for w in ways if w["audience"] in audiences and w["power"] == power]
                engine = max(fits, key=rank.index, default="no")
                # Other actions of the same power may open it besides: a certain yes of the engine names its action.
                witnesses = [w["witness"]["action"] for w in ways
                             if w["audience"] in audiences and w["power"] == power and w["open"] == "yes"]
                solver = reachable(it, action, True)
                if solver == "no" and not anonymous:
                    solver = reachable(it, action, False)
                questions += 1
                undecided += engine == "unknown" or solver == "unknown"
                if solver == "yes" and engine == "no" or solver == "no" and engine == "yes" and action in witnesses:
                    wrong += 1
                    print(f"disagree: z3 {solver}, engine {engine}: {action} anonymous={anonymous}\n{json.dumps(it)}")
    solver_seconds = time.perf_counter() - start
    print(f"{count} policies, {questions} questions, {wrong} disagreements, {undecided} undecided; "
          f"engine {engine_seconds:.2f} s (all powers, process start and files included), z3 {solver_seconds:.1f} s")
    sys.exit(1 if wrong else 0)


main()
