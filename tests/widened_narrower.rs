//! `--base`: what says the same of something that is not known, or can only close, is not told; what may open stays told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{ACCOUNT, File, Repository, widened};

fn told(files: &[File]) {
    let Some(found) = widened(files) else { return };
    assert!(!found.is_empty(), "{files:#?}");
}

fn quiet(files: &[File]) {
    let Some(found) = widened(files) else { return };
    assert_eq!(found, [""; 0], "{files:#?}");
}

fn code(was: &str, now: &str) -> [File; 1] {
    [("main.tf", was.to_owned(), now.to_owned())]
}

const BUCKET: &str = "variable \"who\" {}\nvariable \"on\" {\n  type = bool\n}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";

fn policy(count: &str, statements: &[String]) -> String {
    format!(
        "{BUCKET}resource \"aws_s3_bucket_policy\" \"b\" {{\n  {count}\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{}] }})\n}}\n",
        statements.join(", ")
    )
}

fn statement(sid: &str, effect: &str, who: &str, condition: &str) -> String {
    format!(
        "{{ Sid = \"{sid}\", Effect = \"{effect}\", Principal = {who}, Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::b-example/*\"{condition} }}"
    )
}

const EVERYONE: &str = "\"*\"";
const ONE: &str = "{ AWS = var.who }";
const COUNT: &str = "count = var.on ? 1 : 0";

fn vpce(is: &str) -> String {
    format!(", Condition = {{ StringNotEquals = {{ \"aws:SourceVpce\" = {is} }} }}")
}

/// A policy that refuses and permits nothing opens nothing, where nothing was refused before, or no more than now.
#[test]
fn policies_that_only_refuse() {
    let deny = |count: &str, who: &str, is: &str| policy(count, &[statement("a", "Deny", who, &vpce(is))]);
    let known = "\"vpce-1\"";
    for now in [deny("", EVERYONE, "var.who"), deny(COUNT, EVERYONE, known), deny("", ONE, known)] {
        quiet(&code(BUCKET, &now));
    }
    quiet(&code(&deny(COUNT, EVERYONE, known), &deny("", EVERYONE, known)));
    let (own, role) =
        (|| statement("a", "Deny", EVERYONE, &vpce(known)), "{ AWS = \"arn:aws:iam::111122223333:root\" }");
    quiet(&code(&policy("", &[own()]), &policy("", &[own(), statement("b", "Deny", EVERYONE, &vpce("var.who"))])));
    let allow = |who: &str, condition: &str| policy("", &[statement("c", "Allow", who, condition)]);
    quiet(&code(&allow(role, ""), &allow(role, &vpce("var.who"))));
    told(&code(&allow(role, &vpce(known)), &allow(role, &vpce("var.who"))));
    told(&code(&allow(role, ""), &allow(ONE, "")));
    let of = |is: &str| allow(role, &vpce(is).replace("StringNotEquals", "StringEquals"));
    told(&code(&of("[\"vpce-1\"]"), &of("concat([\"vpce-1\"], [var.who])")));
    told(&code(&of("[\"vpce-1\"]"), &of("concat([\"vpce-1\"], var.who)")));
    told(&code(&of("\"vpce-1\""), &of("var.who")));
    // Beside what is known, what nobody knows may be more.
    let both = |who: &str| format!("{{ AWS = concat([\"arn:aws:iam::111122223333:root\"], {who}) }}");
    told(&code(&allow(role, ""), &allow(&both("[var.who]"), "")));
    told(&code(&allow(role, ""), &allow(&both("var.who"), "")));
    told(&code(&allow(role, ""), &allow(role, "").replace("\"s3:GetObject\"", "var.who")));
    told(&code(&allow(role, ""), &allow(role, "").replace("\"arn:aws:s3:::b-example/*\"", "var.who")));
    told(&code(&allow(role, ""), &allow(role, "").replace("Statement = [", "Statement = [var.who, ")));
    told(&code(
        &policy("", &[own()]),
        &policy("", &[own(), statement("b", "Deny", EVERYONE, "").replace("\"Deny\"", "var.who")]),
    ));
    told(&code(&deny("", EVERYONE, known), &deny(COUNT, EVERYONE, known)));
    told(&code(&deny(COUNT, EVERYONE, known), &deny("", EVERYONE, "\"vpce-2\"")));
    told(&code(&deny(COUNT, EVERYONE, known), &deny("", ONE, known)));
    told(&code(&deny(COUNT, EVERYONE, "var.who"), &deny("", EVERYONE, "var.on")));
    told(&code(BUCKET, &policy("", &[statement("a", "Allow", ONE, "")])));
    told(&code(BUCKET, &policy(COUNT, &[statement("a", "Allow", ONE, "")])));
}

fn document(name: &str, more: &str, blocks: &[String]) -> String {
    format!("data \"aws_iam_policy_document\" \"{name}\" {{\n{more}{}}}\n", blocks.concat())
}

fn block(kind: &str, sid: &str, effect: &str, kinds: [&str; 2], action: &str) -> String {
    let [who, identifiers] = kinds;
    format!(
        "  {kind} {{\n    sid = \"{sid}\"\n    effect = \"{effect}\"\n    actions = [\"{action}\"]\n    resources = [\"arn:aws:s3:::b-example/*\"]\n    principals {{\n      type = \"{who}\"\n      identifiers = {identifiers}\n    }}\n  }}\n"
    )
}

fn of_document(documents: &str) -> String {
    format!(
        "{BUCKET}resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = data.aws_iam_policy_document.d.json\n}}\n{documents}"
    )
}

/// What is known of a policy is compared by what it gives, also beside what is not known.
#[test]
fn statements_beside_unknown_ones() {
    let each = |action: &str| {
        let content = block("content", "Partner", "Allow", ["AWS", "[var.who]"], action);
        format!("  dynamic \"statement\" {{\n    for_each = var.on ? [1] : []\n{content}  }}\n")
    };
    let deny = |sid: &str, action: &str| block("statement", sid, "Deny", ["*", "[\"*\"]"], action);
    let of = |action: &str, more: &[String]| of_document(&document("d", "", &[&[each(action)], more].concat()));
    let get = "s3:GetObject";
    let put = || deny("a", "s3:PutObject");
    quiet(&code(&of(get, &[]), &of(get, &[put()])));
    quiet(&code(&of(get, &[put()]), &of(get, &[deny("b", "s3:PutObject")])));
    quiet(&code(&of(get, &[put()]), &of(get, &[put(), deny("b", "s3:DeleteObject")])));
    told(&code(&of(get, &[put()]), &of(get, &[])));
    told(&code(&of(get, &[put()]), &of(get, &[deny("a", "s3:PutObjectAcl")])));
    told(&code(&of(get, &[put()]), &of("s3:*", &[put()])));
    let listed = |known: &[String], perhaps: &str| {
        let all = format!("concat([{}], var.on ? [{perhaps}] : [])", known.join(", "));
        policy("", &[]).replace("Statement = []", &format!("Statement = {all}"))
    };
    let [one, other] = ["\"*\"", ONE].map(|who| statement("x", "Allow", who, ""));
    let refused = || statement("y", "Deny", EVERYONE, &vpce("\"vpce-1\""));
    quiet(&code(&listed(&[], &one), &listed(&[refused()], &one)));
    told(&code(&listed(&[refused()], &one), &listed(&[], &one)));
    told(&code(&listed(&[refused()], &other), &listed(&[refused()], &one)));
}

/// What a statement is called says nothing, but where documents are put over each other by it.
#[test]
fn statements_of_another_name() {
    let named = |sid: &str, who: &str| policy("", &[statement(sid, "Allow", who, "")]);
    let open = "{ AWS = var.on ? [var.who] : var.who }";
    quiet(&code(&named("a", open), &named("b", open)));
    told(&code(&named("a", open), &named("b", "{ AWS = var.on ? var.who : [\"*\"] }")));
    let template = |sid: &str, who: &str| {
        format!(
            "Parameters:\n  Who: {{Type: CommaDelimitedList}}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: b-example\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Statement:\n          - {{Sid: {sid}, Effect: Allow, Principal: {{AWS: {who}}}, Action: \"s3:GetObject\", Resource: !Sub \"${{B.Arn}}/*\"}}\n"
        )
    };
    let of = |was: [&str; 2], now: [&str; 2]| [("t.yaml", template(was[0], was[1]), template(now[0], now[1]))];
    quiet(&of(["a", "!Ref Who"], ["b", "!Ref Who"]));
    told(&of(["a", "!Ref Who"], ["b", "\"*\""]));
    let merged = |sid: &str| {
        let deny = document(
            "o",
            "",
            &[block("statement", sid, "Deny", ["AWS", "var.on ? [var.who] : [\"*\"]"], "s3:PutObject")],
        );
        let more = "  override_policy_documents = [data.aws_iam_policy_document.o.json]\n";
        let own = block("statement", "own", "Allow", ["AWS", "var.on ? [var.who] : [\"*\"]"], "s3:GetObject");
        of_document(&(deny + &document("d", more, &[own])))
    };
    told(&code(&merged("own"), &merged("other")));
}

/// Values in files that say the same are no other values.
#[test]
fn files_of_another_layout() {
    let code = format!(
        "{}variable \"on\" {{\n  default = false\n}}\n",
        policy("", &[statement("a", "Allow", "{ AWS = var.list }", "")])
            .replace("variable \"who\" {}\nvariable \"on\" {\n  type = bool\n}\n", "variable \"list\" {}\n")
    );
    let own = |was: File, now: File| [("main.tf", code.clone(), code.clone()), was, now];
    let none = || ("x.txt", String::new(), String::new());
    let to = |was: &str, now: &str| ("envs/a.tfvars", was.to_owned(), now.to_owned());
    let list = "list = [\"arn:aws:iam::111122223333:role/a\", \"111122223333\"]\n";
    let lines = "list = [\n  # one\n  \"arn:aws:iam::111122223333:role/a\",\n  \"111122223333\",\n]\n";
    quiet(&own(to(list, lines), none()));
    quiet(&own(to(list, &format!("other = 1\n{lines}")), none()));
    let json = "{\"list\": [\"arn:aws:iam::111122223333:role/a\", \"111122223333\"]}";
    quiet(&own(to(list, ""), ("envs/a.tfvars.json", String::new(), json.to_owned())));
    told(&own(to(list, &lines.replace("role/a", "root").replace("111122223333\"", "*\"")), none()));
    told(&own(to(list, ""), ("envs/a.tfvars.json", String::new(), json.replace("\"111122223333\"", "\"*\""))));
}

const OWN: &str = "{ AWS = \"arn:aws:iam::111122223333:root\" }";

/// A statement with its elements as they are given: who, what, where, and under which conditions.
fn of(effect: &str, [who, action, resource, condition]: [&str; 4]) -> String {
    format!(
        "{{ Effect = \"{effect}\", Principal = {who}, Action = {action}, Resource = \"arn:aws:s3:::b-example/{resource}\"{condition} }}"
    )
}

/// Less of what is known of a statement, with the same beside it that nobody knows, is no more.
#[test]
fn less_beside_what_is_not_known() {
    let list = "variable \"m\" {\n  type = map(list(string))\n}\n";
    let all = |statements: &[String]| policy("", statements).replace(BUCKET, &format!("{list}{BUCKET}"));
    let (a, b) = ("{ AWS = var.m[\"a\"] }", "{ AWS = var.m[\"b\"] }");
    let (get, both, any) = ("\"s3:GetObject\"", "[\"s3:GetObject\", \"s3:PutObject\"]", "\"s3:*\"");
    let tls = ", Condition = { Bool = { \"aws:SecureTransport\" = \"true\" } }";
    let one = |who: &str, action: &str, resource: &str, condition: &str| {
        all(&[of("Allow", [who, action, resource, condition])])
    };
    let less = [one(a, get, "x/y/*", ""), one(a, get, "x/*", tls), one(a, get, "x/*", "")];
    for now in &less {
        quiet(&code(&one(a, both, "x/*", ""), now));
        told(&code(now, &one(a, both, "x/*", "")));
    }
    told(&code(&one(a, both, "x/*", ""), &one(b, get, "x/*", "")));
    told(&code(&one(a, both, "x/*", ""), &one(&a.replace("AWS", "Federated"), get, "x/*", "")));
    told(&code(&one(a, both, "x/*", ""), &one(a, get, "z/*", "")));
    told(&code(
        &one(a, both, "x/*", ""),
        &one(a, get, "x/*", "").replace("\"Allow\", Principal", "\"Allow\", NotPrincipal"),
    ));
    // Each with what the other had.
    let two = |own: &str, other: &str| all(&[of("Allow", [a, own, "*", ""]), of("Allow", [b, other, "*", ""])]);
    quiet(&code(&two(any, both), &two(both, get)));
    told(&code(&two(any, get), &two(get, any)));
    let swapped = all(&[of("Allow", [b, any, "*", ""]), of("Allow", [a, get, "*", ""])]);
    told(&code(&two(any, get), &swapped));
    // A Deny refuses as much with more.
    let unless = ", Condition = { StringNotEquals = { \"aws:PrincipalArn\" = var.m[\"a\"] } }";
    let deny = |action: &str, unless: &str| {
        all(&[of("Allow", [OWN, any, "*", ""]), of("Deny", [EVERYONE, action, "*", unless])])
    };
    quiet(&code(&deny(both, unless), &deny(any, unless)));
    told(&code(&deny(any, unless), &deny(both, unless)));
    told(&code(&deny(both, unless), &deny(any, &unless.replace("[\"a\"]", "[\"b\"]"))));
    // What is there under a condition.
    let perhaps = |condition: &str, action: &str| {
        let text = of("Allow", [a, action, "*", ""]);
        policy("", &[])
            .replace("Statement = []", &format!("Statement = {condition} ? [{text}] : []"))
            .replace(BUCKET, &format!("{list}{BUCKET}"))
    };
    quiet(&code(&perhaps("var.on", any), &perhaps("var.on", get)));
    told(&code(&perhaps("var.on", any), &perhaps("!var.on", get)));
    told(&code(&perhaps("var.on", get), &perhaps("var.on", any)));
    // One that is written once, and is there for each of several.
    let each = |first: &str, second: &str| {
        let values = format!(
            "{{ p = {{ who = var.m[\"a\"], what = {first} }}, q = {{ who = var.m[\"b\"], what = {second} }} }}"
        );
        let text = of("Allow", ["{ AWS = it.who }", "it.what", "*", ""]);
        policy("", &[])
            .replace("Statement = []", &format!("Statement = [for it in {values} : {text}]"))
            .replace(BUCKET, &format!("{list}{BUCKET}"))
    };
    told(&code(&each(any, get), &each(get, any)));
}

/// Statements of a document that are there under a condition.
#[test]
fn less_of_an_optional_statement() {
    let of = |each: &str, action: &str, path: &str| {
        let content = block("content", "x", "Allow", ["AWS", "var.list"], action).replace("b-example/*", path);
        let optional = format!("  dynamic \"statement\" {{\n    for_each = {each}\n{content}  }}\n");
        of_document(&document(
            "d",
            "",
            &[block("statement", "t", "Deny", ["*", "[\"*\"]"], "s3:DeleteBucket"), optional],
        )) + "variable \"list\" {\n  type = list(string)\n}\n"
    };
    let some = "length(var.list) > 0 ? [1] : []";
    let (get, wide, narrow) = ("s3:GetObject", "b-example/a/*", "b-example/a/b/*");
    quiet(&code(&of(some, get, wide), &of(some, get, narrow)));
    quiet(&code(&of(some, get, wide), &of("length(var.list) == 0 ? [] : [\"x\"]", get, wide)));
    told(&code(&of(some, get, narrow), &of(some, get, wide)));
    told(&code(&of(some, get, wide), &of(some, "s3:*", wide)));
    told(&code(&of(some, get, wide), &of("var.on ? [1] : []", get, wide)));
    told(&code(&of(some, get, wide), &of(some, get, wide).replace("identifiers = var.list", "identifiers = [\"*\"]")));
}

/// What is not known is the same wherever it stands in its file, and whatever else is said of what it names.
#[test]
fn places() {
    let of = |more: &str, each: &str, action: &str| {
        format!(
            "{more}variable \"who\" {{\n  type = list(string)\n}}\nlocals {{\n  all = {{ raw = {{ who = var.who }}, own = {{ who = [] }} }}\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  for_each = local.all\n  bucket = \"b-${{each.key}}\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  for_each = {each}\n  bucket = aws_s3_bucket.b[each.key].id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = each.value.who }}, Action = \"{action}\", Resource = \"${{aws_s3_bucket.b[each.key].arn}}/*\" }}] }})\n}}\n"
        )
    };
    let each = "{ for k, v in local.all : k => v if length(v.who) > 0 }";
    let was = of("", each, "s3:GetObject");
    let case = |now: &str, is_told: bool| {
        let Some(it) = Repository::changed(&[("main.tf", was.as_str())], &[("main.tf", now)]) else { return };
        let found = it.counting(&[&["--base", "HEAD"], ACCOUNT.as_slice()].concat());
        assert_eq!(!found.is_empty(), is_told, "{now}{found:#?}");
    };
    case(&of("# a word\n", each, "s3:GetObject"), false);
    case(&was.replace("  bucket = \"b-", "  tags = { a = \"b\" }\n  bucket = \"b-"), false);
    case(&was.replace("  for_each = {", "  for_each   = {"), false);
    case(&of("# a word\n", each, "s3:*"), true);
    case(&of("# a word\n", &each.replace(" if length(v.who) > 0", ""), "s3:GetObject"), true);
}

/// Templates: a parameter that is limited, or has another name and its old default, and other words for one text.
#[test]
fn parameters_and_texts_of_templates() {
    let of = |parameters: &str, who: &str, condition: &str| {
        let text = format!(
            "Parameters:\n{parameters}Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: b-example\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Statement:\n          - {{Effect: Allow, Principal: {{AWS: {who}}}, Action: \"s3:GetObject\", Resource: !Sub \"${{B.Arn}}/*\"{condition}}}\n"
        );
        text
    };
    let case = |was: &str, now: &str| [("t.yaml", was.to_owned(), now.to_owned())];
    let only = |form: &str| of(&format!("  Who: {{Type: String{form}}}\n"), "!Ref Who", "");
    let (pattern, allowed) = (", AllowedPattern: \"^arn:aws:iam::1.*$\"", ", AllowedValues: [\"111122223333\"]");
    quiet(&case(&only(""), &only(pattern)));
    told(&case(&only(pattern), &only("")));
    told(&case(&only(pattern), &only(", AllowedPattern: \".*\"")));
    told(&case(&only(allowed), &only("")));
    told(&case(&only(allowed), &only(", AllowedValues: [\"111122223333\", \"*\"]")));
    let import = |name: &str, default: &str, who: &str| {
        of(&format!("  {name}: {{Type: String, Default: {default}}}\n"), &format!("{{\"Fn::ImportValue\": {who}}}"), "")
    };
    let sub = |name: &str| format!("!Sub \"${{{name}}}-role\"");
    let was = import("Net", "net", &sub("Net"));
    quiet(&case(&was, &import("Net", "net", "!Join [\"-\", [!Ref Net, role]]")));
    told(&case(&was, &import("Net", "net", "!Join [\"-\", [!Ref Net, admin]]")));
    told(&case(&was, &import("Net", "net", "!Join [\"/\", [!Ref Net, role]]")));
    quiet(&case(&was, &import("Network", "net", &sub("Network"))));
    told(&case(&was, &import("Network", "other", &sub("Network"))));
    told(&case(&was, &import("Network", "net", "!Sub \"${Network}-admin\"")));
    // Two with one default may be either.
    let two = |a: &str, b: &str, own: &str| {
        let parameters = format!("  {a}: {{Type: String, Default: net}}\n  {b}: {{Type: String, Default: net}}\n");
        of(&parameters, &format!("{{\"Fn::ImportValue\": {}}}", sub(own)), "")
    };
    told(&case(&two("A", "B", "A"), &two("C", "D", "D")));
}

/// Space and the `Id` of a policy that a template makes, and lists of one attribute of each of several.
#[test]
fn other_words_beside_what_is_not_known() {
    let main = policy("", &[]).replace(
        "jsonencode({ Version = \"2012-10-17\", Statement = [] })",
        "templatefile(\"${path.module}/p.tftpl\", { who = var.list })",
    ) + "variable \"list\" {\n  type = list(string)\n}\n";
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": ${jsonencode(who)}}, \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::b-example/a/*\"}]\n}\n";
    let case = |now: &str| [("main.tf", main.clone(), main.clone()), ("p.tftpl", text.to_owned(), now.to_owned())];
    quiet(&case(&text.replace("\"Version\": ", "\"Version\"  :   ")));
    quiet(&case(&text.replacen('{', "{\n  \"Id\": \"own\",", 1)));
    told(&case(&text.replace("a/*", "*")));
    told(&case(&text.replace("\"s3:GetObject\"", "[ \"s3:GetObject\", \"s3:PutObject\" ]")));
    let roles = |who: &str| {
        let roles = "variable \"names\" {\n  type = set(string)\n}\nresource \"aws_iam_role\" \"x\" {\n  for_each = var.names\n  name = each.key\n  assume_role_policy = \"{}\"\n}\nresource \"aws_iam_role\" \"y\" {\n  for_each = var.names\n  name = \"y-${each.key}\"\n  assume_role_policy = \"{}\"\n}\n";
        policy("", &[statement("a", "Allow", &format!("{{ AWS = {who} }}"), "")]) + roles
    };
    let was = roles("[for r in aws_iam_role.x : r.arn]");
    quiet(&code(&was, &roles("values(aws_iam_role.x)[*].arn")));
    quiet(&code(&was, &roles("[for it in aws_iam_role.x : it.arn]")));
    told(&code(&was, &roles("values(aws_iam_role.y)[*].arn")));
    told(&code(&was, &roles("values(aws_iam_role.x)[*].unique_id")));
    told(&code(&was, &roles("[for k, r in aws_iam_role.x : k]")));
    // The same words, of one more.
    told(&code(&was, &was.replacen("for_each = var.names", "for_each = setunion(var.names, [\"own\"])", 1)));
}
