#!/usr/bin/env python3
"""The engine against z3: random bucket policies over unbounded texts, one question per audience and power.

    python3 tests/oracle/z3/compare.py target/release/bucketlint [COUNT [SEED]]
    python3 tests/oracle/z3/compare.py target/release/bucketlint --real FOLDER

The second form takes the real policies of a folder (index.jsonl: {"file", "kind"}), those that the encoding has words for.

Needs the package z3-solver; without it a line is printed and nothing is compared. The encoding is written from AWS's pages on
policy evaluation and condition operators and shares nothing with the engine but the meaning of "stranger" (docs/semantics.md):
a stranger has no value that the policy fixes for a network or an organisation.
"""
import collections
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
OWN = "111111111111"
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


class Unsupported(Exception):
    """The encoding has no words for a part of the policy."""


def key_table():
    """What requests carry which key: the data of src/policy/keys.tsv."""
    path = pathlib.Path(__file__).resolve().parents[3] / "src/policy/keys.tsv"
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row[0].lower(): dict(zip(("name", "type", "values", "anonymous", "signed", "service", "nature", "confines",
                                      "sample", "shape"), row)) for row in rows}


class RealRequest(Request):
    """A request with whatever keys a real policy mentions."""

    def __init__(self, action, anonymous, statements, bucket, table):
        self.action, self.arn = action, "arn:aws:s3:::" + bucket
        self.table, self.anonymous = table, anonymous
        self.denied = any(it["Effect"] == "Deny" and "${" in json.dumps(it) for it in statements)
        self.on_bucket = ACTIONS[action][1]
        self.key = z3.String("key")
        self.present, self.value, self.rules, self.types = {}, {}, [z3.Length(self.key) > 0], {}
        fixed = {}
        for it in statements:
            for operator, keys in (it.get("Condition") or {}).items():
                for name, values in keys.items():
                    fixed.setdefault(name.lower(), []).extend((operator, str(v)) for v in listed(values))
        for name, uses in fixed.items():
            row = table.get(name)
            presence = row["anonymous" if anonymous else "signed"] if row else ""
            # A key of several values is in words only where no request has it: the set operators then look at its absence.
            if row is None or (row["values"] == "many" and presence != "no") or (row["nature"] == "resource" and not name.endswith(":resourceaccount")):
                raise Unsupported(name)
            self.types[name] = row["type"]
            has, value = z3.Bool("has " + name), z3.String("value " + name)
            if row["type"] == "ip":
                value = z3.BitVec("value " + name, 32)
            elif row["type"] == "numeric":
                value = z3.Real("value " + name)
            elif row["type"] not in ("string", "bool", "arn"):
                raise Unsupported(row["type"])
            self.present[name], self.value[name] = has, value
            if presence == "no" or (name.startswith("s3:") and not self.takes(name)):
                self.rules.append(z3.Not(has))
                continue
            if presence != "maybe":
                self.rules.append(has)
            if presence.startswith("="):
                self.rules.append(value == z3.StringVal(presence[1:]))
            if name.endswith(":resourceaccount"):
                self.rules.append(value == z3.StringVal(OWN))
            if row["type"] == "bool":
                self.rules.append(z3.Or(value == "true", value == "false"))
            elif row["type"] == "string":
                self.rules.append(z3.InRe(value, regex(row["shape"])))
            elif row["type"] == "arn":
                self.rules.append(z3.InRe(value, arn_regex(row["shape"])))
            if row["nature"] != "identity":
                continue
            for operator, text in uses:
                if name == "aws:userid" and text[:1] != "*":
                    # Unique ids are AWS's to give: who has none of those that the policy names has none of their sessions.
                    stem = text.split("*")[0].split("?")[0]
                    if len(stem) < 12 or not (":" in stem or stem == text):
                        raise Unsupported("a pattern of unique ids")
                    self.rules.append(z3.Not(z3.PrefixOf(z3.StringVal(stem), value)))
                    continue
                if row["type"] == "arn":
                    # A stranger has an account that the policy does not name.
                    parts = text.split(":", 5)
                    if len(parts) == 6 and len(parts[4]) == 12 and parts[4].isdigit():
                        anyone = ":".join(["arn", "*", "*", "*", parts[4], "*"])
                        self.rules.append(z3.Not(z3.InRe(value, arn_regex(anyone))))
                        continue
                if row["type"] == "ip":
                    first, last = address_range(text)
                    if last - first < 1 << 24 or last - first == (1 << 24) - 1:
                        self.rules.append(z3.Not(within(value, first, last)))
                elif not ("Like" in operator and ("*" in text or "?" in text)):
                    self.rules.append(value != z3.StringVal(text))
            if row["type"] == "ip":
                for private in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"):
                    self.rules.append(z3.Not(within(value, *address_range(private))))

    def takes(self, name):
        if name == "s3:object-lock-remaining-retention-days" or name.startswith("s3:x-amz-server-side-encryption-"):
            return self.action == "s3:PutObject"
        return {"s3:prefix": self.on_bucket, "s3:delimiter": self.on_bucket, "s3:max-keys": self.on_bucket,
                "s3:accesspointnetworkorigin": True, "s3:tlsversion": True,
                "s3:x-amz-acl": self.action == "s3:PutObject",
                "s3:x-amz-server-side-encryption": self.action == "s3:PutObject"}.get(name) or self.unknown_key(name)

    @staticmethod
    def unknown_key(name):
        known = ("s3:prefix", "s3:delimiter", "s3:max-keys", "s3:x-amz-acl", "s3:x-amz-server-side-encryption")
        if name not in known and not name.startswith("s3:dataaccesspoint"):
            raise Unsupported(name)
        return name not in known

    def resource(self, pattern):
        if "${" in pattern:
            return self.variable(pattern)
        parts = pattern.split(":", 2)
        if len(parts) == 3 and parts[0] == "arn" and "*" not in parts[1]:
            pattern = "arn:aws:" + parts[2]
        if self.on_bucket:
            return z3.BoolVal(matches(pattern, self.arn))
        return z3.InRe(z3.Concat(z3.StringVal(self.arn + "/"), self.key), regex(pattern))

    def absent(self, key):
        """Whether no request has the key."""
        return any(it.eq(z3.Not(self.present[key])) for it in self.rules)

    def variable(self, pattern):
        """A resource with one variable: it matches nothing where the request lacks the key."""
        before, _, rest = pattern.partition("${")
        name, _, after = rest.partition("}")
        row = self.table.get(name.lower()) or self.table.get(name.lower().partition("/")[0] + "/")
        if row is None or "${" in after or row["values"] == "many" or self.on_bucket or self.denied:
            raise Unsupported("a policy variable")
        presence = row["anonymous" if self.anonymous else "signed"]
        if presence == "no":
            return z3.BoolVal(False)
        if presence.startswith("="):
            return self.resource(before + presence[1:] + after)
        if name.lower() in self.present:
            raise Unsupported("a policy variable")
        # Positive use only: the value is any text that there is.
        value, tail = z3.String("variable " + name), z3.String("tail " + name)
        whole = z3.Concat(z3.StringVal(self.arn + "/"), self.key)
        if "*" in before or "?" in before:
            raise Unsupported("a policy variable")
        shape = arn_regex(row["shape"]) if row["type"] == "arn" else regex(row["shape"])
        return z3.And(whole == z3.Concat(z3.StringVal(before), value, tail), z3.InRe(value, shape),
                      z3.InRe(tail, regex(after)))

    def condition(self, operator, key, values):
        key, values = key.lower(), [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
        if any("${" in it for it in values):
            if self.absent(key) and operator == "StringLike":
                return z3.BoolVal(False)
            raise Unsupported("a policy variable")
        base = operator.removesuffix("IfExists")
        if ":" in base:
            quantifier, _, base = base.partition(":")
            if not self.absent(key):
                raise Unsupported(operator)
            return z3.BoolVal(quantifier == "ForAllValues" or operator.endswith("IfExists"))
        plain = base.replace("Not", "")
        if self.types[key] == "arn" and plain in ("ArnEquals", "ArnLike", "StringEquals", "StringLike"):
            as_arn = plain.startswith("Arn")
            one = z3.Or([self.value[key] == z3.StringVal(it) if plain == "StringEquals"
                         else z3.InRe(self.value[key], (arn_regex if as_arn else regex)(it)) for it in values])
            negated = "Not" in base
            return z3.If(self.present[key], z3.Not(one) if negated else one,
                         z3.BoolVal(negated or operator.endswith("IfExists")))
        if self.types[key] == "numeric" and plain.startswith("Numeric"):
            compare = {"NumericEquals": lambda a, b: a == b, "NumericLessThan": lambda a, b: a < b,
                       "NumericLessThanEquals": lambda a, b: a <= b, "NumericGreaterThan": lambda a, b: a > b,
                       "NumericGreaterThanEquals": lambda a, b: a >= b}[plain]
            one = z3.Or([compare(self.value[key], z3.RealVal(it)) for it in values])
            negated = "Not" in base
            return z3.If(self.present[key], z3.Not(one) if negated else one,
                         z3.BoolVal(negated or operator.endswith("IfExists")))
        if operator == "Null" or self.types[key] == "string" and plain in ("StringEquals", "StringLike"):
            return super().condition(operator, key, values)
        if self.types[key] == "bool" and plain == "Bool":
            return super().condition(operator, key, [it.lower() for it in values])
        if self.types[key] == "ip" and plain == "IpAddress":
            one = z3.Or([within(self.value[key], *address_range(it)) for it in values])
            negated = "Not" in base
            absent = negated or operator.endswith("IfExists")
            return z3.If(self.present[key], z3.Not(one) if negated else one, z3.BoolVal(absent))
        raise Unsupported(operator)


def arn_regex(pattern):
    """An ARN's pattern: six parts, wildcards of the first five do not reach over a colon."""
    parts = pattern.split(":", 5)
    if len(parts) != 6:
        raise Unsupported("an ARN of fewer than six parts")
    sort = z3.ReSort(z3.StringSort())
    one = z3.Diff(z3.AllChar(sort), z3.Re(":"))
    out = []
    for at, part in enumerate(parts):
        free, single = (z3.Full(sort), z3.AllChar(sort)) if at == 5 else (z3.Star(one), one)
        out += [free if c == "*" else single if c == "?" else z3.Re(c) for c in part]
        out += [z3.Re(":")] if at < 5 else []
    return z3.Concat(*out)


def address_range(text):
    import ipaddress
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise Unsupported("an address") from error
    if network.version != 4:
        raise Unsupported("IPv6")
    return int(network.network_address), int(network.broadcast_address)


def within(value, first, last):
    return z3.And(z3.UGE(value, first), z3.ULE(value, last))


def concerns_strangers(it):
    """Whether the principals of a statement include people whom nobody named."""
    if "NotPrincipal" in it:
        return True
    principal = it["Principal"]
    if isinstance(principal, str):
        if principal != "*":
            raise Unsupported("no valid policy")
        return True
    if isinstance(principal, list) or set(principal) - {"AWS", "Service", "CanonicalUser", "Federated"}:
        raise Unsupported("no valid policy")
    texts = [str(text) for text in listed(principal.get("AWS", []))]
    if any("*" in text and text != "*" for text in texts):
        raise Unsupported("a principal")
    return "*" in texts


def real_answer(policy, action, anonymous, table):
    if policy.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise Unsupported("no valid policy")
    statements = [it for it in listed(policy["Statement"]) if concerns_strangers(it)]
    names = []
    for it in listed(policy["Statement"]):
        for text in listed(it.get("Resource", it.get("NotResource", []))):
            rest = str(text).split(":", 5)
            name = rest[5].split("/")[0].replace("*", "").replace("?", "") if len(rest) == 6 else ""
            if name and name not in names:
                names.append(name)
    answers = []
    for name in names[:8] or ["some-bucket"]:
        request = RealRequest(action, anonymous, statements, name, table)
        solver = z3.Solver()
        solver.set("timeout", 20000)
        solver.add(request.rules)
        solver.add(z3.Or([request.statement(it) for it in statements if it["Effect"] == "Allow"]))
        solver.add([z3.Not(request.statement(it)) for it in statements if it["Effect"] == "Deny"])
        answer = solver.check()
        answers.append("yes" if answer == z3.sat else "no" if answer == z3.unsat else "unknown")
    return max(answers, key=["no", "unknown", "yes"].index, default="no")


def real(program, folder):
    table = key_table()
    rows = [json.loads(line) for line in pathlib.Path(folder, "index.jsonl").read_text(encoding="utf-8").splitlines()]
    start = time.perf_counter()
    done = subprocess.run([program, "model", folder, "--account", OWN], capture_output=True, text=True)
    engine_seconds, solver_seconds = time.perf_counter() - start, 0.0
    found = {pathlib.Path(it["location"]["path"]).name: it["exposure"]["ways"] for it in json.loads(done.stdout)["buckets"]}
    rank = ["no", "unknown", "yes"]
    compared = questions = undecided = wrong = 0
    reasons = collections.Counter()
    for row in rows:
        if row["kind"] != "resource" or row["file"] not in found:
            continue
        start = time.perf_counter()
        try:
            policy = json.loads(pathlib.Path(folder, row["file"]).read_text(encoding="utf-8"))
            expected = {(action, anonymous): real_answer(policy, action, anonymous, table)
                        for action in ACTIONS for anonymous in (True, False)}
        except (KeyError, TypeError, AttributeError, ValueError):
            reasons["no valid policy"] += 1
            continue
        except Unsupported as reason:
            reasons[str(reason)] += 1
            continue
        compared += 1
        solver_seconds += time.perf_counter() - start
        for (action, anonymous), solver in expected.items():
            if not anonymous and expected[action, True] == "yes":
                solver = "yes"
            audiences = ["anonymous"] if anonymous else ["anonymous", "any-account"]
            fits = [w for w in found[row["file"]] if w["audience"] in audiences and w["power"] == ACTIONS[action][0]]
            engine = max((w["open"] for w in fits), key=rank.index, default="no")
            witnesses = [w["witness"]["action"] for w in fits if w["open"] == "yes"]
            questions += 1
            undecided += engine == "unknown" or solver == "unknown"
            if solver == "yes" and engine == "no" or solver == "no" and engine == "yes" and action in witnesses:
                wrong += 1
                print(f"disagree: {row['file']}: z3 {solver}, engine {engine}: {action} anonymous={anonymous}")
    print(f"{compared} real policies ({sum(reasons.values())} left out: {dict(reasons)}), {questions} questions, "
          f"{wrong} disagreements, {undecided} undecided; engine {engine_seconds:.2f} s (all {len(found)} policies, all powers, "
          f"process start and files included), z3 {solver_seconds:.1f} s")
    sys.exit(1 if wrong else 0)


def main():
    if sys.argv[2:3] == ["--real"]:
        real(sys.argv[1], sys.argv[3])
    program, count = sys.argv[1], int(sys.argv[2]) if 2 < len(sys.argv) else 200
    dice = random.Random(int(sys.argv[3]) if 3 < len(sys.argv) else 1)
    policies = [policy(dice) for _ in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        for at, it in enumerate(policies):
            pathlib.Path(folder, f"p{at:06}.json").write_text(json.dumps(it), encoding="utf-8")
        start = time.perf_counter()
        done = subprocess.run([program, "model", folder, "--account", OWN], capture_output=True, text=True)
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
