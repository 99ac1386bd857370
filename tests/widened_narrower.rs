//! `--base`: what says the same of something that is not known, or can only close, is not told; what may open stays told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{File, widened};

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
