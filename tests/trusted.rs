//! Suppressions of a trusted revision: they go with what they are about, in any words, and with nothing else.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::Repository;

const RULE: &str = "bucket-policy-public-principal";
/// In a line of its own, and behind something.
const MARK: &str = "  # bucketlint:ignore bucket-policy-public-principal reason=\"x\"\n";
const BEHIND: &str = " # bucketlint:ignore bucket-policy-public-principal reason=\"x\"";
const NONE: &str = "";

type Files<'a> = &'a [(&'a str, &'a str)];

/// What counts after a change, of files that are gone if they are not there any more: suppressions that do not, and everything else.
fn told(was: Files<'_>, now: Files<'_>) -> Option<(usize, usize)> {
    let it = Repository::new(was)?;
    let off = ["--disable", "versioning", "--disable", "bpa-missing"];
    let clean = it.counting(&off);
    assert!(clean.is_empty(), "{clean:?}");
    for (path, _) in was.iter().filter(|it| !now.iter().any(|now| now.0 == it.0)) {
        std::fs::remove_file(it.0.join(path)).unwrap();
    }
    now.iter().for_each(|(path, text)| it.write(path, text));
    let found = it.counting(&[&off[..], &["--policy-from", "HEAD"]].concat());
    let count = |is_it: bool| found.iter().filter(|it| it.starts_with("suppression-added ") == is_it).count();
    Some((count(true), count(false)))
}

/// Nothing is said of the change.
fn counts(was: Files<'_>, now: Files<'_>) {
    let Some(found) = told(was, now) else { return };
    assert_eq!(found, (0, 0), "{was:?}\n{now:?}");
}

/// What is suppressed counts, and it is told why.
fn is_new(was: Files<'_>, now: Files<'_>) {
    let Some(found) = told(was, now) else { return };
    assert!(0 < found.0 && 0 < found.1, "{found:?} {was:?}\n{now:?}");
}

fn bucket(label: &str, mark: &str, name: &str) -> String {
    format!("resource \"aws_s3_bucket\" \"{label}\" {{\n{mark}  bucket = {name}\n}}\n")
}

fn site(mark: &str) -> String {
    bucket("site", mark, "\"acme-site\"")
}

/// Marks at the block, in the statement, and behind its principal.
fn policy(label: &str, [block, statement, behind]: [&str; 3]) -> String {
    format!(
        "resource \"aws_s3_bucket_policy\" \"{label}\" {{\n{block}  bucket = aws_s3_bucket.{label}.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{\n{statement}    Effect = \"Allow\"\n    Principal = \"*\"{behind}\n    Action = \"s3:GetObject\"\n    Resource = \"${{aws_s3_bucket.{label}.arn}}/*\"\n  }}] }})\n}}\n"
    )
}

/// The same in a document.
fn document(label: &str, [block, statement, behind]: [&str; 3]) -> String {
    format!(
        "resource \"aws_s3_bucket_policy\" \"{label}\" {{\n  bucket = aws_s3_bucket.{label}.id\n  policy = data.aws_iam_policy_document.d.json\n}}\ndata \"aws_iam_policy_document\" \"d\" {{\n  version = \"2012-10-17\"\n{block}  statement {{\n{statement}    effect = \"Allow\"\n    principals {{{behind}\n      type = \"*\"\n      identifiers = [\"*\"]\n    }}\n    actions = [\"s3:GetObject\"]\n    resources = [\"${{aws_s3_bucket.{label}.arn}}/*\"]\n  }}\n}}\n"
    )
}

fn called(text: &str, name: &str) -> String {
    text.replace("\"site\"", &format!("\"{name}\"")).replace("bucket.site.", &format!("bucket.{name}."))
}

/// One policy as `jsonencode`, as a document, in the block of its bucket's resource.
#[test]
fn a_policy_in_other_words() {
    let (site, own) = (site(NONE), |text: String| site(NONE) + &text);
    let places = [[MARK, NONE, NONE], [NONE, MARK, NONE], [NONE, NONE, BEHIND]];
    let [_, statement, behind] = places;
    for place in &places[1..] {
        counts(&[("a.tf", &own(policy("site", *place)))], &[("a.tf", &own(document("site", *place)))]);
        counts(&[("a.tf", &own(document("site", *place)))], &[("a.tf", &own(policy("site", *place)))]);
    }
    // Less of it is no more than it was; more of it is.
    counts(&[("a.tf", &own(policy("site", places[0])))], &[("a.tf", &own(document("site", behind)))]);
    counts(&[("a.tf", &own(policy("site", statement)))], &[("a.tf", &own(document("site", behind)))]);
    is_new(&[("a.tf", &own(policy("site", behind)))], &[("a.tf", &own(document("site", statement)))]);
    is_new(&[("a.tf", &own(document("site", behind)))], &[("a.tf", &own(policy("site", places[0])))]);
    // Another statement, and another bucket.
    let wider = document("site", statement).replace("s3:GetObject", "s3:GetObject*");
    is_new(&[("a.tf", &own(policy("site", statement)))], &[("a.tf", &own(wider))]);
    let both = site.clone() + &bucket("pay", NONE, "\"acme-pay\"");
    is_new(
        &[("a.tf", &(both.clone() + &policy("site", statement)))],
        &[("a.tf", &(both + &document("pay", statement)))],
    );
    let text = policy("site", places[0]);
    let json = "\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\",\\\"Action\\\":\\\"s3:GetObject\\\",\\\"Resource\\\":\\\"${aws_s3_bucket.site.arn}/*\\\"}]}\"\n}\n";
    let quoted = own(text.split("jsonencode").next().unwrap().to_owned() + json);
    counts(&[("a.tf", &quoted)], &[("a.tf", &own(document("site", statement)))]);
    let wider = document("site", statement).replace("s3:GetObject", "s3:GetObject*");
    is_new(&[("a.tf", &quoted)], &[("a.tf", &own(wider))]);
    // All of a bucket is more than its policy.
    let in_bucket = self::site(MARK) + &policy("site", [NONE; 3]);
    counts(&[("a.tf", &in_bucket)], &[("a.tf", &own(policy("site", places[0])))]);
    is_new(&[("a.tf", &own(policy("site", places[0])))], &[("a.tf", &in_bucket)]);
    // Behind an attribute it is about the next one: not new, and of no use.
    let behind_one = self::site(&format!("  force_destroy = false\n{MARK}")) + &policy("site", [NONE; 3]);
    assert_eq!(told(&[("a.tf", &in_bucket)], &[("a.tf", &behind_one)]).unwrap_or((0, 2)), (0, 2));
}

/// A bucket of the same name is the same, whatever the resource is called and however it is counted.
#[test]
fn a_bucket_under_another_address() {
    let was = site(NONE) + &policy("site", [NONE, NONE, BEHIND]);
    counts(&[("a.tf", &was)], &[("a.tf", &called(&was, "web"))]);
    let nameless = was.replace("  bucket = \"acme-site\"\n", "");
    is_new(&[("a.tf", &nameless)], &[("a.tf", &called(&nameless, "web"))]);
    let moved = "moved {\n  from = aws_s3_bucket.site\n  to = aws_s3_bucket.web\n}\n";
    counts(&[("a.tf", &nameless)], &[("a.tf", &(called(&nameless, "web") + moved))]);
    let counted = nameless
        .replace("\"aws_s3_bucket\" \"site\" {\n", "\"aws_s3_bucket\" \"site\" {\n  count = 1\n")
        .replace("bucket.site.", "bucket.site[0].");
    counts(&[("a.tf", &nameless)], &[("a.tf", &counted)]);
    let each = |label: &str, keys: &str| {
        let all = format!("{}{}", bucket(label, MARK, "\"acme-${each.key}\""), policy(label, [NONE; 3]));
        let all = all.replace(&format!("bucket.{label}."), &format!("bucket.{label}[each.key]."));
        let each = format!("  for_each = toset([{keys}])\n");
        all.replace("\" {\n", &format!("\" {{\n{each}")).replace(&format!("{each}{MARK}"), &format!("{MARK}{each}"))
    };
    let count = each("site", "").replace("for_each = toset([])", "count = 2").replace("each.key", "count.index");
    let two = each("site", "\"0\", \"1\"");
    counts(&[("a.tf", &count)], &[("a.tf", &two)]);
    counts(&[("a.tf", &two)], &[("a.tf", &(each("a", "\"0\"") + &each("b", "\"1\"")))]);
    counts(&[("a.tf", &(each("a", "\"0\"") + &each("b", "\"1\"")))], &[("a.tf", &two)]);
    is_new(&[("a.tf", &two)], &[("a.tf", &each("site", "\"0\", \"1\", \"2\""))]);
}

/// One at a call of a module is about what is in there.
#[test]
fn calls_of_modules() {
    let inner = "variable \"n\" {}\n".to_owned() + &bucket("site", NONE, "var.n") + &policy("site", [NONE; 3]);
    let module = ("mod/main.tf", inner.as_str());
    let call = |label: &str, more: &str, name: &str| {
        format!("module \"{label}\" {{\n{MARK}  source = \"./mod\"\n{more}  n = \"{name}\"\n}}\n")
    };
    let was = call("m", NONE, "acme-site");
    let from = |now: &[(&str, &str)], is_same: bool| {
        let was = [("a.tf", was.as_str()), module];
        if is_same { counts(&was, now) } else { is_new(&was, now) }
    };
    from(&[("a.tf", &call("web", NONE, "acme-site")), module], true);
    from(&[("a.tf", "locals { x = 1 }\n"), ("b.tf", &was), module], true);
    from(&[("a.tf", &was), ("mod/main.tf", &called(&inner, "web"))], true);
    let each = |keys: &str| call("m", &format!("  for_each = toset([{keys}])\n"), "${each.key}");
    from(&[("a.tf", &each("\"acme-site\"")), module], true);
    from(&[("a.tf", &(site(MARK) + &policy("site", [NONE; 3])))], true);
    from(&[("a.tf", &(site(NONE) + &policy("site", [MARK, NONE, NONE])))], true);
    from(&[("a.tf", &call("web", NONE, "acme-pay")), module], false);
    from(&[("a.tf", &each("\"acme-site\", \"acme-pay\"")), module], false);
    from(&[("a.tf", &(was.clone() + &call("two", NONE, "acme-two"))), module], false);
    let more =
        inner.clone() + &called(&inner, "pay").replace("var.n", "\"acme-pay\"").replace("variable \"n\" {}\n", "");
    from(&[("a.tf", &call("web", NONE, "acme-site")), ("mod/main.tf", &more)], false);
    // The bucket goes into a module, with its words at the call; its policy had words about less.
    let own = |bucket: &str, policy_: &str| site(bucket) + &policy("site", [policy_, NONE, NONE]);
    counts(&[("a.tf", &own(MARK, NONE))], &[("a.tf", &was), module]);
    is_new(&[("a.tf", &own(NONE, MARK))], &[("a.tf", &was), module]);
}

/// What one of two root modules has is not what the other has, where the name is not known.
#[test]
fn a_module_of_two_roots() {
    let nameless = bucket("site", MARK, "\"x\"").replace("bucket = \"x\"", "force_destroy = false");
    let module = nameless + &policy("site", [NONE; 3]);
    let call = "module \"m\" {\n  source = \"../mod\"\n}\n";
    let was = [("dev/a.tf", call), ("mod/main.tf", module.as_str())];
    counts(&was, &[("prod/a.tf", call), was[1]]);
    is_new(&was, &[was[0], ("prod/a.tf", call), was[1]]);
}

/// Words at a policy are not about statements that stand elsewhere: there they are new.
#[test]
fn a_document_apart() {
    let code = |policy: &str, statement: &str| {
        let text = site(NONE) + &document("site", [NONE, statement, NONE]);
        text.replace("bucket_policy\" \"site\" {\n", &format!("bucket_policy\" \"site\" {{\n{policy}"))
    };
    let Some(it) = Repository::new(&[("a.tf", &code(MARK, NONE))]) else { return };
    let counted = |arguments: &[&str], rule: &str| it.counting(arguments).iter().any(|it| it.starts_with(rule));
    assert!(counted(&[], RULE));
    it.write("a.tf", &code(NONE, MARK));
    assert!(!counted(&[], RULE));
    assert!(counted(&["--policy-from", "HEAD"], RULE) && counted(&["--policy-from", "HEAD"], "suppression-added"));
}

/// Of several blocks of one kind each is one of its own.
#[test]
fn blocks_beside_others() {
    let rule = |mark: &str, method: &str, origin: &str| {
        format!(
            "  cors_rule {{{mark}\n    allowed_methods = [\"{method}\"]\n    allowed_origins = [\"{origin}\"]\n  }}\n"
        )
    };
    let code = |label: &str, rules: [String; 2]| {
        let head = format!("resource \"aws_s3_bucket_cors_configuration\" \"{label}\" {{");
        format!("{}{head}\n  bucket = aws_s3_bucket.site.id\n{}}}\n", site(NONE), rules.concat())
    };
    let mark = BEHIND.replace(RULE, "cors-wildcard");
    let (own, other) = (rule(&mark, "PUT", "*"), rule(NONE, "PUT", "https://a.example"));
    let wider = rule(&mark, "DELETE", "*");
    let check = |now: &str, expected: bool| {
        let Some(it) = Repository::new(&[("a.tf", &code("c", [own.clone(), other.clone()]))]) else { return };
        it.write("a.tf", now);
        let found = it.counting(&["--policy-from", "HEAD"]);
        assert_eq!(found.iter().any(|it| it.starts_with("suppression-added")), expected, "{now} {found:?}");
    };
    check(&code("z", [other.clone(), own.clone()]), false);
    check(&code("c", [other.clone(), wider.clone()]), true);
    check(&code("z", [other.clone(), wider.clone()]), true);
}

/// What goes to another bucket without a change of its text, and what is one of several of a bucket.
#[test]
fn words_that_now_are_about_another() {
    let both = site(NONE) + &bucket("pay", NONE, "\"acme-pay\"");
    let target = |name: &str| format!("locals {{\n  t = aws_s3_bucket.{name}.id\n}}\n");
    let block = "resource \"aws_s3_bucket_public_access_block\" \"x\" {\n  bucket = local.t\n  block_public_acls = true\n  block_public_policy = false # bucketlint:ignore bpa-block-public-policy reason=\"x\"\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}\n";
    let code = |name: &str| format!("{both}{block}{}", target(name));
    is_new(&[("a.tf", &code("site"))], &[("a.tf", &code("pay"))]);
    counts(&[("a.tf", &code("site"))], &[("a.tf", &code("site").replace("\"x\" {", "\"z\" {"))]);
    let statement = format!(
        "locals {{\n  s = {{\n    Effect = \"Allow\"\n    Principal = \"*\"{BEHIND}\n    Action = \"s3:GetObject\"\n    Resource = \"*\"\n  }}\n}}\n"
    );
    let of = |name: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"{name}\" {{\n  bucket = aws_s3_bucket.{name}.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [local.s] }})\n}}\n"
        )
    };
    let was = format!("{both}{statement}{}", of("site"));
    is_new(&[("a.tf", &was)], &[("a.tf", &format!("{both}{statement}{}", of("pay")))]);
    is_new(&[("a.tf", &was)], &[("a.tf", &format!("{was}{}", of("pay")))]);
    let shared = both + &document("site", [NONE, MARK, NONE]).replace("${aws_s3_bucket.site.arn}/", "");
    let also = of("pay").replace(
        "jsonencode({ Version = \"2012-10-17\", Statement = [local.s] })",
        "data.aws_iam_policy_document.d.json",
    );
    is_new(&[("a.tf", &shared)], &[("a.tf", &(shared.clone() + &also))]);
    let point = |label: &str, name: &str| {
        format!(
            "{}resource \"aws_s3_access_point\" \"{label}\" {{\n  # bucketlint:ignore access-point-bpa reason=\"x\"\n  bucket = aws_s3_bucket.site.id\n  name = \"{name}\"\n  public_access_block_configuration {{\n    block_public_acls = false\n    block_public_policy = false\n    ignore_public_acls = false\n    restrict_public_buckets = false\n  }}\n}}\n",
            site(NONE)
        )
    };
    counts(&[("a.tf", &point("a", "one"))], &[("a.tf", &point("b", "one"))]);
    is_new(&[("a.tf", &point("a", "one"))], &[("a.tf", &point("b", "two"))]);
    is_new(&[("a.tf", &point("a", "one"))], &[("a.tf", &point("a", "two"))]);
    // Of an argument the value belongs to it.
    let acl = |value: &str| {
        let mark = BEHIND.replace(RULE, "acl-public-read");
        site(&format!("  acl = \"{value}\"{mark}\n"))
    };
    is_new(&[("a.tf", &acl("public-read"))], &[("a.tf", &acl("public-read-write"))]);
    let object = |label: &str| {
        format!(
            "{}resource \"aws_s3_object\" \"{label}\" {{\n  # bucketlint:ignore object-acl-public reason=\"x\"\n  bucket = aws_s3_bucket.site.id\n  key = \"{label}\"\n  acl = \"public-read\"\n}}\n",
            site(NONE)
        )
    };
    is_new(&[("a.tf", &object("a"))], &[("a.tf", &object("b"))]);
}

/// Ours are about all of a bucket; in the place of another tool's, which were not, they are about as much as those.
#[test]
fn ours_in_the_place_of_anothers() {
    let open = policy("site", [NONE, NONE, NONE]);
    let theirs = site("  #checkov:skip=CKV_AWS_70:x\n");
    is_new(&[("a.tf", &theirs)], &[("a.tf", &(site(MARK) + &open))]);
    let at_policy = |mark: &str| site(NONE) + &policy("site", [mark, NONE, NONE]);
    counts(&[("a.tf", &at_policy("  #checkov:skip=CKV_AWS_70:x\n"))], &[("a.tf", &at_policy(MARK))]);
}

fn template(id: &str, name: &str, [resource, metadata, behind]: [&str; 3]) -> String {
    format!(
        "Resources:\n  {id}:{resource}\n    Type: AWS::S3::Bucket\n{metadata}    Properties: {{ BucketName: {name} }}\n  {id}Policy:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref {id}\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Principal: \"*\"{behind}\n            Action: s3:GetObject\n            Resource: !Sub \"${{{id}.Arn}}/*\"\n"
    )
}

/// A logical id is no name, and a comment and `Metadata` say the same.
#[test]
fn templates() {
    let metadata = format!("    Metadata: {{ bucketlint: {{ ignore: [{{ rule: {RULE}, reason: x }}] }} }}\n");
    let behind = [NONE, NONE, BEHIND];
    let check = |was: &str, now: &str, is_same: bool| {
        let (was, now) = ([("t.yaml", was)], [("t.yaml", now)]);
        if is_same { counts(&was, &now) } else { is_new(&was, &now) }
    };
    let partly = "!Sub \"site-${AWS::AccountId}\"";
    for name in ["acme-site", partly] {
        check(&template("Site", name, behind), &template("Web", name, behind), true);
    }
    let nameless = |id: &str| template(id, "X", behind).replace("{ BucketName: X }", "{ Tags: [] }");
    check(&nameless("Site"), &nameless("Web"), false);
    check(&template("Site", "acme-site", behind), &template("Web", "acme-web", behind), false);
    let wider = template("Web", "acme-site", behind).replace("s3:GetObject", "s3:GetObject*");
    check(&template("Site", "acme-site", behind), &wider, false);
    let own = |marks| template("Site", "acme-site", marks);
    let (comment, metadata) = ([BEHIND, NONE, NONE], [NONE, metadata.as_str(), NONE]);
    check(&own(comment), &own(metadata), true);
    check(&own(metadata), &own(comment), true);
    check(&own(metadata), &own(behind), true);
    check(&own(behind), &own(metadata), false);
    check(&own(comment), &own(metadata).replace("reason: x", "reason: y"), false);
    // Two rules in one comment are two entries, and no third.
    let two = own(comment).replace(RULE, &format!("{RULE}, access-widened"));
    let entries = own(metadata).replace("}] } }", "}, { rule: access-widened, reason: x }] } }");
    check(&two, &entries, true);
    check(&entries, &two, true);
    let found = told(&[("t.yaml", &own(comment))], &[("t.yaml", &entries)]);
    assert_eq!(found.unwrap_or((1, 0)), (1, 0));
}

/// Terraform's JSON says the same.
#[test]
fn other_syntax() {
    let json = |label: &str, name: &str, [bucket, policy]: [&str; 2]| {
        let mark = format!("\"//\": \"bucketlint:ignore {RULE} reason=\\\"x\\\"\", ");
        let [bucket, policy] = [bucket, policy].map(|it| if it.is_empty() { "" } else { mark.as_str() });
        format!(
            "{{\"resource\": {{\n\"aws_s3_bucket\": {{\"{label}\": {{\n{bucket}\"bucket\": \"{name}\"}}}},\n\"aws_s3_bucket_policy\": {{\"{label}\": {{\n{policy}\"bucket\": \"${{aws_s3_bucket.{label}.id}}\", \"policy\": \"{{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\",\\\"Action\\\":\\\"s3:GetObject\\\",\\\"Resource\\\":\\\"arn:aws:s3:::{name}/*\\\"}}]}}\"}}}}}}}}\n"
        )
    };
    let was = site(MARK) + &policy("site", [NONE; 3]);
    counts(&[("a.tf", &was)], &[("a.tf.json", &json("site", "acme-site", [MARK, NONE]))]);
    counts(&[("a.tf", &was)], &[("a.tf.json", &json("web", "acme-site", [NONE, MARK]))]);
    counts(&[("a.tf.json", &json("site", "acme-site", [MARK, NONE]))], &[("a.tf", &was)]);
    is_new(&[("a.tf", &was)], &[("a.tf.json", &json("site", "acme-pay", [MARK, NONE]))]);
    is_new(
        &[("a.tf.json", &json("site", "acme-site", [NONE, MARK]))],
        &[("a.tf.json", &json("site", "acme-site", [MARK, NONE]))],
    );
    // Words about a file are said of less of it; words about more are new.
    let file =
        format!("{}{}{}", MARK.trim_start().replace("ignore", "ignore-file"), site(NONE), policy("site", [NONE; 3]));
    counts(&[("a.tf", &file)], &[("a.tf", &was)]);
    is_new(&[("a.tf", &was)], &[("a.tf", &file)]);
}
