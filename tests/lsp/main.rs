//! `bucketlint lsp` as an editor meets it: the built binary over its pipes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod client;

use client::{Client, Folder, codes, edited, of};
use serde_json::{Value, json};

const BAD: &str = "resource \"aws_s3_bucket\" \"site\" {\n  acl = \"public-read\"\n}\n";
const GOOD: &str = "resource \"aws_s3_bucket\" \"site\" {\n  acl = \"private\"\n}\n";

fn position(line: u32, character: u32) -> Value {
    json!({ "line": line, "character": character })
}

fn range(a: u32, b: u32, c: u32, d: u32) -> Value {
    json!({ "start": position(a, b), "end": position(c, d) })
}

fn has(all: &[Value], code: &str) -> bool {
    codes(all).contains(&code)
}

#[test]
fn a_file_is_opened_mended_and_closed() {
    let folder = Folder::new(&[("main.tf", BAD)]);
    let main = folder.uri("main.tf");
    let mut client = Client::of(&folder);
    // The workspace is judged before anything is open.
    assert!(has(&client.diagnostics(&main), "acl-public-read"));
    client.open(&main, BAD);
    let all = client.until(&main, |it| has(it, "acl-public-read"));
    let it = of(&all, "acl-public-read");
    assert_eq!(it["range"], range(1, 8, 1, 21), "{it}");
    assert_eq!((&it["severity"], &it["source"]), (&json!(1), &json!("bucketlint")));
    assert!(it["codeDescription"]["href"].as_str().unwrap().starts_with("https://docs.aws.amazon.com/"));
    assert!(it["message"].as_str().unwrap().contains("\nexample request: anonymous → s3:ListBucket on "), "{it}");
    assert_eq!(it["data"]["address"], "aws_s3_bucket.site");
    assert_eq!(it["data"]["fingerprint"].as_str().unwrap().len(), 32);

    let hover = client.hover(&main, 1, 10);
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.starts_with("### `acl-public-read`: ACL lets anyone list the bucket"), "{text}");
    assert!(text.contains("#### Why\n") && text.contains("#### Do\n") && text.contains("<https://docs.aws"), "{text}");
    assert_eq!(hover["range"], range(1, 8, 1, 21));

    // Only the word within the quotes is replaced.
    client.change(&main, json!([{ "range": range(1, 9, 1, 20), "text": "private" }]));
    let all = client.until(&main, |it| !has(it, "acl-public-read"));
    let hover = client.hover(&main, 0, 3);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("### `aws_s3_bucket.site`: not public"), "{hover}");
    assert!(has(&all, "versioning"), "{:?}", codes(&all));

    // Closed without saving: what is on disk counts.
    client.close(&main);
    client.until(&main, |it| has(it, "acl-public-read"));
    folder.write("main.tf", GOOD);
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": main, "type": 2 }] }));
    client.until(&main, |it| !has(it, "acl-public-read"));
    std::fs::remove_file(folder.0.join("main.tf")).unwrap();
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": main, "type": 3 }] }));
    client.until(&main, |it| it.is_empty());
    assert_eq!(client.shutdown(), 0);
}

const CALLER: &str = r#"module "lake" {
  source = "./modules/lake"
  policy = file("${path.module}/policies/lake.json")
}
"#;
const MODULE: &str = r#"variable "policy" {}

resource "aws_s3_bucket" "this" {}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = var.policy
}
"#;

fn policy(principal: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {principal}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}}]}}"#
    )
}

/// What is written in one file is found where it takes effect, and both are told.
#[test]
fn a_policy_of_a_module_is_judged_where_it_is_used() {
    let closed = policy(r#"{"AWS": "arn:aws:iam::111122223333:root"}"#);
    let module = MODULE.replace("aws_s3_bucket\" \"this\" {}", "aws_s3_bucket\" \"this\" {\n  bucket = \"lake\"\n}");
    let folder =
        Folder::new(&[("main.tf", CALLER), ("modules/lake/main.tf", &module), ("policies/lake.json", &closed)]);
    let [policy_uri, module_uri] = ["policies/lake.json", "modules/lake/main.tf"].map(|it| folder.uri(it));
    let mut client = Client::of(&folder);
    client.open_as(&policy_uri, "json", &closed);
    client.open(&module_uri, &module);
    let before = client.until(&module_uri, |_| true);
    assert!(!has(&before, "policy-public-read"), "{:?}", codes(&before));
    client.change(&policy_uri, json!([{ "text": policy("\"*\"") }]));
    let is_public = |all: &[Value]| {
        all.iter().any(|it| it["severity"] == 1 && it["message"].as_str().unwrap().contains("anonymous"))
    };
    let all = client.until(&policy_uri, is_public);
    let it = all.iter().find(|it| it["severity"] == 1).unwrap();
    assert_eq!(it["data"]["address"], "module.lake.aws_s3_bucket.this", "{it}");
    let related: Vec<&str> =
        it["relatedInformation"].as_array().unwrap().iter().map(|it| it["location"]["uri"].as_str().unwrap()).collect();
    assert!(related.contains(&module_uri.as_str()), "{related:?}");
    let all = client.until(&module_uri, |it| it.iter().any(|it| it["message"].as_str().unwrap().contains("anonymous")));
    let shadow = all.iter().find(|it| it["message"].as_str().unwrap().contains("anonymous")).unwrap();
    assert_eq!((&shadow["severity"], &shadow["range"]["start"]), (&json!(3), &position(2, 0)));
    assert_eq!(shadow["relatedInformation"][0]["location"]["uri"], policy_uri);
    // JSON has no comments: what is said about the policy is said at its bucket.
    let actions = client.actions(&policy_uri, &it["range"]);
    let suppress = actions.iter().find(|it| it["title"].as_str().unwrap().starts_with("Suppress")).unwrap();
    let after = edited(&module, &suppress["edit"]["changes"][&module_uri]);
    assert!(
        after.contains("\n# bucketlint:ignore bucket-policy-public-principal reason=\"\"\nresource \"aws_s3_bucket\""),
        "{after}"
    );
    // The verdict stands at the bucket's block in the other file.
    let hover = client.hover(&module_uri, 2, 2);
    let text = hover["contents"]["value"].as_str().unwrap();
    let verdict = text.split("\n---\n").next().unwrap();
    insta::with_settings!({ snapshot_path => "../snapshots" }, { insta::assert_snapshot!("hover_on_a_bucket", verdict) });
    client.change(&policy_uri, json!([{ "text": closed }]));
    client.until(&policy_uri, |all| !is_public(all));
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn a_finding_is_suppressed_by_an_action() {
    let text = format!("# ü𝄞\nlocals {{}}\n\n{BAD}");
    let folder = Folder::new(&[("main.tf", &text)]);
    let main = folder.uri("main.tf");
    let mut client = Client::start(&["--stdio"]);
    let capabilities = json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } });
    client.greet(capabilities, json!([{ "uri": folder.uri(""), "name": "x" }]));
    client.open(&main, &text);
    let all = client.until(&main, |it| has(it, "acl-public-read"));
    let at = of(&all, "acl-public-read")["range"].clone();
    let actions = client.actions(&main, &at);
    let action = actions.iter().find(|it| it["title"] == "Suppress acl-public-read here, with a reason").unwrap();
    assert_eq!((&action["kind"], &action["diagnostics"][0]["code"]), (&json!("quickfix"), &json!("acl-public-read")));
    let change = &action["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": main, "version": 1 }));
    let after = edited(&text, &change["edits"]);
    assert_eq!(after, format!("# ü𝄞\nlocals {{}}\n\n# bucketlint:ignore acl-public-read reason=\"\"\n{BAD}"));
    client.change(&main, json!([{ "text": after }]));
    // It does not count any more; that nobody said why is told.
    let all = client.until(&main, |it| !has(it, "acl-public-read"));
    assert!(has(&all, "suppression-without-reason"), "{:?}", codes(&all));
    client.change(&main, json!([{ "text": after.replace("reason=\"\"", "reason=\"a public site\"") }]));
    let all = client.until(&main, |it| !has(it, "suppression-without-reason"));
    assert!(!has(&all, "acl-public-read"));

    // Mended in spite of it: the suppression can go.
    let mended = after.replace("public-read\"", "private\"");
    client.change(&main, json!([{ "text": mended }]));
    let all = client.until(&main, |it| has(it, "suppression-unused"));
    let actions = client.actions(&main, &of(&all, "suppression-unused")["range"]);
    let titles: Vec<&str> = actions.iter().map(|it| it["title"].as_str().unwrap()).collect();
    assert_eq!((titles.as_slice(), &actions[0]["isPreferred"]), (["Remove the suppression"].as_slice(), &json!(true)));
    assert_eq!(
        edited(&mended, &actions[0]["edit"]["documentChanges"][0]["edits"]),
        text.replace("public-read", "private")
    );
    assert_eq!(client.shutdown(), 0);
}

/// What an editor says that asks for the edit of the action that was chosen.
fn resolving() -> Value {
    let action = json!({ "dataSupport": true, "resolveSupport": { "properties": ["edit"] } });
    json!({ "textDocument": { "codeAction": action }, "workspace": { "workspaceEdit": { "documentChanges": true } } })
}

#[test]
fn a_fix_is_proved_when_it_is_chosen() {
    let folder = Folder::new(&[("main.tf", BAD)]);
    let main = folder.uri("main.tf");
    let mut client = Client::start(&[]);
    let told = client.greet(resolving(), json!([{ "uri": folder.uri(""), "name": "x" }]));
    assert_eq!(told["capabilities"]["codeActionProvider"]["resolveProvider"], json!(true));
    client.open(&main, BAD);
    client.until(&main, |it| has(it, "acl-public-read"));
    let actions = client.actions(&main, &range(1, 8, 1, 21));
    let title = |it: &Value| it["title"].as_str().unwrap().to_owned();
    let fix = actions.iter().find(|it| title(it).contains("(unsafe: ")).unwrap().clone();
    assert!(fix.get("edit").is_none() && fix["data"]["rule"] == "acl-public-read", "{fix}");
    let resolved = client.ask("codeAction/resolve", fix.clone())["result"].clone();
    let change = &resolved["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": main, "version": 1 }));
    assert_eq!(edited(BAD, &change["edits"]), GOOD);
    // The rest is as it was; what has its edit already is given back.
    assert_eq!((&resolved["title"], &resolved["diagnostics"]), (&fix["title"], &fix["diagnostics"]));
    let silencing = actions.iter().find(|it| title(it).starts_with("Suppress ")).unwrap();
    assert_eq!(&client.ask("codeAction/resolve", silencing.clone())["result"], silencing);

    // The code is another one by now: nothing is made of it, and that is told.
    client.change(&main, json!([{ "text": GOOD }]));
    let stale = client.ask("codeAction/resolve", fix)["result"].clone();
    let message = client.wait_for("the reason", |it| it["method"] == "window/showMessage");
    let text = message["params"]["message"].as_str().unwrap();
    assert!(stale.get("edit").is_none() && text.contains("not fixed: `acl-public-read` is not found there"), "{text}");
    assert_eq!(client.shutdown(), 0);
}

/// A fix that would do harm is not made: what shuts the one bucket shuts another one too, by an anchor of YAML.
#[test]
fn a_fix_that_does_not_hold_is_not_made() {
    let policy = "  Read:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Site\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Principal: '*'\n            Action: s3:GetObject\n            Resource: !Sub '${Site.Arn}/*'\n";
    let code = format!(
        "Resources:\n  Data:\n    Type: AWS::S3::Bucket\n    Properties: &p\n      Tags: []\n  Site:\n    Type: AWS::S3::Bucket\n    Properties:\n      <<: *p\n      BucketName: site-example\n{policy}"
    );
    let folder = Folder::new(&[("stack.yaml", &code)]);
    let uri = folder.uri("stack.yaml");
    for capabilities in [resolving(), json!({})] {
        let resolves = capabilities != json!({});
        let mut client = Client::start(&[]);
        client.greet(capabilities, json!([{ "uri": folder.uri(""), "name": "x" }]));
        client.open_as(&uri, "yaml", &code);
        let all = client.until(&uri, |it| has(it, "bpa-missing"));
        let at = of(&all, "bpa-missing")["range"].clone();
        let actions = client.actions(&uri, &at);
        let is_wanted = |it: &&Value| {
            it["diagnostics"][0]["code"] == "bpa-missing" && !it["title"].as_str().unwrap().starts_with("Suppress")
        };
        let fix = actions.iter().find(is_wanted).unwrap().clone();
        // Who cannot ask for the edit gets it, and is told.
        assert_eq!(fix["title"].as_str().unwrap().contains("not proved"), !resolves, "{fix}");
        assert_eq!(fix.get("edit").is_some(), !resolves);
        if resolves {
            let resolved = client.ask("codeAction/resolve", fix)["result"].clone();
            let message = client.wait_for("the reason", |it| it["method"] == "window/showMessage");
            let text = message["params"]["message"].as_str().unwrap();
            assert!(resolved.get("edit").is_none() && text.contains("it takes access to Site away"), "{text}");
        }
        assert_eq!(client.shutdown(), 0);
    }
}

#[test]
fn a_template_is_judged_and_suppressed_in() {
    let text = "Resources:\n  Site:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead\n";
    let folder = Folder::new(&[("site.yaml", text)]);
    let uri = folder.uri("site.yaml");
    let mut client = Client::of(&folder);
    client.open_as(&uri, "yaml", text);
    let all = client.until(&uri, |it| has(it, "acl-public-read"));
    let at = &of(&all, "acl-public-read")["range"];
    let actions = client.actions(&uri, at);
    let action = actions.iter().find(|it| it["title"].as_str().unwrap().contains("acl-public-read")).unwrap();
    let after = edited(text, &action["edit"]["changes"][&uri]);
    assert!(after.contains("  # bucketlint:ignore acl-public-read reason=\"\"\n  Site:\n    Type:"), "{after}");
    client.change(&uri, json!([{ "text": after }]));
    client.until(&uri, |it| !has(it, "acl-public-read"));
    let only =
        json!({ "textDocument": { "uri": uri }, "range": range(0, 0, 9, 0), "context": { "only": ["refactor"] } });
    assert_eq!(client.ask("textDocument/codeAction", only)["result"], json!([]));
    assert_eq!(client.shutdown(), 0);
}

/// Columns behind characters of two, three and four bytes, in both encodings.
#[test]
fn columns_are_in_the_agreed_units() {
    let text = "resource \"aws_s3_bucket\" \"b\" {\n  tags = { x = \"ä€𝄞\" }\n  /* ä€𝄞 */ acl = \"public-read\"\n}\n";
    let folder = Folder::new(&[("main.tf", text)]);
    let main = folder.uri("main.tf");
    let check = |encodings: Value, agreed: &str, columns: (u32, u32), hover: u32| {
        let mut client = Client::start(&[]);
        let capabilities = json!({ "general": { "positionEncodings": encodings } });
        let answer = client.greet(capabilities, json!([{ "uri": folder.uri(""), "name": "x" }]));
        assert_eq!(answer["capabilities"]["positionEncoding"], agreed);
        client.open(&main, text);
        let all = client.until(&main, |it| has(it, "acl-public-read"));
        assert_eq!(of(&all, "acl-public-read")["range"], range(2, columns.0, 2, columns.1));
        assert!(client.hover(&main, 2, hover)["contents"]["value"].as_str().unwrap().contains("acl-public-read"));
        client.change(&main, json!([{ "range": range(2, columns.0 + 1, 2, columns.1 - 1), "text": "private" }]));
        client.until(&main, |it| !has(it, "acl-public-read"));
        assert_eq!(client.shutdown(), 0);
    };
    check(json!(["utf-32", "utf-8", "utf-16"]), "utf-8", (24, 37), 37);
    check(json!(["utf-16"]), "utf-16", (19, 32), 19);
    check(Value::Null, "utf-16", (19, 32), 32);
}

#[test]
fn what_is_not_known_is_shown() {
    let text = "variable \"acl\" {}\n\nresource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n";
    let folder = Folder::new(&[("main.tf", text), ("broken.tf", "resource \"aws_s3_bucket\" \"c\" {\n  acl = \n")]);
    let [main, broken] = ["main.tf", "broken.tf"].map(|it| folder.uri(it));
    let mut client = Client::of(&folder);
    client.open(&main, text);
    let all = client.diagnostics(&main);
    let open = all.iter().find(|it| it["data"]["status"] == "unknown").unwrap();
    assert!(3 <= open["severity"].as_u64().unwrap(), "{open}");
    assert!(open["message"].as_str().unwrap().contains("not known: `var.acl` has no value here"), "{open}");
    let all = client.diagnostics(&broken);
    assert!(all.iter().any(|it| it["severity"] == 3 && it.get("data").is_none()), "{all:?}");
    let hover = client.hover(&main, 2, 5);
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("### `aws_s3_bucket.b`: not known"), "{text}");
    assert!(
        text.contains("- not known: `var.acl` has no value here") && text.contains("- could not be read: "),
        "{text}"
    );
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn the_configuration_and_suppressions_count() {
    let config = "rules: { acl-public-read: off }\n";
    let folder = Folder::new(&[("bucketlint.yaml", config), ("main.tf", BAD), ("examples/main.tf", BAD)]);
    let [main, yaml] = ["main.tf", "bucketlint.yaml"].map(|it| folder.uri(it));
    let mut client = Client::of(&folder);
    client.open(&main, BAD);
    let all = client.diagnostics(&main);
    assert!(!all.is_empty() && !has(&all, "acl-public-read"), "{:?}", codes(&all));
    folder.write("bucketlint.yaml", "exclude: [\"examples/**\"]\nfail-onn: low\n");
    client.tell("textDocument/didSave", json!({ "textDocument": { "uri": yaml } }));
    let all = client.diagnostics(&yaml);
    assert_eq!((codes(&all), &all[0]["range"]["start"]), (vec!["configuration"], &position(1, 0)));
    let message = client.wait_for("message", |it| it["method"] == "window/showMessage");
    let text = message["params"]["message"].as_str().unwrap();
    assert!(text.contains("did you mean `fail-on`?") && text.contains("nothing is judged"), "{text}");
    folder.write("bucketlint.yaml", "exclude: [\"examples/**\"]\n");
    client.tell("textDocument/didSave", json!({ "textDocument": { "uri": yaml } }));
    assert_eq!(client.diagnostics(&yaml), [] as [Value; 0]);
    client.until(&main, |it| has(it, "acl-public-read"));
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn files_outside_the_workspace_and_without_a_file() {
    let folder = Folder::new(&[
        ("a b/main.tf", BAD),
        ("a b/other.tf", "resource \"aws_s3_bucket\" \"o\" {\n  acl = \"public-read\"\n}\n"),
    ]);
    let mut client = Client::start(&[]);
    client.greet(json!({}), Value::Null);
    // An editor may spell it otherwise.
    let main = folder.uri("a b/main.tf").replace("main", "m%61in");
    client.open(&main, BAD);
    client.until(&main, |it| has(it, "acl-public-read"));
    // A file that is not on disk yet is part of its folder.
    let new = folder.uri("a b/new.tf");
    client.open(
        &new,
        "resource \"aws_s3_bucket_acl\" \"n\" {\n  bucket = aws_s3_bucket.none.id\n  acl = \"public-read\"\n}\n",
    );
    let all = client.until(&new, |it| !it.is_empty());
    assert!(all.iter().all(|it| it["code"] != "unreadable-file"), "{:?}", codes(&all));
    // What is none of ours has no diagnostics.
    let notes = folder.uri("a b/notes.yaml");
    client.open_as(&notes, "yaml", "a: 1\n");
    assert!(client.diagnostics(&notes).is_empty());
    client.open("untitled:Untitled-1", BAD);
    client.until("untitled:Untitled-1", |it| has(it, "acl-public-read"));
    assert!(client.hover("untitled:Untitled-1", 0, 3)["contents"]["value"].as_str().unwrap().contains(": public"));
    client.close("untitled:Untitled-1");
    assert!(client.diagnostics("untitled:Untitled-1").is_empty());
    client.open("git:/x/main.tf?ref", BAD);
    client.open("file:///c%3A/none/main.tf", BAD);
    client.until("file:///c%3A/none/main.tf", |it| has(it, "acl-public-read"));
    assert_eq!(client.hover("git:/x/main.tf?ref", 0, 0), Value::Null);
    assert_eq!(client.actions("nothing", &range(0, 0, 0, 0)), [] as [Value; 0]);
    for uri in [&main, &new] {
        client.close(uri);
    }
    client.until(&main, |it| it.is_empty());
    assert!(
        client.shown.keys().all(|it| !it.contains("git:") && !it.contains("other.tf")),
        "{:?}",
        client.shown.keys()
    );
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn folders_come_and_go() {
    let [one, two] = [0, 1].map(|_| Folder::new(&[("main.tf", BAD)]));
    let mut client = Client::of(&one);
    assert!(has(&client.diagnostics(&one.uri("main.tf")), "acl-public-read"));
    let event =
        json!({ "added": [{ "uri": two.uri(""), "name": "2" }], "removed": [{ "uri": one.uri(""), "name": "1" }] });
    client.tell("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    assert!(client.diagnostics(&one.uri("main.tf")).is_empty());
    assert!(has(&client.diagnostics(&two.uri("main.tf")), "acl-public-read"));
    assert_eq!(client.shutdown(), 0);
}

#[test]
fn the_protocol_is_kept() {
    let mut client = Client::start(&[]);
    let code = |it: Value| it["error"]["code"].as_i64().unwrap();
    assert_eq!(code(client.ask("textDocument/hover", json!({}))), -32002);
    client.tell("textDocument/didOpen", json!({ "textDocument": 1 }));
    let capabilities = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let answer = client.greet(capabilities, json!([]));
    assert_eq!(answer["serverInfo"]["name"], "bucketlint");
    assert_eq!(answer["capabilities"]["textDocumentSync"]["change"], 2);
    let asked = client.wait_for("registration", |it| it["method"] == "client/registerCapability");
    client.send(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": null }));
    assert_eq!(code(client.ask("initialize", json!({}))), -32600);
    assert_eq!(code(client.ask("textDocument/rename", json!({}))), -32601);
    assert_eq!(code(client.ask("textDocument/hover", json!({ "textDocument": {} }))), -32602);
    client.tell("textDocument/didChange", json!([1]));
    client.wait_for("complaint", |it| it["method"] == "window/logMessage");
    client.tell("$/unheard", json!({}));
    client.tell("$/cancelRequest", json!({ "id": 99 }));
    // Broken in every way: the next message is understood.
    let id = |it: &Value| it["id"].is_null() && it.get("method").is_none();
    for (bytes, expected) in [
        (b"Content-Length: 5\r\n\r\n{\"a\":".as_slice(), -32700),
        (b"Content-Length: 3\r\n\r\n{\"a\":1}", -32700),
        (b"Content-Length: x\r\n\r\n", -32700),
        (b"Content-Type: y\r\n\r\n", -32700),
        (b"Content-Length: 2\r\n\r\n\xff\xfe", -32700),
        (b"Content-Length: 2\r\n\r\n[]", -32600),
        (b"Content-Length: 2\r\n\r\n{}", -32600),
    ] {
        client.raw(bytes);
        let shown = String::from_utf8_lossy(bytes).into_owned();
        // What has no end yet ends with the next message.
        let next = client.request("textDocument/none", json!({}));
        assert_eq!(code(client.wait_for(&shown, id)), expected, "{shown}");
        assert_eq!(code(client.answer(&json!(next))), -32601, "{shown}");
    }
    assert_eq!(client.ask("shutdown", Value::Null)["result"], Value::Null);
    assert_eq!(code(client.ask("textDocument/hover", json!({}))), -32600);
    client.tell("exit", Value::Null);
    assert_eq!(client.end(), 0);
}

#[test]
fn without_shutdown_the_exit_code_is_1() {
    let mut client = Client::start(&[]);
    client.greet(json!({}), Value::Null);
    client.tell("exit", Value::Null);
    assert_eq!(client.end(), 1);
    let mut client = Client::start(&[]);
    client.tell("exit", Value::Null);
    assert_eq!(client.end(), 1);
    assert_eq!(Client::start(&[]).end(), 1);
}

#[test]
fn a_huge_document_and_a_deep_one() {
    let folder = Folder::new(&[]);
    let mut client = Client::of(&folder);
    let [huge, deep] = ["huge.tf", "deep.json"].map(|it| folder.uri(it));
    client.open(&huge, &format!("{BAD}# {}\n", "x".repeat(17 * 1024 * 1024)));
    let all = client.diagnostics(&huge);
    assert!(all.iter().any(|it| it["message"].as_str().unwrap().contains("larger than")), "{:?}", codes(&all));
    client.change(&huge, json!([{ "text": BAD }]));
    client.until(&huge, |it| has(it, "acl-public-read"));
    client.open_as(&deep, "json", &format!("{{\"Statement\": {}", "[".repeat(200_000)));
    client.diagnostics(&deep);
    assert_eq!(client.shutdown(), 0);
}
